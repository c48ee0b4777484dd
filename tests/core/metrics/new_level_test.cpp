// Goal: a level the values never had before is found while models do not know it yet; what comes
// back, comes every day or rises bit by bit is none.
#include "core/metrics/new_level.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace nova {
namespace metrics_new_level_test {

// `n` values about 100, then `stay` of them times `factor`.
std::vector<double> moved(std::size_t n, std::size_t stay, double factor) {
  std::mt19937_64 random{7};
  std::normal_distribution<double> noise{100, 5};
  std::vector<double> y(n + stay);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] = noise(random) * (t < n ? 1 : factor);
  return y;
}

TEST(NewLevel, IsFoundAfterSixValuesAndUntilItIsAFourteenth) {
  for (const double factor : {0.1, 0.5, 2.5, 40.0})
    for (std::size_t stay = 0; stay <= 100; ++stay) {
      const auto level = find_new_level(moved(1000, stay, factor));
      ASSERT_EQ(level.has_value(), stay >= 6 && stay <= 76) << factor << ", " << stay;
      if (!level) continue;
      EXPECT_EQ(level->first, 1000u);
      EXPECT_NEAR(level->before, 100, 3);
      EXPECT_NEAR(level->after, 100 * factor, 10 * factor);
    }
}

TEST(NewLevel, IsNoneWithinTheNoise) {
  EXPECT_EQ(find_new_level(moved(1000, 20, 1.15)), std::nullopt);  // three deviations
  EXPECT_EQ(find_new_level({}), std::nullopt);
  EXPECT_EQ(find_new_level(std::vector<double>(500, 3.0)), std::nullopt);
  EXPECT_EQ(find_new_level(std::vector<double>(500, std::nan(""))), std::nullopt);
  auto known = moved(94, 6, 3);
  EXPECT_TRUE(find_new_level(known));
  std::fill_n(known.begin(), 23, std::nan(""));  // 71 came before
  EXPECT_EQ(find_new_level(known), std::nullopt);
}

TEST(NewLevel, HasLastedTwiceAsLongAsAnyVisitBefore) {
  auto y = moved(1000, 20, 3);
  for (std::size_t t = 400; t < 410; ++t) y[t] *= 3;
  EXPECT_TRUE(find_new_level(y));
  y[410] *= 3;  // eleven: twenty are fewer than twice as many
  EXPECT_EQ(find_new_level(y), std::nullopt);
}

TEST(NewLevel, IsNoDayAndNoTrend) {
  std::vector<double> days(7 * 288), trend(2016);
  for (std::size_t t = 0; t < days.size(); ++t) {
    const auto hour = t % 288 / 12;  // low at night, high in office hours, at once
    days[t] = (hour >= 9 && hour < 17 ? 900.0 : 100.0) + static_cast<double>(t % 7);
    trend[t] = 100 + 0.5 * static_cast<double>(t) + static_cast<double>(t % 7);
  }
  for (std::size_t n = 2 * 288; n <= days.size(); ++n)
    EXPECT_EQ(find_new_level(std::span(days).first(n)), std::nullopt) << n;
  for (std::size_t n = 100; n <= trend.size(); n += 13)
    EXPECT_EQ(find_new_level(std::span(trend).first(n)), std::nullopt) << n;
}

TEST(NewLevel, TellsThePastInProportionWhereLoadsAre) {
  const std::vector<double> y{4, 6, std::nan(""), 5, 10, 10};
  const auto told = on_new_level(y, {4, 5, 10});
  EXPECT_EQ(told[0], 8);
  EXPECT_EQ(told[1], 12);
  EXPECT_TRUE(std::isnan(told[2]));
  EXPECT_EQ(told[4], 10);
  // Out of almost nothing: noise would become load.
  EXPECT_EQ(on_new_level(std::vector<double>{1, 3, 40}, {2, 2, 40}),
            (std::vector<double>{39, 41, 40}));
  EXPECT_EQ(on_new_level(std::vector<double>{0, 0, 7}, {2, 0, 7}), (std::vector<double>{7, 7, 7}));
  EXPECT_EQ(on_new_level(std::vector<double>{-1, 3, 2}, {2, 1, 2}), (std::vector<double>{0, 4, 2}));
}

// Law: neither a change of unit nor gaps change what is found, and told the past as on the new
// level there is none any more.
TEST(NewLevel, IsTheSameInAnyUnitAndGoneOnceTold) {
  std::mt19937_64 random{11};
  for (int trial = 0; trial < 200; ++trial) {
    auto y = moved(100 + random() % 900, random() % 80,
                   std::exp2(static_cast<double>(random() % 9) - 4));
    for (double& x : y)
      if (random() % 10 == 0) x = std::nan("");
    const auto level = find_new_level(y);
    auto other = y;
    for (double& x : other) x = 3 - 0x1p10 * x;
    const auto mirrored = find_new_level(other);
    ASSERT_EQ(mirrored.has_value(), level.has_value());
    if (!level) continue;
    EXPECT_EQ(mirrored->first, level->first);
    EXPECT_EQ(find_new_level(on_new_level(y, *level)), std::nullopt);
  }
}

}  // namespace metrics_new_level_test
}  // namespace nova
