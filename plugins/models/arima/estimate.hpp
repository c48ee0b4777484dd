// Estimating one seasonal ARIMA of given order: conditional sum of squares from a start, then the
// exact likelihood.
#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "plugins/models/arima/css.hpp"
#include "plugins/models/arima/likelihood.hpp"
#include "plugins/models/numeric/harmonics.hpp"

namespace nova::arima {

inline constexpr double kLogTwoPi = 1.83787706640934548356;

// The regressors of an order: 1 or the trend where it has a constant, then its harmonics.
std::shared_ptr<const numeric::Basis> basis_of(const Order& order, std::size_t points);
// Row t of them, in order().constant + harmonics columns; `full` is scratch of basis.size().
void regressors_at(const Order& order, const numeric::Basis& basis, std::int64_t t,
                   std::span<double> full, std::span<double> row);
Eigen::MatrixXd regressors_of(const Order& order, std::size_t points);

// Starting values by two regressions: errors from a long autoregression, then the series on its own
// lags and on those errors (Hannan and Rissanen, "Recursive estimation of mixed autoregressive-
// moving average order", Biometrika 69, 1982). The long one is shared by all orders with the same
// differences and regressors.
class Start {
 public:
  Start(const Sample& sample, const Eigen::MatrixXd& regressors, const Order& differences);
  std::vector<double> parameters(const Order& order) const;
  // All AR parameters one value, all MA parameters another: for further tries.
  std::vector<double> plain_parameters(const Order& order, double ar, double ma) const;
  const std::vector<double>& beta() const { return beta_; }  // by least squares
  // The sample less its regression on them.
  Sample rest(const Sample& sample, const Eigen::MatrixXd& regressors) const;

 private:
  Eigen::VectorXd w_, e_;  // differenced series less its regression; errors of the long model
  std::vector<double> beta_;
};

struct Estimate {
  Order order;
  std::vector<double> parameters;    // unconstrained
  std::vector<double> coefficients;  // see order.hpp
  bool exact = false;                // by the exact likelihood, else conditional
  std::size_t count = 0;             // errors that count
  double sum_of_squares = 0;         // of e / sqrt(f)
  double log_likelihood = 0;
  double aicc = std::numeric_limits<double>::infinity();
  std::vector<double> series, errors;  // y - x'beta, missing points filled; errors; from point 0
  std::size_t first = 0;               // first point with an error

  bool ok() const { return std::isfinite(aicc); }
  // Sum of squares over count less coefficients, as R's forecast::Arima has it; 0 without any.
  double variance() const;
};

// Conditional fit from `start` (unconstrained), errors counted from `skip`.
Estimate fit_conditional(const Sample& sample, const Eigen::MatrixXd& regressors,
                         const Order& order, std::vector<double> start, std::size_t skip,
                         const Effort& effort);
// Moves a conditional estimate to the maximum of the exact likelihood, where that can be had for
// `work` multiplications; else it stays as it is.
void fit_exact(const Sample& sample, const Eigen::MatrixXd& regressors, Estimate& estimate,
               const Effort& effort, double work);

// The best estimate from several starts, exact where it can be had.
Estimate fit_given(const Sample& sample, const Eigen::MatrixXd& regressors, const Order& order,
                   const Effort& effort, double work);

// AICc of Hurvich and Tsai (Biometrika 76, 1989), k coefficients and the variance; infinite where
// there are too few points for it.
double aicc_of(double log_likelihood, std::size_t k, std::size_t count);

// Have all roots a modulus above 1.01, as auto.arima asks; a season's, in its own B^m, above 1.001?
// auto.arima looks at the expanded polynomial, which for long seasons would forbid nearly every
// seasonal term: a root of 1.01 in B is one of 5.3 in B^168. A seasonal root near 1 is a season
// that hardly changes, which is what forecasts of it need.
bool far_from_unit_roots(const Order& order, std::span<const double> coefficients);

}  // namespace nova::arima
