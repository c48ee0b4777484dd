// Goal: the tests for differences are those of R where R has them. Method: fixtures made by urca
// and forecast (fixtures/make_arima_fixtures.R), laws.
#include "plugins/models/numeric/unit_root.hpp"

#include <random>

#include "tests/plugins/models/arima/series.hpp"

namespace nova::numeric {
namespace numeric_unit_root_test {

TEST(UnitRoot, KpssAndDifferencesAreThoseOfR) {
  const auto r = fixture::read("arima_unit_root.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const auto& name = r.rows[i].at("series");
    const auto y = arima::series(name);
    EXPECT_NEAR(kpss(y), r.number(i, "kpss"), 1e-9) << name;
    EXPECT_EQ(differences_needed(y), r.number(i, "ndiffs")) << name;
  }
}

TEST(UnitRoot, SeasonalStrengthDecidesAsR) {
  const auto r = fixture::read("arima_unit_root.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const auto m = static_cast<std::uint32_t>(r.number(i, "m"));
    const double strength = seasonal_strength(arima::series(r.rows[i].at("series")), m);
    EXPECT_EQ(strength > kStrongSeason, r.number(i, "nsdiffs") > 0) << r.rows[i].at("series");
    if (m > 1) {
      EXPECT_NEAR(strength, r.number(i, "strength"), 0.1) << r.rows[i].at("series");
    }
  }
}

TEST(UnitRoot, NoiseNeedsNoneAndWalksNeedOne) {
  std::mt19937_64 random{8};
  std::normal_distribution<double> noise;
  int noise_differences = 0, walk_differences = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<double> e(300), walk(300);
    double level = 0;
    for (std::size_t t = 0; t < 300; ++t) e[t] = noise(random), walk[t] = level += e[t];
    noise_differences += static_cast<int>(differences_needed(e));
    walk_differences += static_cast<int>(differences_needed(walk));
    EXPECT_LT(seasonal_strength(e, 12), kStrongSeason);
    EXPECT_GE(kpss(walk), 0);
  }
  EXPECT_LE(noise_differences, 15);  // 5 % of the time it rejects what is true
  EXPECT_GE(walk_differences, 90);
}

TEST(UnitRoot, OddSeriesAreNoTrouble) {
  const double nan = std::nan("");
  for (const std::vector<double>& y :
       {std::vector<double>{}, {1}, {1, 2}, {nan, nan, nan}, std::vector<double>(50, 3.0)}) {
    EXPECT_EQ(kpss(y), 0);
    EXPECT_EQ(differences_needed(y), 0u);
    EXPECT_EQ(seasonal_strength(y, 4), 0);
  }
  std::vector<double> line(40), wave(240);
  for (std::size_t t = 0; t < 40; ++t) line[t] = static_cast<double>(t);
  EXPECT_EQ(differences_needed(line), 1u);
  for (std::size_t t = 0; t < 240; ++t)
    wave[t] = t % 7 == 3 ? nan : std::sin(2 * M_PI * static_cast<double>(t) / 24);
  EXPECT_GT(seasonal_strength(wave, 24), 0.99);
}

}  // namespace numeric_unit_root_test
}  // namespace nova::numeric
