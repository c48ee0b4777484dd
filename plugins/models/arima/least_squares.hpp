// Levenberg and Marquardt: the least sum of squares of a residual vector by damped Gauss-Newton
// steps (Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", 1963;
// Nash, "Compact Numerical Methods", 1979, for the damping that grows and falls).
#pragma once

#include <Eigen/Core>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace nova::arima {

struct Problem {
  // Fills e with the residuals at u; false where there are none. e keeps its size.
  std::function<bool(std::span<const double> u, std::span<double> e)> residuals;
  // d e / d u in the columns of j, after a call of residuals with the same u.
  std::function<void(std::span<const double> u, std::span<const double> e, Eigen::MatrixXd& j)>
      jacobian;
};

struct Effort {
  int iterations = 30;
  double tolerance = 1e-9;  // relative decrease of the sum of squares that is none
  // After two steps, a sum of squares above it ends the search: the model is hopeless.
  double hopeless = std::numeric_limits<double>::infinity();
};

struct Minimum {
  double sum_of_squares = std::numeric_limits<double>::infinity();  // infinite: no residuals at u
  int evaluations = 0;
  bool given_up = false;
};

// Improves u in place; e is left with its residuals. Deterministic. A parameter stays in [-4, 4]
// for the first `bounded` ones, which are those of tanh: beyond, nothing moves any more.
Minimum minimise(const Problem& problem, std::size_t bounded, std::span<double> u,
                 std::vector<double>& e, const Effort& effort);

}  // namespace nova::arima
