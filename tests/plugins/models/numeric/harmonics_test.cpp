// Goal: columns, Gram matrices and solves are what the textbook says. Method: slow twins (cosines
// by the library, least squares by QR) on small random problems.
#include "plugins/models/numeric/harmonics.hpp"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>
#include <random>

namespace numeric_harmonics_test {

using namespace nova::numeric;

TEST(Basis, OrdersColumnsSoThatASmallerModelIsAPrefix) {
  const Basis b({100, true, 0, {12, 30}, {6, 2}});
  EXPECT_EQ(b.fixed(), 2u);
  EXPECT_EQ(b.size(), 2u + 11 + 4);  // the sixth harmonic of 12 has no sine
  EXPECT_EQ(b.cuts(), (std::vector<std::size_t>{2, 4, 6, 8, 10, 12, 14, 16, 17}));
  EXPECT_EQ(b.frequency(0), 0);
  EXPECT_NEAR(b.frequency(2), 2 * M_PI / 12, 1e-15);
  EXPECT_NEAR(b.frequency(4), 2 * M_PI / 30, 1e-15);
}

TEST(Basis, IsWhatTheCosinesSayAlsoFarAhead) {
  const Basis b({50, true, 0, {7}, {3}});
  std::vector<double> x(b.size());
  for (const std::int64_t t : {0, 1, 6, 7, 49, 50, 1'000'003}) {
    b.fill(t, x);
    EXPECT_EQ(x[0], 1);
    EXPECT_NEAR(x[1], (static_cast<double>(t) - 24.5) / 24.5, 1e-9);
    for (int k = 1; k <= 3; ++k) {
      const double angle = 2 * M_PI * k * static_cast<double>(t % 7) / 7;
      EXPECT_NEAR(x[static_cast<std::size_t>(2 * k)], std::cos(angle), 1e-12);
      EXPECT_NEAR(x[static_cast<std::size_t>(2 * k + 1)], std::sin(angle), 1e-12);
    }
  }
}

Eigen::VectorXd solve(const Factor& f, const Eigen::VectorXd& r) {
  Eigen::VectorXd b = r;
  const std::span<double> s(b.data(), static_cast<std::size_t>(b.size()));
  f.forward(s);
  f.backward(s);
  return b;
}

TEST(Factor, SolvesLikeQr) {
  std::mt19937_64 random{1};
  std::normal_distribution<double> normal;
  for (int round = 0; round < 50; ++round) {
    const auto design = Design::of(std::make_shared<Basis>(BasisSpec{60, true, 0, {12}, {4}}));
    Eigen::VectorXd y(60);
    for (auto& v : y) v = normal(random);
    const Eigen::VectorXd slow = design.columns.colPivHouseholderQr().solve(y);
    const Eigen::VectorXd fast = solve(*design.factor, design.columns.transpose() * y);
    EXPECT_LT((slow - fast).norm(), 1e-10);
  }
}

TEST(Factor, DropsAColumnThatDependsOnOthers) {
  Eigen::MatrixXd x(4, 3);
  x << 1, 0, 1, 1, 1, 3, 1, 2, 5, 1, 3, 7;  // third = first + 2 second
  const Factor f = Factor::of(x.transpose() * x);
  EXPECT_EQ(f.rank, (std::vector<std::size_t>{1, 2, 2}));
  const Eigen::VectorXd y = (Eigen::VectorXd(4) << 1, 3, 5, 7).finished();
  const Eigen::VectorXd b = solve(f, x.transpose() * y);
  EXPECT_NEAR(b[0], 1, 1e-12);
  EXPECT_NEAR(b[1], 2, 1e-12);
  EXPECT_EQ(b[2], 0);
}

TEST(Basis, AChangepointIsAHingeAndTheTrendFadesBeyondTheEnd) {
  const Basis b({101, true, 3, {}, {}});
  EXPECT_EQ(b.fixed(), 5u);
  std::vector<double> x(b.size());
  b.fill(40, x);
  EXPECT_NEAR(x[2], 0, 1e-15);  // 25 is passed, 50 and 75 lie ahead
  EXPECT_NEAR(x[3], 0.10, 1e-15);
  EXPECT_NEAR(x[4], 0.35, 1e-15);
  b.fill(101, x);
  EXPECT_NEAR(x[1], 1 + 0.5 * (1 - std::exp(-1 / 25.0)), 1e-12);  // half a unit is 25 steps
  EXPECT_EQ(x[4], 0);
  b.fill(1'000'000, x);
  EXPECT_NEAR(x[1], 1.5, 1e-12);
}

// X'WX by its definition, for every third point out, one in two, and shares in between.
TEST(Design, TheGramOfSharesIsThatOfTheWeightedColumns) {
  for (const double half_life : {0.0, 10.0})
    for (const std::uint32_t changepoints : {0u, 2u}) {
      const auto design = Design::of(
          std::make_shared<Basis>(BasisSpec{40, true, changepoints, {8}, {3}}), half_life);
      for (const int every : {20, 7, 3, 1}) {  // few are taken away, many are added up anew
        Eigen::VectorXd share = Eigen::VectorXd::Ones(40);
        for (int t = 0; t < 40; t += every) share[t] = t % 2 ? 0.3 : 0;
        const Eigen::VectorXd w = design.weights.cwiseProduct(share);
        Eigen::MatrixXd want = design.columns.transpose() * w.asDiagonal() * design.columns;
        for (std::uint32_t c = 0; c < changepoints; ++c) want(2 + c, 2 + c) *= 1.01;
        EXPECT_LT(
            (design.gram_of(share) - want).triangularView<Eigen::Lower>().toDenseMatrix().norm(),
            1e-10)
            << every;
      }
    }
}

TEST(Design, AHalfLifeIsWorthFewerPoints) {
  const auto design = Design::of(std::make_shared<Basis>(BasisSpec{400, false, 0, {}, {}}), 20);
  EXPECT_NEAR(design.weights[379] / design.weights[399], 0.5, 1e-12);
  const double sum = design.weights.sum();
  EXPECT_NEAR(sum, sum * sum / design.weights.squaredNorm(), 1e-9);
  EXPECT_NEAR(sum, 2 * 20 / std::log(2.0), 0.1);
}

}  // namespace numeric_harmonics_test
