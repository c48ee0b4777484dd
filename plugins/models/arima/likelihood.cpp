#include "plugins/models/arima/likelihood.hpp"

#include <algorithm>
#include <cmath>

namespace nova::arima {
namespace {

constexpr double kSteady = 1e-9;  // variance this close to 1 has arrived

// Unit-innovation autocovariances of the AR part alone, to `lags`.
bool ar_autocovariances(const Sparse& ar, std::size_t lags, std::vector<double>& gamma) {
  const std::size_t p = ar.span();
  std::vector<std::vector<double>> phi(p + 1);  // phi[k]: the best predictor from k lags
  if (p > 0) phi[p].assign(p, 0.0);
  for (std::size_t i = 0; i < ar.lag.size(); ++i) phi[p][ar.lag[i] - 1] = -ar.value[i];
  double variance = 1;
  for (std::size_t k = p; k > 0; --k) {
    const double r = phi[k][k - 1], rest = 1 - r * r;
    if (!(rest > 0)) return false;
    variance /= rest;
    phi[k - 1].resize(k - 1);
    for (std::size_t i = 0; i + 1 < k; ++i)
      phi[k - 1][i] = (phi[k][i] + r * phi[k][k - 2 - i]) / rest;
  }
  gamma.assign(std::max(lags, p) + 1, 0.0);
  gamma[0] = variance;
  for (std::size_t k = 1; k < gamma.size(); ++k) {
    double g = 0;
    if (k <= p)
      for (std::size_t i = 0; i < k; ++i) g += phi[k][i] * gamma[k - 1 - i];
    else
      for (std::size_t i = 0; i < ar.lag.size(); ++i) g -= ar.value[i] * gamma[k - ar.lag[i]];
    gamma[k] = g;
  }
  return std::isfinite(variance);
}

// One step of the difference equation: w_t expected from values and errors before it.
double expected(const Arma& arma, std::span<const double> w, std::span<const double> v,
                std::size_t t) {
  double x = 0;
  for (std::size_t i = 0; i < arma.ar.lag.size(); ++i)
    x -= arma.ar.value[i] * w[t - arma.ar.lag[i]];
  for (std::size_t i = 0; i < arma.ma.lag.size(); ++i)
    x += arma.ma.value[i] * v[t - arma.ma.lag[i]];
  return x;
}

// x <- T x of the companion form: shifted by one, the last entry by the AR part.
void advance(const Sparse& ar, std::vector<double>& x, std::size_t& head, std::size_t r) {
  double last = 0;
  for (std::size_t i = 0; i < ar.lag.size(); ++i) last -= ar.value[i] * x[head + r - ar.lag[i]];
  if (++head + r > x.size()) {
    std::copy(x.begin() + static_cast<std::ptrdiff_t>(head), x.end(), x.begin());
    head = 0;
  }
  x[head + r - 1] = last;
}

// M = -1 / f_1 at first; P_(t+1) - P_t = W M W'. See Morf, Sidhu and Kailath; also Herbst, "Using
// the Chandrasekhar recursions for likelihood evaluation of DSGE models", 2015, eq. 11-16.
bool chandrasekhar(const Arma& arma, std::span<const double> w, std::span<double> v,
                   std::span<double> f) {
  const std::size_t r = arma.states(), n = w.size(), reach = std::max(arma.ar.span(), r - 1);
  std::vector<double> gamma;
  if (!autocovariances(arma, r, gamma)) return false;
  // State and W slide through twice their length, so that shifting costs nothing.
  const auto rows = static_cast<Eigen::Index>(r);
  Eigen::VectorXd gain = Eigen::Map<const Eigen::VectorXd>(&gamma[1], rows);
  std::vector<double> a(2 * r + 2, 0.0), wide(2 * r + 2);
  std::copy(gain.begin(), gain.end(), wide.begin());
  std::size_t a_head = 0, w_head = 0;
  double variance = gamma[0], m = -1 / variance;
  for (std::size_t t = 0; t < n; ++t) {
    if (!(variance > 0) || !std::isfinite(variance)) return false;
    if (t >= reach && std::fabs(variance - 1) < kSteady) {
      for (; t < n; ++t) v[t] = w[t] - expected(arma, w, v, t), f[t] = 1;
      return true;
    }
    v[t] = w[t] - a[a_head];
    f[t] = variance;
    advance(arma.ar, a, a_head, r);
    const double shock = v[t] / variance, zw = wide[w_head];
    Eigen::Map<Eigen::VectorXd>(&a[a_head], rows) += shock * gain;
    // W(t+1) = T W - G f^-1 Z W with the gain of t, G(t+1) = G + T W M (Z W)'.
    advance(arma.ar, wide, w_head, r);
    const double next = variance + m * zw * zw, up = m * zw, down = zw / variance;
    Eigen::Map<Eigen::VectorXd> tw(&wide[w_head], rows);
    gain += up * tw;
    tw = (1 + up * down) * tw - down * gain;  // the gain of t is that of t + 1 less up * tw
    m -= m * m * zw * zw / next;
    variance = next;
  }
  return true;
}

bool dense(const Arma& arma, std::span<const double> w, std::span<double> v, std::span<double> f) {
  const std::size_t states = arma.states();
  if (states > kDenseStates) return false;
  const auto r = static_cast<Eigen::Index>(states);
  std::vector<double> gamma, psi(states, 0.0);
  if (!autocovariances(arma, states, gamma)) return false;
  psi[0] = 1;
  for (std::size_t i = 0; i < arma.ma.lag.size(); ++i) psi[arma.ma.lag[i]] = arma.ma.value[i];
  for (std::size_t k = 1; k < states; ++k)
    for (std::size_t i = 0; i < arma.ar.lag.size() && arma.ar.lag[i] <= k; ++i)
      psi[k] -= arma.ar.value[i] * psi[k - arma.ar.lag[i]];
  // Cov of predictions i and j steps on: gamma(j - i) less what the steps between bring.
  Eigen::MatrixXd p(r, r);
  for (Eigen::Index j = 0; j < r; ++j) {
    double known = 0;
    for (Eigen::Index i = 0; i + j < r; ++i) {
      p(i, i + j) = p(i + j, i) = gamma[static_cast<std::size_t>(j)] - known;
      known += psi[static_cast<std::size_t>(i)] * psi[static_cast<std::size_t>(i + j)];
    }
  }
  const auto impulse = Eigen::Map<const Eigen::VectorXd>(psi.data(), r);
  Eigen::RowVectorXd phi = Eigen::RowVectorXd::Zero(r);
  for (std::size_t i = 0; i < arma.ar.lag.size(); ++i)
    phi[r - static_cast<Eigen::Index>(arma.ar.lag[i])] = -arma.ar.value[i];
  Eigen::VectorXd a = Eigen::VectorXd::Zero(r);
  Eigen::MatrixXd next(r, r);
  for (std::size_t t = 0; t < w.size(); ++t) {
    v[t] = 0;
    f[t] = 1;
    if (std::isfinite(w[t])) {
      if (!(p(0, 0) > 0)) return false;
      v[t] = w[t] - a[0];
      f[t] = p(0, 0);
      const Eigen::VectorXd k = p.col(0) / p(0, 0);
      a += k * v[t];
      p -= (k * p.row(0)).eval();
    }
    const double last = phi * a;
    a.head(r - 1) = a.tail(r - 1).eval();
    a[r - 1] = last;
    const Eigen::RowVectorXd row = phi * p;
    next.topLeftCorner(r - 1, r - 1) = p.bottomRightCorner(r - 1, r - 1);
    next.row(r - 1).head(r - 1) = row.tail(r - 1);
    next.col(r - 1).head(r - 1) = row.tail(r - 1).transpose();
    next(r - 1, r - 1) = row.dot(phi);
    next.noalias() += impulse * impulse.transpose();
    p.swap(next);
  }
  return true;
}

}  // namespace

bool autocovariances(const Arma& arma, std::size_t lags, std::vector<double>& gamma) {
  const std::size_t q = arma.ma.span();
  std::vector<double> u;
  if (!ar_autocovariances(arma.ar, lags + q, u)) return false;
  // theta(B) theta(F) applied to them; theta_0 = 1.
  std::vector<std::pair<std::int64_t, double>> theta{{0, 1.0}};
  for (std::size_t i = 0; i < arma.ma.lag.size(); ++i)
    theta.emplace_back(arma.ma.lag[i], arma.ma.value[i]);
  gamma.assign(lags + 1, 0.0);
  for (const auto& [i, x] : theta)
    for (const auto& [j, y] : theta)
      for (std::size_t k = 0; k <= lags; ++k)
        gamma[k] +=
            x * y * u[static_cast<std::size_t>(std::abs(static_cast<std::int64_t>(k) + i - j))];
  return true;
}

bool innovations(const Arma& arma, std::span<const double> w, std::span<double> v,
                 std::span<double> f) {
  const bool gaps = !std::all_of(w.begin(), w.end(), [](double x) { return std::isfinite(x); });
  return gaps ? dense(arma, w, v, f) : chandrasekhar(arma, w, v, f);
}

Likelihood::Likelihood(const Sample& sample, const Eigen::MatrixXd& regressors, Order order)
    : sample_(sample), regressors_(regressors), order_(std::move(order)) {
  w_.resize(size());
  v_.resize(size());
  f_.resize(size());
  for (std::size_t t = order_.lost(); t < sample.y.size(); ++t)
    count_ += std::isfinite(sample.y[t]);
}

double Likelihood::cost() const {
  const auto r = static_cast<double>(std::max(order_.ar_span(), order_.ma_span() + 1));
  const auto n = static_cast<double>(size());
  const auto p = static_cast<double>(order_.ar_span());
  const double passes = n * (20 + static_cast<double>(regressors_.cols()));
  if (sample_.gaps()) return passes + n * r * r * 2;
  return passes + (order_.ma_span() == 0 ? p : n) * r * 3 + 2 * p * p;
}

bool Likelihood::residuals(std::span<const double> u, std::span<double> e) {
  const std::vector<double> c = coefficients_of(order_, u);
  const std::size_t n = sample_.y.size();
  std::vector<double> level(sample_.y);
  Eigen::Map<Eigen::VectorXd> z(level.data(), static_cast<Eigen::Index>(n));
  for (Eigen::Index k = 0; k < regressors_.cols(); ++k)
    z -= c[order_.arma() + static_cast<std::size_t>(k)] * regressors_.col(k);
  for (const Block& b : order_.blocks)
    for (std::uint32_t i = 0; i < b.d; ++i)
      for (std::size_t t = n - 1; t >= b.lag; --t) level[t] -= level[t - b.lag];
  std::copy(level.begin() + static_cast<std::ptrdiff_t>(order_.lost()), level.end(), w_.begin());
  const Arma arma{ar_product(order_, c, false), ma_product(order_, c)};
  if (!innovations(arma, w_, v_, f_)) return false;
  sum_of_squares_ = log_f_ = 0;
  for (std::size_t t = 0; t < v_.size(); ++t) {
    e[t] = v_[t] / std::sqrt(f_[t]);
    sum_of_squares_ += e[t] * e[t];
    log_f_ += std::log(f_[t]);
  }
  const double scale = std::exp(0.5 * log_f_ / static_cast<double>(count_));
  for (std::size_t t = 0; t < v_.size(); ++t) {
    e[t] *= scale;
    v_[t] /= f_[t];
  }
  return std::isfinite(sum_of_squares_) && std::isfinite(scale);
}

Problem Likelihood::problem() {
  return {[this](std::span<const double> u, std::span<double> e) { return residuals(u, e); },
          [this](std::span<const double> u, std::span<const double> e, Eigen::MatrixXd& j) {
            std::vector<double> moved(u.begin(), u.end()), other(e.size());
            for (std::size_t k = 0; k < u.size(); ++k) {
              const double step = 1e-6 * std::max(1.0, std::fabs(u[k]));
              moved[k] = u[k] + step;
              auto column = j.col(static_cast<Eigen::Index>(k));
              if (residuals(moved, other))
                for (std::size_t t = 0; t < e.size(); ++t)
                  column[static_cast<Eigen::Index>(t)] = (other[t] - e[t]) / step;
              else
                column.setZero();
              moved[k] = u[k];
            }
          }};
}

}  // namespace nova::arima
