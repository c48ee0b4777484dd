// Goal: advice on commitments is the golden one of a known day, is refused without enough demand,
// and warns when demand falls. Method: files written here, the verb as from a shell on the build's
// price plugins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/cli/commitment_demand.hpp"
#include "host/loop/journal.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace cost_commitments_test {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class CostCommitments : public testing::Test {
 protected:
  CostCommitments() {
    char pattern[] = "/tmp/novascale-commit-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~CostCommitments() override { fs::remove_all(folder_); }

  // The golden day, `days` over, in points `per_hour` an hour: 8 h of 4, 4 h of 10, 8 h of 16, 4 h
  // of 8 machines, times `factor(day)`.
  std::string day(int days, int per_hour = 1, double factor_at_end = 1, double load = 1) {
    const auto path = (folder_ / "demand.csv").string();
    std::ofstream file(path);
    file << "timestamp,machines\n";
    for (int h = 0; h < 24 * days; ++h) {
      const int of_day = h % 24;
      double n = of_day < 8 ? 4 : of_day < 12 ? 10 : of_day < 20 ? 16 : 8;
      n *= 1 + (factor_at_end - 1) * h / (24.0 * days);
      for (int p = 0; p < per_hour; ++p)
        file << 1'700'006'400 + 3600 * h + 3600 / per_hour * p << ',' << n * load << '\n';
    }
    return path;
  }

  static Ran advise(std::vector<std::string> words) {
    words.insert(words.begin(), {"cost", "commitments"});
    return run_words(std::move(words));
  }
  static std::vector<std::string> large(const std::string& file,
                                        std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"--demand", file,        "--type",     "m5.large",
                                      "--region", "us-east-1", "--provider", "aws"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static std::map<std::string, json> rows(const Ran& ran) {
    EXPECT_EQ(ran.code, kFine) << ran.err;
    std::map<std::string, json> by;
    if (ran.code != kFine) return by;
    const auto told = json::parse(ran.out);
    for (const auto& row : told["machines"][0]["reserved"]) by[row["terms"]] = row;
    return by;
  }

  fs::path folder_;
};

TEST_F(CostCommitments, GoldenDay) {
  auto by = rows(advise(large(day(30), {"--format", "json"})));
  const auto cost = [&](const char* terms) {
    return 0.928 - by.at(terms)["saving_usd_per_hour"].get<double>();
  };
  EXPECT_EQ(by.at("1y-all-upfront")["buy"], 8);
  EXPECT_NEAR(cost("1y-all-upfront"), 0.739144, 5e-6);
  EXPECT_EQ(by.at("1y-no-upfront")["buy"], 8);
  EXPECT_NEAR(cost("1y-no-upfront"), 0.771356, 5e-6);
  EXPECT_EQ(by.at("3y-all-upfront")["buy"], 10);
  EXPECT_NEAR(cost("3y-all-upfront"), 0.553110, 5e-6);
  EXPECT_NEAR(by.at("1y-all-upfront")["break_even_use"].get<double>(), 0.587, 5e-4);
  EXPECT_NEAR(by.at("3y-all-upfront")["break_even_use"].get<double>(), 0.376, 5e-4);
  // 8 machines are in use for 5/6 of what they could be: 494 are back after 7.05 / (5/6) months.
  EXPECT_NEAR(by.at("1y-all-upfront")["use"].get<double>(), 5.0 / 6, 1e-9);
  EXPECT_NEAR(by.at("1y-all-upfront")["payback_months"].get<double>(), 7.049 * 6 / 5, 0.01);
}

TEST_F(CostCommitments, EachWordHasItsEffect) {
  const auto plain = rows(advise(large(day(30), {"--format", "json"})));
  const auto worth = [](const std::map<std::string, json>& by) {
    return by.at("3y-all-upfront")["worth_usd"].get<double>();
  };
  const auto buy = [](const std::map<std::string, json>& by) {
    return by.at("3y-all-upfront")["buy"].get<int>();
  };
  EXPECT_EQ(rows(advise(large(day(30, 4), {"--format", "json"}))), plain) << "quarters of an hour";
  EXPECT_EQ(rows(advise(large(day(30, 1, 1, 50), {"--format", "json", "--per-machine", "50"}))),
            plain);
  EXPECT_LT(worth(rows(advise(large(day(30), {"--format", "json", "--discount-rate", "0.2"})))),
            worth(plain));
  EXPECT_EQ(buy(rows(advise(large(day(30), {"--format", "json", "--owned", "6"})))), 4);
  EXPECT_LT(buy(rows(advise(large(day(30), {"--format", "json", "--or-spot"})))), 10)
      << "an hour on spot is cheaper than one on demand";
  EXPECT_EQ(buy(rows(advise(
                large(day(30), {"--format", "json", "--or-spot", "--spot-max-risk", "0.01"})))),
            10);
  const auto brief = large(day(10), {"--format", "json", "--lookback", "9d"});
  EXPECT_EQ(buy(rows(advise(brief))), 10);
}

TEST_F(CostCommitments, RefusesTooLittleAndWarnsOfAFall) {
  const auto brief = advise(large(day(12)));
  EXPECT_EQ(brief.code, kNo);
  EXPECT_THAT(brief.err, HasSubstr("m5.large in us-east-1, linux: commitments: need 30 days of "
                                   "hourly demand, have 12 (288 hours, 288 known)"));
  const auto falling = advise(large(day(40, 1, 0.4)));
  EXPECT_EQ(falling.code, kFine);
  EXPECT_THAT(falling.out, HasSubstr("warning: demand falls: median "));
  const auto forecast = (folder_ / "ahead.csv").string();
  {
    std::ofstream file(forecast);
    file << "series,step,timestamp,mean,lo80,hi80,model\n";
    for (int h = 0; h < 48; ++h)
      file << "a," << h + 1 << ',' << 1'702'598'400 + 3600 * h << ",3,2,4,ar\n";
  }
  const auto ahead = advise(large(day(30), {"--forecast", forecast, "--format", "json"}));
  EXPECT_EQ(rows(ahead).at("3y-all-upfront")["buy"], 4);
  EXPECT_EQ(json::parse(ahead.out)["machines"][0]["warning"],
            "demand is forecast to fall: median 4 machines, was 10");
  EXPECT_EQ(rows(advise(large(day(30), {"--forecast", forecast, "--forecast-column", "mean",
                                        "--format", "json"})))
                .at("3y-all-upfront")["buy"],
            3);
}

TEST_F(CostCommitments, PlansCoverAllMachinesTogether) {
  const auto file = (folder_ / "two.csv").string();
  {
    std::ofstream out(file);
    out << "series,timestamp,machines\n";
    for (const char* type : {"m5.large", "c5.large"})
      for (int h = 0; h < 720; ++h) out << type << ',' << 1'700'006'400 + 3600 * h << ",5\n";
  }
  const auto ran =
      advise({"--demand", file, "--region", "us-east-1", "--provider", "aws", "--format", "json"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto told = json::parse(ran.out);
  ASSERT_EQ(told["machines"].size(), 2u);
  ASSERT_FALSE(told["savings_plans"].empty());
  for (const auto& plan : told["savings_plans"]) {
    // Constant use: all of it is committed, and the plan is used to its end.
    EXPECT_EQ(plan["utilisation"], 1);
    EXPECT_EQ(plan["cost_usd_per_hour"], plan["commitment_usd_per_hour"]);
    EXPECT_NEAR(plan["without_usd_per_hour"].get<double>(), 5 * (0.096 + 0.085), 1e-9);
    EXPECT_EQ(plan["quality"], "estimated");
  }
  EXPECT_THAT(advise({"--demand", file, "--region", "us-east-1", "--provider", "aws"}).out,
              HasSubstr("Advice: "));
}

TEST_F(CostCommitments, ReadsWhatRanFromAJournal) {
  const auto journal = Journal::open(folder_ / "var" / "journal").value();
  const TimePoint start = from_unix_ns(1'700'006'400'000'000'000);
  const auto append = [&](TimePoint at, EntryType type, json body) {
    Entry entry;
    entry.time = at, entry.type = type, entry.body = std::move(body);
    ASSERT_TRUE(journal->append(entry).ok());
  };
  append(start, EntryType::start,
         {{"config", {{"groups", {{{"id", "web"}, {"tenant", "acme"}}, {{"id", "db"}}}}}}});
  for (int tick = 0; tick < 4; ++tick) {  // half an hour each
    const auto fleet = [&](const std::string& offer, int serving, int booting) {
      const json rows = offer.empty() ? json::array()
                                      : json::array({{{"offer", offer},
                                                      {"desired", 9},
                                                      {"booting", booting},
                                                      {"serving", serving},
                                                      {"unhealthy", 0},
                                                      {"draining", 0}}});
      return json{{"fleet", {{"known", true}, {"rows", rows}}}};
    };
    append(start + std::chrono::minutes(30) * tick, EntryType::input,
           {{"groups",
             {fleet("aws/us-east-1/us-east-1a/m5.large/linux/spot", 4 + tick, 1),
              fleet(tick == 3 ? "aws/us-east-1//c5.large/linux/on-demand" : "", 6, 0)}}});
  }
  ASSERT_TRUE(journal->sync().ok());
  const auto all = demand_from_journal(folder_ / "var" / "journal", "");
  ASSERT_TRUE(all.ok()) << all.error().message;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].name, "aws/us-east-1//c5.large/linux/on-demand");
  EXPECT_EQ((*all)[0].machines, (std::vector<double>{0, 3})) << "none ran in the first hour";
  EXPECT_EQ((*all)[1].name, "aws/us-east-1//m5.large/linux/on-demand");
  EXPECT_EQ((*all)[1].machines, (std::vector<double>{5.5, 7.5}));
  EXPECT_EQ(demand_from_journal(folder_ / "var" / "journal", "acme/web")->size(), 1u);
  EXPECT_EQ(demand_from_journal(folder_ / "var" / "journal", "wbe").error().message,
            "no group \"wbe\" on record");

  const auto config = (folder_ / "c.json").string();
  json whole = {{"host", {{"data_dir", "var"}}},
                {"plugins",
                 {{{"name", "aws"}, {"component", "org.novacron.cost.aws"}},
                  {{"name", "trace"},
                   {"component", "org.novacron.metrics.replay"},
                   {"config", {{"file", "t.csv"}}}},
                  {{"name", "fleet"}, {"component", "org.novacron.controller.simulated"}}}},
                {"groups", json::array()}};
  const auto refusal = [&](std::vector<std::string> words) {
    std::ofstream(config) << whole;
    words.insert(words.begin(), {"--config", config, "cost", "commitments"});
    const auto ran = run_words(std::move(words));
    EXPECT_EQ(ran.code, kNo) << ran.err;
    return ran.err;
  };
  EXPECT_THAT(refusal({}), HasSubstr("c5.large in us-east-1, linux: commitments: need 30 days of "
                                     "hourly demand, have 0.08"));
  whole["groups"] = {{{"id", "web"},
                      {"controller", "fleet"},
                      {"min", 1},
                      {"max", 9},
                      {"machine", {{"vcpus", 2}, {"memory_gib", 8}}},
                      {"signals",
                       {{{"name", "load"},
                         {"source", "trace"},
                         {"query", "load"},
                         {"role", "demand"},
                         {"per_machine", 1}}}},
                      {"policies", {{{"type", "target_tracking"}, {"signal", "load"}}}},
                      {"offers", {{"cost", {"aws"}}, {"commitments", {{"lookback", "7d"}}}}}}};
  EXPECT_THAT(refusal({}), HasSubstr("need 7 days of hourly demand"));
  EXPECT_THAT(refusal({"--lookback", "9d"}), HasSubstr("need 9 days of hourly demand"));
}

TEST_F(CostCommitments, RefusesByName) {
  const auto file = day(30);
  const auto bad = (folder_ / "bad.csv").string();
  std::ofstream(bad) << "timestamp,machines\n2026-01-01,3\n2026-01-02,4\n2026-01-03,4\n";
  const auto minus = (folder_ / "minus.csv").string();
  std::ofstream(minus) << "0,3\n1,-4\n2,4\n";
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{}, kUsage, "demand from where? --demand CSV, or --config"},
      {{"--demand", file}, kUsage, "which machine serves this demand? --type m5.large"},
      {large("none.csv"), kNo, "none.csv"},
      {large(bad), kNo, "bad.csv: \"series\" must have a point an hour or more often"},
      {large(minus), kNo, "must have no negative demand"},
      {large(file, {"--per-machine", "0"}), kUsage, "--per-machine must be positive, got 0"},
      {large(file, {"--discount-rate", "-1"}), kUsage, "--discount-rate must be in (-1, 10]"},
      {large(file, {"--lookback", "month"}), kUsage, "--lookback: must be a duration"},
      {large(file, {"--group", "web"}), kUsage, "--group is of a journal"},
      {large(file, {"--forecast", bad}), kNo, "bad.csv: has no column \"series\""},
      {{"--demand", file, "--type", "m5.lagre", "--region", "us-east-1"},
       kNo,
       "no offer of type \"m5.lagre\" (did you mean \"m5.large\"?)"},
      {{"--demand", file, "--type", "m5.large", "--provider", "aws"},
       kNo,
       "say which with --provider, --region and --os"},
  };
  for (const auto& [words, code, message] : cases) {
    const auto ran = advise(words);
    EXPECT_EQ(ran.code, code) << message << ": " << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_EQ(advise({"--help"}).code, kFine);
}

}  // namespace cost_commitments_test
}  // namespace nova::cli
