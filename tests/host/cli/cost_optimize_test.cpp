// Goal: `cost optimize` plans machines without any config, over several clouds, keeps every limit
// it is given, and refuses what cannot be by the constraint that binds. Method: the verb as from a
// shell, in this process, on the build's plugins; sums are made again from the rows printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/cli/solver_plugin.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace cost_optimize_test {

using nlohmann::json;
using testing::HasSubstr;

Ran optimize(std::vector<std::string> words) {
  words.insert(words.begin(), {"cost", "optimize"});
  return run_words(std::move(words));
}

json plan_of(std::vector<std::string> words) {
  words.insert(words.end(), {"--format", "json"});
  const auto ran = optimize(std::move(words));
  EXPECT_EQ(ran.code, kFine) << ran.err;
  return ran.code == kFine ? json::parse(ran.out) : json();
}

const std::vector<std::string> kAsked = {"--vcpus", "100",       "--memory",
                                         "400",     "--regions", "us-east-1"};
std::vector<std::string> with(std::vector<std::string> more) {
  auto words = kAsked;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(CostOptimize, PlansOverSeveralClouds) {
  const auto told = plan_of({"--vcpus", "64", "--memory", "256", "--regions",
                             "us-east-1,us-central1,eastus,us-east", "--spot-max-risk", "0"});
  EXPECT_EQ(told["format"], "novascale.cost_plan/1");
  EXPECT_EQ(told["demand"]["pieces"], 64);
  const auto& plan = told["plan"];
  double bill = 0;
  for (const auto& row : plan["offers"]) {
    bill += row["count"].get<double>() * row["price_usd_per_hour"].get<double>();
    EXPECT_EQ(row["purchase"], "on_demand");
  }
  EXPECT_NEAR(plan["bill_usd_per_hour"].get<double>(), bill, 1e-9);
  EXPECT_GE(plan["vcpus"], 64);
  EXPECT_GE(plan["memory_gib"], 256);
  EXPECT_LE(plan["gap"], 0.01);
  // Google's e2 is cheaper than anything of AWS, and AWS alone can be told to be.
  EXPECT_EQ(plan["offers"][0]["provider"], "gce");
  const auto aws = plan_of({"--vcpus", "64", "--memory", "256", "--regions", "us-east-1",
                            "--providers", "aws", "--spot-max-risk", "0"});
  EXPECT_LT(plan["bill_usd_per_hour"], aws["plan"]["bill_usd_per_hour"]);
}

TEST(CostOptimize, EachLimitHasItsEffect) {
  const auto at = [](const json& told, const char* key) { return told["plan"][key].get<double>(); };
  const auto base = plan_of(kAsked);
  EXPECT_GT(at(base, "spot_share"), 0.9);
  EXPECT_LE(at(base, "worst_pool_share"), 0.25);
  EXPECT_LE(at(plan_of(with({"--max-spot-share", "0.5"})), "spot_share"), 0.5);
  EXPECT_LE(at(plan_of(with({"--on-demand-base", "0.7"})), "spot_share"), 0.3 + 0.02);
  EXPECT_LE(at(plan_of(with({"--max-share-per-pool", "0.1"})), "worst_pool_share"), 0.1);
  EXPECT_GE(at(plan_of(with({"--survive-worst-pool"})), "vcpus"), 105);
  const auto kinds = [](const json& told, auto&& key) {
    std::map<std::string, double> sums;
    for (const auto& row : told["plan"]["offers"])
      sums[key(row["offer"].get<std::string>())] += row["count"].get<double>();
    return sums;
  };
  const auto part = [](int n) {
    return [n](std::string id) {
      for (int k = 0; k < n; ++k) id.erase(0, id.find('/') + 1);
      return id.substr(0, id.find('/'));
    };
  };
  EXPECT_GE(kinds(plan_of(with({"--max-share-per-zone", "0.2"})), part(2)).size(), 5u);
  const auto family = [&](const std::string& id) {
    const auto type = part(3)(id);
    return type.substr(0, type.find('.'));
  };
  EXPECT_GE(kinds(plan_of(with({"--max-share-per-family", "0.2"})), family).size(), 5u);
  EXPECT_GE(plan_of(with({"--min-pools", "9"}))["plan"]["offers"].size(), 9u);
  EXPECT_EQ(kinds(plan_of(with({"--max-types", "2"})), part(3)).size(), 2u);
  const auto without = plan_of(with({"--exclude", "t*,m*"})),
             calm = plan_of(with({"--spot-max-risk", "0.05"}));
  for (const auto& row : without["plan"]["offers"])
    EXPECT_THAT(part(3)(row["offer"].get<std::string>()), testing::Not(testing::StartsWith("t")));
  for (const auto& row : calm["plan"]["offers"]) EXPECT_LE(row["interruption_month"], 0.05);
  EXPECT_GT(at(base, "expected_usd_per_hour"),
            at(plan_of(with({"--divisible"})), "expected_usd_per_hour"));
  EXPECT_LT(at(plan_of(with({"--outage-cost", "100000"})), "lost_share_per_hour"),
            at(base, "lost_share_per_hour"));
  EXPECT_GT(at(plan_of(with({"--interruption-cost", "5"})), "expected_usd_per_hour"),
            at(base, "expected_usd_per_hour") + 1e-3);
  EXPECT_EQ(at(plan_of(with({"--on-demand-discount", "0.9"})), "spot_share"), 0);
  EXPECT_LT(at(plan_of(with({"--spot-min-saving", "0.66"})), "spot_share"), 1.0 + 1e-9);
  EXPECT_GT(plan_of(with({"--spot-min-saving", "0.66"}))["left_out"]["spot too dear"],
            base["left_out"]["spot too dear"]);
  const auto stale = optimize(with({"--max-price-age", "1d", "--providers", "aws"}));
  EXPECT_EQ(stale.code, kNo);
  EXPECT_THAT(stale.err, HasSubstr("stale price ("));
}

TEST(CostOptimize, ShowsAlternativesTheirRiskAndSimplerRules) {
  const auto told = plan_of(kAsked);
  ASSERT_FALSE(told["alternatives"].empty());
  for (const auto& other : told["alternatives"]) {
    EXPECT_GE(other["expected_usd_per_hour"], told["plan"]["expected_usd_per_hour"]);
    EXPECT_FALSE(other["pros"].empty());
  }
  ASSERT_EQ(told["price_of_risk"].size(), 6u);
  double dearest = 1e9;
  for (const auto& row : told["price_of_risk"]) {
    EXPECT_LE(row["mix"]["total_usd_per_hour"], dearest);
    dearest = row["mix"]["total_usd_per_hour"];
    if (row["max_risk"] == told["max_risk"]) {
      EXPECT_EQ(row["mix"]["total_usd_per_hour"], told["plan"]["total_usd_per_hour"]);
    }
  }
  ASSERT_EQ(told["simpler_rules"].size(), 4u);
  for (const auto& rule : told["simpler_rules"])
    if (rule["breaks"].empty()) {
      EXPECT_GE(rule["total_usd_per_hour"], told["plan"]["total_usd_per_hour"]);
    }
  const auto text = optimize(kAsked);
  for (const char* part : {"100 vCPU and 400 GiB in 100 pieces of 1 vCPU and 4 GiB", "COUNT  OFFER",
                           "no mix is cheaper by more than", "Alternatives", "The price of risk",
                           "20 % *", "Beside simpler rules", "Karpenter-like"})
    EXPECT_THAT(text.out, HasSubstr(part));
}

TEST(CostOptimize, TakesItsOwnCsvAsWhatRunsNow) {
  char pattern[] = "/tmp/novascale-plan-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern);
  const auto file = (folder / "plan.csv").string();
  const auto first = optimize(with({"--format", "csv"}));
  ASSERT_EQ(first.code, kFine);
  std::ofstream(file) << first.out;
  const auto again = plan_of(with({"--current", file}));
  EXPECT_EQ(again["plan"]["moves_usd_per_hour"], 0);
  EXPECT_EQ(again["present"]["offers"], again["plan"]["offers"]);
  EXPECT_THAT(optimize(with({"--current", file})).out, HasSubstr("nothing changes"));
  // From dear machines it moves, unless moving costs more than it saves.
  const std::string dear = "aws/us-east-1//m5.24xlarge/linux/on-demand=2";
  const auto moved = plan_of(with({"--current", dear}));
  EXPECT_EQ(moved["present"]["machines"], 2);
  EXPECT_LT(moved["plan"]["bill_usd_per_hour"], moved["present"]["bill_usd_per_hour"]);
  EXPECT_EQ(plan_of(with({"--current", dear, "--move-cost", "900"}))["plan"]["machines"], 2);
  EXPECT_NE(plan_of(with(
                {"--current", dear, "--move-cost", "900", "--life", "9000h"}))["plan"]["machines"],
            2);
  EXPECT_THAT(optimize(with({"--current", dear})).out, HasSubstr("The plan saves "));
  std::ofstream(file) << "offer,counts\n";
  EXPECT_THAT(optimize(with({"--current", file})).err,
              HasSubstr("plan.csv:1: must have columns offer and count"));
  std::ofstream(file) << "offer,count\na,b,c\n";
  EXPECT_THAT(optimize(with({"--current", file})).err,
              HasSubstr("plan.csv:2: must have 2 cells, got 3"));
  std::filesystem::remove_all(folder);
}

TEST(CostOptimize, WeighsCarbon) {
  const std::vector<std::string> two = {
      "--vcpus",         "16", "--memory",   "64", "--regions", "us-east-1,eu-north-1",
      "--spot-max-risk", "0",  "--provider", "aws"};
  const auto plan = [&](const char* weight) {
    auto words = two;
    words.insert(words.end(), {"--carbon-weight", weight, "--grid", "us-east-1=400,eu-north-1=20"});
    return plan_of(words)["plan"];
  };
  const auto region = [](const json& p) { return p["offers"][0]["region"]; };
  const auto heavy = plan("5");
  EXPECT_EQ(region(plan("0")), "us-east-1");
  EXPECT_EQ(region(heavy), "eu-north-1");
  // watts x 20 g, at 5 USD a kg.
  EXPECT_NEAR(
      heavy["carbon_usd_per_hour"].get<double>(),
      1.135 * (heavy["vcpus"].get<double>() * 2.12 + heavy["memory_gib"].get<double>() * 0.392) /
          1000 * 20 / 1000 * 5,
      1e-6);
  auto unknown = two;
  unknown.insert(unknown.end(), {"--carbon-weight", "1", "--grid", "us-east-1=400"});
  const auto refused = optimize(unknown);
  EXPECT_EQ(refused.code, kNo);
  EXPECT_THAT(refused.err,
              HasSubstr("not every offer says what its grid emits; tell it with --grid "
                        "eu-north-1=G, in grams"));
  auto misspelt = two;
  misspelt.insert(misspelt.end(), {"--grid", "eu-nroth-1=20"});
  EXPECT_THAT(optimize(misspelt).err, HasSubstr("no offer asked for is in \"eu-nroth-1\" (did you "
                                                "mean \"eu-north-1\"?)"));
  EXPECT_EQ(optimize(with({"--grid", "us-east-1"})).code, kUsage);
}

// Of all units 25 cost less than 24; graduated they do not.
TEST(CostOptimize, TakesTheVolumeTierOfAProvider) {
  char pattern[] = "/tmp/novascale-plan-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern);
  const auto config = (folder / "c.json").string();
  for (const auto& [mode, machines, bill] :
       {std::tuple{"all_units", 25, 21.25}, {"graduated", 24, 22.25}}) {
    std::ofstream(config) << json{
        {"groups", json::array()},
        {"plugins",
         {{{"name", "dc"},
           {"component", "org.novacron.cost.generic"},
           {"config",
            {{"regions", {{{"name", "r"}}}},
             {"volume", {{"mode", mode}}},
             {"machines",
              {{{"type", "m"}, {"vcpus", 2}, {"memory_gib", 8}, {"price_per_hour", 1}}}}}}}}}};
    const auto plan = plan_of({"--config", config, "--machines", "24", "--machine-vcpus", "2",
                               "--machine-memory", "8"})["plan"];
    EXPECT_EQ(plan["machines"], machines) << mode;
    EXPECT_DOUBLE_EQ(plan["bill_usd_per_hour"].get<double>(), bill) << mode;
  }
  std::filesystem::remove_all(folder);
}

TEST(CostOptimize, TakesEqualPieces) {
  const auto told = plan_of({"--machines", "40", "--machine-vcpus", "1.5", "--machine-memory", "12",
                             "--regions", "us-east-1", "--provider", "aws"});
  EXPECT_EQ(told["demand"]["pieces"], 40);
  EXPECT_EQ(told["demand"]["vcpus"], 60);
  EXPECT_GE(told["plan"]["memory_gib"], 480);
  EXPECT_GE(told["plan"]["vcpus"], 60);
}

// A plugin says it in the log and as a remark of the call: it is one thing to know.
TEST(CostOptimize, TellsATroubleOnce) {
  char pattern[] = "/tmp/novascale-once-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern);
  setenv("NOVA_ONCE_KEY", "AKIDEXAMPLE", 1);
  const auto snapshot = (folder / "prices").string(), config = (folder / "c.json").string();
  std::ofstream(snapshot) << "no prices";
  const json settings{{"live", true},
                      {"regions", {"us-east-1"}},
                      {"snapshot", snapshot},
                      {"endpoint", "http://127.0.0.1:9"},
                      {"access_key", "secret:env:NOVA_ONCE_KEY"},
                      {"secret_key", "secret:env:NOVA_ONCE_KEY"}};
  std::ofstream(config) << json{{"plugins",
                                 {{{"name", "aws"},
                                   {"component", "org.novacron.cost.aws"},
                                   {"call_timeout", "2s"},
                                   {"config", settings}}}},
                                {"groups", json::array()}};
  const auto ran = run_words({"--config", config, "cost", "optimize", "--vcpus", "2"});
  std::filesystem::remove_all(folder);
  EXPECT_EQ(ran.code, kFine) << ran.err;
  const std::string said = "the price snapshot " + snapshot + " does not begin with";
  const auto first = ran.err.find(said);
  ASSERT_NE(first, std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find(said, first + 1), std::string::npos) << ran.err;
}

TEST(CostOptimize, AsksASolver) {
  const auto core = plan_of(with({"--survive-worst-pool", "0.75"}));
  auto words = with({"--survive-worst-pool", "0.75", "--solver", "cbc", "--solver-time", "5s"});
  words.insert(words.end(), {"--format", "json"});
  const auto ran = optimize(words);
  if (ran.code == kUsage && ran.err.find("there is no solver plugin") != std::string::npos)
    GTEST_SKIP() << "built without CBC";
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("novascale cost: cbc "));
  const auto bill = [](const json& told) {
    double sum = 0;
    for (const auto& row : told["plan"]["offers"])
      sum += row["count"].get<double>() * row["price_usd_per_hour"].get<double>();
    return sum;
  };
  EXPECT_LE(bill(json::parse(ran.out)), bill(core) * 1.001);
  const auto none = optimize(with({"--solver", "cbcc"}));
  EXPECT_EQ(none.code, kUsage);
  EXPECT_THAT(none.err, HasSubstr("there is no solver plugin \"cbcc\" (did you mean \"cbc\"?)"));
  EXPECT_THAT(optimize(with({"--solver-time", "0s"})).err,
              HasSubstr("--solver-time must be positive, got 0s"));
}

TEST(CostOptimize, RefusesByName) {
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{}, kUsage, "what is needed? --vcpus, --memory"},
      {{"--vcpus", "-1"}, kUsage, "--vcpus must be in [0, 1e+08], got -1"},
      {{"--machines", "3"}, kUsage, "go together"},
      {{"--vcpus", "3", "--machines", "3", "--machine-vcpus", "1"}, kUsage, "one or the other"},
      {with({"--spot-max-risk", "20"}), kUsage, "--spot-max-risk must be in [0, 1], got 20"},
      {with({"--max-share-per-pool", "nan"}), kUsage, "--max-share-per-pool must be in [0, 1]"},
      {with({"--budget-hourly", "-1"}), kUsage, "--budget-hourly must be in"},
      {with({"--life", "soon"}), kUsage, "--life: must be a duration"},
      {with({"--format", "cvs"}), kUsage, "(did you mean \"csv\"?)"},
      {with({"--type-vcpus", "8:2"}), kUsage, "--type-vcpus must be a range"},
      {with({"--current", "x"}), kUsage, "--current: cannot read \"x\""},
      {with({"--current", "a=b"}), kUsage, "--current: must be a count up to 100000, got \"b\""},
      {with({"--current", "aws/us-east-1//m5.lagre/linux/on-demand=2"}), kNo,
       "(did you mean \"aws/us-east-1//m5.large/linux/on-demand\"?)"},
      {with({"--budget-hourly", "0.3"}), kNo, "no feasible mix: budget 0.3 USD/h"},
      {with({"--type", "m5.large", "--min-pools", "9"}), kNo, "min_pools 9"},
      {with({"--type", "t3.nano"}), kNo, "demand slots: "},
      {{"--vcpus", "4", "--provider", "gce", "--regions", "us-central-1"},
       kNo,
       "(did you mean \"us-central1\"?)"},
  };
  for (const auto& [words, code, message] : cases) {
    const auto ran = optimize(words);
    EXPECT_EQ(ran.code, code) << message << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_EQ(optimize({"--help"}).code, kFine);
}

}  // namespace cost_optimize_test
}  // namespace nova::cli
