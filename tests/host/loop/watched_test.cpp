// Goal: signals that size nothing are pulled, on record, told by explain and ranked by plans, and
// move no decision.
// Method: a day of a dozen recorded signals through run, explain and plan; the same day without
// those that are watched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numbers>

#include "host/loop/senses.hpp"
#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace watched_test {

using ::testing::Contains;
using ::testing::HasSubstr;
using Config = nlohmann::ordered_json;

constexpr int kMinutes = 1200;
constexpr int kOthers = 8;

class WatchedRun : public Recorded {
 protected:
  // A wave of load, an answer time that follows it, a disk that fills by 0.5 a minute, errors that
  // come once, and others of no meaning.
  void SetUp() override {
    std::ofstream trace(folder_ / "load.csv");
    trace << "timestamp_unix_s,requests,p95,disk,errors";
    for (int k = 0; k < kOthers; ++k) trace << ",other" << k;
    trace << "\n";
    for (int m = 0; m < kMinutes; ++m) {
      const double load = 500 - 400 * std::cos(2 * std::numbers::pi * m / 300);
      trace << kFirst + 60 * m << ',' << load << ',' << 100 + load / 5 << ',' << 100 + 0.5 * m
            << ',' << (m >= 600 && m < 660 ? 8 : 1);
      for (int k = 0; k < kOthers; ++k) trace << ',' << m * (37 + k) % 101;
      trace << "\n";
    }
  }

  static Config signal(const std::string& name, Config more) {
    more["name"] = more["query"] = name;
    more["source"] = "trace";
    return more;
  }
  Config config() const {
    Config signals{signal("p95", {{"role", "latency"}, {"unit", "ms"}, {"limit", 0.4}}),
                   signal("requests", {{"per_machine", 50}}),
                   signal("disk", {{"role", "custom"}, {"resource", "storage"}, {"limit", 1000}}),
                   signal("errors", {{"role", "custom"}, {"unit", "percent"}, {"limit", 0.05}})};
    for (int k = 0; k < kOthers; ++k)
      signals.push_back(signal("other" + std::to_string(k), {{"role", "custom"}}));
    return {{"host", {{"data_dir", "var"}}},
            {"plugin_dirs", {NOVA_BUILD_DIR "/plugins"}},
            {"plugins", trace_and_fleet("60s")},
            {"groups",
             {{{"id", "web"},
               {"controller", "fleet"},
               {"min", 1},
               {"max", 90},
               {"lead_time", "60s"},
               {"signals", signals}}}}};
  }
  Ran verb(std::vector<std::string> words) const {
    words.insert(words.begin(), {"--config", (folder_ / "config.json").string()});
    return run_words(words);
  }
  void run(const Config& with) const {
    std::filesystem::remove_all(folder_ / "var");
    write(with);
    const auto ran = verb({"--log-level", "error", "run", "--speed", "max"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
  }
  std::vector<std::string> sizes() const {
    std::vector<std::string> all;
    for (const auto& entry : entries(EntryType::decision))
      all.push_back(to_iso8601(entry.time) + " " + entry.body.at("desired").dump());
    return all;
  }
};

TEST_F(WatchedRun, AreOnRecordAndToldAndChangeNoDecision) {
  run(config());
  const auto with = sizes();
  EXPECT_GT(with.size(), 10u);
  for (const auto& entry : entries(EntryType::input)) {
    const auto& group = entry.body.at("groups").at(0);
    ASSERT_EQ(group.at("samples").size(), 1u);
    ASSERT_EQ(group.at("watched").size(), 3u + kOthers);
  }
  bool told = false;
  for (const auto& entry : entries(EntryType::decision))
    for (const auto& line : entry.body.at("watched"))
      told = told || line == "p95: 0.2794 s, 69.9 % of its limit 0.4" ||
             line.get<std::string>().starts_with("p95: 0.");
  EXPECT_TRUE(told);
  EXPECT_THAT(verb({"history", "--replay"}).out, HasSubstr(" 0 differ"));
  const auto explained = verb({"explain", "web"}).out;
  EXPECT_THAT(explained, HasSubstr("\nwatched\n  p95: 0."));
  EXPECT_THAT(explained, HasSubstr("% of its limit 1000\n"));
  EXPECT_THAT(explained, HasSubstr("  errors: 0.01, 20 % of its limit 0.05\n"));

  std::vector<std::string> alerts;
  for (const auto& entry : entries(EntryType::event))
    if (entry.body.contains("alert"))
      alerts.push_back(entry.body.at("alert").get<std::string>() + " " +
                       entry.body.at("about").get<std::string>());
  EXPECT_THAT(alerts, Contains("over_limit signal errors").Times(2)) << "fired, and ended";

  auto alone = config();
  alone["groups"][0]["signals"] = Config::array({alone["groups"][0]["signals"][1]});
  run(alone);
  EXPECT_EQ(sizes(), with);
}

TEST_F(WatchedRun, AThresholdMayScaleOutByOne) {
  auto c = config();
  c["groups"][0]["policies"] = Config::parse(R"([ { "type": "target_tracking" },
      { "type": "threshold", "signal": "p95", "scale_up_above": 0.25, "for": "2m" } ])");
  run(c);
  std::size_t by_p95 = 0;
  for (const auto& entry : entries(EntryType::decision)) {
    if (entry.body.at("cause") != "threshold") continue;
    ++by_p95;
    EXPECT_EQ(entry.body.at("action"), "scale_out");
    EXPECT_EQ(entry.body.at("serving"), entry.body.at("current")) << "none on its way";
    EXPECT_EQ(entry.body.at("desired").get<int>(), entry.body.at("current").get<int>() + 1);
    EXPECT_THAT(entry.body.at("reason").get<std::string>(),
                HasSubstr(" s, above 0.25 for 2m: 1 more"));
  }
  EXPECT_GT(by_p95, 20u);
  const auto scaled_in = [&] {
    for (const auto& entry : entries(EntryType::decision))
      if (entry.body.at("action") == "scale_in") return true;
    return false;
  };
  EXPECT_TRUE(scaled_in()) << "by the load, once it is fast again";
  EXPECT_THAT(verb({"history", "--replay"}).out, HasSubstr(" 0 differ"));
  const auto traced = verb({"backtest", "--trace", csv(), "--series", "requests"});
  EXPECT_EQ(traced.code, kUsage);
  EXPECT_THAT(traced.err, HasSubstr("group default/web: a recorded load does not tell what \"p95\" "
                                    "would have been: leave its threshold policy out"));
}

TEST_F(WatchedRun, PlansRankThemAllWithWhenTheyAreFull) {
  run(config());
  const auto made = verb({"plan", "--format", "json"});
  ASSERT_EQ(made.code, kFine) << made.err;
  const auto all = Config::parse(made.out);
  const auto& plan = all.is_array() ? all.at(0) : all.contains("plans") ? all["plans"][0] : all;
  ASSERT_EQ(plan.at("resources").size(), 1u) << "what sizes the group";
  ASSERT_EQ(plan.at("watched").size(), 3u + kOthers);
  ASSERT_EQ(plan.at("bottlenecks").size(), 4u + kOthers) << "a dozen, all of them ranked";
  std::map<std::string, Config> ranked;
  for (const auto& b : plan.at("bottlenecks")) ranked[b.at("signal")] = b;
  // 100 + 0.5 x 1200 = 700 now; 950 is 95 % of the limit, 500 minutes from now.
  const auto& disk = ranked.at("disk");
  EXPECT_EQ(disk.at("urgency"), "low") << disk.dump(1);
  EXPECT_NEAR(disk.at("utilisation").get<double>(), 0.7, 0.01);
  const auto when = disk.at("saturates_at").get<std::string>();
  EXPECT_TRUE(when > "2001-09-10T04:20" && when < "2001-09-10T07:50") << when;
  EXPECT_THAT(disk.at("actions").dump(), HasSubstr("no load of the group moves with it"));
  const auto risks = plan.at("risk").dump();
  for (const auto& [name, b] : ranked) {
    if (name == "requests") continue;
    EXPECT_EQ(risks.find(name), std::string::npos) << name;
  }
  EXPECT_EQ(ranked.at("other3").at("urgency"), "none") << "without a limit it is never full";
  EXPECT_TRUE(ranked.at("other3").at("utilisation").is_null());
  const auto text = verb({"plan"}).out;
  EXPECT_THAT(text, HasSubstr("  watched"));
  EXPECT_THAT(text, HasSubstr("disk: low, 70 % used, saturates 2001-09-10 0"));
}

TEST_F(WatchedRun, OneThatIsNearItsLimitSaysWhatItMovesWith) {
  auto tight = config();
  tight["groups"][0]["signals"][0]["limit"] = 0.21;
  run(tight);
  bool seen = false;
  for (const auto& entry : entries(EntryType::plan))
    for (const auto& b : entry.body.at("bottlenecks"))
      if (b.at("signal") == "p95" && b.at("urgency") == "critical") {
        seen = seen || b.at("affected") == Config::array({"requests"});
        EXPECT_THAT(b.at("actions").dump(), HasSubstr("now: "));
      }
  EXPECT_TRUE(seen);
}

TEST_F(WatchedRun, WhatHasNoPlaceIsSaid) {
  const auto check = [&](const Config& with) {
    write(with);
    return verb({"check"}).err;
  };
  const auto changed = [&](std::size_t s, const char* key, Config value) {
    auto c = config();
    c["groups"][0]["signals"][s][key] = std::move(value);
    return check(c);
  };
  EXPECT_THAT(changed(1, "limit", 5),
              HasSubstr("/signals/1/limit: has no effect on a signal of role \"demand\""));
  EXPECT_THAT(changed(0, "per_machine", 5),
              HasSubstr("/signals/0/per_machine: has no effect on a signal of role \"latency\""));
  EXPECT_THAT(changed(2, "target_utilisation", 0.5),
              HasSubstr("/signals/2/target_utilisation: has no effect on a signal of role"));
  EXPECT_THAT(changed(0, "unit", "percent"),
              HasSubstr("/signals/0/unit: must be \"s\" or \"ms\" for a latency"));
  EXPECT_THAT(changed(3, "name", "p95"), HasSubstr("/signals/3/name: must be unique"));
  EXPECT_THAT(changed(2, "query", "dsk"), HasSubstr("/signals/2/query: source \"trace\" cannot"));
  auto c = config();
  c["groups"][0]["policies"] = {{{"type", "target_tracking"}, {"signal", "p95"}}};
  EXPECT_THAT(check(c), HasSubstr("/policies/0/signal: must be a signal that sizes the group, got "
                                  "one of role \"latency\""));
  c["groups"][0]["policies"] = {
      {{"type", "threshold"}, {"signal", "p95"}, {"scale_up_above", 0.2}, {"shadow", true}}};
  EXPECT_THAT(check(c), HasSubstr("/policies/0/shadow: is of no use: the fleet of a shadow does "
                                  "not move \"p95\""));
  c["groups"][0]["policies"] = {
      {{"type", "threshold"}, {"signal", "requests"}, {"scale_up_above", 20}}};
  EXPECT_THAT(check(c), HasSubstr("/policies/0/scale_up_above: must be in [0, 10], a utilisation, "
                                  "got 20"));
  c["groups"][0]["policies"][0]["signal"] = "other1";
  EXPECT_THAT(check(c), ::testing::Not(HasSubstr("scale_up_above")));
  c = config();
  c["groups"][0]["signals"].erase(1);
  EXPECT_THAT(check(c), HasSubstr("/groups/0/signals: must have one of role"));
  write(config());
  const auto shown = verb({"check", "--effective"});
  ASSERT_EQ(shown.code, kFine) << shown.err;
  const auto signals = Config::parse(shown.out).at("groups").at(0).at("signals");
  EXPECT_EQ(signals.at(0).at("name"), "p95") << "in the order of the file";
  EXPECT_FALSE(signals.at(0).contains("target_utilisation"));
}

}  // namespace watched_test
}  // namespace nova::cli
