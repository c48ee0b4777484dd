// Goal: the theta method is that of its papers, of R and of statsmodels. Method: fixtures; the
// equations written out as a slow twin and minimised by another method; closed forms.
#include "plugins/models/theta/theta.hpp"

#include <random>

#include "tests/plugins/models/ets/reference.hpp"
#include "tests/plugins/models/numeric/lanes.hpp"

namespace theta_test {

using namespace nova::theta;
using nova::reference::all_series;
using Values = std::vector<double>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Errors of the models of Fiorucci et al. (2016), equations 12-20, one line an equation.
Values errors_by_the_paper(const Values& y, bool dynamic, double level, double alpha,
                           double theta) {
  const auto n = static_cast<double>(y.size());
  double mean = 0, a = 0, b = 0;
  if (!dynamic) {
    double top = 0;
    for (std::size_t i = 0; i < y.size(); ++i) mean += y[i] / n;
    for (std::size_t i = 0; i < y.size(); ++i)
      top += (static_cast<double>(i + 1) - (n + 1) / 2) * y[i];
    b = top * 12 / (n * (n * n - 1));
    a = mean - b * (n + 1) / 2;
    mean = 0;
  }
  Values errors;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto t = static_cast<double>(i + 1);
    const double mu = level + (1 - 1 / theta) * (std::pow(1 - alpha, t - 1) * a +
                                                 (1 - std::pow(1 - alpha, t)) / alpha * b);
    errors.push_back(y[i] - mu);
    level = alpha * y[i] + (1 - alpha) * level;
    if (!dynamic) continue;
    b = t == 1 ? 0 : ((t - 2) * b + 6 / t * (y[i] - mean)) / (t + 1);
    mean = ((t - 1) * mean + y[i]) / t;
    a = mean - (t + 1) / 2 * b;
  }
  return errors;
}

Values random_walk(std::uint64_t seed, std::size_t n, double drift) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  Values y{1};
  while (y.size() < n) y.push_back(y.back() + drift + 0.3 * noise(random));
  return y;
}

TEST(Theta, OptimisedAndDynamicReachTheBestOfThePapersEquations) {
  for (const auto variant : {Variant::optimised, Variant::dynamic})
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      const Values y = random_walk(seed, 60, seed % 3 == 0 ? 0.2 : 0);
      const bool dynamic = variant == Variant::dynamic;
      const Fit ours = fit(y, variant);
      // The level before the first point is not kept: the best of the paper's model at our alpha
      // and weight must give the same sum of squares, and no other place a smaller one.
      double least = std::numeric_limits<double>::infinity();
      for (const double alpha : {0.05, 0.3, 0.6, 0.9})
        for (const double theta : {1.1, 2.0, 8.0}) {
          Values x{y[0], alpha, theta};
          const Values low{-100, 1e-4, 1}, high{100, 0.9999, 1e6};
          nova::numeric::LeastSquaresOptions options;
          options.iterations = 100;
          const double found = nova::numeric::least_squares(
              nova::numeric::lanes(y.size(),
                                   [=](std::span<const double> at, std::span<double> r) {
                                     const auto e =
                                         errors_by_the_paper(y, dynamic, at[0], at[1], at[2]);
                                     std::copy(e.begin(), e.end(), r.begin());
                                   }),
              y.size(), x, low, high, options);
          least = std::min(least, found);
        }
      EXPECT_LE(ours.squares, least * 1.0001) << seed << dynamic;
      Values level{y[0]};
      const Values low{-100}, high{100};
      const double theta = 1 / (1 - ours.line.weight);
      const double same = nova::numeric::least_squares(
          nova::numeric::lanes(y.size(),
                               [=](std::span<const double> at, std::span<double> r) {
                                 const auto e =
                                     errors_by_the_paper(y, dynamic, at[0], ours.line.alpha, theta);
                                 std::copy(e.begin(), e.end(), r.begin());
                               }),
          y.size(), level, low, high);
      EXPECT_NEAR(ours.squares / same, 1, 1e-6) << seed << dynamic;
    }
}

TEST(Theta, StandardIsHyndmanAndBillahs) {
  // Forecasts are the smoothed level and half the slope a step, with (1 - (1-alpha)^n) / alpha
  // steps of it made up for.
  const Values y = random_walk(4, 50, 0.1);
  const Fit f = fit(y, Variant::standard, 0.3);
  double top = 0, level = 0;
  for (std::size_t i = 0; i < 50; ++i) top += (static_cast<double>(i) - 24.5) * y[i];
  const double slope = top * 12 / (50.0 * (2500 - 1));
  for (std::size_t k = 0; k < 50; ++k)
    level += 0.3 * std::pow(0.7, static_cast<double>(k)) * y[49 - k];
  Values ahead(5);
  project(f.line, ahead);
  EXPECT_NEAR(ahead[4] - ahead[3], slope / 2, 1e-12);
  const double rest = std::pow(0.7, 50);  // of the first level, which is free
  EXPECT_NEAR(ahead[0], level + slope / 2 * (1 - rest) / 0.3, 5 * rest * std::fabs(y[0]) + 1e-9);
}

TEST(Theta, ForecastsAreThoseOfStatsmodels) {
  const auto table = nova::fixture::read("smoothing_statsmodels.csv");
  int compared = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i].at("form") != "theta") continue;
    const auto& y = all_series().at(table.rows[i].at("series")).values;
    const Fit f = fit(y, Variant::standard);
    Values ahead(static_cast<std::size_t>(table.number(i, "step")));
    project(f.line, ahead);
    EXPECT_NEAR(f.line.alpha, table.number(i, "alpha"), 5e-3);
    EXPECT_NEAR(f.line.slope, table.number(i, "beta"), 1e-9);
    EXPECT_NEAR(ahead.back() / table.number(i, "mean"), 1, 2e-3) << i;
    ++compared;
  }
  EXPECT_EQ(compared, 30);
}

TEST(Theta, AMissingValueCountsAsExpected) {
  for (const auto variant : {Variant::standard, Variant::optimised, Variant::dynamic}) {
    Line line = fit(random_walk(9, 40, 0.1), variant).line;
    Values before(8), after(5);
    project(line, before);
    for (int i = 0; i < 3; ++i) line.advance(kNaN);
    project(line, after);
    // The dynamic line keeps its trend where a forecast would have extended it.
    const double tolerance = variant == Variant::dynamic ? 0.05 : 1e-9;
    for (std::size_t h = 0; h < 5; ++h) EXPECT_NEAR(after[h], before[h + 3], tolerance);
    Values gaps = random_walk(9, 40, 0.1);
    gaps[10] = gaps[11] = gaps[30] = kNaN;
    EXPECT_TRUE(std::isfinite(fit(gaps, variant).line.expected()));
  }
}

TEST(Theta, OddSeriesHaveAForecast) {
  const std::pair<const char*, Values> cases[] = {{"one point", {0.5}},
                                                  {"two points", {0.2, 0.4}},
                                                  {"zeros", Values(20, 0.0)},
                                                  {"constant", Values(9, 0.7)},
                                                  {"gap first", {kNaN, 0.3, 0.4, kNaN}}};
  for (const auto& [name, y] : cases)
    for (const auto variant : {Variant::standard, Variant::optimised, Variant::dynamic}) {
      const Fit f = fit(y, variant);
      Values ahead(10);
      project(f.line, ahead);
      for (const double v : ahead) EXPECT_TRUE(std::isfinite(v)) << name;
      EXPECT_EQ(std::isnan(f.sigma), std::string(name) == "one point") << name;
      if (std::string(name) == "constant") {
        EXPECT_NEAR(ahead[9], 0.7, 1e-6);
      }
    }
}

TEST(Theta, SpreadIsThatOfTheSmoothedLevel) {
  Line line;
  line.alpha = 0.5;
  EXPECT_DOUBLE_EQ(spread(line, 2, 1), 2);
  EXPECT_DOUBLE_EQ(spread(line, 2, 5), 2 * std::sqrt(2));
}

}  // namespace theta_test
