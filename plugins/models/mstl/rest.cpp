#include "plugins/models/mstl/rest.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace nova::mstl {
namespace {

constexpr std::size_t kOrderMost = 56;  // two days of hours and a little: what seasons leave over
constexpr double kDamping = 0.9;

// Coefficients of the order with the least AICc.
std::vector<double> burg(const Eigen::VectorXd& x, std::size_t most) {
  const auto n = x.size();
  most = std::min(most, static_cast<std::size_t>(n / 4));
  Eigen::VectorXd f = x, b = x, forward;
  std::vector<double> a, best, mirrored;
  double variance = x.squaredNorm() / static_cast<double>(n);
  if (!(variance > 0)) return {};
  const double floor = variance * 1e-20;
  const auto aicc = [&](double sigma2, std::size_t order) {
    const auto count = static_cast<double>(n), k = static_cast<double>(order) + 2;
    return count * std::log(sigma2) + 2 * k * count / std::max(count - k - 1, 1.0);
  };
  double least = aicc(variance, 0);
  for (std::size_t k = 1; k <= most; ++k) {
    // Forward errors from k on, backward ones from k - 1 to the last but one.
    const auto rest = n - static_cast<Eigen::Index>(k);
    auto ft = f.tail(rest);
    auto bt = b.segment(static_cast<Eigen::Index>(k) - 1, rest);
    const double square = ft.squaredNorm() + bt.squaredNorm();
    if (!(square > 0)) break;
    const double r = 2 * ft.dot(bt) / square;
    forward = ft - r * bt;
    b.tail(rest) = (bt - r * ft).eval();
    f.tail(rest) = forward;
    mirrored.assign(a.rbegin(), a.rend());
    for (std::size_t i = 0; i < a.size(); ++i) a[i] -= r * mirrored[i];
    a.push_back(r);
    variance *= 1 - r * r;
    if (!(variance > floor)) return a;  // it is foretold without error
    if (const double now = aicc(variance, k); now < least) least = now, best = a;
  }
  return best;
}

Rest autoregression(std::span<const double> y) {
  Rest out;
  const Eigen::Map<const Eigen::VectorXd> x(y.data(), static_cast<Eigen::Index>(y.size()));
  const double mean = x.mean();
  out.lags = burg((x.array() - mean).matrix(), kOrderMost);
  double sum = 0;
  for (const double a : out.lags) sum += a;
  out.intercept = mean * (1 - sum);
  return out;
}

// (1 - a1 B - a2 B^2 ...)(1 - B) y = e, as one autoregression without a mean.
Rest of_steps(std::span<const double> y) {
  Rest out;
  out.kind = Rest::Kind::steps;
  const Eigen::Map<const Eigen::VectorXd> x(y.data(), static_cast<Eigen::Index>(y.size()));
  const auto a = burg(x.tail(x.size() - 1) - x.head(x.size() - 1), kOrderMost);
  out.lags.assign(a.size() + 1, 0.0);
  out.lags[0] = 1;
  for (std::size_t i = 0; i < a.size(); ++i) out.lags[i] += a[i], out.lags[i + 1] -= a[i];
  return out;
}

// The gain with the least absolute error one step ahead, with and without a trend.
Rest smoothing(std::span<const double> y) {
  Rest best;
  best.kind = Rest::Kind::smooth;
  double least = std::numeric_limits<double>::infinity();
  for (const double beta : {0.0, 0.1})
    for (const double alpha : {0.05, 0.15, 0.3, 0.5, 0.75, 1.0}) {
      const double phi = beta > 0 ? kDamping : 0;
      double level = y[0], slope = 0, sum = 0;
      for (const double v : y) {
        const double ahead = level + phi * slope, e = v - ahead;
        level = ahead + alpha * e;
        slope = phi * slope + alpha * beta * e;
        sum += std::fabs(e);
      }
      if (!(sum < least)) continue;
      least = sum;
      best.alpha = alpha, best.beta = alpha * beta, best.phi = phi;
      best.level = level, best.slope = slope;
    }
  return best;
}

}  // namespace

double Rest::next() const {
  if (kind == Kind::smooth) return level + phi * slope;
  double y = intercept;
  for (std::size_t i = 0; i < lags.size(); ++i) y += lags[i] * recent[i];
  return y;
}

void Rest::push(double y) {
  const double expected = next();
  const double value = std::isfinite(y) ? y : expected;
  if (kind == Kind::smooth) {
    const double e = value - expected;
    level = expected + alpha * e;
    slope = phi * slope + beta * e;
  } else if (!recent.empty()) {
    std::copy_backward(recent.begin(), recent.end() - 1, recent.end());
    recent.front() = value;
  }
}

void Rest::path(std::span<double> out) const {
  if (kind == Kind::smooth) {
    double sum = 0, power = 1;
    for (double& y : out) {
      power *= phi;
      sum += power;
      y = level + sum * slope;
    }
    return;
  }
  // Both newest last, so that a step is one product of neighbours and one append.
  const auto p = static_cast<Eigen::Index>(lags.size());
  const Eigen::VectorXd weights = Eigen::Map<const Eigen::VectorXd>(lags.data(), p).reverse();
  Eigen::VectorXd line(p + static_cast<Eigen::Index>(out.size()));
  line.head(p) = Eigen::Map<const Eigen::VectorXd>(recent.data(), p).reverse();
  for (std::size_t h = 0; h < out.size(); ++h) {
    const auto at = static_cast<Eigen::Index>(h);
    line[p + at] = out[h] = intercept + weights.dot(line.segment(at, p));
  }
}

void Rest::variances(std::span<double> out) const {
  // Weights of past errors: those of an impulse carried on.
  std::vector<double> psi(out.size(), 0.0);
  double sum = 0;
  for (std::size_t h = 0; h < out.size(); ++h) {
    if (h == 0) {
      psi[0] = 1;
    } else if (kind == Kind::smooth) {
      psi[h] =
          alpha +
          beta * (phi == 0 ? 0 : phi * (1 - std::pow(phi, static_cast<double>(h))) / (1 - phi));
    } else {
      for (std::size_t i = 0; i < std::min(lags.size(), h); ++i) psi[h] += lags[i] * psi[h - 1 - i];
    }
    out[h] = sum += psi[h] * psi[h];
  }
}

Rest fit_rest(Rest::Kind kind, std::span<const double> y) {
  Rest out;
  switch (kind) {
    case Rest::Kind::ar:
      out = autoregression(y);
      break;
    case Rest::Kind::steps:
      out = of_steps(y);
      break;
    case Rest::Kind::smooth:
      return smoothing(y);
  }
  for (std::size_t i = 0; i < out.lags.size(); ++i) out.recent.push_back(y[y.size() - 1 - i]);
  return out;
}

}  // namespace nova::mstl
