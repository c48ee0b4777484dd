// Goal: a blend's intervals move a third of the way towards what held-out origins say of them.
// Method: intervals whose right width is known; scaling by hand; laws on random ones.
#include "host/cli/forecast_width.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace nova::cli {
namespace forecast_width_test {

using Values = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const Values kLevels{0.025, 0.1, 0.5, 0.9, 0.975};

// One forecaster of 0, at `origins` origins of 20 leads, whose 80 % interval is +- `half`; what
// came lies at distances 0.1, 0.2 ... 2 on alternating sides: 16 of 20 within 1.6.
struct Case {
  explicit Case(double half, double unit = 1, std::size_t origins = 3) : mean(20, 0.0) {
    for (std::size_t h = 0; h < 20; ++h)
      truth.push_back((h % 2 == 0 ? 0.1 : -0.1) * static_cast<double>(h + 1) * unit);
    for (const double at : {-1.5, -1.0, 0.0, 1.0, 1.5})
      for (std::size_t h = 0; h < 20; ++h) quantiles.push_back(at * half * unit);
    for (std::size_t k = 0; k < origins; ++k)
      said.push_back({truth, 1, {{mean.data(), quantiles.data()}}});
  }
  double factor() const { return width_factor(said, Members{0}, kLevels); }
  using Members = std::vector<std::size_t>;
  Values mean, truth, quantiles;
  std::vector<HeldOut> said;
};

TEST(ForecastWidth, TakesAThirdOfWhatWasMissing) {
  // The next distance after 80 % of all is 1.7.
  EXPECT_NEAR(Case(1.7).factor(), 1, 1e-12);
  EXPECT_NEAR(Case(1.7 / 1.331).factor(), 1.1, 1e-12);
  EXPECT_NEAR(Case(1.7 * 1.331).factor(), 1 / 1.1, 1e-12);
}

TEST(ForecastWidth, IsBoundedEitherWay) {
  EXPECT_NEAR(Case(1e-6).factor(), std::cbrt(2.0), 1e-12);
  EXPECT_NEAR(Case(1e6).factor(), std::cbrt(0.5), 1e-12);
}

TEST(ForecastWidth, DoesNotDependOnTheUnit) {
  for (const double unit : {1e-200, 1e-3, 1e200})
    EXPECT_NEAR(Case(1.2, unit).factor(), Case(1.2).factor(), 1e-12) << unit;
}

TEST(ForecastWidth, SaysNothingOfTooLittle) {
  Case few(1, 1, 1);
  for (std::size_t h = 9; h < 20; ++h) few.truth[h] = kNaN;
  few.said[0].truth = few.truth;
  EXPECT_EQ(few.factor(), 1);
  EXPECT_EQ(Case(0).factor(), 1);                                           // no interval to judge
  EXPECT_EQ(width_factor({}, Case::Members{0}, kLevels), 1);                // no origin
  EXPECT_EQ(width_factor(Case(1).said, Case::Members{}, kLevels), 1);       // no member
  EXPECT_EQ(width_factor(Case(1).said, Case::Members{0}, Values{0.5}), 1);  // no pair of levels
  Case silent(1);
  for (auto& origin : silent.said) origin.said = {Opinion{}};
  EXPECT_EQ(silent.factor(), 1);
}

TEST(ForecastWidth, MovesQuantilesAboutTheirMedian) {
  Distribution d{{10, 20}, {4, 10, 8, 18, 10, 20, 13, 21, 20, 30}};
  scale_width(d, 5, 0.5);
  EXPECT_EQ(d.mean, (Values{10, 20}));
  EXPECT_EQ(d.quantiles, (Values{7, 15, 9, 19, 10, 20, 11.5, 20.5, 15, 25}));
}

TEST(ForecastWidth, LeavesWhatWouldNotBeFinite) {
  const double most = std::numeric_limits<double>::max();
  Distribution d{{0, 1}, {-most, 0, 0, 1, most, 2}};
  scale_width(d, 3, 1.25);
  EXPECT_EQ(d.quantiles, (Values{-most, -0.25, 0, 1, most, 2.25}));
}

TEST(ForecastWidth, NeverCrossesQuantilesThatDoNot) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> gap(0, 3);
  for (int i = 0; i < 500; ++i) {
    Distribution d{{0}, {-gap(random)}};
    for (int l = 0; l < 4; ++l) d.quantiles.push_back(d.quantiles.back() + gap(random));
    scale_width(d, 5, std::clamp(gap(random), 0.5, 2.0));
    EXPECT_TRUE(std::is_sorted(d.quantiles.begin(), d.quantiles.end()));
  }
}

}  // namespace forecast_width_test
}  // namespace nova::cli
