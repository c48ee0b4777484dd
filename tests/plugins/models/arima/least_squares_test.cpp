// Goal: the minimum is found, and hopeless or hostile problems end. Method: problems with known
// minima.
#include "plugins/models/arima/least_squares.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace nova::arima {
namespace arima_least_squares_test {

// Rosenbrock's valley as residuals: 10 (y - x^2), 1 - x.
Problem rosenbrock() {
  return {[](std::span<const double> u, std::span<double> e) {
            e[0] = 10 * (u[1] - u[0] * u[0]);
            e[1] = 1 - u[0];
            return true;
          },
          [](std::span<const double> u, std::span<const double>, Eigen::MatrixXd& j) {
            j << -20 * u[0], 10, -1, 0;
          }};
}

TEST(Minimise, FindsTheBottomOfRosenbrocksValley) {
  std::vector<double> u{-1.2, 1}, e(2);
  const Minimum m = minimise(rosenbrock(), 0, u, e, {200, 1e-15});
  EXPECT_NEAR(u[0], 1, 1e-6);
  EXPECT_NEAR(u[1], 1, 1e-6);
  EXPECT_LT(m.sum_of_squares, 1e-12);
}

TEST(Minimise, StaysWithinItsBounds) {
  Problem far{[](std::span<const double> u, std::span<double> e) {
                e[0] = u[0] - 100;
                return true;
              },
              [](std::span<const double>, std::span<const double>, Eigen::MatrixXd& j) { j << 1; }};
  std::vector<double> u{0}, e(1);
  minimise(far, 1, u, e, {});
  EXPECT_EQ(u[0], 4);
}

TEST(Minimise, GivesUpWhatIsHopeless) {
  std::vector<double> u{-1.2, 1}, e(2);
  EXPECT_TRUE(minimise(rosenbrock(), 0, u, e, {200, 1e-15, 1e-3}).given_up);
}

TEST(Minimise, SurvivesResidualsThatAreNone) {
  Problem none{[](std::span<const double>, std::span<double>) { return false; }, {}};
  std::vector<double> u{1}, left(1);
  EXPECT_TRUE(std::isinf(minimise(none, 0, u, left, {}).sum_of_squares));
  Problem flat{
      [](std::span<const double>, std::span<double> e) {
        e[0] = 2;
        return true;
      },
      [](std::span<const double>, std::span<const double>, Eigen::MatrixXd& j) { j.setZero(); }};
  EXPECT_EQ(minimise(flat, 0, u, left, {}).sum_of_squares, 4);
  Problem infinite{[](std::span<const double>, std::span<double> e) {
                     e[0] = HUGE_VAL;
                     return true;
                   },
                   {}};
  EXPECT_TRUE(std::isinf(minimise(infinite, 0, u, left, {}).sum_of_squares));
}

}  // namespace arima_least_squares_test
}  // namespace nova::arima
