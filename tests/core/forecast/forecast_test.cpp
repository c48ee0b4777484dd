// Goal: an ill-formed forecast cannot exist, and its distribution answers like the integral it is.
#include "core/forecast/forecast.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace nova {
namespace forecast_test {

constexpr Duration kStep = std::chrono::minutes(5);
const TimePoint kOrigin = from_unix_ns(900'000'000'000'000);

Forecast::Parts good() {
  return {kOrigin,         kStep,        {1, 2, 4},
          {0.1, 0.5, 0.9}, {10, 11, 12}, {8, 8, 8, 10, 11, 12, 14, 16, 18}};
}

TEST(ForecastMake, RejectsIllFormedInput) {
  const std::tuple<const char*, std::function<void(Forecast::Parts&)>> cases[] = {
      {"zero step", [](auto& p) { p.step = Duration{0}; }},
      {"no leads", [](auto& p) { p.leads.clear(); }},
      {"lead zero", [](auto& p) { p.leads[0] = 0; }},
      {"leads repeat", [](auto& p) { p.leads[1] = 1; }},
      {"level one", [](auto& p) { p.levels[2] = 1.0; }},
      {"levels fall", [](auto& p) { p.levels[0] = 0.6; }},
      {"no median", [](auto& p) { p.levels[1] = 0.4; }},
      {"short mean", [](auto& p) { p.mean.pop_back(); }},
      {"short quantiles", [](auto& p) { p.quantiles.pop_back(); }},
      {"NaN", [](auto& p) { p.mean[1] = std::nan(""); }},
      {"infinite", [](auto& p) { p.quantiles[8] = INFINITY; }},
      {"crossed", [](auto& p) { p.quantiles[0] = 10.5; }},
  };
  EXPECT_TRUE(Forecast::make(good()).ok());
  for (const auto& [name, breaks] : cases) {
    auto parts = good();
    breaks(parts);
    const auto made = Forecast::make(parts);
    ASSERT_FALSE(made.ok()) << name;
    EXPECT_EQ(made.error().code, ErrorCode::invalid_argument) << name;
  }
}

TEST(Forecast, QuantilesBetweenAndBeyondTheLevels) {
  const auto f = Forecast::make(good()).value();
  EXPECT_DOUBLE_EQ(f.quantile(0.5, 1), 11);
  EXPECT_DOUBLE_EQ(f.quantile(0.7, 0), 12);   // half way from 10 to 14
  EXPECT_DOUBLE_EQ(f.quantile(0.99, 0), 14);  // no farther than it was told
  EXPECT_DOUBLE_EQ(f.quantile(0.01, 0), 8);
  EXPECT_DOUBLE_EQ(f.probability_above(12, 0), 0.3);
  EXPECT_DOUBLE_EQ(f.probability_above(7, 0), 1);
  EXPECT_DOUBLE_EQ(f.probability_above(14, 0), 0);
}

// Law: probability and expected excess agree with a million draws of the same piecewise law.
TEST(Forecast, ExpectedExcessIsTheIntegral) {
  const auto f = Forecast::make(good()).value();
  std::mt19937_64 random{3};
  std::uniform_real_distribution<double> level(0, 1);
  for (const double x : {7.0, 9.0, 10.0, 12.5, 13.9, 15.0}) {
    double above = 0, excess = 0;
    constexpr int kDraws = 200'000;
    for (int i = 0; i < kDraws; ++i) {
      const double draw = f.quantile(level(random), 0);
      above += draw > x;
      excess += std::max(0.0, draw - x);
    }
    EXPECT_NEAR(f.probability_above(x, 0), above / kDraws, 0.005) << x;
    EXPECT_NEAR(f.expected_above(x, 0), excess / kDraws, 0.02) << x;
  }
}

TEST(Forecast, WindowsAndPeaks) {
  const auto f = Forecast::make(good()).value();
  const auto w = f.window(kOrigin, kOrigin + kStep);
  EXPECT_EQ(w.first, 0u);
  EXPECT_EQ(w.last, 1u);
  EXPECT_EQ(f.window(kOrigin + kStep, kOrigin + kStep * 2).first, 1u);
  EXPECT_TRUE(f.window(kOrigin + kStep * 5, kOrigin + kStep * 6).empty());
  EXPECT_DOUBLE_EQ(f.peak(kOrigin, kOrigin + kStep * 2, 0.9).value(), 16);
  const auto beyond = f.peak(kOrigin, kOrigin + kStep * 5, 0.9);
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().code, ErrorCode::out_of_range);
}

TEST(ForecastPeak, NeverFallsAsTheWindowGrows) {
  std::mt19937_64 random{20240229};
  std::uniform_real_distribution<double> demand{0.0, 1000.0};
  for (int round = 0; round < 300; ++round) {
    Forecast::Parts p{kOrigin, kStep, {}, {0.5, 0.9}, {}, std::vector<double>(24)};
    for (std::uint32_t h = 1; h <= 12; ++h) {
      p.leads.push_back(h);
      p.mean.push_back(0);
      p.quantiles[h - 1] = demand(random);
      p.quantiles[12 + h - 1] = p.quantiles[h - 1] + demand(random);
    }
    const auto f = Forecast::make(p).value();
    for (int h = 1; h < 12; ++h)
      EXPECT_LE(f.peak(kOrigin, kOrigin + kStep * h, 0.9).value(),
                f.peak(kOrigin, kOrigin + kStep * (h + 1), 0.9).value());
  }
}

}  // namespace forecast_test
}  // namespace nova
