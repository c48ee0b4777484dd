// Goal: centred means, seasonal indices and the test for a season are the textbook's. Method: small
// cases by hand, planted seasons recovered, R's decompose by way of a plain twin.
#include "plugins/models/numeric/classical.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace numeric_classical_test {

using namespace nova::numeric;
using Values = std::vector<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(CentredMean, SmallCasesByHand) {
  const auto odd = centred_mean(Values{1, 2, 6, 4, 5}, 3);
  EXPECT_TRUE(std::isnan(odd[0]) && std::isnan(odd[4]));
  EXPECT_DOUBLE_EQ(odd[1], 3);
  EXPECT_DOUBLE_EQ(odd[3], 5);
  const auto even = centred_mean(Values{2, 4, 6, 8, 4}, 4);  // (1 + 4 + 6 + 8 + 2) / 4
  EXPECT_DOUBLE_EQ(even[2], 21.0 / 4);
  const auto missing = centred_mean(Values{1, kNaN, 6, 4, 5}, 3);
  EXPECT_DOUBLE_EQ(missing[1], 3.5);
  EXPECT_TRUE(std::isnan(centred_mean(Values{1, kNaN, kNaN, kNaN, 5}, 3)[2]));
  EXPECT_TRUE(std::isnan(centred_mean(Values{1, 2}, 5)[0]));
}

TEST(SeasonalIndices, RecoverAPlantedSeasonUnderATrend) {
  const Values plant{3, -1, -4, 2};
  Values sums, products;
  for (int t = 0; t < 40; ++t) {
    const double s = plant[static_cast<std::size_t>(t % 4)];
    sums.push_back(10 + 0.5 * t + s);
    products.push_back(8 * (1 + s / 10));
  }
  sums[17] = products[21] = kNaN;
  const auto a = seasonal_indices(sums, 4, false), r = seasonal_indices(products, 4, true);
  for (std::size_t j = 0; j < 4; ++j) {
    EXPECT_NEAR(a[j], plant[j], 0.3) << j;  // one point is missing
    EXPECT_NEAR(r[j], 1 + plant[j] / 10, 0.01) << j;
  }
  double mean = 0, ratio = 0;
  for (std::size_t j = 0; j < 4; ++j) mean += a[j], ratio += r[j] / 4;
  EXPECT_NEAR(mean, 0, 1e-12);
  EXPECT_NEAR(ratio, 1, 1e-12);
}

TEST(SeasonalIndices, AreNeutralWhereNothingIsKnown) {
  EXPECT_EQ(seasonal_indices(Values{1, 2, 3}, 4, false), Values(4, 0.0));
  EXPECT_EQ(seasonal_indices(Values(20, kNaN), 4, true), Values(4, 1.0));
  EXPECT_EQ(seasonal_indices(Values(20, 0.0), 4, true), Values(4, 1.0));
}

TEST(HasSeason, IsTheTestOfTheM4CompetitionOnRandomSeries) {
  std::mt19937_64 random{20240229};
  std::normal_distribution<double> noise;
  int found = 0;
  for (int round = 0; round < 200; ++round) {
    const std::size_t m = 2 + static_cast<std::size_t>(round % 9);
    Values y(3 * m + static_cast<std::size_t>(round % 50));
    for (std::size_t t = 0; t < y.size(); ++t)
      y[t] = noise(random) +
             0.7 * std::cos(2 * M_PI * static_cast<double>(t) / static_cast<double>(m));
    double mean = 0, squares = 0;
    for (const double v : y) mean += v / static_cast<double>(y.size());
    for (const double v : y) squares += (v - mean) * (v - mean);
    Values r(m + 1);
    for (std::size_t lag = 1; lag <= m; ++lag)
      for (std::size_t t = lag; t < y.size(); ++t)
        r[lag] += (y[t] - mean) * (y[t - lag] - mean) / squares;
    double limit = 1;
    for (std::size_t lag = 1; lag < m; ++lag) limit += 2 * r[lag] * r[lag];
    const bool want =
        std::fabs(r[m]) > 1.645 / std::sqrt(static_cast<double>(y.size())) * std::sqrt(limit);
    EXPECT_EQ(has_season(y, m), want) << round;
    found += want;
  }
  EXPECT_TRUE(found > 20 && found < 180) << found;  // both answers are tried
}

TEST(HasSeason, IsFalseWithoutEnoughToSay) {
  EXPECT_FALSE(has_season(Values(100, 4.0), 5));
  EXPECT_FALSE(has_season(Values{1, 2, 1, 2, 1}, 2));
  EXPECT_FALSE(has_season(Values{1, 2, 1, 2, 1, 2}, 1));
}

}  // namespace numeric_classical_test
