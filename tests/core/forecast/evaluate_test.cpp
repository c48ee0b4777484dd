// Goal: scores mean what their papers say, and missing values never sway them.
// Method: numbers worked out by hand, and laws: pinball is least at the true quantile.
#include "core/forecast/evaluate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace nova {
namespace forecast_evaluate_test {

using Values = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Evaluate, NaiveScaleIsTheMeanSeasonalStep) {
  EXPECT_DOUBLE_EQ(naive_scale(Values{1, 3, 2, 6}, 1), 7.0 / 3);
  EXPECT_DOUBLE_EQ(naive_scale(Values{1, 3, 2, 6}, 2), 2);
  EXPECT_DOUBLE_EQ(naive_scale(Values{1, kNaN, 2, 6, 5}, 1), 2.5);  // only pairs that are there
  EXPECT_DOUBLE_EQ(naive_scale(Values{1, 3, 2}, 24), 1.5);          // shorter than a season
  EXPECT_EQ(naive_scale(Values{1, 2, 1, 2}, 2), 0);
  EXPECT_TRUE(std::isnan(naive_scale(Values{1}, 1)));
  EXPECT_TRUE(std::isnan(naive_scale(Values{}, 1)));
}

TEST(Evaluate, PointErrorsByHand) {
  EXPECT_DOUBLE_EQ(mase(Values{1, 2, 3}, Values{2, 2, 1}, 2), 0.5);
  EXPECT_DOUBLE_EQ(mase(Values{1, kNaN, 3}, Values{2, 2, 1}, 1), 1.5);
  EXPECT_EQ(mase(Values{1, 2}, Values{1, 2}, 0), 0);
  EXPECT_EQ(mase(Values{1, 2}, Values{1, 3}, 0), kInf);
  EXPECT_TRUE(std::isnan(mase(Values{kNaN}, Values{1}, 1)));
  // |1-3|/(1+3) = 0.5 and |0-0|/0 = 0: (200 * 0.5 + 0) / 2.
  EXPECT_DOUBLE_EQ(smape(Values{1, 0}, Values{3, 0}), 50);
  EXPECT_DOUBLE_EQ(smape(Values{1}, Values{-1}), 200);
}

TEST(Evaluate, PinballByHandAndHalfTheAbsoluteErrorAtTheMedian) {
  EXPECT_DOUBLE_EQ(pinball(Values{10, 10}, Values{8, 12}, 0.9), (0.9 * 2 + 0.1 * 2) / 2);
  EXPECT_DOUBLE_EQ(pinball(Values{1, 2, 3}, Values{2, 2, 1}, 0.5),
                   0.5 * mase(Values{1, 2, 3}, Values{2, 2, 1}, 1));
}

TEST(Evaluate, PinballIsLeastAtTheQuantile) {
  std::mt19937_64 random{11};
  std::exponential_distribution<double> draw{1};
  Values actual(2001);
  for (auto& value : actual) value = draw(random);
  auto sorted = actual;
  std::sort(sorted.begin(), sorted.end());
  for (const double level : {0.1, 0.5, 0.9}) {
    const auto loss = [&](double quantile) {
      return pinball(actual, Values(actual.size(), quantile), level);
    };
    const double best = loss(sorted[static_cast<std::size_t>(level * 2000)]);
    for (double guess = 0; guess < 5; guess += 0.1)
      EXPECT_GE(loss(guess), best - 1e-12) << level << " " << guess;
  }
}

TEST(Evaluate, CoverageCountsBoundsAsInside) {
  EXPECT_DOUBLE_EQ(coverage(Values{1, 2, 3, 4}, Values{1, 1, 1, 1}, Values{3, 3, 3, 3}), 0.75);
  EXPECT_DOUBLE_EQ(coverage(Values{1, kNaN}, Values{0, 0}, Values{2, 2}), 1);
  EXPECT_TRUE(std::isnan(coverage(Values{1}, Values{kNaN}, Values{2})));
}

TEST(Evaluate, RollingOriginsEndAtTheEndAndNeverOverlapTheTruth) {
  using Lengths = std::vector<std::size_t>;
  EXPECT_EQ(rolling_origins(100, 10, 5, 3, 20), (Lengths{80, 85, 90}));
  EXPECT_EQ(rolling_origins(100, 10, 40, 3, 20), (Lengths{50, 90}));
  EXPECT_EQ(rolling_origins(100, 90, 1, 3, 10), (Lengths{10}));
  EXPECT_EQ(rolling_origins(100, 90, 1, 3, 11), Lengths{});
  EXPECT_EQ(rolling_origins(5, 10, 1, 3, 1), Lengths{});
  EXPECT_EQ(rolling_origins(5, 0, 1, 3, 1), Lengths{});
  EXPECT_EQ(rolling_origins(10, 10, 1, 3, 0), Lengths{});  // nothing to learn from
}

}  // namespace forecast_evaluate_test
}  // namespace nova
