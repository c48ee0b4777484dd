// Goal: Burg's coefficients are those of R, gaps do not bias them, paths and variances are those of
// the recursion. Method: a fixture made by R's ar.burg, simulations, closed forms.
#include "plugins/models/numeric/autoregression.hpp"

#include <cmath>
#include <random>

#include "tests/plugins/models/fixture.hpp"

namespace numeric_autoregression_test {

using nova::numeric::Autoregression;
using nova::numeric::fit_autoregression;

std::vector<double> simulated(double a1, double a2, std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  std::vector<double> y{0, 0};
  while (y.size() < n + 200)
    y.push_back(a1 * y[y.size() - 1] + a2 * y[y.size() - 2] + noise(random));
  return {y.begin() + 200, y.end()};
}

TEST(Autoregression, IsArBurgOfR) {
  const auto input = nova::fixture::read("input.csv"), r = nova::fixture::read("burg.csv");
  for (const std::string name : {"daily", "both", "trend"}) {
    auto x = input.column(name);
    double mean = 0;
    for (const double v : x) mean += v / static_cast<double>(x.size());
    for (double& v : x) v -= mean;
    const auto got = fit_autoregression(x, 12);
    ASSERT_GE(got.lags.size(), 1u);
    std::size_t compared = 0;
    for (std::size_t i = 0; i < r.rows.size(); ++i) {
      if (r.rows[i].at("series") != name || r.number(i, "order") != double(got.lags.size()))
        continue;
      EXPECT_NEAR(got.lags[compared], r.number(i, "coefficient"), 1e-9) << name;
      ++compared;
    }
    EXPECT_EQ(compared, got.lags.size()) << name;
  }
}

TEST(Autoregression, GapsDoNotBiasIt) {
  auto x = simulated(0.9, 0, 6000, 1);
  const double whole = fit_autoregression(x, 1).lags.at(0);
  std::mt19937_64 random{2};
  for (double& v : x)
    if (random() % 2) v = std::nan("");
  EXPECT_NEAR(fit_autoregression(x, 1).lags.at(0), whole, 0.03);
  EXPECT_NEAR(whole, 0.9, 0.02);
}

TEST(Autoregression, OfNothingOrNoiseHasNoLags) {
  EXPECT_TRUE(fit_autoregression({}, 5).lags.empty());
  EXPECT_TRUE(fit_autoregression(std::vector<double>(50, 0.0), 5).lags.empty());
  EXPECT_TRUE(fit_autoregression(std::vector<double>(50, std::nan("")), 5).lags.empty());
  EXPECT_TRUE(fit_autoregression(std::vector<double>{3}, 5).lags.empty());
  EXPECT_LE(fit_autoregression(simulated(0, 0, 2000, 3), 30).lags.size(), 2u);
}

TEST(Autoregression, IsStationaryWhateverTheSeries) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto x = simulated(1.0, 0, 300, seed);  // a walk
    if (seed % 2)
      for (std::size_t t = 0; t < x.size(); ++t) x[t] *= t % 11 ? 1 : 100;
    auto a = fit_autoregression(x, 30);
    a.recent.assign(a.lags.size(), 1.0);
    std::vector<double> path(20'000);
    a.path(path);
    EXPECT_LT(std::fabs(path.back()), 1.0) << seed;
  }
}

TEST(Autoregression, PathsVariancesAndSpectrum) {
  Autoregression a{2, {0.5, 0.2}, {3, 1}, 0.6};
  std::vector<double> path(3), variance(3);
  a.path(path);
  EXPECT_NEAR(path[0], 2 + 1.5 + 0.2, 1e-12);
  EXPECT_NEAR(path[1], 2 + 0.5 * 3.7 + 0.6, 1e-12);
  EXPECT_NEAR(a.next(), path[0], 1e-12);
  a.variances(variance);
  EXPECT_NEAR(variance[2], 1 + 0.25 + std::pow(0.25 + 0.2, 2), 1e-12);
  EXPECT_NEAR(a.spectrum(0), 0.6 / 0.09, 1e-12);
  EXPECT_NEAR(a.spectrum(M_PI), 0.6 / std::pow(1 + 0.5 - 0.2, 2), 1e-12);
  a.push(std::nan(""));
  EXPECT_NEAR(a.recent[0], 3.7, 1e-12);
  EXPECT_EQ(a.recent[1], 3);
}

}  // namespace numeric_autoregression_test
