// Goal: a value all others are far from is found, unless it lasts, is newest, or came before.
#include "core/metrics/lone.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace nova {
namespace metrics_lone_test {

// A day of load between 400 and 1600.
std::vector<double> day(std::size_t n = 288) {
  std::vector<double> y(n);
  for (std::size_t i = 0; i < n; ++i)
    y[i] = 1000 + 600 * std::sin(2 * M_PI * static_cast<double>(i) / 288);
  return y;
}

TEST(Lone, IsFartherOutThanAllOthersSpan) {
  auto y = day();
  EXPECT_EQ(find_lone(y), std::nullopt);
  y[100] = 2700;  // the others reach from 400 to 1600
  EXPECT_EQ(find_lone(y), std::nullopt);
  y[100] = 2900;
  EXPECT_EQ(find_lone(y), (Lone{100, 1}));
  y[100] = -900;
  EXPECT_EQ(find_lone(y), (Lone{100, 1}));
  y[0] = 1e300;
  EXPECT_EQ(find_lone(y), (Lone{0, 1}));
}

TEST(Lone, LastsThreeStepsAtMost) {
  auto y = day();
  for (std::size_t i = 0; i < 5; ++i) {
    y[100 + i] = 9000 + 10 * static_cast<double>(i % 2);
    EXPECT_EQ(find_lone(y), i < 3 ? std::optional(Lone{100, i + 1}) : std::nullopt) << i;
  }
}

TEST(Lone, IsNoneOfTheNewest) {
  for (std::size_t back = 1; back <= 4; ++back) {
    auto y = day();
    y[y.size() - back] = 9000;
    EXPECT_EQ(find_lone(y).has_value(), back > 2) << back;
  }
  auto y = day();
  y[285] = y[286] = 9000;  // the second may last
  EXPECT_EQ(find_lone(y), std::nullopt);
}

TEST(Lone, HasNoLikes) {
  auto y = day(576);
  y[100] = 9000;
  y[388] = 7000;  // a job of every day: less than its half would be no witness
  EXPECT_EQ(find_lone(y), std::nullopt);
  y[388] = 3000;
  EXPECT_EQ(find_lone(y), (Lone{100, 1}));
}

TEST(Lone, NeedsOthersToCompareWith) {
  auto y = day(26);
  y[5] = 1e9;
  EXPECT_EQ(find_lone(y), std::nullopt);  // 23 others, three are too near
  y = day(27);
  y[5] = 1e9;
  EXPECT_EQ(find_lone(y), (Lone{5, 1}));
  std::vector<double> flat(100, 7.0);
  flat[50] = 8;  // nothing tells how far is far
  EXPECT_EQ(find_lone(flat), std::nullopt);
  EXPECT_EQ(find_lone(std::vector<double>(100, std::nan(""))), std::nullopt);
  EXPECT_EQ(find_lone({}), std::nullopt);
}

// Law: neither gaps nor a change of unit change what is found.
TEST(Lone, IsTheSameInAnyUnitAndWithGaps) {
  std::mt19937_64 random{5};
  std::uniform_real_distribution<double> uniform{0, 1};
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<double> y(60 + random() % 100);
    for (double& x : y) x = uniform(random) < 0.1 ? std::nan("") : uniform(random);
    const auto at = random() % y.size();
    y[at] = 4 * uniform(random);
    const auto lone = find_lone(y);
    if (lone) {
      EXPECT_LE(lone->first, at);
    }
    for (double& x : y) x = 3 - 0x1p10 * x;
    EXPECT_EQ(find_lone(y), lone);
  }
}

}  // namespace metrics_lone_test
}  // namespace nova
