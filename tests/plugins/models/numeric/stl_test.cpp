// Goal: decompositions are those of R, add up, and know nothing of what is missing. Method: a
// fixture made by R (fixtures/make_stl.R), simulated parts recovered, laws on holes and scales.
#include "plugins/models/numeric/stl.hpp"

#include <cmath>
#include <random>

#include "tests/plugins/models/fixture.hpp"

namespace numeric_stl_test {

using namespace nova::numeric;

void expect_near(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t t = 0; t < got.size(); ++t)
    ASSERT_NEAR(got[t], want[t], tolerance) << what << " at " << t;
}

// The fixture has 11 digits of values near 100: it is exact to 5e-9.
TEST(Stl, IsThatOfR) {
  StlOptions window7, robust, linear;
  window7.seasonal_window = 7;
  robust.seasonal_window = 11;
  robust.inner = 1;
  robust.outer = 15;
  linear.seasonal_window = 9;
  linear.seasonal_degree = 1;
  linear.trend_window = 61;
  linear.trend_degree = 0;
  linear.low_pass_window = 63;
  linear.low_pass_degree = 0;
  linear.jump = 1;
  const std::tuple<std::string, std::size_t, StlOptions> cases[] = {{"periodic", 12, {}},
                                                                    {"window7", 12, window7},
                                                                    {"robust", 12, robust},
                                                                    {"linear", 60, linear}};
  const auto r = nova::fixture::read("stl.csv");
  for (const auto& [name, season, options] : cases) {
    const Stl got = stl(r.column("y"), season, options);
    expect_near(got.seasonal, r.column(name + "_s"), 6e-9, name + " seasonal");
    expect_near(got.trend, r.column(name + "_t"), 6e-9, name + " trend");
  }
}

TEST(Mstl, IsThatOfForecastMstl) {
  const auto r = nova::fixture::read("stl.csv");
  const Mstl got = mstl(r.column("y"), {{12, 60}, {}});
  expect_near(got.seasonal[0], r.column("mstl_Seasonal12"), 6e-9, "season 12");
  expect_near(got.seasonal[1], r.column("mstl_Seasonal60"), 6e-9, "season 60");
  expect_near(got.trend, r.column("mstl_Trend"), 6e-9, "trend");
}

std::vector<double> two_seasons(std::size_t n, std::uint64_t seed, double noise_sd) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise(0, noise_sd);
  std::vector<double> y(n);
  for (std::size_t t = 0; t < n; ++t) {
    const auto x = static_cast<double>(t);
    y[t] = 50 + 0.02 * x + 8 * std::sin(2 * M_PI * x / 24) + 3 * std::cos(2 * M_PI * x / 168) +
           noise(random);
  }
  return y;
}

TEST(Mstl, RecoversTheSeasonsOfASimulation) {
  const auto y = two_seasons(1680, 3, 0.5);
  const Mstl got = mstl(y, {{24, 168}, {StlOptions::kPeriodic, StlOptions::kPeriodic}});
  double worst = 0;
  for (std::size_t t = 0; t < y.size(); ++t) {
    const auto x = static_cast<double>(t);
    const double truth = 8 * std::sin(2 * M_PI * x / 24) + 3 * std::cos(2 * M_PI * x / 168);
    worst = std::max(worst, std::fabs(got.seasonal[0][t] + got.seasonal[1][t] - truth));
  }
  EXPECT_LT(worst, 1.0);  // 10 weeks: a phase is a mean of 10 points of sd 0.5, the largest of 168
  EXPECT_GT(seasonal_strength(got.seasonal[0], got.remainder), 0.95);
}

TEST(Mstl, PartsAddUpAndMissingOnesAreMissing) {
  auto y = two_seasons(700, 4, 1);
  for (std::size_t t = 100; t < 140; ++t) y[t] = std::nan("");
  y[699] = std::nan("");
  const Mstl got = mstl(y, {{24, 168}, {}});
  for (std::size_t t = 0; t < y.size(); ++t) {
    const double sum = got.seasonal[0][t] + got.seasonal[1][t] + got.trend[t];
    EXPECT_TRUE(std::isfinite(sum)) << t;
    if (std::isfinite(y[t]))
      EXPECT_NEAR(sum + got.remainder[t], y[t], 1e-10) << t;
    else
      EXPECT_TRUE(std::isnan(got.remainder[t])) << t;
  }
}

TEST(Stl, AHalfOfThePointsTellsNearlyTheSame) {
  // Noise-free, so all of the difference comes of the holes.
  const auto whole = two_seasons(700, 5, 0.0);
  auto holes = whole;
  std::mt19937_64 random{6};
  for (double& v : holes)
    if (random() % 2 == 0) v = std::nan("");
  StlOptions options;
  options.seasonal_window = 11;
  const Stl a = stl(whole, 24, options), b = stl(holes, 24, options);
  for (std::size_t t = 0; t < whole.size(); ++t)
    EXPECT_NEAR(b.seasonal[t], a.seasonal[t], 2) << t;  // of an amplitude of 8
}

TEST(Stl, RobustWeightsLeaveSpikesToTheRemainder) {
  auto y = two_seasons(480, 7, 0.3);
  y[240] += 1000;
  StlOptions options;
  options.outer = 5;
  options.inner = 1;
  const Stl got = stl(y, 24, options);
  EXPECT_EQ(got.weights[240], 0);
  EXPECT_NEAR(got.remainder[240], 1000, 5);
  EXPECT_NEAR(got.trend[239], got.trend[200], 3);
}

TEST(Stl, ScalesAndShiftsWithTheSeries) {
  const auto y = two_seasons(400, 8, 1);
  auto z = y;
  for (double& v : z) v = 1024 * v + 512;
  const Mstl a = mstl(y, {{24, 168}, {}}), b = mstl(z, {{24, 168}, {}});
  for (std::size_t t = 0; t < y.size(); ++t) {
    EXPECT_NEAR(b.seasonal[1][t], 1024 * a.seasonal[1][t], 1e-8);
    EXPECT_NEAR(b.trend[t], 1024 * a.trend[t] + 512, 1e-8);
  }
}

TEST(SeasonalStrength, IsAShareOfTheVariance) {
  EXPECT_EQ(seasonal_strength(std::vector<double>{1, -1, 1, -1}, std::vector<double>{0, 0, 0, 0}),
            1);
  EXPECT_EQ(seasonal_strength(std::vector<double>{0, 0, 0, 0}, std::vector<double>{1, 2, 1, 2}), 0);
  EXPECT_EQ(seasonal_strength(std::vector<double>{0, 0}, std::vector<double>{0, 0}), 0);
  EXPECT_EQ(seasonal_strength({}, {}), 0);
  // Independent parts of equal variance: a half. 1e200: squares would overflow.
  const std::vector<double> s{1e200, 1e200, -1e200, -1e200}, r{1e200, -1e200, 1e200, -1e200};
  EXPECT_NEAR(seasonal_strength(s, r), 0.5, 1e-12);
  const std::vector<double> hole{1e200, -1e200, 1e200, -1e200, std::nan("")};
  EXPECT_NEAR(seasonal_strength(std::vector<double>{1e200, 1e200, -1e200, -1e200, 9e200}, hole),
              0.5, 1e-12);
}

}  // namespace numeric_stl_test
