// Goal: the fleet, the scores and the rivals do what their definitions say, on cases worked by
// hand.
#include "core/backtest/backtest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/backtest/misfortune.hpp"
#include "core/backtest/rivals.hpp"
#include "core/backtest/score.hpp"
#include "core/backtest/trace.hpp"

namespace nova {
namespace backtest_test {

using Counts = std::vector<std::uint32_t>;

FleetLog play(std::uint32_t first, std::uint32_t boot, const Counts& desired) {
  SlotFleet fleet(first, boot);
  FleetLog log;
  for (std::size_t k = 0; k < desired.size(); ++k) {
    fleet.begin(k);
    fleet.scale(k, desired[k]);
    log.append(fleet);
  }
  return log;
}

// Ten of load a machine, half of it wanted; no models.
BacktestRun played(const std::vector<double>& load, std::vector<PolicySpec> policies,
                   const std::optional<MisfortuneRules>& misfortune = {}) {
  GroupSpec group;
  group.id = "web";
  group.max = 200;
  SignalSpec signal;
  signal.name = "load";
  signal.per_machine = 10;
  signal.target_utilisation = 0.5;
  group.signals.push_back(signal);
  group.policies = std::move(policies);
  return run_backtest(
      group, from_unix_ns(0), std::chrono::minutes(1), load,
      [](const auto&) { return std::vector<ModelAnswer>{}; }, {}, {}, misfortune);
}

TEST(SlotFleet, BootsBillsAndCancelsNewestFirst) {
  const auto up = play(1, 1, {1, 1, 3, 3, 1, 1});
  EXPECT_EQ(up.serving, (Counts{1, 1, 1, 3, 1, 1}));
  EXPECT_EQ(up.billed, (Counts{1, 1, 3, 3, 1, 1}));
  const auto cancel = play(1, 3, {1, 3, 5, 4, 4, 4, 4, 4});
  EXPECT_EQ(cancel.serving, (Counts{1, 1, 1, 1, 3, 4, 4, 4}));
  EXPECT_EQ(cancel.billed, (Counts{1, 3, 5, 4, 4, 4, 4, 4}));
  EXPECT_EQ(play(2, 0, {5, 1}).serving, (Counts{5, 1}));
}

// A hundred machines that are put back after every slot: of 100 x 1440 machine-slots in a day about
// 100 x 24 x 0.05 are lost, and of 1000 boots a tenth.
TEST(Misfortune, StrikesAsOftenAsItIsToldAndTheSameEveryTime) {
  const auto struck = [](const MisfortuneRules& rules, std::uint32_t boot) {
    SlotFleet fleet(100, boot);
    Misfortune chance(rules, std::chrono::minutes(1));
    for (std::uint64_t k = 0; k < 1440; ++k) {
      chance.begin(fleet, k);
      EXPECT_LE(fleet.serving(), 100u);
      fleet.scale(k, 100);
    }
    return chance.lost();
  };
  const auto lost = struck({0, 0.05, 1}, 0);
  EXPECT_NEAR(static_cast<double>(lost), 100 * 24 * 0.0513, 30);  // -log(1 - 0.05) an hour
  EXPECT_EQ(struck({0, 0.05, 1}, 0), lost);
  EXPECT_NE(struck({0, 0.05, 2}, 0), lost);
  EXPECT_EQ(struck({0, 0, 1}, 0), 0u);
  SlotFleet fleet(0, 3);
  Misfortune chance(MisfortuneRules{0.1, 0, 1}, std::chrono::minutes(1));
  fleet.scale(0, 1000);
  for (std::uint64_t k = 1; k <= 3; ++k) chance.begin(fleet, k);
  EXPECT_NEAR(fleet.serving(), 900, 40);
  EXPECT_EQ(fleet.serving() + chance.lost(), 1000u);
  // Without any, the fleet is the exact one.
  SlotFleet exact(5, 1), plain(5, 1);
  Misfortune none(std::nullopt, std::chrono::minutes(1));
  for (std::uint64_t k = 1; k < 50; ++k) {
    none.begin(exact, k);
    plain.begin(k);
    exact.scale(k, static_cast<std::uint32_t>(k * 7 % 11));
    plain.scale(k, static_cast<std::uint32_t>(k * 7 % 11));
    ASSERT_EQ(exact.serving(), plain.serving());
  }
}

// What is lost is asked for again, and costs violations.
TEST(Misfortune, IsMadeGoodByWhoLooks) {
  std::vector<double> load(2000, 60);
  const MisfortuneRules bad{0.1, 0.1, 1};
  const auto fine = *run_rival("hpa", load, ScoreRules{.per_machine = 10}, 3);
  const auto hit = *run_rival("hpa", load, ScoreRules{.per_machine = 10}, 3, bad);
  EXPECT_EQ(*std::min_element(fine.serving.begin(), fine.serving.end()), 9u);
  EXPECT_LT(*std::min_element(hit.serving.begin(), hit.serving.end()), 9u);
  const auto run = played(load, {TargetTrackingSpec{"load", 0.7}}, bad);
  double sum = 0;
  for (const auto n : run.log.desired) sum += n;
  EXPECT_NEAR(sum / 2000, 9, 1.5);
  EXPECT_LT(*std::min_element(run.log.serving.begin(), run.log.serving.end()), 9u);
}

// A policy in the shadow has the fleet that it would have had by itself.
TEST(Backtest, ShadowsAreFleetsOfTheirOwn) {
  std::vector<double> load;
  for (int k = 0; k < 1500; ++k) load.push_back(100 + 80 * std::sin(k / 90.0) + (k * 37 % 11));
  TargetTrackingSpec acting{"load", 0.5}, shadow{"load", 0.8};
  shadow.shadow = true;
  const auto both = played(load, {acting, shadow});
  const auto alone = played(load, {TargetTrackingSpec{"load", 0.8}});
  ASSERT_EQ(both.shadows.size(), 1u);
  EXPECT_EQ(both.shadows[0].first, "target_tracking");
  EXPECT_EQ(both.shadows[0].second.serving, alone.log.serving);
  EXPECT_EQ(both.shadows[0].second.desired, alone.log.desired);
  EXPECT_NE(both.log.desired, alone.log.desired);
  EXPECT_TRUE(alone.shadows.empty());
}

ScoreRules rules(double each = 10, double target = 1.0) {
  ScoreRules r;
  r.per_machine = each;
  r.target_utilisation = target;
  return r;
}

TEST(Score, ConstantFleetWorkedByHand) {
  const std::vector<double> load{10, 10, 30, 30, 10, 10};
  const auto s = score(load, play(1, 1, {1, 1, 1, 1, 1, 1}), rules());
  EXPECT_NEAR(s.theta_u, 100.0 / 6 * (2.0 / 3 + 2.0 / 3), 1e-9);
  EXPECT_EQ(s.theta_o, 0);
  EXPECT_NEAR(s.tau_u, 100.0 / 3, 1e-9);
  EXPECT_NEAR(s.instability, 40, 1e-9);
  EXPECT_NEAR(s.slo_violation_share, 2.0 / 6, 1e-12);
  EXPECT_NEAR(s.unserved_share, 40.0 / 100, 1e-12);
  EXPECT_EQ(s.longest_violation_s, 120);
  EXPECT_NEAR(s.machine_hours, 0.1, 1e-12);
  EXPECT_EQ(s.cost, Usd::from_dollars(0.01));
  EXPECT_EQ(s.adaptations, 0u);
}

TEST(Score, ChargesWholeUnitsWhereTheProviderDoes) {
  std::vector<double> load(200, 10);
  Counts desired(200, 1);
  for (int k = 10; k < 100; ++k) desired[static_cast<std::size_t>(k)] = 2;  // 90 minutes
  auto r = rules();
  const auto log = play(1, 0, desired);
  EXPECT_NEAR(score(load, log, r).charged_hours, 290.0 / 60, 1e-9);
  r.charge_unit = std::chrono::hours(1);
  EXPECT_NEAR(score(load, log, r).charged_hours, 4 + 2, 1e-9);
}

TEST(Score, TheFirstDayIsHistory) {
  std::vector<double> load(100, 10);
  for (int k = 0; k < 50; ++k) load[static_cast<std::size_t>(k)] = 1000;
  auto r = rules();
  r.score_from = 50;
  EXPECT_EQ(score(load, play(1, 1, Counts(100, 1)), r).slo_violation_share, 0);
  r.score_from = 95;  // fewer than ten slots would count: all do
  EXPECT_EQ(score(load, play(1, 1, Counts(100, 1)), r).slo_violation_share, 0.5);
}

TEST(Trace, InterpolatesHoldsAndAverages) {
  const Duration minute = std::chrono::minutes(1), five = std::chrono::minutes(5);
  const std::vector<double> two{0, 5};
  EXPECT_EQ(to_slots(two, five, minute, Interpolation::linear).value(),
            (std::vector<double>{0, 1, 2, 3, 4, 5, 5, 5, 5, 5}));
  EXPECT_EQ(to_slots(two, five, minute, Interpolation::zoh).value(),
            (std::vector<double>{0, 0, 0, 0, 0, 5, 5, 5, 5, 5}));
  const std::vector<double> six{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(to_slots(six, std::chrono::seconds(20), minute, Interpolation::linear).value(),
            (std::vector<double>{2, 5}));
  const double nan = std::nan("");
  const std::vector<double> gaps{nan, 2, nan, nan, 8, nan};
  EXPECT_EQ(to_slots(gaps, minute, minute, Interpolation::linear).value(),
            (std::vector<double>{2, 2, 4, 6, 8, 8}));
  EXPECT_FALSE(to_slots(std::vector<double>{1}, minute, minute, Interpolation::linear).ok());
  EXPECT_FALSE(to_slots(std::vector<double>{nan, nan}, minute, minute, Interpolation::linear).ok());
}

Counts desired_of(const char* rival, const std::vector<double>& load, const ScoreRules& r,
                  std::uint32_t boot) {
  return run_rival(rival, load, r, boot)->desired;
}

// Twenty machines serve 100 at target 0.5; 104 is within tolerance; the fall to 50 waits 300 s.
TEST(Rivals, HpaWorkedByHand) {
  const auto r = rules(10, 0.5);
  EXPECT_EQ(desired_of("hpa", {100, 104, 104, 50, 50, 50, 50, 50, 50, 50, 50}, r, 1),
            (Counts{20, 20, 20, 20, 20, 20, 20, 20, 10, 10, 10}));
  EXPECT_EQ(desired_of("hpa", {100, 200, 200, 200, 200}, r, 1), (Counts{20, 20, 40, 40, 40}));
}

TEST(Rivals, TargetTrackingWaitsForItsAlarms) {
  std::vector<double> load{100};
  load.insert(load.end(), 6, 200);
  load.insert(load.end(), 20, 100);
  const auto d = desired_of("target-tracking", load, rules(10, 0.5), 1);
  EXPECT_EQ(Counts(d.begin(), d.begin() + 6), (Counts{20, 20, 20, 20, 40, 40}));
  EXPECT_EQ(Counts(d.begin() + 20, d.begin() + 24), (Counts{40, 40, 20, 20}));
}

TEST(Rivals, ReactGivesBackOneAtATime) {
  EXPECT_EQ(desired_of("reactive", {100, 100, 50, 50, 50, 50}, rules(10, 0.5), 1),
            (Counts{20, 20, 20, 19, 18, 17}));
}

TEST(Rivals, OracleIsNeverShortAndNeverDearerThanNeeded) {
  const auto r = rules();
  const auto log = *run_rival("oracle", std::vector<double>{10, 10, 30, 30, 10, 10}, r, 1);
  EXPECT_EQ(log.serving, (Counts{1, 1, 3, 3, 1, 1}));
  EXPECT_EQ(log.billed, (Counts{1, 3, 3, 3, 1, 1}));
  // A dip of one slot is bridged, a longer one released.
  EXPECT_EQ(run_rival("oracle", std::vector<double>{30, 10, 30, 10, 10, 10, 30}, r, 1)->serving,
            (Counts{3, 3, 3, 1, 1, 1, 3}));
}

TEST(Rivals, StaticHoldsThePeakAndUnknownNamesAreNoRivals) {
  EXPECT_EQ(desired_of("static", {10, 30, 10}, rules(), 1), (Counts{3, 3, 3}));
  EXPECT_FALSE(run_rival("magic", std::vector<double>{1.0, 2.0}, rules(), 1));
}

// Law: no rival sees the future: another future changes nothing before it.
TEST(Rivals, AreCausal) {
  std::vector<double> a, b;
  for (int k = 0; k < 2000; ++k) {
    a.push_back(100 + 60 * std::sin(k / 50.0) + 10 * std::sin(k * 1.7));
    b.push_back(k < 1200 ? a.back() : 7 * a.back());
  }
  for (const char* name : {"hpa", "target-tracking", "reactive"}) {
    const auto x = desired_of(name, a, rules(5, 0.7), 3), y = desired_of(name, b, rules(5, 0.7), 3);
    EXPECT_TRUE(std::equal(x.begin(), x.begin() + 1201, y.begin())) << name;
    EXPECT_NE(x, y) << name;
  }
}

TEST(Backtest, EngineOnASquareWave) {
  std::vector<double> load;
  for (int k = 0; k < 240; ++k) load.push_back(k / 60 % 2 ? 100 : 50);
  const auto run = played(load, {TargetTrackingSpec{"load", {}}});
  EXPECT_EQ(run.decisions.size(), 239u);
  EXPECT_EQ(run.log.serving[0], 10u);
  EXPECT_EQ(run.log.desired[61], 20u);  // sees slot 60 when slot 61 begins
  EXPECT_EQ(run.log.serving[63], 10u);
  EXPECT_EQ(run.log.serving[64], 20u);  // three slots of boot
  // The fall at slot 120 waits for the stabilisation window of six minutes.
  EXPECT_EQ(run.log.desired[125], 20u);
  EXPECT_EQ(run.log.desired[126], 10u);
}

}  // namespace backtest_test
}  // namespace nova
