// Goal: minima are found, in the box and never worse than the start. Method: functions whose
// minimum is known, linear problems against the normal equations, random boxes.
#include "plugins/models/numeric/minimise.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/plugins/models/numeric/lanes.hpp"

namespace numeric_minimise_test {

using namespace nova::numeric;
using Values = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(LeastSquares, FindsTheValleyOfRosenbrock) {
  const Residuals f = lanes(2, [](std::span<const double> x, std::span<double> r) {
    r[0] = 10 * (x[1] - x[0] * x[0]);
    r[1] = 1 - x[0];
  });
  Values x{-1.2, 1};
  const Values low{-5, -5}, high{5, 5};
  LeastSquaresOptions options;
  options.iterations = 200;
  EXPECT_LT(least_squares(f, 2, x, low, high, options), 1e-10);
  EXPECT_NEAR(x[0], 1, 1e-4);
  EXPECT_NEAR(x[1], 1, 1e-4);
}

TEST(LeastSquares, SolvesLinearProblemsAsTheNormalEquationsDo) {
  std::mt19937_64 random{1};
  std::normal_distribution<double> noise;
  for (int round = 0; round < 50; ++round) {
    Eigen::MatrixXd a(20, 3);
    Eigen::VectorXd b(20);
    for (auto& v : a.reshaped()) v = noise(random);
    for (auto& v : b) v = noise(random);
    const Eigen::VectorXd want = (a.transpose() * a).ldlt().solve(a.transpose() * b);
    Values x(3, 0);
    const Values low(3, -kInfinity), high(3, kInfinity);
    least_squares(lanes(20,
                        [&](std::span<const double> at, std::span<double> r) {
                          Eigen::Map<Eigen::VectorXd>(r.data(), 20) =
                              a * Eigen::Map<const Eigen::VectorXd>(at.data(), 3) - b;
                        }),
                  20, x, low, high);
    for (Eigen::Index j = 0; j < 3; ++j) EXPECT_NEAR(x[static_cast<std::size_t>(j)], want[j], 1e-4);
  }
}

TEST(LeastSquares, StaysInItsBoxAndIsNeverWorseThanTheStart) {
  std::mt19937_64 random{2};
  std::uniform_real_distribution<double> place(-2, 2);
  for (int round = 0; round < 300; ++round) {
    const double a = place(random), b = place(random);
    const auto f = [=](std::span<const double> x, std::span<double> r) {
      r[0] = std::sin(3 * x[0]) + x[1] - a;
      r[1] = x[0] * x[1] - b;
      r[2] = x[0] > 1.5 ? std::nan("") : 0.1 * x[1];  // a place where the model is none
      for (const double v : x) ASSERT_TRUE(v >= -1 && v <= 1.9);
    };
    Values x{std::clamp(place(random), -1.0, 1.4), std::clamp(place(random), -1.0, 1.9)}, r(3);
    f(x, r);
    const double before = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
    const Values low{-1, -1}, high{1.9, 1.9};
    const double after = least_squares(lanes(3, f), 3, x, low, high);
    EXPECT_LE(after, before);
    f(x, r);
    EXPECT_DOUBLE_EQ(after, r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
  }
}

TEST(LeastSquares, HoldsWhatTheBoxHolds) {
  // (x - 3)^2 + (y - x)^2 over x <= 1, y held at 0.5 by equal bounds.
  Values x{0, 7};
  const Values low{-1, 0.5}, high{1, 0.5};
  least_squares(lanes(2,
                      [](std::span<const double> at, std::span<double> r) {
                        r[0] = at[0] - 3;
                        r[1] = at[1] - at[0];
                      }),
                2, x, low, high);
  EXPECT_EQ(x, (Values{1, 0.5}));
}

TEST(BrentMinimum, FindsKnownMinima) {
  const std::tuple<const char*, std::function<double(double)>, double, double, double> cases[] = {
      {"parabola", [](double x) { return (x - 0.3) * (x - 0.3); }, 0, 1, 0.3},
      {"quartic", [](double x) { return std::pow(x + 2, 4); }, -5, 5, -2},
      {"corner", [](double x) { return std::fabs(x - 0.7); }, 0, 1, 0.7},
      {"at the lower end", [](double x) { return x; }, 2, 3, 2},
      {"cosine", [](double x) { return std::cos(x); }, 1, 6, M_PI},
      {"infinite beside", [](double x) { return x < 0.5 ? kInfinity : x; }, 0, 1, 0.5}};
  for (const auto& [name, f, low, high, want] : cases) {
    int calls = 0;
    const auto counted = [&calls, &of = f](double x) { return ++calls, of(x); };
    const auto found = brent_minimum(counted, low, high, 1e-6, 100);
    EXPECT_NEAR(found.x, want, name == std::string("quartic") ? 1e-2 : 1e-4) << name;
    EXPECT_EQ(found.value, f(found.x)) << name;
    EXPECT_LE(calls, 100) << name;
  }
}

}  // namespace numeric_minimise_test
