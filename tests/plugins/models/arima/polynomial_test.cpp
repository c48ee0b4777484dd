// Goal: every parameter vector is a stationary model and every such model has parameters. Method:
// laws on random vectors, roots known in advance, finite differences.
#include "plugins/models/arima/polynomial.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nova::arima {
namespace arima_polynomial_test {

TEST(Stationary, IsStationaryAndInvertsToItsParameters) {
  std::mt19937_64 random{11};
  std::uniform_real_distribution<double> any(-1.5, 1.5);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> u(1 + static_cast<std::size_t>(round) % 5), phi(u.size()), back(u.size());
    for (double& v : u) v = any(random);
    stationary(u, phi.data());
    EXPECT_TRUE(roots_outside(phi, 1.0));
    unconstrained(phi, back.data());
    for (std::size_t i = 0; i < u.size(); ++i) EXPECT_NEAR(back[i], u[i], 1e-8);
  }
}

TEST(Stationary, JacobianIsThatOfFiniteDifferences) {
  const std::vector<double> u{0.4, -0.7, 0.2, 0.9};
  std::vector<double> phi(4), jacobian(16), up(4), down(4);
  stationary(u, phi.data(), jacobian.data());
  for (std::size_t j = 0; j < 4; ++j) {
    auto moved = u;
    moved[j] += 1e-6;
    stationary(moved, up.data());
    moved[j] -= 2e-6;
    stationary(moved, down.data());
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(jacobian[i * 4 + j], (up[i] - down[i]) / 2e-6, 1e-8);
  }
}

TEST(RootsOutside, KnowsTheModulus) {
  // (1 - z/a)(1 - z/b): phi1 = 1/a + 1/b, phi2 = -1/(ab).
  const auto phi = [](double a, double b) { return std::vector{1 / a + 1 / b, -1 / (a * b)}; };
  EXPECT_TRUE(roots_outside(phi(1.02, -3), 1.01));
  EXPECT_FALSE(roots_outside(phi(1.005, -3), 1.01));
  EXPECT_FALSE(roots_outside(phi(2, -1.0), 1.0));
  EXPECT_FALSE(roots_outside(std::vector{3.0, 0.0}, 1.0));
  EXPECT_TRUE(roots_outside(std::vector<double>{}, 1.01));
  // What is not stationary is drawn inside.
  std::vector<double> u(2);
  unconstrained(phi(0.5, -3), u.data());
  for (const double v : u) EXPECT_LE(std::fabs(v), std::atanh(0.98) + 1e-12);
}

TEST(Products, AreThoseWrittenOut) {
  Order order;
  order.blocks = {{1, 1, 1, 1}, {4, 1, 1, 1}};
  // (1 - 0.5 B)(1 - B)(1 - 0.3 B^4)(1 - B^4) and (1 + 0.2 B)(1 - 0.6 B^4).
  const std::vector<double> c{0.5, 0.2, 0.3, -0.6};
  const Sparse ma = ma_product(order, c);
  EXPECT_EQ(ma.lag, (std::vector<std::uint32_t>{1, 4, 5}));
  EXPECT_NEAR(ma.value[2], -0.12, 1e-15);
  const Sparse ar = ar_product(order, c, true), stationary_part = ar_product(order, c, false);
  EXPECT_EQ(ar.lag, (std::vector<std::uint32_t>{1, 2, 4, 5, 6, 8, 9, 10}));
  EXPECT_NEAR(ar.value[0], -1.5, 1e-15);
  EXPECT_NEAR(ar.value[2], -1.3, 1e-15);
  EXPECT_NEAR(ar.value[3], 1.95, 1e-15);
  EXPECT_NEAR(ar.value[7], 0.15, 1e-15);
  EXPECT_EQ(stationary_part.lag, (std::vector<std::uint32_t>{1, 4, 5}));
  EXPECT_EQ(order.text(), "ARIMA(1,1,1)(1,1,1)[4]");
}

}  // namespace arima_polynomial_test
}  // namespace nova::arima
