// Goal: each key of a budget has its effect in a whole run, and all that tells of money tells the
// same. Method: a recorded load over the end of a month, real plugins, full speed; what the running
// host settled (its snapshot), `cost budget`, `history` and the decisions are compared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "host/loop/data_dir.hpp"
#include "host/loop/journal.hpp"
#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace budget_run_test {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

constexpr std::int64_t kMarch31 = 1'711'908'000;  // 2024-03-31T18:00:00Z
constexpr int kMinutes = 720;                     // to 06:00 on the first of April

class BudgetRun : public Recorded {
 protected:
  // 2 machines' worth, and 20 from 21:00, 01:00 and 05:00 on for an hour and a half; likewise up to
  // 18:30.
  void SetUp() override {
    record(
        kMinutes, [](int m) { return 50 * (2 + 18 * ((m + 60) % 240 < 90)) - 10; }, kMarch31);
  }

  static json group(const char* tenant, const char* id) {
    return {{"id", id},
            {"tenant", tenant},
            {"controller", "fleet"},
            {"controller_config", {{"initial", 2}}},
            {"min", 1},
            {"max", 60},
            {"price_usd_per_hour", 0.36},
            {"signals",
             {{{"name", "requests"},
               {"source", "trace"},
               {"query", "value"},
               {"per_machine", 50},
               {"target_utilisation", 1.0},
               {"max_utilisation", 1.0}}}},
            {"policies", {{{"type", "target_tracking"}, {"signal", "requests"}}}},
            {"cooldown_down", "1s"},
            {"cooldown_up", "1s"},
            {"stabilisation_window", "1s"}};
  }
  // Two groups of one tenant and one of another.
  json config(json more) const {
    json all = {{"host", {{"data_dir", "var"}}},
                {"tenants", {{{"id", "acme"}}, {{"id", "other"}}}},
                {"plugins",
                 {{{"name", "trace"},
                   {"component", "org.novacron.metrics.replay"},
                   {"config", {{"file", "load.csv"}}}},
                  {{"name", "fleet"},
                   {"component", "org.novacron.controller.simulated"},
                   {"config", {{"boot_time", "60s"}}}}}},
                {"groups", {group("acme", "api"), group("acme", "web"), group("other", "web")}}};
    if (more.contains("web_budgets")) {
      all["groups"][1]["budgets"] = more["web_budgets"];
      more.erase("web_budgets");
    }
    all.merge_patch(more);
    return all;
  }
  void run(const json& more) {
    fs::remove_all(folder_ / "var");
    path_ = write(config(more));
    const auto ran =
        run_words({"--config", path_, "--log-level", "error", "run", "--speed", "max"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
    entries_ = entries();
    const auto replayed = run_words({"--config", path_, "history", "--replay"});
    EXPECT_EQ(replayed.code, kFine) << replayed.err;
  }

  // "warning/hour 21:03" of each level reached.
  std::vector<std::string> levels(const std::string& budget) const {
    std::vector<std::string> told;
    for (const auto& e : entries_)
      if (e.type == EntryType::event && e.body.value("budget", "") == budget)
        told.push_back(e.body.value("level", "") +
                       (e.body.value("monthly", false) ? "/month " : "/hour ") +
                       to_iso8601(e.time).substr(11, 5));
    return told;
  }
  // Most machines wanted by a group's decisions.
  std::uint32_t most(const std::string& tenant, const std::string& id) const {
    std::uint32_t most = 0;
    for (const auto& e : entries_)
      if (e.type == EntryType::decision && e.tenant == tenant && e.group == id)
        most = std::max(most, e.body.value("desired", 0u));
    return most;
  }
  std::set<std::string> limits(const std::string& tenant, const std::string& id) const {
    std::set<std::string> names;
    for (const auto& e : entries_)
      if (e.type == EntryType::decision && e.tenant == tenant && e.group == id)
        for (const auto& limit : e.body.at("limits")) names.insert(limit.value("name", ""));
    return names;
  }
  json budgets() const {
    const auto ran = run_words({"--config", path_, "cost", "budget", "--format", "json"});
    json by_name;
    const auto told = json::parse(ran.out);
    for (const auto& b : told.at("budgets")) by_name[b.at("name").get<std::string>()] = b;
    return by_name;
  }

  std::string path_;
  std::vector<Entry> entries_;
};

json budget(const char* name, json limits) {
  limits["name"] = name;
  return limits;
}

TEST_F(BudgetRun, AHardHourTrimsWhoseItIsAndNobodyElse) {
  run({{"web_budgets", {budget("cap", {{"max_hourly_usd", 2}})}}});
  EXPECT_EQ(most("acme", "web"), 5u) << "2 / 0.36";
  EXPECT_THAT(limits("acme", "web"), Contains("budget acme/web/cap"));
  EXPECT_EQ(most("acme", "api"), 20u);
  EXPECT_EQ(most("other", "web"), 20u);
  run({{"tenants",
        {{{"id", "acme"}, {"budgets", {budget("hour", {{"max_hourly_usd", 7.2}})}}},
         {{"id", "other"}}}}});
  // api is asked first and may use what the tenant has beside web's two machines.
  EXPECT_EQ(most("acme", "api"), 18u);
  EXPECT_EQ(most("acme", "web"), 2u);
  EXPECT_THAT(limits("acme", "web"), Contains("budget acme/hour"));
  EXPECT_EQ(most("other", "web"), 20u);
}

TEST_F(BudgetRun, ASoftOneOnlyTellsEachLevelOnceACrossing) {
  run({{"budgets",
        {budget("watch",
                {{"max_hourly_usd", 20}, {"hard", false}, {"warning", 0.5}, {"alert", 0.9}}),
         budget("calm", {{"max_hourly_usd", 100}, {"hard", false}})}}});
  EXPECT_EQ(most("acme", "web"), 20u);
  // 60 machines at 0.36 are 21.6 an hour, four times.
  ASSERT_EQ(levels("watch").size(), 4u);
  for (const auto& told : levels("watch")) EXPECT_THAT(told, HasSubstr("exceeded/hour"));
  EXPECT_TRUE(levels("calm").empty());
  run({{"budgets", {budget("watch", {{"max_hourly_usd", 30}, {"warning", 0.5}, {"alert", 0.9}})}}});
  ASSERT_EQ(levels("watch").size(), 4u);
  for (const auto& told : levels("watch")) EXPECT_THAT(told, HasSubstr("warning/hour"));
  run({{"budgets", {budget("watch", {{"max_hourly_usd", 22}, {"warning", 0.5}, {"alert", 0.9}})}}});
  ASSERT_EQ(levels("watch").size(), 4u);
  for (const auto& told : levels("watch")) EXPECT_THAT(told, HasSubstr("alert/hour"));
}

// The month ends at 20:00 in Dubai, at 00:00 in UTC and at 04:00 in New York: what runs before has
// little of it to run on, what runs after has all of the next.
TEST_F(BudgetRun, AMonthIsThatOfItsTimeZone) {
  const auto month = [](const char* name, const char* zone) {
    return budget(name, {{"max_monthly_usd", 3000}, {"hard", false}, {"time_zone", zone}});
  };
  run({{"budgets",
        {month("dubai", "Asia/Dubai"), month("utc", "UTC"), month("york", "America/New_York")}}});
  // Six machines' 2.16 an hour are 1555 a month, sixty machines' 21.6 are far beyond.
  const auto first = [&](const char* name) {
    const auto told = levels(name);
    return told.empty() ? std::string("never") : told.front();
  };
  EXPECT_EQ(first("dubai"), "exceeded/month 21:01");
  EXPECT_EQ(first("utc"), "exceeded/month 01:01");
  EXPECT_EQ(first("york"), "exceeded/month 05:01");
  auto now = budgets();
  EXPECT_EQ(now["dubai"]["resets_at"], "2024-04-30T20:00:00Z");
  EXPECT_EQ(now["york"]["resets_at"], "2024-05-01T04:00:00Z");
  const auto spent = [&](const char* name) { return now[name]["month_to_date_usd"].get<double>(); };
  EXPECT_GT(spent("dubai"), spent("utc") + 10);
  EXPECT_GT(spent("utc"), spent("york") + 10);
}

TEST_F(BudgetRun, AHardMonthLeavesNoMoreThanItHas) {
  run({{"tenants",
        {{{"id", "acme"},
          {"budgets", {budget("month", {{"max_monthly_usd", 2600}, {"time_zone", "UTC"}})}}},
         {{"id", "other"}}}}});
  // In April 720 hours are to be paid: 3.6 an hour for both groups, ten machines.
  std::uint32_t both = 0;
  for (const auto& e : entries_)
    if (e.type == EntryType::input &&
        e.time > from_unix_ns((kMarch31 + 7 * 3600) * 1'000'000'000)) {
      std::uint32_t sum = 0;
      for (const int g : {0, 1})
        for (const auto& row : e.body.at("groups").at(g).at("fleet").at("rows"))
          sum += row.at("desired").get<std::uint32_t>();
      both = std::max(both, sum);
    }
  EXPECT_LE(both, 10u);
  EXPECT_GE(both, 9u);
  EXPECT_THAT(limits("acme", "api"), Contains("budget acme/month"));
  EXPECT_LE(budgets()["acme/month"]["projected_usd"].get<double>(), 2600.0001);
}

// The host's own book, what is reckoned from its journal, and the totals of its groups.
TEST_F(BudgetRun, AllThatTellsOfMoneyTellsTheSame) {
  const auto of = [](const char* name) {
    return budget(name, {{"max_monthly_usd", 1e6}, {"time_zone", "America/New_York"}});
  };
  run({{"budgets", {of("all")}},
       {"web_budgets", {of("web")}},
       {"tenants",
        {{{"id", "acme"}, {"budgets", {of("acme")}}},
         {{"id", "other"}, {"budgets", {of("other")}}}}}});
  auto told = budgets();
  const auto data_dir = DataDir::open(folder_ / "var").value();
  const auto snapshot = data_dir->load().value();
  ASSERT_TRUE(snapshot);
  for (const auto& kept : snapshot->engine.at("groups").at("market").at("budgets")) {
    std::int64_t nanos = 0;
    for (const auto& month : kept.at("spent")) nanos += month.at(1).at(0).get<std::int64_t>();
    const auto now = told[kept.at("name").get<std::string>()]["month_to_date_usd"].get<double>();
    // April in New York begins at 04:00; what is before is March's.
    const auto& newest = kept.at("spent").back().at(1).at(0);
    EXPECT_EQ(newest.get<std::int64_t>(), Usd::from_dollars(now).nanos) << kept.dump();
    EXPECT_GT(nanos, newest.get<std::int64_t>());
  }
  const auto history =
      json::parse(run_words({"--config", path_, "history", "--summary", "--format", "json"}).out);
  std::map<std::string, double> cost;
  for (const auto& account : snapshot->engine.at("groups").at("market").at("accounts"))
    cost[account.at("of").at(0).get<std::string>() + "/" +
         account.at("of").at(1).get<std::string>()] =
        account.at("spent_nanos").get<double>() * 1e-9;
  ASSERT_EQ(cost.size(), 3u);
  for (const auto& [name, usd] : cost)
    EXPECT_NEAR(history.at(name).at("cost_usd"), usd, 1e-9) << name;
  // Two machines, or twenty for four hours and a half.
  EXPECT_NEAR(cost["acme/web"], 0.36 * (7.5 * 2 + 4.5 * 20), 1);
  // A decision says what the fleet will cost.
  for (const auto& e : entries_) {
    if (e.type != EntryType::decision) continue;
    EXPECT_NEAR(e.body.at("mix_usd_per_hour"), 0.36 * e.body.at("desired").get<double>(), 1e-9);
  }
}

}  // namespace budget_run_test
}  // namespace nova::cli
