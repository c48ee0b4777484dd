// Goal: columns, Gram matrices and solves are what the textbook says. Method: slow twins (cosines
// by the library, least squares by QR) on small random problems.
#include "plugins/models/numeric/harmonics.hpp"

#include <gtest/gtest.h>

#include <Eigen/QR>
#include <cmath>
#include <random>

namespace {

using namespace nova::numeric;

TEST(Basis, OrdersColumnsSoThatASmallerModelIsAPrefix) {
  const Basis b({100, true, {12, 30}, {6, 2}});
  EXPECT_EQ(b.fixed(), 2u);
  EXPECT_EQ(b.size(), 2u + 11 + 4);  // the sixth harmonic of 12 has no sine
  EXPECT_EQ(b.cuts(), (std::vector<std::size_t>{2, 4, 6, 8, 10, 12, 14, 16, 17}));
  EXPECT_EQ(b.frequency(0), 0);
  EXPECT_NEAR(b.frequency(2), 2 * M_PI / 12, 1e-15);
  EXPECT_NEAR(b.frequency(4), 2 * M_PI / 30, 1e-15);
}

TEST(Basis, IsWhatTheCosinesSayAlsoFarAhead) {
  const Basis b({50, true, {7}, {3}});
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
    const auto design = Design::of(std::make_shared<Basis>(BasisSpec{60, true, {12}, {4}}));
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

TEST(Design, MissingPointsLeaveTheGramOfTheOthers) {
  const auto design = Design::of(std::make_shared<Basis>(BasisSpec{40, true, {8}, {3}}));
  for (const std::size_t gone : {1u, 5u, 20u, 39u}) {  // few are taken away, many are added up anew
    std::vector<std::size_t> missing;
    Eigen::MatrixXd kept = design.columns;
    for (std::size_t i = 0; i < gone; ++i) {
      missing.push_back(i);
      kept.row(static_cast<Eigen::Index>(i)).setZero();
    }
    const Eigen::MatrixXd got = design.gram_without(missing), want = kept.transpose() * kept;
    EXPECT_LT((got - want).triangularView<Eigen::Lower>().toDenseMatrix().norm(), 1e-10) << gone;
  }
}

}  // namespace
