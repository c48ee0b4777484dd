#include "plugins/models/arima/css.hpp"

#include <algorithm>
#include <cmath>

namespace nova::arima {
namespace {

constexpr std::size_t kAll = static_cast<std::size_t>(-1);
constexpr std::ptrdiff_t kRun = 8;  // lags from which on whole runs of points are one operation

// Starting values for points before the first possible prediction.
void fill_start(std::span<double> z, std::size_t start, std::size_t season) {
  const std::size_t n = z.size();
  for (std::size_t t = 0; t < std::min(start, n); ++t) {
    if (std::isfinite(z[t])) continue;
    std::size_t at = t;
    while (season > 1 && at < n && !std::isfinite(z[at])) at += season;
    if (season <= 1 || at >= n) at = t > 0 ? t - 1 : t;
    while (at < n && !std::isfinite(z[at])) ++at;
    z[t] = at < n ? z[at] : 0;
  }
}

}  // namespace

std::vector<double> fill_by_prediction(std::span<double> z, const Sparse& ar, const Sparse& ma,
                                       std::size_t start, std::size_t season) {
  fill_start(z, start, season);
  std::vector<double> e(z.size(), 0.0);
  for (std::size_t t = start; t < z.size(); ++t) {
    double expected = 0;
    for (std::size_t i = 0; i < ar.lag.size(); ++i) expected -= ar.value[i] * z[t - ar.lag[i]];
    for (std::size_t i = 0; i < ma.lag.size() && ma.lag[i] <= t; ++i)
      expected += ma.value[i] * e[t - ma.lag[i]];
    if (std::isfinite(z[t]))
      e[t] = z[t] - expected;
    else
      z[t] = expected;
  }
  return e;
}

Css::Css(const Sample& sample, const Eigen::MatrixXd& regressors, Order order, std::size_t skip)
    : sample_(sample),
      regressors_(regressors),
      order_(std::move(order)),
      skip_(std::min(std::max(skip, start()), sample.y.size())),
      pad_(std::max(order_.ma_span(), std::max(order_.ar_span(), order_.lost()))) {
  for (std::size_t t = skip_; t < sample.y.size(); ++t) count_ += std::isfinite(sample.y[t]);
  for (auto* v : {&level_, &differenced_, &error_, &work_, &before_ma_})
    v->assign(pad_ + sample.y.size(), 0.0);
}

// x_t -= c x_(t - lag) for all t >= from, with old values on the right: from the end, in runs that
// do not reach into themselves.
void Css::subtract(double* x, std::ptrdiff_t from, std::span<const double> c, std::ptrdiff_t m) {
  const auto n = static_cast<std::ptrdiff_t>(sample_.y.size());
  const auto p = static_cast<std::ptrdiff_t>(c.size());
  if (m < kRun) {
    for (std::ptrdiff_t t = n - 1; t >= from; --t) {
      double v = x[t];
      for (std::ptrdiff_t i = 1; i <= p; ++i)
        v -= c[static_cast<std::size_t>(i - 1)] * x[t - i * m];
      x[t] = v;
    }
    return;
  }
  for (std::ptrdiff_t end = n; end > from; end -= m) {
    const std::ptrdiff_t begin = std::max(end - m, from);
    Eigen::Map<Eigen::VectorXd> run(x + begin, end - begin);
    for (std::ptrdiff_t i = 1; i <= p; ++i)
      run -= c[static_cast<std::size_t>(i - 1)] *
             Eigen::Map<const Eigen::VectorXd>(x + begin - i * m, end - begin);
  }
}

void Css::difference(double* x) {
  constexpr double kOne[] = {1};
  for (const Block& b : order_.blocks)
    for (std::uint32_t i = 0; i < b.d; ++i) subtract(x, b.lag, kOne, b.lag);
}

// phi of all blocks but `without`, in place.
void Css::ar(double* x, std::span<const double> c, std::size_t without) {
  std::size_t at = 0;
  for (std::size_t b = 0; b < order_.blocks.size(); ++b) {
    const Block& block = order_.blocks[b];
    const std::ptrdiff_t m = block.lag, p = block.p;
    if (b != without && p > 0) subtract(x, m * p, c.subspan(at, block.p), m);
    at += block.p + block.q;
  }
}

// 1 / theta of all blocks, or of one; x is 0 before the start.
void Css::ma(double* x, std::span<const double> c, std::size_t only) {
  const auto n = static_cast<std::ptrdiff_t>(sample_.y.size());
  const auto first = static_cast<std::ptrdiff_t>(start());
  std::size_t at = 0;
  for (std::size_t b = 0; b < order_.blocks.size(); ++b) {
    const Block& block = order_.blocks[b];
    const std::ptrdiff_t m = block.lag, q = block.q;
    const double* theta = q > 0 ? &c[at + block.p] : nullptr;
    at += block.p + block.q;
    if (q == 0 || (only != kAll && only != b)) continue;
    if (m >= kRun) {
      for (std::ptrdiff_t t = first; t < n; t += m) {
        Eigen::Map<Eigen::VectorXd> run(x + t, std::min(m, n - t));
        for (std::ptrdiff_t j = 1; j <= q; ++j)
          run -= theta[j - 1] * Eigen::Map<const Eigen::VectorXd>(x + t - j * m, run.size());
      }
    } else if (q == 1) {
      for (std::ptrdiff_t t = first; t < n; ++t) x[t] -= theta[0] * x[t - m];
    } else {
      for (std::ptrdiff_t t = first; t < n; ++t) {
        double v = x[t];
        for (std::ptrdiff_t j = q; j >= 1; --j) v -= theta[j - 1] * x[t - j * m];
        x[t] = v;
      }
    }
  }
}

void Css::fill(std::span<const double> c) {
  std::uint32_t season = 1;
  for (const Block& b : order_.blocks) season = std::max(season, b.lag);
  fill_by_prediction(std::span(level_).subspan(pad_), ar_product(order_, c, true),
                     ma_product(order_, c), start(), season);
}

bool Css::residuals(std::span<const double> u, std::span<double> out) {
  const std::vector<double> c = coefficients_of(order_, u);
  const auto n = static_cast<Eigen::Index>(sample_.y.size());
  Eigen::Map<Eigen::VectorXd> level(&level_[pad_], n);
  level = Eigen::Map<const Eigen::VectorXd>(sample_.y.data(), n);
  for (Eigen::Index k = 0; k < regressors_.cols(); ++k)
    level -= c[order_.arma() + static_cast<std::size_t>(k)] * regressors_.col(k);
  if (sample_.gaps()) fill(c);
  differenced_ = level_;
  difference(&differenced_[pad_]);
  error_ = differenced_;
  ar(&error_[pad_], c, kAll);
  std::fill_n(error_.begin(), pad_ + start(), 0.0);
  ma(&error_[pad_], c, kAll);
  if (sample_.gaps())  // exactly 0 but for rounding
    for (std::size_t t = 0; t < sample_.y.size(); ++t)
      if (!std::isfinite(sample_.y[t])) error_[pad_ + t] = 0;
  std::copy(error_.begin() + static_cast<std::ptrdiff_t>(pad_ + skip_), error_.end(), out.begin());
  return std::isfinite(error_.back());
}

void Css::jacobian(std::span<const double> u, Eigen::MatrixXd& j) {
  const std::vector<double> c = coefficients_of(order_, u);
  const std::size_t n = sample_.y.size();
  const auto rows = static_cast<Eigen::Index>(size());
  Eigen::Index column = 0;
  const auto put = [&](const std::vector<double>& x, std::size_t shift) {
    // x lags by `shift`; before the first point it is 0, as are the pads.
    const double* from = &x[pad_ + skip_] - shift;
    j.col(column++) = -Eigen::Map<const Eigen::VectorXd>(from, rows);
  };
  std::size_t at = 0;
  for (std::size_t b = 0; b < order_.blocks.size(); ++b) {
    const Block& block = order_.blocks[b];
    const Eigen::Index first = column;
    if (block.p > 0) {
      before_ma_ = differenced_;
      ar(&before_ma_[pad_], c, b);
      for (std::uint32_t i = 1; i <= block.p; ++i) {
        const std::size_t shift = std::size_t{i} * block.lag;
        std::fill_n(work_.begin(), pad_ + start(), 0.0);
        std::copy_n(before_ma_.begin() + static_cast<std::ptrdiff_t>(pad_ + start() - shift),
                    n - start(), work_.begin() + static_cast<std::ptrdiff_t>(pad_ + start()));
        ma(&work_[pad_], c, kAll);
        put(work_, 0);
      }
    }
    if (block.q > 0) {
      work_ = error_;
      ma(&work_[pad_], c, b);
      for (std::uint32_t i = 1; i <= block.q; ++i) put(work_, std::size_t{i} * block.lag);
    }
    // From coefficients to parameters.
    for (const bool moving : {false, true}) {
      const std::size_t k = moving ? block.q : block.p;
      if (k == 0) continue;
      std::vector<double> phi(k), chain(k * k);
      stationary(u.subspan(at, k), phi.data(), chain.data());
      Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> d(
          chain.data(), static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(k));
      const Eigen::Index from = first + (moving ? static_cast<Eigen::Index>(block.p) : 0);
      auto part = j.middleCols(from, static_cast<Eigen::Index>(k));
      part = (part * d).eval();
      if (moving) part = -part;
      at += k;
    }
  }
  for (Eigen::Index k = 0; k < regressors_.cols(); ++k) {
    Eigen::Map<Eigen::VectorXd>(&work_[pad_], static_cast<Eigen::Index>(n)) = regressors_.col(k);
    difference(&work_[pad_]);
    ar(&work_[pad_], c, kAll);
    std::fill_n(work_.begin(), pad_ + start(), 0.0);
    ma(&work_[pad_], c, kAll);
    put(work_, 0);
  }
  if (!sample_.gaps()) return;
  for (Eigen::Index t = 0; t < rows; ++t)
    if (!std::isfinite(sample_.y[skip_ + static_cast<std::size_t>(t)])) j.row(t).setZero();
}

Problem Css::problem() {
  return {[this](std::span<const double> u, std::span<double> e) { return residuals(u, e); },
          [this](std::span<const double> u, std::span<const double>, Eigen::MatrixXd& j) {
            jacobian(u, j);
          }};
}

}  // namespace nova::arima
