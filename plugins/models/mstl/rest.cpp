#include "plugins/models/mstl/rest.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

namespace nova::mstl {
namespace {

constexpr std::size_t kOrderMost = 56;  // two days of hours and a little: what seasons leave over
constexpr double kDamping = 0.9;

Rest autoregression(std::span<const double> y) {
  Rest out;
  double mean = 0, count = 0;
  for (const double v : y)
    if (std::isfinite(v)) mean += (v - mean) / ++count;
  std::vector<double> x(y.begin(), y.end());
  for (double& v : x) v -= mean;
  out.ar = numeric::fit_autoregression(x, kOrderMost);
  double sum = 0;
  for (const double a : out.ar.lags) sum += a;
  out.ar.intercept = mean * (1 - sum);
  out.ar.recent.assign(out.ar.lags.size(), mean);
  return out;
}

// (1 - a1 B - a2 B^2 ...)(1 - B) y = e, as one autoregression without a mean.
Rest of_steps(std::span<const double> y) {
  Rest out;
  out.kind = Rest::Kind::steps;
  std::vector<double> x;
  for (std::size_t t = 1; t < y.size(); ++t) x.push_back(y[t] - y[t - 1]);
  const auto a = numeric::fit_autoregression(x, kOrderMost).lags;
  auto& lags = out.ar.lags;
  lags.assign(a.size() + 1, 0.0);
  lags[0] = 1;
  for (std::size_t i = 0; i < a.size(); ++i) lags[i] += a[i], lags[i + 1] -= a[i];
  out.ar.recent.assign(lags.size(), y[0]);
  return out;
}

// The gain with the least absolute error one step ahead, with and without a trend; all gains in one
// pass.
Rest smoothing(std::span<const double> y) {
  using Gains = Eigen::Array<double, 6, 1>;
  const Gains alpha{0.05, 0.15, 0.3, 0.5, 0.75, 1.0};
  Rest best;
  best.kind = Rest::Kind::smooth;
  double least = std::numeric_limits<double>::infinity();
  for (const double beta : {0.0, 0.1}) {
    const double phi = beta > 0 ? kDamping : 0;
    Gains level = Gains::Constant(y[0]), slope = Gains::Zero(), sum = Gains::Zero();
    for (const double v : y) {
      level += phi * slope;
      slope *= phi;
      if (!std::isfinite(v)) continue;
      const Gains e = v - level;
      level += alpha * e;
      slope += alpha * beta * e;
      sum += e.abs();
    }
    Eigen::Index i = 0;
    if (!(sum.minCoeff(&i) < least)) continue;
    least = sum[i];
    best.alpha = alpha[i], best.beta = alpha[i] * beta, best.phi = phi;
    best.level = level[i], best.slope = slope[i];
  }
  return best;
}

}  // namespace

double Rest::next() const { return kind == Kind::smooth ? level + phi * slope : ar.next(); }

void Rest::push(double y) {
  if (kind != Kind::smooth) return ar.push(y);
  const double expected = next(), e = std::isfinite(y) ? y - expected : 0;
  level = expected + alpha * e;
  slope = phi * slope + beta * e;
}

void Rest::path(std::span<double> out) const {
  if (kind != Kind::smooth) return ar.path(out);
  double sum = 0, power = 1;
  for (double& y : out) {
    power *= phi;
    sum += power;
    y = level + sum * slope;
  }
}

void Rest::variances(std::span<double> out) const {
  if (kind != Kind::smooth) return ar.variances(out);
  // Weights of past errors: alpha + beta (phi + phi^2 + ... + phi^h), as the damped trend has them.
  double sum = 1, weight = alpha, power = phi;
  for (double& v : out) {
    v = sum;
    weight += beta * power;
    power *= phi;
    sum += weight * weight;
  }
}

Rest fit_rest(Rest::Kind kind, std::span<const double> y) {
  if (kind == Rest::Kind::smooth) return smoothing(y);
  Rest out = kind == Rest::Kind::ar ? autoregression(y) : of_steps(y);
  // The newest values; what is missing among them as if it had come as expected.
  const std::size_t needed = std::min(y.size(), 4 * out.ar.lags.size());
  for (const double v : y.last(needed)) out.push(v);
  return out;
}

}  // namespace nova::mstl
