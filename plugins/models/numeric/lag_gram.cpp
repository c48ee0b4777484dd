#include "plugins/models/numeric/lag_gram.hpp"

#include <Eigen/Cholesky>
#include <cassert>
#include <cmath>

namespace nova::numeric {

LagGram::LagGram(std::vector<std::uint32_t> lags) : lags_(std::move(lags)) {
  const auto columns = static_cast<Eigen::Index>(lags_.size() + 1);
  sums_.setZero(columns);
  products_.setZero(columns, columns);
}

LagGram::LagGram(std::vector<std::uint32_t> lags, double rows, Eigen::VectorXd sums,
                 Eigen::MatrixXd products)
    : lags_(std::move(lags)), rows_(rows), sums_(std::move(sums)), products_(std::move(products)) {}

void LagGram::add(std::span<const double> z, std::size_t begin, std::size_t end) {
  if (begin >= end) return;
  const std::size_t columns = lags_.size() + 1, rows = end - begin;
  assert(end <= z.size() && (lags_.empty() || begin >= lags_.back()));
  const auto lag = [&](std::size_t i) { return i == 0 ? std::size_t{0} : lags_[i - 1]; };
  const auto column = [&](std::size_t i) {
    return Eigen::Map<const Eigen::VectorXd>(z.data() + begin - lag(i),
                                             static_cast<Eigen::Index>(rows));
  };
  Eigen::MatrixXd stretch(products_.rows(), products_.cols());  // of its lower half
  for (std::size_t j = 0; j < columns; ++j) {
    sums_[static_cast<Eigen::Index>(j)] += column(j).sum();
    for (std::size_t i = j; i < columns; ++i) {
      const auto row = static_cast<Eigen::Index>(i), col = static_cast<Eigen::Index>(j);
      const std::size_t back = j == 0 ? 0 : lag(j) - lag(j - 1);
      if (j > 0 && lag(i) - lag(i - 1) == back && 2 * back < rows) {
        double sum = stretch(row - 1, col - 1);
        const double *a = z.data() + begin - lag(i), *b = z.data() + begin - lag(j);
        for (std::size_t k = 0; k < back; ++k) sum += a[k] * b[k] - a[rows + k] * b[rows + k];
        stretch(row, col) = sum;
      } else {
        stretch(row, col) = column(i).dot(column(j));
      }
    }
  }
  products_.triangularView<Eigen::Lower>() += stretch;
  rows_ += static_cast<double>(rows);
}

void LagGram::add(const LagGram& other) {
  assert(lags_ == other.lags_);
  rows_ += other.rows_;
  sums_ += other.sums_;
  products_ += other.products_;
}

void LagGram::add_row(std::span<const double> z, std::size_t t, double weight) {
  assert(t < z.size() && (lags_.empty() || t >= lags_.back()));
  Eigen::VectorXd row(sums_.size());
  row[0] = z[t];
  for (std::size_t k = 0; k < lags_.size(); ++k)
    row[static_cast<Eigen::Index>(k + 1)] = z[t - lags_[k]];
  sums_ += weight * row;
  for (Eigen::Index j = 0; j < row.size(); ++j)
    products_.col(j).tail(row.size() - j) += (weight * row[j]) * row.tail(row.size() - j);
  rows_ += weight;
}

void LagGram::fade(double factor) {
  rows_ *= factor;
  sums_ *= factor;
  products_ *= factor;
}

bool LagGram::solve(std::span<const std::uint16_t> chosen, double ridge, LinearFit& out) const {
  const auto k = static_cast<Eigen::Index>(chosen.size());
  if (rows_ < static_cast<double>(k) + 2) return false;
  const double share = 1 / rows_;
  const auto column = [&](Eigen::Index i) {
    return static_cast<Eigen::Index>(chosen[static_cast<std::size_t>(i)]) + 1;
  };
  // Covariances of columns i >= j.
  const auto covariance = [&](Eigen::Index i, Eigen::Index j) {
    return products_(std::max(i, j), std::min(i, j)) * share -
           (sums_[i] * share) * (sums_[j] * share);
  };
  Eigen::MatrixXd work(k, k);  // of its lower half
  Eigen::VectorXd rhs(k), one_over_sd(k);
  const double variance = covariance(0, 0);
  if (!(variance > 1e-14 * (products_(0, 0) * share))) return false;
  for (Eigen::Index i = 0; i < k; ++i) {
    const double v = covariance(column(i), column(i));
    if (!(v > 1e-12 * variance)) return false;
    one_over_sd[i] = 1 / std::sqrt(v);
    rhs[i] = covariance(column(i), 0) * one_over_sd[i];
  }
  for (Eigen::Index j = 0; j < k; ++j) {
    work(j, j) = 1 + ridge;
    for (Eigen::Index i = j + 1; i < k; ++i)
      work(i, j) = covariance(column(i), column(j)) * one_over_sd[i] * one_over_sd[j];
  }
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(work);
  if (factor.info() != Eigen::Success) return false;
  factor.solveInPlace(rhs);
  if (!rhs.allFinite()) return false;
  out.coefficients.resize(chosen.size());
  out.intercept = sums_[0] * share;
  for (Eigen::Index i = 0; i < k; ++i) {
    const double b = rhs[i] * one_over_sd[i];
    out.coefficients[static_cast<std::size_t>(i)] = b;
    out.intercept -= b * sums_[column(i)] * share;
  }
  return true;
}

}  // namespace nova::numeric
