// Moments of a regression of a series on its own lags, for many regressions at once.
//
// A row t is (z[t], z[t - l_1], ..., z[t - l_K]): column 0, lag 0, is what is to be explained. One
// LagGram holds sums of products of all pairs of columns over the rows added so far; from it comes
// any regression on a subset of the lags with any ridge. Rows may be added or taken away, whole
// stretches or one by one with a weight: rolling origins, missing points, outliers and a sliding
// window are all up- and down-dates of the same sums.
//
// A stretch of rows costs far less than K^2 / 2 products a row: with l_(i) - l_(i-1) =
// l_(j) - l_(j-1) = d the product sum of columns (i, j) is that of (i-1, j-1) moved back by d rows
// and differs from it by 2 d products only (the covariance method of linear prediction; Makhoul,
// "Linear Prediction: A Tutorial Review", 1975, section II.D).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace nova::numeric {

// z[t] = intercept + sum_k coefficients[k] z[t - lag_k], lags in the order they were asked for.
struct LinearFit {
  double intercept = 0;
  std::vector<double> coefficients;
};

class LagGram {
 public:
  LagGram() = default;
  // lags: ascending, from 1, no lag twice.
  explicit LagGram(std::vector<std::uint32_t> lags);

  // Rows t in [begin, end) of z, each with weight 1. Needs begin >= longest lag, end <= z.size().
  void add(std::span<const double> z, std::size_t begin, std::size_t end);
  // The rows of another one, on the same lags.
  void add(const LagGram& other);
  // One row; a negative weight takes it away.
  void add_row(std::span<const double> z, std::size_t t, double weight);
  // Multiplies everything by `factor`: what is old counts less.
  void fade(double factor);

  // Ridge regression on the lags lags()[chosen[k]], columns standardised, the intercept free:
  // (R + ridge I) b = r with R the correlations of the lags (Hoerl and Kennard, "Ridge Regression",
  // 1970). False, and out untouched, where rows are too few or the columns do not vary.
  bool solve(std::span<const std::uint16_t> chosen, double ridge, LinearFit& out) const;

  const std::vector<std::uint32_t>& lags() const { return lags_; }
  double rows() const { return rows_; }  // sum of weights
  // Raw sums, for tests and saved states: column 0 is lag 0. The lower triangle of products counts.
  const Eigen::MatrixXd& products() const { return products_; }
  const Eigen::VectorXd& sums() const { return sums_; }
  // From saved parts.
  LagGram(std::vector<std::uint32_t> lags, double rows, Eigen::VectorXd sums,
          Eigen::MatrixXd products);

 private:
  std::vector<std::uint32_t> lags_;
  double rows_ = 0;
  Eigen::VectorXd sums_;
  Eigen::MatrixXd products_;  // lower triangle
};

}  // namespace nova::numeric
