// Goal: what is left after the seasons is carried on as its process goes. Method: simulated
// processes recovered, closed forms of paths and variances, laws.
#include "plugins/models/mstl/rest.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace mstl_rest_test {

using nova::mstl::fit_rest;
using nova::mstl::Rest;

// An AR(2) around 10.
std::vector<double> simulated(double a1, double a2, std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  std::vector<double> y{10, 10};
  while (y.size() < n)
    y.push_back(10 + a1 * (y[y.size() - 1] - 10) + a2 * (y[y.size() - 2] - 10) + noise(random));
  return y;
}

TEST(Rest, RecoversAnAutoregression) {
  const auto y = simulated(1.2, -0.5, 5000, 1);
  const Rest rest = fit_rest(Rest::Kind::ar, y);
  ASSERT_GE(rest.ar.lags.size(), 2u);
  EXPECT_LE(rest.ar.lags.size(), 8u);
  EXPECT_NEAR(rest.ar.lags[0], 1.2, 0.05);
  EXPECT_NEAR(rest.ar.lags[1], -0.5, 0.06);
  double sum = 0;
  for (const double a : rest.ar.lags) sum += a;
  EXPECT_NEAR(rest.ar.intercept / (1 - sum), 10, 0.2);
}

TEST(Rest, OfAWalkCarriesTheLastValueOn) {
  std::mt19937_64 random{2};
  std::normal_distribution<double> noise;
  std::vector<double> y{0};
  for (int t = 1; t < 3000; ++t) y.push_back(y.back() + noise(random));
  const Rest rest = fit_rest(Rest::Kind::steps, y);
  std::vector<double> path(50), variance(50);
  rest.path(path);
  rest.variances(variance);
  EXPECT_NEAR(path[49], y.back(), 0.5);
  EXPECT_NEAR(variance[49], 50, 10);
  const Rest smooth = fit_rest(Rest::Kind::smooth, y);
  EXPECT_GE(smooth.alpha, 0.75);
}

TEST(Rest, SmoothsNoiseAroundALevel) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> noise;
  std::vector<double> y(1000);
  for (double& v : y) v = 7 + noise(random);
  const Rest rest = fit_rest(Rest::Kind::smooth, y);
  EXPECT_LE(rest.alpha, 0.15);
  EXPECT_NEAR(rest.next(), 7, 0.6);
}

TEST(Rest, FollowsADampedTrend) {
  Rest rest;
  rest.kind = Rest::Kind::smooth;
  rest.alpha = 0.5, rest.beta = 0.1, rest.phi = 0.9, rest.level = 4, rest.slope = 2;
  std::vector<double> path(3), variance(3);
  rest.path(path);
  EXPECT_NEAR(path[0], 4 + 1.8, 1e-12);
  EXPECT_NEAR(path[2], 4 + 2 * (0.9 + 0.81 + 0.729), 1e-12);
  // Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential Smoothing" (2008), table 6.1:
  // c_j = alpha + beta phi (1 - phi^j) / (1 - phi).
  rest.variances(variance);
  const double c1 = 0.5 + 0.1 * 0.9, c2 = 0.5 + 0.1 * (0.9 + 0.81);
  EXPECT_NEAR(variance[2], 1 + c1 * c1 + c2 * c2, 1e-12);
  rest.push(5.8 + 1);
  EXPECT_NEAR(rest.level, 5.8 + 0.5, 1e-12);
  EXPECT_NEAR(rest.slope, 1.8 + 0.1, 1e-12);
}

TEST(Rest, VariancesAreThoseOfItsImpulse) {
  const Rest rest = fit_rest(Rest::Kind::ar, simulated(0.6, 0.2, 2000, 4));
  std::vector<double> variance(30);
  rest.variances(variance);
  Rest impulse = rest;
  impulse.ar.intercept = 0;
  std::fill(impulse.ar.recent.begin(), impulse.ar.recent.end(), 0.0);
  impulse.ar.recent[0] = 1;
  std::vector<double> path(29);
  impulse.path(path);
  double sum = 1;
  for (std::size_t h = 0; h < 29; ++h)
    EXPECT_NEAR(variance[h + 1], sum += path[h] * path[h], 1e-12);
}

TEST(Rest, AMissingPointIsWhatWasExpected) {
  const auto y = simulated(0.9, 0, 300, 5);
  for (const auto kind : {Rest::Kind::ar, Rest::Kind::steps, Rest::Kind::smooth}) {
    Rest rest = fit_rest(kind, y);
    std::vector<double> before(3), after(2);
    rest.path(before);
    rest.push(std::nan(""));
    rest.path(after);
    EXPECT_NEAR(after[0], before[1], 1e-9);
    EXPECT_NEAR(after[1], before[2], 1e-9);
  }
}

TEST(Rest, OfAConstantOrAPointIsTheConstant) {
  for (const auto kind : {Rest::Kind::ar, Rest::Kind::steps, Rest::Kind::smooth})
    for (const std::size_t n : {1u, 2u, 5u, 40u}) {
      const Rest rest = fit_rest(kind, std::vector<double>(n, 3.5));
      std::vector<double> path(5);
      rest.path(path);
      for (const double v : path) EXPECT_EQ(v, 3.5) << n;
    }
}

}  // namespace mstl_rest_test
