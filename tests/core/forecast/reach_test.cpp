// Goal: forecasts stay within reach of what was seen; what is plausible passes untouched.
#include "core/forecast/reach.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace nova {
namespace forecast_reach_test {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
using Values = std::vector<double>;

TEST(Reach, GrowsWithTheLeadAndShrinksWithWhatIsKnown) {
  const auto r = Reach::of(Values{400, kNaN, 1600, 1000, 900});
  EXPECT_EQ(r.points, 4u);
  EXPECT_DOUBLE_EQ(r.most(4), 1600 + 1600 * 4);  // as far ahead as is known: four spans
  EXPECT_DOUBLE_EQ(r.least(4), -1600 * 4);
  EXPECT_DOUBLE_EQ(r.most(0), 3200);
  const auto cold = Reach::of(Values{-30, -10});
  EXPECT_DOUBLE_EQ(cold.most(0), 30);
  EXPECT_DOUBLE_EQ(cold.least(2), -30 - 30 * 4);
}

TEST(Reach, KeepsMeansAndQuantiles) {
  const auto r = Reach::of(Values{0, 10, 5, 5});
  const std::vector<std::uint32_t> leads{1, 4};
  Values mean{6, 1e9}, quantiles{-1e18, 2, 6, 1e9, kInf, 1e18};
  keep_within(r, leads, mean, quantiles);
  EXPECT_EQ(mean, (Values{6, 50}));
  EXPECT_EQ(quantiles, (Values{-17.5, 2, 6, 50, kInf, 50}));  // what is infinite is refused, later
}

// What trebles within the history may do so again.
TEST(Reach, LetsGrowthThrough) {
  Values y, ahead;
  std::vector<std::uint32_t> leads;
  for (std::uint32_t t = 0; t < 100; ++t) {
    y.push_back(std::pow(3, t / 99.0));
    ahead.push_back(std::pow(3, 1 + (t + 1) / 99.0));
    leads.push_back(t + 1);
  }
  auto kept = ahead;
  keep_within(Reach::of(y), leads, kept, {});
  EXPECT_EQ(kept, ahead);
}

TEST(Reach, SaysNothingWhereNothingIsKnown) {
  for (const auto& y : {Values{}, Values{kNaN}, Values{0, 0}}) {
    Values mean{1e6}, quantiles{1e5, 1e7};
    keep_within(Reach::of(y), std::vector<std::uint32_t>{3}, mean, quantiles);
    EXPECT_EQ(mean, (Values{1e6}));
    EXPECT_EQ(quantiles, (Values{1e5, 1e7}));
  }
}

}  // namespace forecast_reach_test
}  // namespace nova
