// Goal: a policy plugin sizes its groups as the built-in policies do: through the arbiter, on
// record, replayed without it; one that fails, hangs or lies moves nothing, is told and counted.
// Method: whole runs over a recorded load with the example zone_loss and with chaos; the journal is
// the witness.
#include "host/loop/policy_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numbers>
#include <set>

#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace policy_service_test {

using ::testing::HasSubstr;
using Config = nlohmann::ordered_json;

class PolicyRun : public Recorded {
 protected:
  // A wave of five hours between 100 and 900 requests a second.
  void SetUp() override {
    record(420, [](int m) { return 500 - 400 * std::cos(2 * std::numbers::pi * m / 300); });
  }

  Config config(Config plugin, Config policy) const {
    auto plugins = trace_and_fleet("60s");
    plugin["name"] = "rule";
    plugins.push_back(std::move(plugin));
    policy["type"] = "plugin";
    policy["plugin"] = "rule";
    return {
        {"host", {{"data_dir", "var"}}},
        {"plugin_dirs",
         {NOVA_BUILD_DIR "/plugins", NOVA_BUILD_DIR "/examples", NOVA_BUILD_DIR "/tests/support"}},
        {"plugins", plugins},
        {"groups",
         {{{"id", "web"},
           {"controller", "fleet"},
           {"min", 1},
           {"max", 90},
           {"lead_time", "60s"},
           {"signals",
            {{{"name", "requests"}, {"source", "trace"}, {"query", "value"}, {"per_machine", 50}}}},
           {"policies", {policy}}}}}};
  }
  static Config zones() { return {{"component", "com.example.zone_loss"}}; }
  static Config chaos(const std::string& fault) {
    return {{"component", "org.novacron.test.chaos.policy"}, {"config", {{"fault", fault}}}};
  }

  void run(const Config& with) {
    std::filesystem::remove_all(folder_ / "var");
    const auto ran =
        run_words({"--config", write(with), "--log-level", "error", "run", "--speed", "max"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
  }
  void expect_replays() {
    const auto replayed =
        run_words({"--config", (folder_ / "config.json").string(), "history", "--replay"});
    EXPECT_EQ(replayed.code, kFine) << replayed.err;
    EXPECT_THAT(replayed.out, HasSubstr(" 0 differ"));
  }
};

TEST_F(PolicyRun, ProposesWithTheSettingsOfItsGroupAndReplaysWithoutIt) {
  for (const int zones_of_group : {3, 5}) {
    run(config(zones(), {{"settings", {{"zones", zones_of_group}}}}));
    std::size_t out = 0, in = 0;
    std::uint32_t most = 0;
    for (const auto& entry : entries(EntryType::decision)) {
      const auto& proposal = entry.body.at("proposals").at(0);
      EXPECT_EQ(proposal.at("policy"), "plugin/rule");
      if (entry.body.at("action") == "hold") continue;
      (entry.body.at("action") == "scale_out" ? out : in) += 1;
      EXPECT_EQ(entry.body.at("cause"), "plugin/rule");
      EXPECT_EQ(proposal.at("machines").get<int>() % zones_of_group, 0);
      EXPECT_THAT(entry.body.at("reason").get<std::string>(),
                  HasSubstr("plugin/rule: " + std::to_string(zones_of_group) + " zones of "));
      most = std::max(most, entry.body.at("desired").get<std::uint32_t>());
    }
    EXPECT_GT(out, 3u);
    EXPECT_GT(in, 1u) << "the stabilisation window holds for it, too";
    // 900 / (50 x 0.65) = 27.7: 14 in each of the two that are left, 7 in each of the four.
    EXPECT_EQ(most, zones_of_group == 3 ? 42u : 35u);
    EXPECT_EQ(entries(EntryType::proposal).size(), 420u);
    auto gone = config(zones(), {{"settings", {{"zones", zones_of_group}}}});
    gone["plugin_dirs"] = Config::array({NOVA_BUILD_DIR "/plugins"});
    write(gone);
    expect_replays();
  }
  const auto explained =
      run_words({"--config", (folder_ / "config.json").string(), "explain", "web"});
  EXPECT_EQ(explained.code, kFine) << explained.err;
  EXPECT_THAT(explained.out, HasSubstr("plugin/rule"));
  EXPECT_THAT(explained.out, HasSubstr("its policy is a plugin's, which is not asked again"));
}

TEST_F(PolicyRun, OneThatFailsMovesNothingAndIsToldOnce) {
  const std::tuple<const char*, const char*> cases[] = {
      {"throws", "exception"},
      {"sleeps", "cancelled after 20ms"},
      {"negative", "proposed -3 machines, must be in [0, 1000000] (less than none)"},
      {"too_sure", "must be in [0, 1]"}};
  for (const auto& [fault, why] : cases) {
    auto plugin = chaos(fault);
    plugin["call_timeout"] = "20ms";
    run(config(plugin, Config::object()));
    const auto decisions = entries(EntryType::decision);
    ASSERT_FALSE(decisions.empty());
    for (const auto& entry : decisions) {
      EXPECT_EQ(entry.body.at("action"), "hold") << fault;
      EXPECT_EQ(entry.body.at("desired"), 4);
      EXPECT_THAT(entry.body.at("reason").get<std::string>(), HasSubstr(why)) << fault;
    }
    std::size_t told = 0, alerts = 0, failed = 0;
    for (const auto& entry : entries(EntryType::event)) {
      const auto text = entry.body.value("text", "");
      told += text.starts_with("policy plugin rule: ");
      alerts += entry.body.value("alert", "") == "policy_failed";
    }
    for (const auto& entry : entries(EntryType::proposal)) failed += entry.body.contains("error");
    EXPECT_EQ(told, 1u) << fault << ": whatever the words of those that follow";
    EXPECT_EQ(alerts, 1u) << fault;
    EXPECT_EQ(failed, 420u) << fault;
    expect_replays();
  }
}

// A policy is not asked while its fleet is not known. Two failures before that are none that last;
// and what stands is neither resolved nor told again.
TEST_F(PolicyRun, OfAFleetThatIsNotKnownNoAlertBeginsOrEnds) {
  // Without a load it answers.
  record(60, [](int m) { return m < 40 || m == 59 ? 200 : std::nan(""); });
  std::ofstream(folder_ / "moods.json") << R"([ { "from_min": 3, "until_min": 10, "hides": true },
                                                { "from_min": 20, "until_min": 30, "hides": true } ])";
  auto hiding = config(chaos("negative"), Config::object());
  hiding["plugin_dirs"].push_back(NOVA_BUILD_DIR "/test-plugins/loop");
  hiding["plugins"][1] = {{"name", "fleet"},
                          {"component", "com.example.moody_fleet"},
                          {"config", {{"file", (folder_ / "moods.json").string()}}}};
  run(hiding);
  std::set<int> asked;
  const auto minute = [](const Entry& entry) {
    return static_cast<int>((unix_ns(entry.time) / 1'000'000'000 - kFirst) / 60);
  };
  for (const auto& entry : entries(EntryType::proposal)) asked.insert(minute(entry));
  EXPECT_EQ(asked.count(5) + asked.count(25), 0u) << "hidden";
  EXPECT_TRUE(*asked.begin() < 3 && asked.count(15) && asked.count(35));
  std::vector<std::pair<bool, int>> told;
  for (const auto& entry : entries(EntryType::event))
    if (entry.body.value("alert", "") == "policy_failed")
      told.emplace_back(entry.body.at("firing"), minute(entry));
  ASSERT_EQ(told.size(), 2u) << ::testing::PrintToString(told);
  EXPECT_TRUE(told[0].first && !told[1].first);
  EXPECT_NEAR(told[0].second, 12, 1);
  EXPECT_NEAR(told[1].second, 41, 1);
}

TEST_F(PolicyRun, BesideOneThatFailsTheOthersMayAddAndNobodyRemoves) {
  auto both = config(chaos("negative"), Config::object());
  both["groups"][0]["policies"].push_back({{"type", "target_tracking"}});
  run(both);
  std::uint32_t last = 0;
  bool limited = false;
  for (const auto& entry : entries(EntryType::decision)) {
    EXPECT_NE(entry.body.at("action"), "scale_in");
    last = entry.body.at("desired");
    for (const auto& limit : entry.body.at("limits"))
      limited = limited || limit.at("name") == "policy_failed";
  }
  EXPECT_GE(last, 25u) << "within tolerance of 900 / (50 x 0.65), and kept";
  EXPECT_TRUE(limited);
  expect_replays();
}

// A host that goes on from its snapshot gives a policy back what it remembered; one that cannot be
// given back starts anew, and that is said.
TEST_F(PolicyRun, RemembersAfterARestart) {
  const auto go_on = [&](const std::string& fault) {
    record(420, [](int) { return 500.0; });
    const auto ran = run_words({"--config", write(config(chaos(fault), Config::object())),
                                "--log-level", "error", "run", "--speed", "max"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
  };
  const auto last_note = [&] { return entries(EntryType::proposal).back().body.value("note", ""); };
  std::filesystem::remove_all(folder_ / "var");
  record(200, [](int) { return 500.0; });
  const auto ran = run_words({"--config", write(config(chaos("none"), Config::object())),
                              "--log-level", "error", "run", "--speed", "max"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_THAT(last_note(), HasSubstr("asked 200 "));
  go_on("none");
  EXPECT_THAT(last_note(), HasSubstr("asked 420 "));
  expect_replays();

  auto snapshot = Config::parse(std::ifstream(folder_ / "var/state/core.json"));
  ASSERT_TRUE(snapshot.at("engine").at("policies").at("default").contains("rule"));
  snapshot["engine"]["policies"]["default"]["rule"] = "bm90IGEgZnJhbWU=";
  std::ofstream(folder_ / "var/state/core.json") << snapshot;
  record(440, [](int) { return 500.0; });
  const auto again = run_words({"--config", write(config(chaos("none"), Config::object())),
                                "--log-level", "info", "run", "--speed", "max"});
  ASSERT_EQ(again.code, kFine) << again.err;
  EXPECT_THAT(again.err, HasSubstr("policy plugin rule: "));
  EXPECT_THAT(again.err, HasSubstr("; it starts anew"));
  EXPECT_THAT(last_note(), HasSubstr("asked 20 "));
}

TEST_F(PolicyRun, IsToldTheForecastsOfTheGroup) {
  auto both = config(chaos("none"), {{"settings", {{"k", 1}}}});
  both["plugins"].push_back({{"name", "naive"}, {"component", "org.novacron.model.naive"}});
  both["groups"][0]["policies"].push_back(
      {{"type", "predictive"}, {"min_data_points", 5}, {"shadow", true}});
  run(both);
  std::size_t with = 0;
  for (const auto& entry : entries(EntryType::proposal))
    with += entry.body.value("note", "").find(R"({"k":1} with a forecast)") != std::string::npos;
  EXPECT_GT(with, 100u);
  expect_replays();
}

TEST_F(PolicyRun, WhatIsWrongInTheConfigIsSaidWhereItStands) {
  const auto check = [&](const Config& with) {
    return run_words({"--config", write(with), "check"}).err;
  };
  auto other = config(zones(), Config::object());
  other["groups"][0]["policies"][0]["plugin"] = "fleet";
  EXPECT_THAT(check(other), HasSubstr("/groups/0/policies/0/plugin: must be a policy plugin (there "
                                      "is \"rule\"), got \"fleet\" of kind controller"));
  other["groups"][0]["policies"][0]["plugin"] = "rul";
  EXPECT_THAT(check(other), HasSubstr("got \"rul\" (did you mean \"rule\"?)"));
  EXPECT_THAT(
      check(config(zones(), {{"settings", {{"zones", 1}}}})),
      HasSubstr("/groups/0/policies/0/settings/zones: plugin \"rule\" cannot decide for it: "
                "must be >= 2, got 1"));
  EXPECT_THAT(check(config(chaos("refuses_settings"), {{"settings", {{"k", 2}}}})),
              HasSubstr("/groups/0/policies/0/settings/k: plugin \"rule\" cannot decide for it: "
                        "must be 1"));
  auto twice = config(zones(), Config::object());
  twice["groups"][0]["policies"].push_back(twice["groups"][0]["policies"][0]);
  EXPECT_THAT(check(twice), HasSubstr("/groups/0/policies/1/plugin: must not be asked twice"));
  auto none = config(zones(), Config::object());
  none["groups"][0]["policies"][0].erase("plugin");
  EXPECT_THAT(check(none), HasSubstr("/groups/0/policies/0/plugin: is needed"));
  EXPECT_THAT(check(config(zones(), {{"target", 0.5}})),
              HasSubstr("/groups/0/policies/0/target: has no effect on a policy of type "
                        "\"plugin\""));
}

TEST_F(PolicyRun, TheBacktestAsksIt) {
  const auto with = config(zones(), {{"settings", {{"zones", 3}}}});
  const auto ran = run_words({"--config", write(with), "backtest", "--trace", csv(), "--decisions",
                              (folder_ / "decisions.csv").string()});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  std::ifstream rows(folder_ / "decisions.csv");
  std::string row;
  bool seen = false;
  while (std::getline(rows, row)) seen = seen || row.ends_with(",42");
  EXPECT_TRUE(seen);
}

TEST(PolicyService, SaysWhenThereIsNoSuchPlugin) {
  const PolicyService service([](const auto&, const auto&) { return nullptr; },
                              [](const auto&) { return Duration(std::chrono::seconds(1)); });
  PluginSpec spec{"nobody", "{}", 1};
  const std::string tenant = "default";
  PolicyQuestion q;
  q.policy = &spec;
  q.tenant = &tenant;
  const auto answers = service.ask({q});
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status.error().code, ErrorCode::not_found);
}

}  // namespace policy_service_test
}  // namespace nova::cli
