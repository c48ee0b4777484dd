// The exact Gaussian likelihood of a stationary ARMA, sigma = 1, by its innovations.
//
// The state holds the predictions of the next r points, r = max(p, q + 1) (Akaike, "Markovian
// representation of stochastic processes", 1974), so that its stationary covariance is made of
// autocovariances and psi weights. Without missing points the Chandrasekhar recursions carry the
// gain in O(r) a step (Morf, Sidhu and Kailath, "Some new algorithms for recursive estimation in
// constant linear systems", 1974), and stop where its variance has come down to 1: from there on
// the innovations are those of the difference equation, O(p + q) of nonzero terms. With missing
// points a filter of the full covariance, O(r^2) a step.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "plugins/models/arima/css.hpp"
#include "plugins/models/arima/least_squares.hpp"
#include "plugins/models/arima/polynomial.hpp"

namespace nova::arima {

// 1 - phi(B), theta(B) as products of all blocks, without differences.
struct Arma {
  Sparse ar, ma;
  std::size_t states() const { return std::max(ar.span(), ma.span() + 1); }
};

// gamma(0 .. lags) of an ARMA with unit innovations. O(p^2): step-down to the partial
// autocorrelations, Levinson's recursion back up for the AR part, the MA part over it. False where
// it is not stationary.
bool autocovariances(const Arma& arma, std::size_t lags, std::vector<double>& gamma);

// v_t = w_t less its expectation given the past, and its variance f_t; NaN in w = missing, with
// v_t = 0 and f_t = 1. False where the model is not stationary or a variance not positive.
bool innovations(const Arma& arma, std::span<const double> w, std::span<double> v,
                 std::span<double> f);

// Points from which the full covariance would be needed, at most so many states.
constexpr std::size_t kDenseStates = 64;

// Least squares whose minimum is that of the likelihood: the residuals are
// v_t / sqrt(f_t) * (prod f)^(1 / 2n) (Melard, Algorithm AS 197, Applied Statistics 33, 1984).
class Likelihood {
 public:
  // Missing points need an order without differences. Borrows sample and regressors.
  Likelihood(const Sample& sample, const Eigen::MatrixXd& regressors, Order order);

  // Multiplications of one evaluation, about.
  double cost() const;
  std::size_t size() const { return sample_.y.size() - order_.lost(); }
  std::size_t count() const { return count_; }

  bool residuals(std::span<const double> u, std::span<double> e);
  Problem problem();

  // After residuals: v_t / f_t, the expected error given all to t, and the variances.
  std::span<const double> innovation() const { return v_; }
  std::span<const double> variance() const { return f_; }
  double sum_of_squares() const { return sum_of_squares_; }  // of v^2 / f
  double log_variances() const { return log_f_; }            // sum of log f

 private:
  const Sample& sample_;
  const Eigen::MatrixXd& regressors_;
  const Order order_;
  std::size_t count_ = 0;
  std::vector<double> w_, v_, f_;
  double sum_of_squares_ = 0, log_f_ = 0;
};

}  // namespace nova::arima
