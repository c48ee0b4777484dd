#include "plugins/models/arima/state.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <novascale/normal.hpp>

namespace nova::arima {

double Calibration::quantile(double level, std::uint64_t lead) const {
  if (factor.empty()) return normal_quantile(level);
  const auto octave =
      static_cast<std::size_t>(std::bit_width(std::max<std::uint64_t>(lead, 1)) - 1);
  const double seen = factor[std::min(octave, factor.size() - 1)] * shape.quantile(level);
  return 0.5 * (seen + normal_quantile(level));
}

std::vector<double> psi_weights(const Sparse& ar, const Sparse& ma, std::size_t n) {
  std::vector<double> psi(n, 0.0);
  if (n > 0) psi[0] = 1;
  for (std::size_t i = 0; i < ma.lag.size() && ma.lag[i] < n; ++i) psi[ma.lag[i]] = ma.value[i];
  for (std::size_t k = 1; k < n; ++k)
    for (std::size_t i = 0; i < ar.lag.size() && ar.lag[i] <= k; ++i)
      psi[k] -= ar.value[i] * psi[k - ar.lag[i]];
  return psi;
}

State State::of(const Estimate& estimate, std::size_t points) {
  State s;
  s.order = estimate.order;
  s.coefficients = estimate.coefficients;
  s.variance = estimate.variance();
  s.points = s.next = points;
  s.prepare();
  const auto ring = [&](std::span<const double> from, std::size_t size) {
    std::vector<double> out(std::max<std::size_t>(size, 1), 0.0);
    for (std::size_t t = points - std::min(points, out.size()); t < points; ++t)
      out[t % out.size()] = from[t];
    return out;
  };
  s.values = ring(estimate.series, s.ar.span());
  s.errors = ring(estimate.errors, s.ma.span());
  return s;
}

void State::prepare() {
  basis = basis_of(order, points);
  ar = ar_product(order, coefficients, true);
  ma = ma_product(order, coefficients);
}

double State::regression(std::int64_t t) const {
  const std::size_t from = order.arma(), k = coefficients.size() - from;
  if (k == 0) return 0;
  std::vector<double> full(basis->size()), row(k);
  regressors_at(order, *basis, t, full, row);
  double sum = 0;
  for (std::size_t i = 0; i < k; ++i) sum += coefficients[from + i] * row[i];
  return sum;
}

double State::expected() const {
  double x = 0;
  for (std::size_t i = 0; i < ar.lag.size(); ++i)
    x -= ar.value[i] * values[(next + values.size() - ar.lag[i]) % values.size()];
  for (std::size_t i = 0; i < ma.lag.size(); ++i)
    x += ma.value[i] * errors[(next + errors.size() - ma.lag[i]) % errors.size()];
  return x;
}

void State::observe(double y) {
  const double x = expected();
  double z = y / scale - centre / scale - regression(static_cast<std::int64_t>(next));
  const bool seen = std::isfinite(z);
  if (!seen) z = x;
  values[next % values.size()] = z;
  errors[next % errors.size()] = seen ? z - x : 0;
  missing = seen ? 0 : missing + 1;
  ++next;
}

void State::ahead(std::span<Moments> out) const {
  const std::size_t h = out.size(), back = values.size(), e_back = errors.size();
  std::vector<double> z(back + h);
  for (std::size_t i = 0; i < back; ++i) z[i] = values[(next + i) % back];
  for (std::size_t t = 0; t < h; ++t) {
    double x = 0;
    for (std::size_t i = 0; i < ar.lag.size(); ++i) x -= ar.value[i] * z[back + t - ar.lag[i]];
    for (std::size_t i = 0; i < ma.lag.size(); ++i)
      if (ma.lag[i] > t) x += ma.value[i] * errors[(next + t + e_back - ma.lag[i]) % e_back];
    z[back + t] = x;
    out[t].mean = x + regression(static_cast<std::int64_t>(next + t));
  }
  const auto gap = static_cast<std::size_t>(missing);
  const std::vector<double> psi = psi_weights(ar, ma, h + gap);
  double sum = 0;
  for (std::size_t t = 0; t < h + gap; ++t) {
    sum += psi[t] * psi[t];
    if (t >= gap) out[t - gap].sd = std::sqrt(variance * sum);
  }
}

double State::transformed(double y) const {
  if (transform == Transform::none) return y;
  return y > 0 ? std::log(y) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace nova::arima
