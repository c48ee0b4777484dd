#include "plugins/models/numeric/autoregression.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <complex>

namespace nova::numeric {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Reflection coefficients from lag to lag. At lag k the forward error of point t and the backward
// one of point t - 1 stand in forward_[t] and backward_[t - k], so that both are updated in place.
class Burg {
 public:
  explicit Burg(std::span<const double> x)
      : forward_(static_cast<Index>(x.size())), known_(VectorXd::Ones(forward_.size())) {
    for (Index t = 0; t < forward_.size(); ++t) {
      const double v = x[static_cast<std::size_t>(t)];
      forward_[t] = std::isfinite(v) ? v : 0;
      if (!std::isfinite(v)) known_[t] = 0, holes_ = true;
    }
    backward_ = forward_;
    valid_ = known_;
    square_ = 2 * forward_.squaredNorm();
    count_ = known_.sum();
  }
  double count() const { return count_; }
  double mean_square() const { return count_ > 0 ? forward_.squaredNorm() / count_ : 0; }

  // The coefficient of lag k, asked for in turn from 1; 0 where too few points tell of it.
  double reflect(Index k) {
    const Index n = forward_.size() - k;
    if (n < 1) return 0;
    auto f = forward_.tail(n);
    auto b = backward_.head(n);
    if (holes_) {  // errors that reach over a hole are none
      valid_.tail(n).array() *= known_.head(n).array();
      f.array() *= valid_.tail(n).array();
      b.array() *= valid_.tail(n).array();
      if (valid_.tail(n).sum() < 4 * static_cast<double>(k)) return 0;
    }
    // From lag to lag by recursion (Andersen, "Comments on the performance of maximum entropy
    // algorithms", 1978), but where what is left is small beside what it was when last summed.
    square_ -= forward_[k - 1] * forward_[k - 1] + backward_[n] * backward_[n];
    if (holes_ || !(square_ > 0.1 * summed_)) summed_ = square_ = f.squaredNorm() + b.squaredNorm();
    if (!(square_ > 0)) return 0;
    const double r = 2 * f.dot(b) / square_;
    using Tile = Eigen::Array4d;
    Index i = 0;
    for (; i + 4 <= n; i += 4) {
      const Tile ahead = f.segment<4>(i), behind = b.segment<4>(i);
      f.segment<4>(i) = ahead - r * behind;
      b.segment<4>(i) = behind - r * ahead;
    }
    for (; i < n; ++i) {
      const double ahead = f[i], behind = b[i];
      f[i] = ahead - r * behind;
      b[i] = behind - r * ahead;
    }
    square_ *= 1 - r * r;
    return r;
  }

 private:
  VectorXd forward_, backward_, known_, valid_;
  bool holes_ = false;
  double count_ = 0, square_ = 0, summed_ = 0;
};

}  // namespace

Autoregression fit_autoregression(std::span<const double> x, std::size_t most) {
  Autoregression best;
  Burg burg(x);
  const double n = burg.count(), whole = burg.mean_square();
  if (!(whole > 0)) return best;
  most = std::min(most, static_cast<std::size_t>(n) / 4);
  const auto aicc = [&](double share, std::size_t order) {
    const double k = static_cast<double>(order) + 2;
    return n * std::log(share) + 2 * k * n / std::max(n - k - 1, 1.0);
  };
  std::vector<double> a, mirrored;
  double share = 1, least = aicc(1, 0);
  for (std::size_t k = 1; k <= most; ++k) {
    const double r = burg.reflect(static_cast<Index>(k));
    if (r == 0) break;
    mirrored.assign(a.rbegin(), a.rend());
    for (std::size_t i = 0; i < a.size(); ++i) a[i] -= r * mirrored[i];
    a.push_back(r);
    share *= 1 - r * r;
    const bool exact = !(share > 1e-20);  // foretold without error: no order can be better
    if (exact || aicc(share, k) < least) {
      best.lags = a;
      best.innovation = std::max(share, 0.0);
      if (exact) break;
      least = aicc(share, k);
    }
  }
  return best;
}

double Autoregression::next() const {
  double y = intercept;
  for (std::size_t i = 0; i < lags.size(); ++i) y += lags[i] * recent[i];
  return y;
}

void Autoregression::push(double y) {
  if (recent.empty()) return;
  const double value = std::isfinite(y) ? y : next();
  std::copy_backward(recent.begin(), recent.end() - 1, recent.end());
  recent.front() = value;
}

void Autoregression::path(std::span<double> out) const {
  // Both newest last, so that a step is one product of neighbours and one append.
  const auto p = static_cast<Index>(lags.size());
  const VectorXd weights = Eigen::Map<const VectorXd>(lags.data(), p).reverse();
  VectorXd line(p + static_cast<Index>(out.size()));
  line.head(p) = Eigen::Map<const VectorXd>(recent.data(), p).reverse();
  for (std::size_t h = 0; h < out.size(); ++h) {
    const auto at = static_cast<Index>(h);
    line[p + at] = out[h] = intercept + weights.dot(line.segment(at, p));
  }
}

void Autoregression::variances(std::span<double> out) const {
  Autoregression impulse{0, lags, std::vector<double>(lags.size(), 0.0), 1};
  if (!lags.empty()) impulse.recent.front() = 1;
  std::vector<double> weight(out.size());
  impulse.path(weight);
  double sum = 1;
  for (std::size_t h = 0; h < out.size(); ++h) {
    out[h] = sum;
    sum += weight[h] * weight[h];
  }
}

double Autoregression::spectrum(double frequency) const {
  std::complex<double> transfer = 1;
  for (std::size_t i = 0; i < lags.size(); ++i)
    transfer -= std::polar(lags[i], -frequency * static_cast<double>(i + 1));
  return innovation / std::max(std::norm(transfer), 1e-300);
}

}  // namespace nova::numeric
