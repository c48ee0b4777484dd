// Goal: machines for a demand, quantiles for prices, plans for windows.
#include "core/plan/plan.hpp"

#include <gtest/gtest.h>

#include <random>

namespace nova {
namespace plan_test {

constexpr Duration kStep = std::chrono::minutes(5);
const TimePoint kNow = from_unix_ns(3'000'000'000'000);

// Medians as given, the 0.9 quantile 20 % above.
Forecast forecast(const std::vector<double>& medians) {
  Forecast::Parts p{kNow, kStep, {}, {0.5, 0.9}, medians, {}};
  for (std::size_t i = 0; i < medians.size(); ++i)
    p.leads.push_back(static_cast<std::uint32_t>(i + 1));
  p.quantiles = medians;
  for (const double m : medians) p.quantiles.push_back(1.2 * m);
  return Forecast::make(p).value();
}

TEST(MachinesFor, RoundsUpButNotForRounding) {
  EXPECT_EQ(machines_for(0, 100, 0.5), 0u);
  EXPECT_EQ(machines_for(1, 100, 0.5), 1u);
  EXPECT_EQ(machines_for(100, 100, 0.5), 2u);
  EXPECT_EQ(machines_for(100.0000001, 100, 0.5), 3u);
  EXPECT_EQ(machines_for(0.3 * 3, 0.3, 1.0), 3u);  // 0.9 / 0.3 is a little above 3 in doubles
  EXPECT_EQ(machines_for(-5, 100, 0.5), 0u);
  EXPECT_EQ(machines_for(1e300, 1, 0.5), 2147483648u);
}

// Law: enough machines, and one fewer would not be.
TEST(MachinesFor, IsTheSmallestThatSuffices) {
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> any(0.01, 1000);
  for (int i = 0; i < 10000; ++i) {
    const double demand = any(random), each = any(random) / 10, u = 0.3 + any(random) / 2000;
    const auto n = machines_for(demand, each, u);
    EXPECT_GE(served_at(n, each, u) * (1 + 1e-8), demand);
    if (n > 0) {
      EXPECT_LT(served_at(n - 1, each, u), demand);
    }
  }
}

TEST(SizingQuantile, IsTheNewsvendors) {
  EXPECT_DOUBLE_EQ(sizing_quantile({.over = 1, .under = 9}), 0.9);
  EXPECT_DOUBLE_EQ(sizing_quantile({.over = 0.5, .under = 0.5}), 0.5);
  EXPECT_DOUBLE_EQ(sizing_quantile({.over = 9, .under = 1}), 0.5);  // never below the median
}

TEST(Plan, LeadAndWindow) {
  const auto f = forecast({100, 200, 150, 400, 100, 50});
  const auto plan = make_plan(f, {kNow,
                                  std::chrono::minutes(3),
                                  std::chrono::minutes(20),
                                  0.9,
                                  {.per_machine = 10, .target_utilisation = 1.0}});
  ASSERT_TRUE(plan.ok());
  EXPECT_DOUBLE_EQ(plan->peak_lead, 240);  // a machine asked for now serves the second step, too
  EXPECT_EQ(plan->need_lead, 24u);
  EXPECT_DOUBLE_EQ(plan->peak_window, 480);
  EXPECT_EQ(plan->need_window, 48u);
  EXPECT_EQ(plan->need_median, 40u);
  EXPECT_EQ(plan->peak_time, kNow + kStep * 4);
}

TEST(Plan, RefusesToGuessBeyondTheForecast) {
  const auto plan = make_plan(forecast({100, 200}),
                              {kNow, std::chrono::minutes(3), std::chrono::hours(1), 0.9, {}});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code, ErrorCode::out_of_range);
}

TEST(Plan, OverloadAndShortfallFallAsMachinesAreAdded) {
  const auto f = forecast({100, 300, 200});
  const Capacity capacity{10, 0.7, 0.8};
  double p = 1, s = 1e9;
  for (std::uint32_t n = 0; n < 70; ++n) {
    const auto until = kNow + kStep * 3;
    EXPECT_LE(overload_probability(f, capacity, n, kNow, until), p);
    EXPECT_LE(expected_short(f, capacity, n, kNow, until), s);
    p = overload_probability(f, capacity, n, kNow, until);
    s = expected_short(f, capacity, n, kNow, until);
  }
  EXPECT_EQ(p, 0);
  EXPECT_EQ(s, 0);
}

}  // namespace plan_test
}  // namespace nova
