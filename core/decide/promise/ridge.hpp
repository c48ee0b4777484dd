// Ridge: a linear regression with forgetting, kept as weighted sums and solved when asked.
//
// Minimises sum_i w_i (y_i - b'x_i)^2 + r * sum_j G_jj b_j^2 with w_i = 2^(-age_i / half_life) and
// G = sum_i w_i x_i x_i': a penalty relative to each column's own size, so columns need no scaling.
// (Hoerl and Kennard, "Ridge Regression", Technometrics 1970; exponential forgetting as in Ljung,
// "System Identification", 2nd ed., chapter 11.) Instead of fading the past each slot, the weight
// of new rows grows; once in a while everything is scaled back.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "core/decide/promise/decay.hpp"

namespace nova::promise {

template <std::size_t N>
class Ridge {
 public:
  using Row = std::array<double, N>;

  explicit Ridge(double half_life) : growth_(1 / decay(half_life)) {}

  // A slot has passed, with or without an observation.
  void pass() {
    constexpr double kScaleBackAt = 1024;
    weight_ *= growth_;
    if (weight_ < kScaleBackAt) return;
    for (auto& row : gram_)
      for (auto& g : row) g /= weight_;
    for (auto& m : moments_) m /= weight_;
    weight_ = 1;
  }
  // Row and value of the slot that passed last.
  void add(const Row& x, double y) {
    for (std::size_t i = 0; i < N; ++i) {
      const double wx = weight_ * x[i];
      for (std::size_t j = 0; j < N; ++j) gram_[i][j] += wx * x[j];
      moments_[i] += wx * y;
    }
  }
  // Coefficients; 0 for a column that never was anything else.
  Row solve(double relative_ridge) const;

  template <class Archive>
  void state(Archive& archive) {
    archive(weight_, gram_, moments_);
  }

 private:
  double growth_, weight_ = 1;
  std::array<Row, N> gram_{};
  Row moments_{};
};

template <std::size_t N>
double dot(const std::array<double, N>& a, const std::array<double, N>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < N; ++i) sum += a[i] * b[i];
  return sum;
}

// Cholesky: the penalised matrix is positive definite once empty columns are set aside.
template <std::size_t N>
typename Ridge<N>::Row Ridge<N>::solve(double relative_ridge) const {
  std::array<Row, N> lower{};
  for (std::size_t i = 0; i < N; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double s = gram_[i][j];
      if (i == j) s *= 1 + relative_ridge;
      for (std::size_t k = 0; k < j; ++k) s -= lower[i][k] * lower[j][k];
      if (i != j)
        lower[i][j] = s / lower[j][j];
      else
        lower[i][i] = s > 0 ? std::sqrt(s) : 1;
    }
  Row b = moments_;
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= lower[i][k] * b[k];
    b[i] /= lower[i][i];
  }
  for (std::size_t i = N; i-- > 0;) {
    for (std::size_t k = i + 1; k < N; ++k) b[i] -= lower[k][i] * b[k];
    b[i] /= lower[i][i];
  }
  return b;
}

}  // namespace nova::promise
