// Goal: `plan` says what a group will need, from a recorded load and from what a host has on
// record; the running host writes the same into its journal, and decides as if it did not.
// Method: a load that repeats daily, real plugins, the journal as witness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "host/cli/plan_text.hpp"
#include "host/cli/recorded_engine.hpp"
#include "host/loop/journal.hpp"
#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace plan_test {

using ::testing::HasSubstr;
using ::testing::Not;
using Config = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kDays = 3;

// 100 at midnight UTC, 900 at noon.
double load_at(int minute) { return 500 - 400 * std::cos(2 * std::numbers::pi * minute / 1440); }

class PlanVerb : public Recorded {
 protected:
  // From midnight of 2001-09-10 to 06:00 three days later.
  void SetUp() override { record(kDays * 1440 + 360, load_at, 1'000'080'000); }

  Config config() const {
    return {{"host", {{"data_dir", "var"}}},
            {"plugins", trace_and_fleet("180s")},
            {"groups",
             {{{"id", "web"},
               {"controller", "fleet"},
               {"min", 1},
               {"max", 60},
               {"lead_time", "180s"},
               {"machine", {{"vcpus", 2}, {"memory_gib", 8}, {"storage_gib", 40}}},
               {"signals",
                {{{"name", "requests"},
                  {"source", "trace"},
                  {"query", "value"},
                  {"role", "demand"},
                  {"resource", "cpu"},
                  {"per_machine", 50}}}},
               {"policies", {{{"type", "target_tracking"}}}}}}}};
  }
  Ran run(const Config& config, std::vector<std::string> words) {
    words.insert(words.begin(), {"--config", write(config), "--log-level", "error"});
    return run_words(words);
  }
};

Config only_plan(const Ran& ran) {
  const auto plans = Config::parse(ran.out).at("plans");
  EXPECT_EQ(plans.size(), 1u);
  return plans.at(0);
}

TEST_F(PlanVerb, OfARecordedLoad) {
  const auto ran = run(config(), {"plan", "--trace", csv(), "--format", "json"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto plan = only_plan(ran);
  // At 06:00 the load is 500, which needs 16 at 65 %; at noon 900, which needs 28.
  EXPECT_EQ(plan.at("current"), 16);
  const auto& r = plan.at("resources").at(0);
  EXPECT_EQ(r.at("resource"), "cpu");
  EXPECT_EQ(r.at("machines_now"), 16);
  EXPECT_NEAR(r.at("utilisation").get<double>(), 500 / 800.0, 0.01);
  EXPECT_NEAR(r.at("needs").at("medium").at("machines").get<double>(), 28, 1);
  EXPECT_EQ(plan.at("horizons").at("medium").at("binding"), "requests");
  ASSERT_EQ(r.at("seasons").size(), 1u);
  const auto& day = r.at("seasons").at(0);
  EXPECT_EQ(day.at("length"), "1d");
  EXPECT_NEAR(day.at("peaks").at(0).at("level").get<double>(), 900, 30);
  EXPECT_THAT(day.at("peaks").at(0).at("next"), HasSubstr("2001-09-13T1"));
  // 16 machines are full (95 %) at 760, which the load passes at 08:42.
  const auto saturated = r.at("saturates").at("at").get<std::string>();
  EXPECT_THAT(saturated, HasSubstr("2001-09-13T08:4"));
  const auto& first = plan.at("recommendations").at(0);
  EXPECT_EQ(first.at("action"), "scale_out");
  EXPECT_GT(first.at("cost_impact").at("becomes_usd_per_hour"),
            first.at("cost_impact").at("usd_per_hour"));
  EXPECT_EQ(plan.at("risk").at("risks").size(), 5u);
  EXPECT_GE(plan.at("alternatives").size(), 3u);
  EXPECT_EQ(plan.at("storage_gib").at("now"), 16 * 40);

  const auto more = run(config(), {"plan", "--trace", csv(), "--machines", "40"});
  ASSERT_EQ(more.code, kFine) << more.err;
  EXPECT_THAT(more.out, HasSubstr("default/web at 2001-09-13T06:00:00Z: 40 machines asked for"));
  EXPECT_THAT(more.out, HasSubstr("scale_in to "));
  EXPECT_THAT(more.out, HasSubstr("peak at +"));
  EXPECT_THAT(more.out, HasSubstr("storage of the machines: 1600 GiB now"));
}

TEST_F(PlanVerb, EveryPlanningKeyHasItsEffect) {
  const auto plan_with = [&](const char* key, const Config& value) {
    auto c = config();
    if (key) c["planning"][key] = value;
    const auto ran = run(c, {"plan", "--trace", csv(), "--format", "json"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    return only_plan(ran);
  };
  const auto base = plan_with(nullptr, {});
  const auto needs = [](const Config& plan, const char* h) {
    return plan.at("resources").at(0).at("needs").at(h).at("machines").get<int>();
  };
  EXPECT_GT(needs(base, "short"), needs(plan_with("short", "30m"), "short"));
  EXPECT_GT(needs(base, "medium"), needs(plan_with("medium", "3h"), "medium"));
  EXPECT_GT(needs(base, "long"), needs(plan_with("long", "8h"), "long") - 1);
  EXPECT_NE(base.at("horizons").at("long").at("until"),
            plan_with("long", "8h").at("horizons").at("long").at("until"));
  const auto at = [](const Config& plan) {
    return plan.at("resources").at(0).at("saturates").at("at").get<std::string>();
  };
  EXPECT_GT(at(base), at(plan_with("bottleneck_threshold", 0.8)));
  const auto wrong = [&](const char* key, const char* value) {
    auto c = config();
    c["planning"][key] = value;
    return run(c, {"check"}).err;
  };
  EXPECT_THAT(wrong("medium", "1h"), HasSubstr("/planning/medium: must be >= short (2h), got 1h"));
  EXPECT_THAT(wrong("long", "3h"), HasSubstr("/planning/long: must be >= medium (8h), got 3h"));
  EXPECT_THAT(wrong("long", "60d"), HasSubstr("/planning/long: must be at most 4w2d, got 8w4d"));
}

TEST_F(PlanVerb, TheHostPlansAndDecidesAsBefore) {
  auto c = config();
  const auto ran = run(c, {"run", "--speed", "max"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  std::vector<Entry> plans;
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::plan) plans.push_back(e);
                return true;
              }).ok());
  ASSERT_NEAR(static_cast<double>(plans.size()), (kDays * 24 + 6) * 4, 1);
  for (std::size_t i = 1; i < plans.size(); ++i)
    ASSERT_EQ(plans[i].time - plans[i - 1].time, std::chrono::minutes(15));
  EXPECT_THAT(run(c, {"history", "--replay"}).out, HasSubstr(" 0 differ"));
  EXPECT_THAT(run(c, {"explain", "web"}).out, HasSubstr("planned at "));

  // What the verb makes of the record is what the host knew at its last tick.
  const auto made = run(c, {"plan", "--format", "json"});
  ASSERT_EQ(made.code, kFine) << made.err;
  const auto plan = only_plan(made);
  const auto& last = plans.back().body;
  EXPECT_EQ(plan.at("resources").at(0).at("seasons").size(), 1u);
  EXPECT_GE(plan.at("current"), 10) << "the fleet is on record, too";
  EXPECT_GE(plan.at("time").get<std::string>(), last.at("time").get<std::string>());
  if (plan.at("time") == last.at("time")) {
    auto body = plan;
    body.erase("tenant");
    body.erase("group");
    EXPECT_EQ(body.dump(), last.dump());
  }
  EXPECT_EQ(run(c, {"plan", "--group", "web"}).code, kFine);
  EXPECT_EQ(run(c, {"plan", "--group", "default/web"}).code, kFine);
  const auto none = run(c, {"plan", "--group", "wbe"});
  EXPECT_EQ(none.code, kNo);
  EXPECT_THAT(none.err, HasSubstr("has no group \"wbe\""));

  c["planning"]["plan_every"] = "1h";
  fs::remove_all(folder_ / "var");
  ASSERT_EQ(run(c, {"run", "--speed", "max"}).code, kFine);
  std::size_t fewer = 0;
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                fewer += e.type == EntryType::plan;
                return true;
              }).ok());
  EXPECT_NEAR(static_cast<double>(fewer), static_cast<double>(plans.size()) / 4, 1);
}

TEST_F(PlanVerb, SaysWhatIsMissing) {
  const auto nothing = run(config(), {"plan"});
  EXPECT_EQ(nothing.code, kNo);
  EXPECT_THAT(nothing.err, HasSubstr("nothing is on record in "));
  EXPECT_THAT(nothing.err, HasSubstr("--trace CSV"));
  EXPECT_EQ(recorded_engine(folder_ / "var").error().code, ErrorCode::not_found);
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"plan", "--machines", "3"},
           {"plan", "--promise", "1%"},
           {"plan", "--format", "xml"},
           {"plan", "--trace", csv(), "--promise", "1%", "--machines", "3"},
           {"plan", "--trace", csv(), "--promise", "200%"}})
    EXPECT_EQ(run(config(), words).code, kUsage) << words.back();
  EXPECT_EQ(run(config(), {"plan", "--trace", "nowhere.csv"}).code, kNo);
  EXPECT_THAT(run(config(), {"plan", "--help"}).out, HasSubstr("--promise LIST"));
}

}  // namespace plan_test
}  // namespace nova::cli
