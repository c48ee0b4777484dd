// Goal: the last rows of the design's table of what is lost: a controller that errs, each kind of
// error, load rising and falling; and one that hangs. Machines that come and go unasked are told.
// Method: a fleet with moods (moody.cpp) under a made-up load, replayed by the program; the journal
// and what the fleet was asked are the witnesses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "host/loop/journal.hpp"
#include "host/loop/machine_book.hpp"
#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova {
namespace loop_controller_errors_test {

using cli::run_words;
using testing::HasSubstr;
namespace fs = std::filesystem;

class ControllerErrors : public Recorded {
 protected:
  // `load(minute)`; what the fleet feels by `moods`. Runs for `minutes`.
  cli::Ran run(const std::function<double(int)>& load, const std::string& moods, int minutes,
               bool resume = false) {
    if (!resume) {
      fs::remove_all(folder_ / "var");
      fs::remove(folder_ / "moods.json.asked");
    }
    record(600, load);
    std::ofstream(folder_ / "moods.json") << moods;
    std::ofstream(folder_ / "config.json") << R"({ "host": { "data_dir": "var" },
      "plugins": [
        { "name": "trace", "component": "org.novacron.metrics.replay", "config": { "file": "load.csv" } },
        { "name": "fleet", "component": "com.example.moody_fleet", "call_timeout": "100ms", "config": { "file": ")"
                                           << (folder_ / "moods.json").string() << R"(" } },
        { "name": "history", "component": "org.novacron.sink.sqlite", "config": { "file": "history.db" } } ],
      "groups": [ { "id": "web", "controller": "fleet", "min": 1, "max": 15, "lead_time": "60s",
        "signals": [ { "name": "requests", "source": "trace", "query": "value", "role": "demand", "per_machine": 50 } ],
        "policies": [ { "type": "target_tracking" } ] } ] })";
    return run_words({"--plugin-dir", std::string(NOVA_BUILD_DIR) + "/test-plugins/loop",
                      "--config", (folder_ / "config.json").string(), "--log-level", "info", "run",
                      "--speed", "max", "--for", std::to_string(minutes) + "m"});
  }
  static int minute(const Entry& e) {
    return static_cast<int>((unix_ns(e.time) / 1'000'000'000 - kFirst) / 60);
  }
  // "quota+5 quota-61": what began and ended when.
  std::string alerts() const {
    std::string all;
    for (const auto& e : entries(EntryType::event))
      if (e.body.value("alert", "") == "controller_error") {
        const auto about = e.body.value("about", "");
        all += (all.empty() ? "" : " ") + about.substr(about.rfind(' ') + 1) +
               (e.body.at("firing") ? "+" : "-") + std::to_string(minute(e));
      }
    return all;
  }
  std::vector<int> asked() const {  // minutes; one in which less and less was asked for counts once
    std::ifstream in(folder_ / "moods.json.asked");
    std::vector<int> all;
    for (std::string line; std::getline(in, line);) all.push_back(std::stoi(line));
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }
  int machines_at_end() const {
    const auto inputs = entries(EntryType::input);
    return inputs.back().body.at("groups").at(0).at("fleet").at("rows").at(0).at("desired");
  }
};

double rises(int minute) { return minute < 30 ? 60 : 400; }
double falls(int minute) { return minute < 30 ? 60 : minute < 60 ? 400 : 60; }

TEST_F(ControllerErrors, EachKindIsToldOnceAndBacksOffWhileTheLoadRises) {
  const std::tuple<int, const char*> kinds[] = {{0x108, "capacity"},  {0x208, "quota"},
                                                {0x308, "throttled"}, {16, "auth"},
                                                {7, "auth"},          {3, "invalid"}};
  for (const auto& [status, kind] : kinds) {
    const auto ran = run(rises,
                         R"([{"from_min":0,"until_min":120,"note":"says the provider","status":)" +
                             std::to_string(status) + "}]",
                         240);
    ASSERT_EQ(ran.code, cli::kFine) << ran.err;
    const auto times = asked();
    ASSERT_GE(times.size(), 4u) << kind;
    EXPECT_LE(times.size(), 12u) << kind << ": not each minute";
    EXPECT_GT(machines_at_end(), 8) << kind << ": had when it could be";
    const auto told = alerts();
    EXPECT_THAT(told,
                testing::MatchesRegex(std::string(kind) + "\\+3[0-9] " + kind + "-1[2-5][0-9]"))
        << ran.err;
    for (const auto& e : entries(EntryType::event))
      if (e.body.value("firing", false)) {
        EXPECT_THAT(e.body.value("text", ""), HasSubstr("says the provider"));
      }
    EXPECT_THAT(
        run_words({"--config", (folder_ / "config.json").string(), "--plugin-dir",
                   std::string(NOVA_BUILD_DIR) + "/test-plugins/loop", "history", "--replay"})
            .out,
        HasSubstr(", 0 differ"));
  }
}

TEST_F(ControllerErrors, WhereNotAllAreToBeHadSomeAre) {
  const auto ran = run(rises, R"([{"room":7,"until_min":120}])", 60);
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  EXPECT_EQ(machines_at_end(), 7) << "of the 13 that the load needs";
  EXPECT_THAT(alerts(), testing::MatchesRegex("capacity\\+3[0-9]"));
  EXPECT_THAT(run_words({"--config", (folder_ / "config.json").string(), "--plugin-dir",
                         std::string(NOVA_BUILD_DIR) + "/test-plugins/loop", "history", "--replay"})
                  .out,
              HasSubstr(", 0 differ"));
}

TEST_F(ControllerErrors, WhileTheLoadFallsItIsTriedAgain) {
  const auto ran = run(falls, R"([{"from_min":60,"until_min":100,"status":776}])", 240);
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  EXPECT_THAT(alerts(), testing::MatchesRegex("throttled\\+[67][0-9] throttled-1[0-4][0-9]"));
  EXPECT_LT(machines_at_end(), 4);
}

TEST_F(ControllerErrors, ARefusalThatNobodyAsksAboutAgainIsForgotten) {
  // Refused for ever, but the load goes before anybody asks again.
  const auto ran = run([](int m) { return m == 30 ? 400 : 60; }, R"([{"status":520}])", 120);
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  EXPECT_THAT(alerts(), testing::MatchesRegex("quota\\+3[0-9] quota-7[0-9]"));
}

TEST_F(ControllerErrors, StandOverARestart) {
  const auto moods = R"([{"until_min":120,"status":520}])";
  ASSERT_EQ(run(rises, moods, 60).code, cli::kFine);
  ASSERT_EQ(run(rises, moods, 180, true).code, cli::kFine);
  EXPECT_THAT(alerts(), testing::MatchesRegex("quota\\+3[0-9] quota\\+6[0-9] quota-1[0-9][0-9]"))
      << "begun, told again by the second run, ended";
}

// A call that does not come back: nothing is sent until its token is known.
TEST_F(ControllerErrors, OneThatHangsIsPolledBeforeItIsAskedAgain) {
  for (const bool arrives : {true, false}) {
    const auto ran = run(rises,
                         R"([{"from_min":30,"until_min":40,"hangs":true,"arrives":)" +
                             std::string(arrives ? "true" : "false") + "}]",
                         90);
    ASSERT_EQ(ran.code, cli::kFine) << ran.err;
    const auto times = asked();
    ASSERT_FALSE(times.empty());
    EXPECT_EQ(std::count_if(times.begin(), times.end(), [](int m) { return m >= 30 && m < 40; }), 1)
        << "no second request until it is known";
    EXPECT_EQ(std::count_if(times.begin(), times.end(), [](int m) { return m >= 40; }),
              arrives ? 0 : 1);
    EXPECT_GT(machines_at_end(), 8);
    std::vector<std::string> states;
    for (const auto& e : entries(EntryType::operation)) states.push_back(e.body.at("state"));
    EXPECT_EQ(states, arrives ? std::vector<std::string>({"unknown", "done"})
                              : std::vector<std::string>({"unknown", "failed", "done"}));
  }
}

TEST_F(ControllerErrors, MachinesThatComeAndGoUnaskedAreTold) {
  const auto ran = run(rises,
                       R"([{"from_min":60,"until_min":61,"lose":["m001","m002"]},
                           {"from_min":80,"until_min":81,"adopt":["stranger"]},
                           {"from_min":100,"until_min":101,"lose":["m005"],"adopt":["heir"]}])",
                       120);
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  std::vector<std::string> told;
  for (const auto& e : entries(EntryType::event))
    if (e.body.contains("change"))
      told.push_back(std::to_string(minute(e)) + " " + e.body.value("text", ""));
  EXPECT_THAT(told,
              testing::ElementsAre("1 2 machines were not asked for and are adopted: m001, m002",
                                   "60 2 machines are lost: m001, m002",
                                   "80 machine stranger was not asked for and is adopted",
                                   "100 machine m005 is lost",
                                   "100 machine heir takes the place of a lost one"));
  const auto times = asked();
  EXPECT_EQ(std::count(times.begin(), times.end(), 60), 1) << "lost ones are replaced at once";
  EXPECT_GT(machines_at_end(), 12);
}

TEST_F(ControllerErrors, WhatWasAdoptedIsNotToldAgainAfterARestart) {
  ASSERT_EQ(run(falls, "[]", 10).code, cli::kFine);
  ASSERT_EQ(run(falls, "[]", 20, true).code, cli::kFine);
  std::vector<std::string> told;
  for (const auto& e : entries(EntryType::event))
    if (e.body.contains("change")) told.push_back(e.body.value("text", ""));
  EXPECT_THAT(told,
              testing::ElementsAre("2 machines were not asked for and are adopted: m001, m002"));
}

}  // namespace loop_controller_errors_test
}  // namespace nova
