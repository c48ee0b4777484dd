// Goal: the files, the page and the sweep of `backtest` say what the table says, and the page
// stands alone and draws in a browser.
// Method: three days of a made-up load with a burst a day; logs are scored again, data are read
// back from the page, and headless Chromium, where there is one, says what its scripts made of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "core/backtest/fleet.hpp"
#include "core/backtest/score.hpp"
#include "host/cli/backtest_sweep.hpp"
#include "tests/host/cli/page.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace backtest_test {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kMinutes = 3 * 1440;
constexpr const char* kAll = "static,hpa,target-tracking,reactive,oracle,oracle-slo";

double load_of(int m) {
  const double burst = m % 1440 > 700 && m % 1440 < 730 ? 900 : 0;
  return 500 + 400 * std::sin(2 * std::numbers::pi * m / 1440) + 20 * std::sin(1.3 * m) + burst;
}

class Backtest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) /
              ("backtest_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::ofstream trace(folder_ / "load.csv");
    trace << "timestamp_unix_s,value\n";
    for (int m = 0; m < kMinutes; ++m)
      trace << 1'000'000'020 + 60 * m << ',' << std::to_string(load_of(m)) << '\n';
    std::ofstream(folder_ / "config.json") << config().dump();
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Json config() {
    return Json::parse(R"({
      "plugins": [
        { "name": "trace", "component": "org.novacron.metrics.replay", "config": { "file": "load.csv" } },
        { "name": "fleet", "component": "org.novacron.controller.simulated" },
        { "name": "naive", "component": "org.novacron.model.seasonal_naive" },
        { "name": "history", "component": "org.novacron.sink.sqlite", "config": { "file": "h.db" } } ],
      "groups": [ { "id": "web", "controller": "fleet", "min": 1, "max": 60, "lead_time": "180s",
        "signals": [ { "name": "requests", "source": "trace", "query": "value", "per_machine": 50,
                       "target_utilisation": 0.6 } ],
        "policies": [ { "type": "predictive", "confidence_threshold": 0 }, { "type": "target_tracking" } ] } ] })");
  }
  Ran run(std::vector<std::string> more) const {
    std::vector<std::string> words{"--config", path("config.json"), "--log-level",   "error",
                                   "backtest", "--trace",           path("load.csv")};
    words.insert(words.end(), more.begin(), more.end());
    return run_words(words);
  }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  static Json data_of(const std::string& page) {
    const std::string open = "<script id=\"data\" type=\"application/json\">";
    const auto from = page.find(open) + open.size();
    return Json::parse(page.substr(from, page.find("</script>", from) - from));
  }
  fs::path folder_;
};

// The machines that a log of decisions comes to, when somebody else plays it.
TEST_F(Backtest, WritesALogOfEachPolicyThatScoresAsItsRow) {
  const auto ran = run({"--compare", kAll, "--decisions-of-all", path("logs"), "--format", "json"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto summary = Json::parse(ran.out).at("summary");
  ASSERT_EQ(summary.size(), 7u);
  std::vector<double> load;
  for (int m = 0; m < kMinutes; ++m) load.push_back(std::stod(std::to_string(load_of(m))));
  ScoreRules rules;
  rules.per_machine = 50;
  rules.target_utilisation = 0.6;
  rules.max = 60;
  rules.score_from = 1440;
  for (const auto& [name, row] : summary.items()) {
    SlotFleet fleet(demand_of(load[0], rules), 3);
    FleetLog log;
    std::ifstream in(folder_ / "logs" / (name + ".csv"));
    std::string line;
    std::getline(in, line);
    EXPECT_EQ(line, "timestamp_unix_s,desired");
    for (int k = 0; k < kMinutes; ++k) {
      ASSERT_TRUE(std::getline(in, line)) << name;
      EXPECT_EQ(std::stoll(line), 1'000'000'020 + 60 * k);
      fleet.begin(static_cast<std::uint64_t>(k));
      fleet.scale(static_cast<std::uint64_t>(k),
                  static_cast<std::uint32_t>(std::stoul(line.substr(line.find(',') + 1))));
      log.append(fleet);
    }
    EXPECT_FALSE(std::getline(in, line));
    const auto s = score(load, log, rules);
    EXPECT_EQ(row.at("machine_hours"), s.machine_hours) << name;
    EXPECT_EQ(row.at("slo_violation_share"), s.slo_violation_share) << name;
    EXPECT_EQ(row.at("theta_u"), s.theta_u) << name;
    EXPECT_EQ(row.at("instability"), s.instability) << name;
    EXPECT_EQ(row.at("longest_violation_s"), s.longest_violation_s) << name;
    for (const auto* key : {"theta_o", "tau_u", "tau_o", "adaptations", "charged_hours", "cost_usd",
                            "unserved_share", "mean_utilisation", "elastic_speedup"})
      EXPECT_TRUE(row.at(key).is_number()) << name << " " << key;
  }
}

TEST_F(Backtest, AValueThatIsNoLoadIsMissing) {
  std::ifstream in(path("load.csv"));
  std::string line, absurd, missing;
  for (int row = 0; std::getline(in, line); ++row) {
    const auto time = line.substr(0, line.find(',') + 1);
    absurd += (row == 2000 ? time + "1e300" : line) + "\n";
    missing += (row == 2000 ? time : line) + "\n";
  }
  std::ofstream(path("load.csv")) << missing;
  const auto want = run({"--compare", "hpa,static", "--format", "json"});
  ASSERT_EQ(want.code, kFine) << want.err;
  EXPECT_EQ(want.err, "");
  std::ofstream(path("load.csv")) << absurd;
  const auto ran = run({"--compare", "hpa,static", "--format", "json"});
  EXPECT_EQ(ran.out, want.out);
  EXPECT_THAT(ran.err,
              ::testing::HasSubstr(
                  "load.csv: 1 value beyond a billion times the rest, taken as missing\n"));
}

TEST_F(Backtest, TheLogOfAShadowHasANameWithoutSpaces) {
  auto shadowed = config();
  shadowed["groups"][0]["policies"][1]["shadow"] = true;
  std::ofstream(path("config.json")) << shadowed.dump();
  const auto ran = run({"--compare", "hpa", "--decisions-of-all", path("logs")});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(folder_ / "logs"))
    files.push_back(file.path().filename().string());
  EXPECT_THAT(files, ::testing::UnorderedElementsAre("novascale.csv", "hpa.csv",
                                                     "shadow-target_tracking.csv"));
}

TEST_F(Backtest, PageHoldsWhatTheTableIsMadeOf) {
  const auto ran = run({"--promise", "1%", "--compare", "hpa,oracle-slo", "--report",
                        path("page.html"), "--format", "json"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto out = Json::parse(ran.out);
  const auto page = text_of(folder_ / "page.html");
  for (const auto* other : {" src=", " href=", "url(", "@import", "{{DATA}}"})
    EXPECT_EQ(page.find(other), std::string::npos) << other;
  const auto data = data_of(page);
  EXPECT_EQ(data["slots"], kMinutes);
  EXPECT_EQ(data["score_from"], 1440);
  EXPECT_EQ(data["high"].size(), static_cast<std::size_t>(kMinutes));
  ASSERT_EQ(data["policies"].size(), 3u);
  for (const auto& policy : data["policies"]) {
    const auto& row = out["summary"][policy["name"].get<std::string>()];
    EXPECT_EQ(policy["scores"], row);
    std::int64_t violated = 0, longest = 0;
    for (const auto& run : policy["violations"]) {
      if (run[0] < 1440) continue;
      violated += run[1].get<std::int64_t>();
      longest = std::max(longest, run[1].get<std::int64_t>());
    }
    EXPECT_DOUBLE_EQ(row["slo_violation_share"].get<double>(),
                     static_cast<double>(violated) / (kMinutes - 1440));
    EXPECT_EQ(row["longest_violation_s"], 60.0 * static_cast<double>(longest));
    double billed = 0;  // [slot, machines] where they change
    const auto& changes = policy["billed"];
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const int from = std::max(1440, changes[i][0].get<int>());
      const int to = i + 1 < changes.size() ? changes[i + 1][0].get<int>() : kMinutes;
      billed += std::max(0, to - from) * changes[i][1].get<double>();
    }
    EXPECT_NEAR(row["machine_hours"].get<double>(), billed / 60, 1e-9);
  }
  // The median of the fan is about the load, and it is known once there is something to know.
  const auto& fan = data["fan"];
  EXPECT_EQ(fan["levels"], Json({0.5, 0.9, 0.99}));
  EXPECT_TRUE(fan["rows"][0][10].is_null());
  std::size_t above = 0, ordered = 0;
  for (std::size_t k = 1440; k < kMinutes; ++k) {
    above += data["high"][k] > fan["rows"][1][k];
    ordered += fan["rows"][0][k] <= fan["rows"][1][k] && fan["rows"][1][k] <= fan["rows"][2][k];
  }
  EXPECT_EQ(ordered, static_cast<std::size_t>(kMinutes - 1440));
  EXPECT_GT(above, 0u);
  EXPECT_LT(above, 0.1 * (kMinutes - 1440));
  EXPECT_THAT(data["promise"].get<std::string>(), HasSubstr("promised 1 % violated steps"));
  EXPECT_EQ(out["promise"]["violations"], 0.01);
  EXPECT_EQ(out["promise"]["kept"], out["summary"]["novascale"]["slo_violation_share"] <= 0.01);
}

TEST_F(Backtest, PageDrawsInABrowser) {
  if (output_of("command -v chromium").empty()) GTEST_SKIP() << "there is no chromium here";
  ASSERT_EQ(run({"--compare", kAll, "--promise", "5%", "--report", path("page.html")}).code, kFine);
  const auto dom = output_of(
      "timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
      "--disable-background-networking --disable-component-update --disable-sync "
      "--user-data-dir=" +
      path("profile") + " --virtual-time-budget=2000 --dump-dom file://" + path("page.html") +
      " 2>/dev/null");
  const auto body = dom.substr(0, dom.find("<script id=")) + dom.substr(dom.rfind("</script>"));
  EXPECT_THAT(body, HasSubstr("<title>Backtest of default/web on load.csv</title>"));
  EXPECT_THAT(body, HasSubstr("3 days from 2001-09-09 01:47 UTC, scored after 1 day"));
  EXPECT_THAT(body, HasSubstr("aria-label=\"Load of requests and capacity of novascale, hpa, "));
  EXPECT_THAT(body, HasSubstr("aria-label=\"Scale-outs and scale-ins of novascale"));
  EXPECT_THAT(body, HasSubstr("aria-label=\"Cost so far: novascale "));
  EXPECT_THAT(body, HasSubstr("forecast up to 90 %"));
  EXPECT_THAT(body, HasSubstr("target-tracking in these minutes"));
  for (const auto* slip : {"NaN", "undefined", "Infinity", "[object"})
    EXPECT_THAT(body, Not(HasSubstr(slip)));
}

TEST_F(Backtest, SweepIsEachValueByItselfWhateverTheThreads) {
  const auto out = [&](const std::string& sweep, const char* threads) {
    const auto ran = run({"--sweep", sweep, "--threads", threads, "--compare", "hpa,oracle-slo",
                          "--format", "json"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    return Json::parse(ran.out);
  };
  const auto one = out("target=0.5,0.6,0.7", "1");
  EXPECT_EQ(one, out("target=0.5,0.6,0.7", "3"));
  EXPECT_EQ(one["sweep"], "target");
  ASSERT_EQ(one["outcomes"].size(), 3u);
  const auto alone = run({"--compare", "hpa,oracle-slo", "--format", "json"});
  EXPECT_EQ(one["outcomes"][1]["summary"], Json::parse(alone.out)["summary"]);  // as configured
  const auto hours = [](const Json& outcome) {
    return outcome["summary"]["novascale"]["machine_hours"].get<double>();
  };
  EXPECT_GT(hours(one["outcomes"][0]), hours(one["outcomes"][2]));

  const auto promised = out("promise=5%,1%,hpa", "2");
  EXPECT_EQ(promised["outcomes"][1]["promise"]["violations"], 0.01);
  EXPECT_EQ(promised["outcomes"][2]["promise"]["same_bill_as"], "hpa");
  const auto quantiles = out("quantile=0.5,0.95", "2");
  EXPECT_LT(hours(quantiles["outcomes"][0]), hours(quantiles["outcomes"][1]));
  const auto leads = out("/lead_time=180s,1200s", "2");
  EXPECT_NE(leads["outcomes"][0]["summary"]["hpa"], leads["outcomes"][1]["summary"]["hpa"]);
  EXPECT_EQ(out("model=auto,naive", "2")["outcomes"][0]["summary"],
            Json::parse(alone.out)["summary"]);

  const auto table = run({"--sweep", "promise=5%,1%"}).out;
  for (const auto* row : {"promise=5%", "promise=1%", "\nstatic ", "\nhpa "})
    EXPECT_THAT(table, HasSubstr(row));
}

// A value may make a policy one of the shadows: then not every run has the same ones.
TEST_F(Backtest, ASweepMayMakeAShadow) {
  const auto ran = run({"--sweep", "/policies/1/shadow=true,false", "--compare", "hpa"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  for (const auto* row : {"\n/policies/1/shadow=true ", "\n/policies/1/shadow=false ",
                          "\nshadow target_tracking /policies/1/shadow=true ", "\nhpa "})
    EXPECT_THAT(ran.out, HasSubstr(row));
  EXPECT_THAT(ran.out, Not(HasSubstr("shadow target_tracking /policies/1/shadow=false")));
}

// What is swept is the load's signal and the policy that acts, wherever they stand in the lists.
TEST_F(Backtest, ASweepPassesOverWhatIsWatchedAndShadows) {
  const auto outcomes = [&](const Json& as, const char* sweep) {
    std::ofstream(path("config.json")) << as.dump();
    const auto ran = run({"--sweep", sweep, "--compare", "hpa", "--format", "json"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    return ran.code == kFine ? Json::parse(ran.out)["outcomes"] : Json::array();
  };
  const auto own = [](const Json& all) {
    std::vector<Json> each;
    for (const auto& outcome : all) each.push_back(outcome["summary"]["novascale"]);
    return each;
  };
  auto watching = config();
  auto& signals = watching["groups"][0]["signals"];
  signals.insert(
      signals.begin(),
      Json{{"name", "p95"}, {"source", "trace"}, {"query", "value"}, {"role", "latency"}});
  const auto targets = own(outcomes(config(), "target=0.5,0.7"));
  EXPECT_NE(targets.at(0), targets.at(1));
  EXPECT_EQ(own(outcomes(watching, "target=0.5,0.7")), targets);

  auto shadowed = config();
  auto& policies = shadowed["groups"][0]["policies"];
  policies.insert(policies.begin(), Json{{"type", "predictive"}, {"shadow", true}});
  const auto quantiles = own(outcomes(config(), "quantile=0.5,0.95"));
  EXPECT_NE(quantiles.at(0), quantiles.at(1));
  EXPECT_EQ(own(outcomes(shadowed, "quantile=0.5,0.95")), quantiles);
  EXPECT_EQ(own(outcomes(shadowed, "model=naive")), own(outcomes(config(), "model=naive")));
}

// Its figures are then not those of the configuration.
TEST_F(Backtest, APolicyPluginThatFailsIsTold) {
  auto failing = config();
  failing["plugins"].push_back({{"name", "rule"},
                                {"library", NOVA_BUILD_DIR "/tests/support/chaos.so"},
                                {"component", "org.novacron.test.chaos.policy"},
                                {"config", {{"fault", "negative"}}}});
  failing["groups"][0]["policies"].push_back({{"type", "plugin"}, {"plugin", "rule"}});
  std::ofstream(path("config.json")) << failing.dump();
  const auto ran = run({"--compare", "hpa"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("novascale was without 4319 of 4319 proposals: policy plugin "
                                 "rule: propose: internal: proposed -3 machines"));
  EXPECT_THAT(ran.out, HasSubstr("\nnovascale "));
  const auto swept = run({"--sweep", "target=0.5,0.6", "--compare", "hpa"});
  EXPECT_EQ(swept.code, kFailed);
  EXPECT_THAT(swept.err, HasSubstr("target=0.6: novascale was without 4319 of 4319 proposals"));
}

TEST_F(Backtest, WrongWordsOfASweepAreNamed) {
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{"--sweep", "target"}, kUsage, "--sweep: must be KEY=A,B"},
      {{"--sweep", "target=0.5,"}, kUsage, "--sweep: must be KEY=A,B"},
      {{"--sweep", "colour=red"}, kUsage, "--sweep: KEY must be promise"},
      {{"--sweep", "quantile=0.2"}, kUsage, "--sweep: quantile must be"},
      {{"--sweep", "promise=2"}, kUsage, "--sweep: promise must be"},
      {{"--sweep", "target=2"}, kNo, "/groups/0/signals/0/target_utilisation: must be"},
      {{"--sweep", "model=nobody"}, kNo, "nobody"},
      {{"--sweep", "/colour=red"}, kNo, "/groups/0/colour: unknown key"},
      {{"--sweep", "target=0.5,0.6", "--report", "x.html"}, kUsage, "--sweep: writes no files"},
  };
  for (const auto& [words, code, text] : cases) {
    const auto ran = run(words);
    EXPECT_EQ(ran.code, code) << text << ": " << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(text));
    EXPECT_EQ(ran.out, "");
  }
}

}  // namespace backtest_test
}  // namespace nova::cli
