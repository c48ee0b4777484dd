// Goal: golden hazards and expected costs; a learned hazard that finds the true one; pools kept or
// left out for the right reason.
#include "core/cost/spot.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace nova {
namespace spot_test {

using std::chrono::hours;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(SpotHazard, BandsBecomeHazards) {
  const std::tuple<int, double, double, double> cases[] = {
      {0, 3.47e-5, 0.08, 0.58}, {1, 1.07e-4, 0.26, 1.78}, {2, 1.83e-4, 0.44, 3.03},
      {3, 2.64e-4, 0.63, 4.33}, {4, 4.89e-4, 1.17, 7.88},
  };
  for (const auto& [band, hazard, day, week] : cases) {
    const double h = *hazard_of_month_share(month_share_of_band(band));
    EXPECT_NEAR(h, hazard, 0.006 * hazard) << band;
    EXPECT_NEAR(100 * interruption_probability(h, 24), day, 0.006) << band;
    EXPECT_NEAR(100 * interruption_probability(h, 168), week, 0.006) << band;
  }
  EXPECT_EQ(month_share_of_band(-1), 0.30);
  EXPECT_EQ(month_share_of_band(7), 0.30);
  EXPECT_EQ(*hazard_of_month_share(kNaN), *hazard_of_month_share(0.30));
  EXPECT_EQ(*hazard_of_month_share(0), 0);
  for (const double share : {-0.1, 1.0, 1e300}) EXPECT_FALSE(hazard_of_month_share(share).ok());
}

TEST(SpotHazard, MaxRiskIsAMonthlyProbability) {
  for (int band = 0; band < 5; ++band)
    EXPECT_EQ(admits(0.2, *hazard_of_month_share(month_share_of_band(band))), band < 4) << band;
}

TEST(SpotHazard, LearnsTheTrueRate) {
  const double truth = 2e-3, prior = 1e-4;
  std::mt19937_64 random{11};
  std::poisson_distribution<std::uint32_t> interruptions{truth * 50};
  PoolHazard pool{prior};
  EXPECT_DOUBLE_EQ(pool.learned(), prior);
  pool.observe(0, 1);  // one interruption at once: half as much again, no panic
  EXPECT_DOUBLE_EQ(pool.learned(), 1.5 * prior);
  for (int k = 0; k < 20000; ++k) pool.observe(50, interruptions(random));
  EXPECT_NEAR(pool.learned(), truth, 0.05 * truth);
  pool.observe(kNaN, 0);
  EXPECT_TRUE(std::isfinite(pool.learned()));
}

TEST(SpotHazard, WarningsDecay) {
  PoolHazard pool{1e-4};
  EXPECT_DOUBLE_EQ(pool.at(kNow), 1e-4);
  pool.rebalance(kNow);
  EXPECT_DOUBLE_EQ(pool.at(kNow), 50e-4);
  double last = pool.at(kNow);
  for (int h = 1; h < 12; ++h) {
    EXPECT_LT(pool.at(kNow + hours(h)), last);
    last = pool.at(kNow + hours(h));
  }
  EXPECT_NEAR(last, 1e-4, 1e-6);
  EXPECT_DOUBLE_EQ(pool.at(kNow - hours(1)), 50e-4);  // a clock stepped back
}

// m5.large in us-east-1, band 3.
const auto kSpot = UsdPerHour::from_dollars(0.04366), kOnDemand = UsdPerHour::from_dollars(0.096);

TEST(SpotCost, Goldens) {
  const double hazard = *hazard_of_month_share(0.175);
  const std::tuple<double, double, double> cases[] = {
      {0, 0.043665, 2.606}, {1, 0.043929, 0.0513}, {10, 0.046301, 0.00522}};
  for (const auto& [money, expected, limit] : cases) {
    InterruptionCost cost;
    cost.money = Usd::from_dollars(money);
    EXPECT_NEAR(expected_cost(kSpot, kOnDemand, hazard, cost).dollars(), expected, 5.1e-7);
    EXPECT_NEAR(break_even_hazard(kSpot, kOnDemand, cost), limit, 1e-3 * limit);
  }
}

TEST(SpotCost, EqualsOnDemandAtTheBreakEven) {
  std::mt19937_64 random{13};
  std::uniform_real_distribution<double> u{0, 1};
  for (int round = 0; round < 500; ++round) {
    const auto on_demand = UsdPerHour::from_dollars(0.01 + u(random));
    const auto spot = UsdPerHour::from_dollars(on_demand.dollars() * (0.05 + 0.9 * u(random)));
    const InterruptionCost cost{u(random), u(random), u(random), Usd::from_dollars(u(random))};
    const double limit = break_even_hazard(spot, on_demand, cost);
    EXPECT_NEAR(expected_cost(spot, on_demand, limit, cost).dollars(), on_demand.dollars(), 1e-8);
    EXPECT_LT(expected_cost(spot, on_demand, 0.9 * limit, cost), on_demand);
    EXPECT_GT(expected_cost(spot, on_demand, 1.1 * limit, cost), on_demand);
  }
}

TEST(SpotCost, BreakEvenAtTheEnds) {
  EXPECT_EQ(break_even_hazard(kOnDemand, kSpot, {}), 0);
  EXPECT_EQ(break_even_hazard(kSpot, kOnDemand, {0, 0, 0, {}}),
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(expected_cost(kSpot, kOnDemand, 0, {}), kSpot);
}

TEST(SpotPools, AreJudged) {
  const SpotRules rules;
  const double low = *hazard_of_month_share(0.025);
  const SpotPool good{"good", kSpot, kOnDemand, low, 0.8, {}};
  auto blocked = good, risky = good, dear = good;
  blocked.blocked_until = kNow + hours(1);
  risky.hazard = *hazard_of_month_share(0.30);
  dear.price = UsdPerHour::from_dollars(0.0769);  // saves less than a fifth
  EXPECT_EQ(judge(good, rules, kNow), SpotVerdict::fine);
  EXPECT_EQ(judge(blocked, rules, kNow), SpotVerdict::blocked);
  EXPECT_EQ(judge(blocked, rules, kNow + hours(1)), SpotVerdict::fine);
  EXPECT_EQ(judge(risky, rules, kNow), SpotVerdict::too_risky);
  EXPECT_EQ(judge(dear, rules, kNow), SpotVerdict::too_dear);
}

TEST(SpotPools, DeepestAreKeptCheapestComeFirst) {
  std::vector<SpotPool> pools;
  for (int i = 0; i < 40; ++i)
    pools.push_back({"", UsdPerHour{10'000'000 + i}, kOnDemand, 1e-5, i < 30 ? 0.2 : 0.9, {}});
  const auto kept = shortlist(pools, {}, 8, kNow);
  ASSERT_EQ(kept.size(), 10u);  // a quarter of them
  for (std::size_t k = 0; k < kept.size(); ++k) EXPECT_EQ(kept[k], 30 + k);
  EXPECT_EQ(shortlist(pools, {}, 100, kNow).size(), 25u);
  EXPECT_EQ(shortlist({pools.data(), 3}, {}, 100, kNow).size(), 3u);
  EXPECT_TRUE(shortlist({}, {}, 5, kNow).empty());
}

}  // namespace spot_test
}  // namespace nova
