// Goal: an honest backtest: what is reported of a run is what an outside scorer finds in its log.
// Method: three days of a generated load, decided under a promise of 1 %; scored/decisions.csv is
// the log of that run, scored/want.json what an independent scorer (numpy, no code in common) said
// of it. And a run's own log, played again, is the run.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/backtest/backtest.hpp"
#include "core/backtest/score.hpp"
#include "core/backtest/trace.hpp"

namespace nova {
namespace backtest_scored_test {

constexpr Duration kSlot = std::chrono::seconds(60);

struct Columns {
  std::vector<std::int64_t> times;
  std::vector<double> values;
};
Columns read(const std::string& name) {
  std::ifstream in(NOVA_SOURCE_DIR "/tests/core/backtest/scored/" + name);
  EXPECT_TRUE(in) << name;
  Columns out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto comma = line.find(',');
    out.times.push_back(std::stoll(line.substr(0, comma)));
    out.values.push_back(std::stod(line.substr(comma + 1)));
  }
  return out;
}

ScoreRules rules() {
  ScoreRules r;
  r.per_machine = 25;
  r.score_from = 1440;
  return r;
}

// A fleet that follows a log from its first slot.
FleetLog play(std::size_t slots, std::uint32_t first, std::uint32_t boot,
              const std::map<std::size_t, std::uint32_t>& desired) {
  SlotFleet fleet(first, boot);
  FleetLog log;
  for (std::size_t k = 0; k < slots; ++k) {
    fleet.begin(k);
    if (const auto at = desired.find(k); at != desired.end()) fleet.scale(k, at->second);
    log.append(fleet);
  }
  return log;
}

TEST(ScoredRun, IsWhatAnOutsideScorerFindsInItsLog) {
  const auto trace = read("load.csv"), decisions = read("decisions.csv");
  const auto load =
      to_slots(trace.values, std::chrono::seconds(300), kSlot, Interpolation::linear).value();
  std::map<std::size_t, std::uint32_t> desired;
  for (std::size_t i = 0; i < decisions.times.size(); ++i)
    desired[static_cast<std::size_t>((decisions.times[i] - trace.times[0]) / 60)] =
        static_cast<std::uint32_t>(decisions.values[i]);
  const auto s = score(load, play(load.size(), demand_of(load[0], rules()), 3, desired), rules());
  std::ifstream file(NOVA_SOURCE_DIR "/tests/core/backtest/scored/want.json");
  const auto want = nlohmann::json::parse(file);
  EXPECT_NEAR(s.slo_violation_share * static_cast<double>(load.size() - 1440),
              want.at("slo_minutes").get<double>(), 1e-9);
  EXPECT_EQ(s.longest_violation_s / 60, want.at("longest_violation_min").get<double>());
  EXPECT_EQ(s.adaptations, want.at("adaptations").get<std::uint64_t>());
  EXPECT_NEAR(s.machine_hours, want.at("instance_hours").get<double>(), 1e-6);
  EXPECT_NEAR(100 * s.unserved_share, want.at("unserved_pct").get<double>(), 1e-9);
  EXPECT_NEAR(s.theta_u, want.at("theta_U").get<double>(), 1e-9);
  EXPECT_NEAR(s.theta_o, want.at("theta_O").get<double>(), 1e-9);
  EXPECT_NEAR(s.tau_u, want.at("tau_U").get<double>(), 1e-9);
  EXPECT_NEAR(s.tau_o, want.at("tau_O").get<double>(), 1e-9);
  EXPECT_NEAR(s.instability, want.at("nu").get<double>(), 1e-9);
  EXPECT_NEAR(s.elastic_speedup, want.at("elastic_speedup").get<double>(), 1e-9);
}

TEST(ScoredRun, IsItsOwnLogPlayedAgain) {
  const auto trace = read("load.csv");
  const auto load =
      to_slots(trace.values, std::chrono::seconds(300), kSlot, Interpolation::zoh).value();
  GroupSpec group;
  group.max = 200;
  SignalSpec signal;
  signal.name = "load";
  signal.per_machine = 25;
  signal.target_utilisation = 0.7;
  group.signals.push_back(signal);
  PredictiveSpec promised;
  promised.promise = PromiseSpec{0.01, 1.0, false};
  group.policies.push_back(promised);
  const auto run =
      run_backtest(group, from_unix_ns(trace.times[0] * 1'000'000'000), kSlot, load, nullptr, {});
  std::map<std::size_t, std::uint32_t> desired;
  for (std::size_t i = 0; i < run.decisions.size(); ++i) desired[i + 1] = run.decisions[i].desired;
  const auto again = play(load.size(), run.log.desired[0], 3, desired);
  EXPECT_EQ(again.serving, run.log.serving);
  EXPECT_EQ(again.billed, run.log.billed);
}

}  // namespace backtest_scored_test
}  // namespace nova
