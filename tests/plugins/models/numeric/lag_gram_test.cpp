// Goal: the sums are those of the rows, however they came about, and the regression on them is R's.
// Method: a slow twin that adds row by row, every order of up- and down-dates, fixtures by R (see
// fixtures/make_ar_fixtures.R), and a regression that is exact.
#include "plugins/models/numeric/lag_gram.hpp"

#include <random>

#include "tests/plugins/models/fixture.hpp"

namespace numeric_lag_gram_test {

using nova::numeric::LagGram;
using nova::numeric::LinearFit;
using Lags = std::vector<std::uint32_t>;

std::vector<double> noise(std::size_t n, std::uint64_t seed = 1) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  std::vector<double> z(n);
  for (double& v : z) v = normal(random) + 0.5;
  return z;
}

void expect_same(const LagGram& a, const LagGram& b, double tolerance) {
  ASSERT_EQ(a.lags(), b.lags());
  EXPECT_NEAR(a.rows(), b.rows(), tolerance);
  EXPECT_LT((a.sums() - b.sums()).cwiseAbs().maxCoeff(), tolerance);
  const Eigen::MatrixXd difference = a.products() - b.products();
  for (Eigen::Index j = 0; j < difference.cols(); ++j)
    for (Eigen::Index i = j; i < difference.rows(); ++i)
      EXPECT_LT(std::fabs(difference(i, j)), tolerance) << i << ", " << j;
}

LagGram slow(const std::vector<double>& z, const Lags& lags, std::size_t begin, std::size_t end) {
  LagGram g(lags);
  for (std::size_t t = begin; t < end; ++t) g.add_row(z, t, 1);
  return g;
}

TEST(LagGram, AStretchIsItsRows) {
  const auto z = noise(400);
  for (const Lags& lags : {Lags{1}, Lags{3}, Lags{1, 2, 3, 4}, Lags{1, 2, 5, 6, 7, 50, 51, 52, 100},
                           Lags{2, 4, 8, 16, 32, 64, 128}})
    for (const auto& [begin, end] : {std::pair{130u, 400u}, {128u, 129u}, {200u, 207u}}) {
      LagGram g(lags);
      g.add(z, begin, end);
      expect_same(g, slow(z, lags, begin, end), 1e-10);
    }
}

TEST(LagGram, StretchesJoinAndRowsCanBeTakenAway) {
  const auto z = noise(500);
  const Lags lags{1, 2, 3, 24, 25, 48};
  LagGram g(lags);
  g.add(z, 48, 48);  // nothing
  g.add(z, 48, 300);
  g.add(z, 300, 301);
  g.add(z, 301, 500);
  expect_same(g, slow(z, lags, 48, 500), 1e-9);
  for (std::size_t t = 48; t < 200; ++t) g.add_row(z, t, -1);
  expect_same(g, slow(z, lags, 200, 500), 1e-9);
  LagGram half = slow(z, lags, 200, 500);
  half.fade(0.5);
  for (std::size_t t = 200; t < 500; ++t) g.add_row(z, t, -0.5);
  expect_same(g, half, 1e-9);
}

TEST(LagGram, SolvesAsRDoes) {
  const auto input = nova::fixture::read("input.csv"), r = nova::fixture::read("ar.csv");
  std::size_t compared = 0;
  for (std::size_t i = 0; i < r.rows.size();) {
    const auto series = r.rows[i].at("series"), set = r.rows[i].at("set");
    const double ridge = r.number(i, "ridge"), intercept = r.number(i, "coefficient");
    Lags lags;
    std::vector<double> want;
    for (++i; i < r.rows.size() && r.rows[i].at("lag") != "0"; ++i) {
      lags.push_back(static_cast<std::uint32_t>(r.number(i, "lag")));
      want.push_back(r.number(i, "coefficient"));
    }
    // The Gram knows more lags than the regression uses, all of them no longer than its longest.
    Lags all;
    for (std::uint32_t lag = 1; lag <= lags.back(); ++lag) all.push_back(lag);
    const auto y = input.column(series);
    LagGram g(all);
    g.add(y, lags.back(), y.size());
    std::vector<std::uint16_t> chosen;
    for (const auto lag : lags) chosen.push_back(static_cast<std::uint16_t>(lag - 1));
    LinearFit fit;
    ASSERT_TRUE(g.solve(chosen, ridge, fit)) << series;
    EXPECT_NEAR(fit.intercept, intercept, 1e-7 * std::fabs(intercept) + 1e-9) << series << set;
    for (std::size_t k = 0; k < want.size(); ++k, ++compared)
      EXPECT_NEAR(fit.coefficients[k], want[k], 1e-8) << series << " lag " << lags[k];
  }
  EXPECT_EQ(compared, 21u);
}

TEST(LagGram, SaysWhenThereIsNothingToSolve) {
  LinearFit fit;
  fit.intercept = 7;
  const std::uint16_t first[] = {0};
  LagGram few({1});
  EXPECT_FALSE(few.solve(first, 1e-4, fit));
  const std::vector<double> constant(50, 3.0);
  few.add(constant, 1, 50);
  EXPECT_FALSE(few.solve(first, 1e-4, fit));
  EXPECT_EQ(fit.intercept, 7);
  EXPECT_TRUE(fit.coefficients.empty());
}

}  // namespace numeric_lag_gram_test
