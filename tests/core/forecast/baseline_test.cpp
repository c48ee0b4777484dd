// Goal: seasonal naive repeats what it should, and its spread is that of its own errors.
// Method: closed forms, a slow twin, a simulated random walk.
#include "core/forecast/baseline.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nova {
namespace forecast_baseline_test {

using Values = std::vector<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Duration kStep = std::chrono::minutes(5);
const TimePoint kOrigin = from_unix_ns(1'000'000'200'000'000'000);

TEST(SeasonalNaive, RepeatsWhatCameWholeSeasonsBefore) {
  const Values y{1, 2, 3, 4, 5, 6, 7};  // the last season of 3 is 5 6 7
  const std::tuple<const char*, std::size_t, std::size_t, double> cases[] = {
      {"first of the season", 3, 1, 5},
      {"last of it", 3, 3, 7},
      {"the next season", 3, 4, 5},
      {"far ahead", 3, 300, 7},
      {"no season", 0, 5, 7},
      {"every step alike", 1, 4, 7},
      {"season as long as all", 7, 1, 1},
      {"longer than all", 8, 1, 7},
  };
  for (const auto& [name, season, lead, want] : cases)
    EXPECT_EQ(seasonal_naive(y, season, lead), want) << name;
  EXPECT_EQ(seasonal_naive(Values{1, 2, 3, 4, kNaN, 6}, 3, 2), 2);     // a season earlier
  EXPECT_EQ(seasonal_naive(Values{1, 2, kNaN, 4, 5, kNaN}, 3, 3), 5);  // never known: the newest
  EXPECT_TRUE(std::isnan(seasonal_naive({}, 3, 1)));
  EXPECT_TRUE(std::isnan(seasonal_naive(Values{kNaN, INFINITY}, 1, 1)));
}

TEST(NaiveError, IsTheMeanOverAllPairsOrEvenlySpreadOnes) {
  std::mt19937_64 random{2};
  std::normal_distribution<double> normal;
  Values y(5000);
  for (auto& x : y) x = normal(random);
  y[77] = kNaN;
  for (const auto& [season, lead, back] :
       {std::tuple{24u, 1u, 24u}, {24u, 24u, 24u}, {24u, 25u, 48u}, {0u, 5u, 5u}}) {
    double sum = 0, count = 0;
    for (std::size_t t = back; t < y.size(); ++t) {
      if (std::isnan(y[t]) || std::isnan(y[t - back])) continue;
      sum += std::abs(y[t] - y[t - back]);
      ++count;
    }
    EXPECT_NEAR(naive_error(y, season, lead, y.size()), sum / count, 1e-12);
    EXPECT_NEAR(naive_error(y, season, lead), sum / count, 0.3);
  }
  EXPECT_TRUE(std::isnan(naive_error(Values{1, 2}, 5, 1)));
}

// A random walk with steps of sd 2: after h steps its sd is 2 sqrt(h), at measured leads and
// beyond.
TEST(Baseline, SpreadIsThatOfItsErrors) {
  std::mt19937_64 random{2};
  std::normal_distribution<double> normal(0, 2);
  Values y(20000);
  double level = 1e4;
  for (auto& x : y) x = level += normal(random);
  const std::vector<std::uint32_t> leads{1, 4, 16, 64};
  const Values levels{0.1, 0.5, 0.9};
  const std::uint32_t measured[] = {1, 4, 16};
  const auto f = baseline_forecast(y, kOrigin, kStep, 0, leads, levels, measured).value();
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const double sd = 2 * std::sqrt(leads[i]);
    EXPECT_EQ(f.quantile(0.5, i), y.back());
    EXPECT_NEAR(f.quantile(0.9, i) - y.back(), 1.2816 * sd, 0.25 * sd) << leads[i];
    EXPECT_NEAR(f.quantile(0.1, i) - y.back(), -1.2816 * sd, 0.25 * sd) << leads[i];
  }
}

TEST(Baseline, SpeaksOfShortHistoryAndNonsenseClearly) {
  const std::vector<std::uint32_t> leads{1, 2, 864};
  const Values levels{0.05, 0.5, 0.99};
  const std::uint32_t measured[] = {1, 2, 864};
  const std::tuple<const char*, Values, bool> cases[] = {
      {"nothing", {}, false},
      {"one point", {5}, false},
      {"two points", {5, 6}, true},
      {"all zero", Values(300, 0.0), true},
      {"half missing",
       [] {
         Values y(300, 3.0);
         for (std::size_t t = 0; t < 300; t += 2) y[t] = kNaN;
         return y;
       }(),
       true},
      {"all missing", Values(300, kNaN), false},
      {"huge", {1e307, 1e307, -1e307, 1e307}, true},
  };
  for (const auto& [name, y, fine] : cases) {
    const auto made = baseline_forecast(y, kOrigin, kStep, 1, leads, levels, measured);
    EXPECT_EQ(made.ok(), fine) << name;
    if (!made) {
      EXPECT_FALSE(made.error().message.empty()) << name;
    }
  }
  const auto f =
      baseline_forecast(Values{1, 9, 1, 9, 2}, kOrigin, kStep, 0, leads, levels, measured);
  EXPECT_EQ(f->quantile(0.05, 0), 0);  // what was never negative is not expected to be
}

// Against the table.
TEST(NormalQuantile, IsRight) {
  for (const auto& [level, z] : {std::pair{0.5, 0.0},
                                 {0.75, 0.67449},
                                 {0.9, 1.28155},
                                 {0.975, 1.95996},
                                 {0.99, 2.32635},
                                 {0.999, 3.09023}}) {
    EXPECT_NEAR(normal_quantile(level), z, 4.5e-4);
    EXPECT_NEAR(normal_quantile(1 - level), -z, 4.5e-4);
  }
}

}  // namespace forecast_baseline_test
}  // namespace nova
