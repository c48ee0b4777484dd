// Goal: a run tells what is to be warned of, before it happens where a forecast knows it; each
// alert begins and ends, also across a restart, and no decision changes by it. Method: two days of
// a made-up load with a peak every six hours that 15 machines cannot serve, and a hole; replayed at
// full speed by the program. The journal and the sqlite sink are the witnesses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "host/loop/journal.hpp"
#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova {
namespace loop_alerts_run_test {

using cli::run_words;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr int kMinutes = 2 * 1440, kHole = 1600, kHoleEnds = 1630;
constexpr double kServed = 15 * 50 * 0.8;  // machines x per_machine x max_utilisation

double load_at(int minute) {
  return 500 + 400 * std::sin(2 * std::numbers::pi * minute / 360) + 5 * std::sin(1.3 * minute);
}

class AlertsRun : public Recorded {
 protected:
  void SetUp() override {
    record(kMinutes, [](int m) { return m < kHole || m >= kHoleEnds ? load_at(m) : std::nan(""); });
    std::ofstream(folder_ / "config.json") << R"({
      "host": { "data_dir": "var" },
      "plugins": [
        { "name": "trace", "component": "org.novacron.metrics.replay", "config": { "file": "load.csv" } },
        { "name": "fleet", "component": "org.novacron.controller.simulated", "config": { "boot_time": "120s", "initial": 4 } },
        { "name": "naive", "component": "org.novacron.model.seasonal_naive" },
        { "name": "history", "component": "org.novacron.sink.sqlite", "config": { "file": "history.db" } },
        { "name": "pager", "component": "org.novacron.sink.alertmanager", "config": { "urls": ["http://127.0.0.1:9"] } } ],
      "tenants": [ { "id": "default", "budgets": [ { "name": "day", "max_hourly_usd": 1.6, "hard": false } ] } ],
      "groups": [ { "id": "web", "controller": "fleet", "min": 1, "max": 15, "lead_time": "120s", "price_usd_per_hour": 0.1,
        "signals": [ { "name": "requests", "source": "trace", "query": "value", "role": "demand", "per_machine": 50 } ],
        "policies": [ { "type": "predictive" }, { "type": "target_tracking" } ] } ] })";
  }

  cli::Ran run(std::vector<std::string> more) {
    more.insert(more.begin(), {"--config", (folder_ / "config.json").string()});
    return run_words(more);
  }
  std::vector<Entry> alerts() const {
    auto found = entries(EntryType::event);
    std::erase_if(found, [](const Entry& e) { return !e.body.contains("alert"); });
    return found;
  }
  static int minute(TimePoint t) {
    return static_cast<int>((unix_ns(t) / 1'000'000'000 - kFirst) / 60);
  }
};

// Neither source answers before the other is asked, too.
TEST_F(AlertsRun, SourcesAreAskedAtOnce) {
  auto config = nlohmann::ordered_json::parse(std::ifstream(folder_ / "config.json"));
  config["host"]["step"] = "1s";
  config["plugins"] = nlohmann::json::parse(R"([
    { "name": "one", "component": "com.example.moody_meter", "config": { "meet": 2 } },
    { "name": "two", "component": "com.example.moody_meter", "config": { "meet": 2 } },
    { "name": "fleet", "component": "org.novacron.controller.simulated" } ])");
  auto& group = config["groups"][0];
  group["lead_time"] = "2s";
  group["policies"] = nlohmann::json::parse(R"([ { "type": "target_tracking", "signal": "requests" } ])");
  auto second = group["signals"][0];
  group["signals"][0]["source"] = "one";
  second["source"] = "two";
  second["name"] = "others";
  group["signals"].push_back(second);
  write(config);
  const auto ran = run(
      {"--plugin-dir", std::string(NOVA_BUILD_DIR) + "/test-plugins/loop", "run", "--for", "2s"});
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  const auto inputs = entries(EntryType::input);
  ASSERT_FALSE(inputs.empty());
  for (const auto& input : inputs)
    EXPECT_EQ(input.body.at("groups").at(0).at("samples").dump(), "[[100.0],[100.0]]") << ran.err;
}

TEST_F(AlertsRun, WarnsBeforeItHappensAndTellsTheEnd) {
  const auto ran = run({"--log-level", "info", "run", "--speed", "max"});
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("sink pager lives in real time and gets nothing of a replay"));
  EXPECT_THAT(ran.err, HasSubstr(" warning default/web: critical: signal requests has had no"));
  EXPECT_THAT(ran.err, HasSubstr(" info default/web: resolved: signal requests has had no"));
  std::map<std::string, bool> standing;
  std::map<std::string, int> begun;
  int foreseen = 0;
  for (const auto& e : alerts()) {
    const auto name = e.body.value("alert", "");
    const auto key = name + e.body.value("about", "") + e.body.value("severity", "");
    const bool firing = e.body.at("firing");
    EXPECT_NE(standing[key], firing) << e.to_line();
    standing[key] = firing;
    begun[name] += firing;
    if (name == "signal_lost") {
      EXPECT_EQ(e.group, "web");
      EXPECT_NEAR(minute(e.time), firing ? kHole + 3 : kHoleEnds + 1, 2) << e.to_line();
      EXPECT_THAT(e.body.value("text", ""), HasSubstr("signal requests has had no value for"));
    }
    if (name != "will_saturate" || !firing) continue;
    EXPECT_THAT(
        e.body.value("text", ""),
        testing::MatchesRegex("signal requests will saturate in .* with 9[0-9] %: at .* the "
                              "load will exceed 600, which is all that 15 machines serve "
                              "\\(max\\)"));
    if (load_at(minute(e.time)) > kServed) continue;  // the peak is there already
    int until = minute(e.time);
    while (until < kMinutes && load_at(until) <= kServed) ++until;
    const auto told =
        static_cast<int>((e.body.at("at_ns").get<std::int64_t>() / 1'000'000'000 - kFirst) / 60);
    EXPECT_NEAR(told, until, 45) << "the first step that is likelier to than not: " << e.to_line();
    foreseen += until - minute(e.time) >= 30;
  }
  EXPECT_GE(begun["will_saturate"], 3);
  EXPECT_GE(foreseen, 3) << "half an hour ahead";
  EXPECT_EQ(begun["signal_lost"], 1);
  EXPECT_GE(begun["budget"], 3) << "every peak costs more than 80 % of the limit";
  EXPECT_EQ(begun["plugin_down"], 0);
  EXPECT_THAT(run({"history", "--replay"}).out, HasSubstr(", 0 differ"));
}

TEST_F(AlertsRun, StoppedInTheMiddleNothingIsForgotten) {
  // It ends first within the hole, when the signal is lost.
  ASSERT_EQ(run({"--log-level", "off", "run", "--speed", "max", "--for", "1610m"}).code,
            cli::kFine);
  auto told = alerts();
  ASSERT_TRUE(std::any_of(told.begin(), told.end(), [](const Entry& e) {
    return e.body.value("alert", "") == "signal_lost";
  }));
  ASSERT_EQ(run({"--log-level", "off", "run", "--speed", "max"}).code, cli::kFine);
  std::vector<std::pair<bool, std::int64_t>> lost;
  for (const auto& e : alerts())
    if (e.body.value("alert", "") == "signal_lost")
      lost.emplace_back(e.body.at("firing"), e.body.at("since_unix_ns"));
  ASSERT_EQ(lost.size(), 3u) << "begun, told again by the second run, ended";
  EXPECT_TRUE(lost[0].first && lost[1].first && !lost[2].first);
  EXPECT_EQ(lost[0].second, lost[1].second) << "still the same alert";
  EXPECT_EQ(lost[0].second, lost[2].second);
  EXPECT_THAT(run({"history", "--replay"}).out, HasSubstr(", 0 differ"));
}

TEST_F(AlertsRun, AModelPluginThatIsDownIsToldUntilItAnswers) {
  std::ifstream in(folder_ / "config.json");
  auto config = nlohmann::json::parse(in);
  config["plugins"][2] = {{"name", "oracle"},
                          {"component", "com.example.moody_model"},
                          {"config", {{"from_min", 400}, {"until_min", 500}}}};
  std::ofstream(folder_ / "config.json") << config;
  const auto ran = run({"--plugin-dir", std::string(NOVA_BUILD_DIR) + "/test-plugins/loop",
                        "--log-level", "off", "run", "--speed", "max", "--for", "700m"});
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  std::vector<std::pair<bool, int>> down;
  for (const auto& e : alerts())
    if (e.body.value("alert", "") == "plugin_down") {
      EXPECT_EQ(e.body.value("about", ""), "plugin oracle");
      EXPECT_EQ(e.body.value("severity", ""), "warning");
      EXPECT_THAT(e.body.value("text", ""), HasSubstr("in no mood"));
      down.emplace_back(e.body.at("firing"), minute(e.time));
    }
  ASSERT_EQ(down.size(), 2u);
  EXPECT_TRUE(down[0].first && !down[1].first);
  EXPECT_NEAR(down[0].second, 405, 5);
  EXPECT_NEAR(down[1].second, 503, 5);
}

}  // namespace loop_alerts_run_test
}  // namespace nova
