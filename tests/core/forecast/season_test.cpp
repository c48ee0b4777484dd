// Goal: the seasons that are there are found, all of them and nothing else, in rough data.
// Method: simulated weeks whose seasons are known, disturbed in every way that metrics are.
#include "core/forecast/season.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace nova {
namespace forecast_season_test {

using Values = std::vector<double>;
using Lengths = std::vector<std::size_t>;

constexpr std::size_t kHour = 12, kDay = 288, kWeek = 2016;  // of 5-minute steps
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double wave(std::size_t t, double length, double phase = 0) {
  return std::sin(2 * std::numbers::pi * (static_cast<double>(t) / length + phase));
}

struct World {
  double hour = 0, day = 0, week = 0, noise = 1, trend = 0, memory = 0;
};

Values simulate(const World& w, std::size_t n, std::uint64_t seed = 1) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  Values y(n);
  double error = 0;
  for (std::size_t t = 0; t < n; ++t) {
    error = w.memory * error + std::sqrt(1 - w.memory * w.memory) * normal(random);
    const bool weekend = t % kWeek >= 5 * kDay;
    y[t] = 100 + w.hour * (t % kHour == 0 ? 3.0 : 0.0) +
           w.day * (wave(t, kDay) + 0.5 * wave(t, kDay / 2.0, 0.1)) - w.week * (weekend ? 1 : 0) +
           w.noise * error + w.trend * static_cast<double>(t) / static_cast<double>(n);
  }
  return y;
}

Lengths lengths(const std::vector<Season>& seasons) {
  Lengths all;
  for (const auto& s : seasons) all.push_back(s.length);
  return all;
}

TEST(Season, FindsWhatIsThereAndNothingElse) {
  const std::tuple<const char*, World, Lengths> cases[] = {
      {"noise", {}, {}},
      {"noise with memory", {.memory = 0.95}, {}},
      {"a trend", {.trend = 100}, {}},
      {"a day", {.day = 2}, {kDay}},
      {"a day on a trend", {.day = 2, .trend = 100}, {kDay}},
      {"an hour", {.hour = 3}, {kHour}},
      {"an hour and a day", {.hour = 3, .day = 5}, {kHour, kDay}},
      {"a day and a week", {.day = 4, .week = 5}, {kDay, kWeek}},
      {"all three", {.hour = 3, .day = 4, .week = 5}, {kHour, kDay, kWeek}},
      {"a day in noise with memory", {.day = 2, .memory = 0.9}, {kDay}},
  };
  for (const bool hints : {false, true})
    for (const auto& [name, world, want] : cases)
      for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        SeasonRules rules;
        if (hints) rules.hints = {kHour, kDay, kWeek};
        EXPECT_EQ(lengths(find_seasons(simulate(world, 4 * kWeek, seed), rules)), want)
            << name << ", seed " << seed << (hints ? ", with hints" : "");
      }
}

TEST(Season, IsExactForAnyLength) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> normal;
  for (const std::size_t m : {7u, 24u, 25u, 31u, 60u, 96u, 144u, 179u, 365u}) {
    Values shape(m);  // not a wave: any pattern
    for (auto& x : shape) x = 3 * normal(random);
    Values y(12 * m + 5);
    for (std::size_t t = 0; t < y.size(); ++t) y[t] = shape[t % m] + normal(random);
    EXPECT_EQ(lengths(find_seasons(y)), Lengths{m});
  }
}

// Closed form: profile variance against noise variance.
TEST(Season, StrengthIsTheShareOfTheVariance) {
  for (const double amplitude : {1.0, 2.0, 4.0}) {
    const auto y = simulate({.day = amplitude}, 8 * kWeek);
    const auto found = find_seasons(y);
    ASSERT_EQ(found.size(), 1u);
    const double signal = amplitude * amplitude * (1 + 0.25) / 2;
    EXPECT_NEAR(found[0].strength, signal / (signal + 1), 0.03) << amplitude;
  }
  const auto pure = find_seasons(simulate({.day = 2, .noise = 0}, 2 * kWeek));
  ASSERT_EQ(pure.size(), 1u);
  EXPECT_NEAR(pure[0].strength, 1, 1e-6);
}

TEST(Season, EndureWhatMetricsGoThrough) {
  const auto clean = simulate({.day = 3}, 2 * kWeek, 7);
  std::mt19937_64 random{11};
  std::uniform_real_distribution<double> uniform;
  const std::pair<const char*, std::function<void(Values&)>> harms[] = {
      {"half missing",
       [&](Values& y) {
         for (auto& x : y)
           if (uniform(random) < 0.45) x = kNaN;
       }},
      {"a day missing", [&](Values& y) { std::fill_n(y.begin() + 500, kDay, kNaN); }},
      {"spikes",
       [&](Values& y) {
         for (auto& x : y)
           if (uniform(random) < 0.01) x += 1000;
       }},
      {"infinite",
       [&](Values& y) {
         y[100] = INFINITY;
         y[200] = -INFINITY;
       }},
      {"a level shift",
       [&](Values& y) {
         for (std::size_t t = y.size() / 2; t < y.size(); ++t) y[t] += 20;
       }},
      {"huge",
       [&](Values& y) {
         for (auto& x : y) x *= 1e300;
       }},
      {"tiny",
       [&](Values& y) {
         for (auto& x : y) x *= 1e-300;
       }},
      {"negative",
       [&](Values& y) {
         for (auto& x : y) x = -x;
       }},
  };
  for (const auto& [name, harm] : harms) {
    auto y = clean;
    harm(y);
    EXPECT_EQ(lengths(find_seasons(y)), Lengths{kDay}) << name;
  }
}

TEST(Season, NothingComesOfNothing) {
  const std::pair<const char*, Values> cases[] = {
      {"empty", {}},
      {"one point", {5}},
      {"two cycles of nothing", Values(2 * kDay, 0.0)},
      {"constant", Values(4 * kDay, 1e300)},
      {"all missing", Values(4 * kDay, kNaN)},
      {"one spike",
       [] {
         Values y(4 * kDay, 1.0);
         y[77] = 1e300;
         return y;
       }()},
      {"a line",
       [] {
         Values y(4 * kDay);
         for (std::size_t t = 0; t < y.size(); ++t) y[t] = t;
         return y;
       }()},
      {"less than two cycles", simulate({.day = 5}, 2 * kDay - 30)},
  };
  for (const auto& [name, y] : cases) EXPECT_TRUE(find_seasons(y).empty()) << name;
}

TEST(Season, IsTheSameEveryTime) {
  const auto y = simulate({.hour = 3, .day = 4, .week = 5}, 4 * kWeek, 9);
  EXPECT_EQ(find_seasons(y), find_seasons(y));
}

}  // namespace forecast_season_test
}  // namespace nova
