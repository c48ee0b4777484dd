// Goal: a model acts only while forecasts it made before the truth was known were good.
#include "core/forecast/trust.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nova {
namespace forecast_trust_test {

constexpr Duration kStep = std::chrono::minutes(5);

TimePoint at(int i) { return from_unix_ns(0) + kStep * i; }

// One lead; median m, 0.9 quantile m + spread.
Forecast forecast(int origin, double median, double spread) {
  return Forecast::make({at(origin),
                         kStep,
                         {1},
                         {0.1, 0.5, 0.9},
                         {median},
                         {median - spread, median, median + spread}})
      .value();
}

Trust feed(int points, double model_error, double judge_error, double spread) {
  Trust trust;
  std::mt19937_64 random{5};
  std::normal_distribution<double> noise;
  for (int i = 0; i < points; ++i) {
    const double truth = 100 + noise(random);
    trust.expect(forecast(i, truth + model_error * noise(random), spread), 0,
                 truth + judge_error * noise(random));
    trust.arrive(at(i + 1), truth);
  }
  return trust;
}

TEST(Trust, IsEarnedByEvidenceOnly) {
  EXPECT_EQ(feed(5, 1, 10, 3).why_not(), "5 of 12 forecasts scored");
  EXPECT_TRUE(feed(40, 1, 10, 3).earned());
  EXPECT_NE(feed(40, 10, 1, 30).why_not().find("skill -"), std::string::npos);
  EXPECT_NE(feed(40, 1, 10, 0.01).why_not().find("only 0."), std::string::npos);
}

TEST(Trust, SkillIsOneMinusTheRatioOfErrors) {
  Trust trust({.half_life_points = 1e9});
  for (int i = 0; i < 20; ++i) {
    trust.expect(forecast(i, 101, 5), 0, 104);
    trust.arrive(at(i + 1), 100);
  }
  EXPECT_NEAR(trust.skill(), 1 - 1.0 / 4.0, 1e-6);
  EXPECT_NEAR(trust.coverage(), 1.0, 1e-9);
  // Pinball at 0.5 of a median 1 above the value, at 0.9 of a quantile 6 above it.
  EXPECT_NEAR(trust.loss(), (0.5 * 1 + 0.1 * 6) / 2, 1e-6);
}

TEST(Trust, ScoresNothingWithoutAValueOrAForecastForIt) {
  Trust trust;
  trust.expect(forecast(0, 100, 5), 0, 100);
  trust.arrive(at(1), std::nan(""));
  trust.arrive(at(2), 100);  // nobody forecast this
  trust.expect(forecast(2, 100, 5), 0, std::nan(""));
  trust.arrive(at(3), 100);
  EXPECT_EQ(trust.points(), 0);
}

// A forecast of days ahead is scored now and then only, and remembered as seldom.
TEST(Trust, RemembersNoMoreThanItMust) {
  Trust trust;
  for (int i = 0; i < 3000; ++i) {
    trust.arrive(at(i), 100);
    trust.expect(Forecast::make({at(i), kStep, {864}, {0.5}, {100}, {100}}).value(), 0, 101);
    ASSERT_LE(trust.state().pending.size(), 8u);
  }
  EXPECT_NEAR(trust.points(), (3000 - 864) / 108, 2);
}

TEST(Trust, IsLostWhenTheWorldChangesAndWonBack) {
  auto trust = feed(200, 1, 10, 3);
  ASSERT_TRUE(trust.earned());
  for (int i = 200; i < 500; ++i) {  // from now on the model is off by 50, the judge by 10
    trust.expect(forecast(i, 50, 3), 0, 90);
    trust.arrive(at(i + 1), 100);
  }
  EXPECT_FALSE(trust.earned());
  for (int i = 500; i < 1500; ++i) {
    trust.expect(forecast(i, 100, 3), 0, 90);
    trust.arrive(at(i + 1), 100);
  }
  EXPECT_TRUE(trust.earned()) << trust.why_not();
}

TEST(Trust, SnapshotGoesOnTheSame) {
  auto a = feed(30, 1, 10, 3);
  a.expect(forecast(30, 99, 2), 0, 98);
  Trust b;
  b.restore(a.state());
  a.arrive(at(31), 100);
  b.arrive(at(31), 100);
  EXPECT_EQ(a.skill(), b.skill());
  EXPECT_EQ(a.loss(), b.loss());
}

}  // namespace forecast_trust_test
}  // namespace nova
