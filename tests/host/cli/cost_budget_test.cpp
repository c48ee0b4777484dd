// Goal: `cost budget` tells what the journal of a configuration says was spent, by the budgets it
// has. Method: a journal written here whose sums are done by hand; the verb as from a shell.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/record/decision_json.hpp"
#include "host/loop/journal.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace cost_budget_test {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const TimePoint kApril = from_unix_ns(1'711'929'600'000'000'000);  // 2024-04-01, 720 hours
const std::string kLarge = "aws/us-east-1//m5.large/linux/on-demand",
                  kSpot = "aws/us-east-1/us-east-1a/m5.large/linux/spot";

class CostBudget : public testing::Test {
 protected:
  CostBudget() {
    char pattern[] = "/tmp/novascale-budget-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~CostBudget() override { fs::remove_all(folder_); }

  static json config(const json& more) {
    const auto group = [](const char* id, const char* tenant) {
      return json{{"id", id},
                  {"tenant", tenant},
                  {"controller", "fleet"},
                  {"min", 1},
                  {"max", 100},
                  {"signals",
                   {{{"name", "r"}, {"source", "trace"}, {"query", "value"}, {"per_machine", 1}}}}};
    };
    auto web = group("web", "acme");
    web["offers"] = {{"cost", {"aws"}}};
    web["machine"] = {{"vcpus", 2}, {"memory_gib", 8}};
    auto db = group("db", "other");
    db["price_usd_per_hour"] = 2;
    json all = {{"host", {{"data_dir", "var"}}},
                {"tenants", {{{"id", "acme"}}, {{"id", "other"}}}},
                {"plugins",
                 {{{"name", "trace"},
                   {"component", "org.novacron.metrics.replay"},
                   {"config", {{"file", "t.csv"}}}},
                  {{"name", "fleet"}, {"component", "org.novacron.controller.simulated"}},
                  {{"name", "aws"}, {"component", "org.novacron.cost.aws"}}}},
                {"groups", {web, db}}};
    all.merge_patch(more);
    return all;
  }
  std::string write(const json& all) {
    const auto path = (folder_ / "c.json").string();
    std::ofstream(path) << all;
    return path;
  }

  // 240 hours: web runs 4 m5.large on demand and 10 on spot at 0.5, from hour 120 on 8; db one
  // machine at 2.
  void live(const json& started) {
    const auto journal = Journal::open(folder_ / "var" / "journal").value();
    const auto append = [&](TimePoint at, EntryType type, const std::string& group, json body) {
      Entry entry;
      entry.time = at, entry.type = type, entry.body = std::move(body);
      if (!group.empty()) entry.tenant = "acme", entry.group = group;
      ASSERT_TRUE(journal->append(entry).ok());
    };
    append(kApril, EntryType::start, "",
           {{"step_ns", 1}, {"groups", json::array()}, {"config", started}});
    append(kApril, EntryType::offers, "web",
           {{"offers", to_json(std::vector<PricedOffer>{{.id = kLarge,
                                                         .price = UsdPerHour::from_dollars(1),
                                                         .machine_type = "m5.large",
                                                         .region = "us-east-1"},
                                                        {.id = kSpot,
                                                         .price = UsdPerHour::from_dollars(0.5),
                                                         .purchase = Purchase::spot}})}});
    const auto fleet = [](std::vector<std::pair<std::string, int>> rows) {
      auto list = json::array();
      for (const auto& [offer, count] : rows)
        list.push_back({{"offer", offer},
                        {"desired", count},
                        {"booting", 0},
                        {"serving", count},
                        {"unhealthy", 0},
                        {"draining", 0}});
      return json{{"first_end_ns", 0},
                  {"samples", {{1.0}}},
                  {"fleet", {{"known", true}, {"generation", 1}, {"rows", list}}}};
    };
    for (int hour = 0; hour <= 240; ++hour)
      append(kApril + std::chrono::hours(hour), EntryType::input, "",
             {{"groups", {fleet({{kLarge, hour > 120 ? 8 : 4}, {kSpot, 10}}), fleet({{"", 1}})}}});
    ASSERT_TRUE(journal->sync().ok());
  }

  Ran budget(const json& more, std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"--config", write(config(more)), "cost", "budget"});
    return run_words(std::move(words));
  }
  json told(const json& more, int code = kFine) {
    const auto ran = budget(more, {"--format", "json"});
    EXPECT_EQ(ran.code, code) << ran.err;
    auto all = json::object();
    if (ran.out.empty()) return all;
    const auto whole = json::parse(ran.out);
    for (const auto& b : whole["budgets"]) all[b["name"].get<std::string>()] = b;
    return all;
  }

  fs::path folder_;
};

TEST_F(CostBudget, TellsWhatTheJournalSaysWasSpent) {
  live(config(json::object()));
  const json limits = {
      {"budgets", {{{"name", "all"}, {"max_hourly_usd", 100}, {"max_monthly_usd", 15000}}}},
      {"tenants",
       {{{"id", "acme"}, {"budgets", {{{"name", "month"}, {"max_monthly_usd", 9000}}}}},
        {{"id", "other"}, {"budgets", {{{"name", "hour"}, {"max_hourly_usd", 2}}}}}}}};
  auto now = told(limits);
  // web: 9 an hour for 120 h, then 13 for 120 h; 480 h are left at 13. db: 2 an hour.
  EXPECT_EQ(now["acme/month"]["month_to_date_usd"], 120 * 9 + 120 * 13);
  EXPECT_EQ(now["acme/month"]["usd_per_hour"], 13);
  EXPECT_EQ(now["acme/month"]["projected_usd"], 120 * 9 + 600 * 13);
  EXPECT_EQ(now["acme/month"]["state"], "alert") << "8880 of 9000";
  EXPECT_EQ(now["all"]["month_to_date_usd"], 120 * 9 + 120 * 13 + 240 * 2);
  EXPECT_EQ(now["all"]["state"], "ok");
  EXPECT_EQ(now["all"]["hourly_share"], 0.15);
  EXPECT_EQ(now["other/hour"]["state"], "alert") << "2 of 2";
  EXPECT_EQ(now["acme/month"]["resets_at"], "2024-05-01T00:00:00Z");
  const auto text = budget(limits);
  EXPECT_THAT(text.out, HasSubstr("At 2024-04-11T00:00:00Z"));
  EXPECT_THAT(text.out, HasSubstr("acme/month"));
}

TEST_F(CostBudget, ACommitmentIsPaidAndWhatItCoversIsNot) {
  live(config(json::object()));
  const json limits = {{"budgets", {{{"name", "all"}, {"max_monthly_usd", 15000}}}},
                       {"commitments",
                        {{{"id", "ri"},
                          {"tenant", "acme"},
                          {"machine_type", "m5.large"},
                          {"machines", 4},
                          {"region", "us-east-1"},
                          {"usd_per_hour", 1.6},
                          {"start", "2024-01-01"},
                          {"end", "2025-01-01"}}}}};
  auto now = told(limits)["all"];
  EXPECT_NEAR(now["usd_per_hour"].get<double>(), 1.6 + 4 + 5 + 2, 1e-9);
  EXPECT_NEAR(now["month_to_date_usd"].get<double>(), 240 * (1.6 + 5 + 2) + 120 * 4, 1e-6);
}

TEST_F(CostBudget, ExceededIsANo) {
  live(config(json::object()));
  const json limits = {{"budgets", {{{"name", "all"}, {"max_hourly_usd", 14.9}}}}};
  EXPECT_EQ(told(limits, kNo)["all"]["state"], "exceeded");
}

TEST_F(CostBudget, RefusesByName) {
  const auto plain = budget(json::object());
  EXPECT_EQ(plain.code, kNo);
  EXPECT_THAT(plain.err, HasSubstr("c.json: has no budget"));
  const json limits = {{"budgets", {{{"name", "all"}, {"max_hourly_usd", 15}}}}};
  const auto empty = budget(limits);
  EXPECT_EQ(empty.code, kNo);
  EXPECT_THAT(empty.err, HasSubstr("nothing on record in "));
  EXPECT_EQ(run_words({"cost", "budget"}).code, kUsage);
  EXPECT_EQ(budget(limits, {"--format", "csv"}).code, kUsage);
  const auto wrong = budget({{"budgets", {{{"name", "all"}}}}});
  EXPECT_EQ(wrong.code, kNo);
  EXPECT_THAT(wrong.err, HasSubstr("/budgets/0: needs max_hourly_usd or max_monthly_usd"));
}

}  // namespace cost_budget_test
}  // namespace nova::cli
