// The conditional sum of squares of a seasonal ARIMA, whose cost does not depend on the season.
//
// Residuals come from a cascade of sparse filters, one a block: differences, then phi(B^m), then
// 1 / theta(B^m), each a pass over the series (Box and Jenkins, "Time Series Analysis", 7.1.2, with
// errors before the start taken as 0). Derivatives obey the same filters: with theta(B) e = a,
//   d e / d phi_i   = - theta(B)^-1 B^(i m) (a without this block's phi)
//   d e / d theta_j = - theta_b(B^m)^-1 B^(j m) e
//   d e / d beta    = - the cascade applied to the regressor
// A missing point is taken as its one-step prediction, that is with an error of 0; the Jacobian
// treats what was filled in as known.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "plugins/models/arima/least_squares.hpp"
#include "plugins/models/arima/polynomial.hpp"

namespace nova::arima {

// One series as it is fitted: scaled, first point known.
struct Sample {
  std::vector<double> y;  // NaN = missing
  std::size_t known = 0;  // points that are not missing
  bool gaps() const { return known < y.size(); }
};

class Css {
 public:
  // regressors: rows = points, one column a beta. skip: leading points whose errors do not count,
  // at least those that only serve as lags. Borrows sample and regressors.
  Css(const Sample& sample, const Eigen::MatrixXd& regressors, Order order, std::size_t skip);

  // Points whose errors count: n - skip, less the missing ones.
  std::size_t count() const { return count_; }
  std::size_t size() const { return sample_.y.size() - skip_; }  // of the residual vector

  // Residuals from `skip` on for parameters u, 0 where missing. False = not finite.
  bool residuals(std::span<const double> u, std::span<double> e);
  void jacobian(std::span<const double> u, Eigen::MatrixXd& j);
  Problem problem();

  // After residuals: y - x'beta with missing points filled, and all errors, from the first point.
  std::span<const double> series() const { return std::span(level_).subspan(pad_); }
  std::span<const double> errors() const { return std::span(error_).subspan(pad_); }

 private:
  void subtract(double* x, std::ptrdiff_t from, std::span<const double> c, std::ptrdiff_t m);
  void difference(double* x);
  void ar(double* x, std::span<const double> c, std::size_t without);
  void ma(double* x, std::span<const double> c, std::size_t only);
  void fill(std::span<const double> c);
  std::size_t start() const { return order_.lost() + order_.ar_span(); }

  const Sample& sample_;
  const Eigen::MatrixXd& regressors_;
  const Order order_;
  const std::size_t skip_, pad_;
  std::size_t count_ = 0;
  // Each with pad_ zeros in front, so that no lag needs a test.
  std::vector<double> level_, differenced_, error_, work_, before_ma_;
};

// y - x'beta with its missing points filled, point by point, by the prediction of the full
// polynomials (1 + ...); those before the first possible prediction by the nearest known value in
// phase with `season`. Returns the errors, 0 before `start`.
std::vector<double> fill_by_prediction(std::span<double> z, const Sparse& ar, const Sparse& ma,
                                       std::size_t start, std::size_t season);

}  // namespace nova::arima
