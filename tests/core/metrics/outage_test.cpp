// Goal: a fall that is over and had no like is found; a burst, a night and what goes on are not.
#include "core/metrics/outage.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace nova {
namespace metrics_outage_test {

// `n` values about 90; those in [first, first + count) about `low`.
std::vector<double> load(std::size_t n, std::size_t first = 0, std::size_t count = 0,
                         double low = 20) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> noise{0, 3};
  std::vector<double> y(n);
  for (std::size_t t = 0; t < n; ++t)
    y[t] = (t >= first && t < first + count ? low : 90) + noise(random);
  return y;
}

TEST(Outage, IsAStretchFarBelowAllElse) {
  EXPECT_EQ(find_outage(load(1000)), std::nullopt);
  for (const std::size_t count : {1, 5, 6, 30, 71, 72, 200})
    EXPECT_EQ(find_outage(load(1000, 600, count)),
              count >= 6 && count <= 71 ? std::optional(Outage{600, count}) : std::nullopt)
        << count;
  EXPECT_EQ(find_outage(load(1000, 600, 30, 60)), std::nullopt);   // more than half is left
  EXPECT_EQ(find_outage(load(1000, 600, 30, 300)), std::nullopt);  // a burst
  EXPECT_EQ(find_outage(load(1000, 0, 30)), (Outage{0, 30}));
}

TEST(Outage, IsOver) {
  for (std::size_t since = 0; since < 12; ++since)
    EXPECT_EQ(find_outage(load(500, 470 - since, 30)).has_value(), since >= 6) << since;
}

TEST(Outage, HasNoLike) {
  auto y = load(1000, 600, 30);
  for (std::size_t t = 100; t < 115; ++t) y[t] = 20;
  EXPECT_EQ(find_outage(y), (Outage{600, 30}));
  y[115] = 20;  // more than half as long: it happens
  EXPECT_EQ(find_outage(y), std::nullopt);
}

TEST(Outage, IsNoNightAndNoJob) {
  std::vector<double> days(7 * 288), jobs(7 * 288, 1.0);
  for (std::size_t t = 0; t < days.size(); ++t) {
    days[t] = 100 + 95 * std::sin(2 * M_PI * static_cast<double>(t) / 288);
    if (t % 288 < 30) jobs[t] = 50;
  }
  for (std::size_t n = 72; n <= days.size(); n += 5) {
    EXPECT_EQ(find_outage(std::span(days).first(n)), std::nullopt) << n;
    EXPECT_EQ(find_outage(std::span(jobs).first(n)), std::nullopt) << n;
  }
}

TEST(Outage, NeedsSomethingToFallFrom) {
  EXPECT_EQ(find_outage({}), std::nullopt);
  EXPECT_EQ(find_outage(std::vector<double>(100, std::nan(""))), std::nullopt);
  EXPECT_EQ(find_outage(std::vector<double>(100, 0.0)), std::nullopt);
  auto known = load(100, 60, 7);
  EXPECT_EQ(find_outage(known), (Outage{60, 7}));
  std::fill_n(known.begin(), 29, std::nan(""));  // 71 are left
  EXPECT_EQ(find_outage(known), std::nullopt);
  auto below = load(1000, 600, 30);
  for (double& x : below) x -= 100;  // half of what is usual would be above it
  EXPECT_EQ(find_outage(below), std::nullopt);
}

// Law: gaps and a change of scale change nothing but where a stretch is known to begin and end.
TEST(Outage, IsTheSameInAnyUnitAndWithGaps) {
  std::mt19937_64 random{9};
  for (int trial = 0; trial < 200; ++trial) {
    auto y = load(300 + random() % 1500, 100 + random() % 100, random() % 60);
    for (double& x : y)
      if (random() % 10 == 0) x = std::nan("");
    const auto found = find_outage(y);
    for (double& x : y) x *= 0x1p-20;
    EXPECT_EQ(find_outage(y), found);
    if (!found) continue;
    EXPECT_FALSE(std::isnan(y[found->first]) || std::isnan(y[found->first + found->count - 1]));
    for (std::size_t i = 0; i < found->count; ++i) y[found->first + i] = std::nan("");
    EXPECT_EQ(find_outage(y), std::nullopt);
  }
}

}  // namespace metrics_outage_test
}  // namespace nova
