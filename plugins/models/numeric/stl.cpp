#include "plugins/models/numeric/stl.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/models/numeric/loess.hpp"

namespace nova::numeric {
namespace {

std::size_t next_odd(double x) {
  const auto n = static_cast<std::size_t>(x);
  return n % 2 == 0 ? n + 1 : n;
}

// A copy without holes: between known points a line, outside the nearest one. Only windows in which
// nothing is known see the filling.
std::vector<double> filled(std::span<const double> y) {
  std::vector<double> out(y.begin(), y.end());
  std::size_t known = y.size();  // the last known point
  for (std::size_t t = 0; t < y.size(); ++t) {
    if (!std::isfinite(y[t])) continue;
    if (known == y.size()) {
      std::fill(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(t), y[t]);
    } else {
      for (std::size_t i = known + 1; i < t; ++i)
        out[i] = y[known] + (y[t] - y[known]) *
                                (static_cast<double>(i - known) / static_cast<double>(t - known));
    }
    known = t;
  }
  const double last = known == y.size() ? 0 : y[known];
  for (std::size_t t = known == y.size() ? 0 : known + 1; t < y.size(); ++t) out[t] = last;
  return out;
}

// Means of `width` neighbours; one shorter by width - 1 than its input. In place.
void moving_average(std::vector<double>& x, std::size_t width) {
  const std::size_t n = x.size() - width + 1;
  double sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += x[i];
  const auto size = static_cast<double>(width);
  for (std::size_t i = 0; i < n; ++i) {
    const double gone = x[i];
    x[i] = sum / size;
    if (i + 1 < n) sum += x[i + width] - gone;
  }
  x.resize(n);
}

// Bisquare weights of |residual| / (6 medians).
void robust_weights(std::span<const double> size, std::span<const std::uint8_t> known,
                    std::span<double> weights) {
  std::vector<double> sorted;
  for (std::size_t t = 0; t < size.size(); ++t)
    if (known[t]) sorted.push_back(size[t]);
  const std::size_t n = sorted.size(), middle = n / 2;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(middle),
                   sorted.end());
  double median = sorted[middle];
  if (n % 2 == 0)
    median =
        0.5 * (median + *std::max_element(sorted.begin(),
                                          sorted.begin() + static_cast<std::ptrdiff_t>(middle)));
  const double reach = 6 * median;
  for (std::size_t t = 0; t < size.size(); ++t) {
    const double r = size[t];
    if (!known[t] || r > 0.999 * reach) {
      weights[t] = known[t] && r <= 0.001 * reach ? 1 : 0;
    } else if (r <= 0.001 * reach) {
      weights[t] = 1;
    } else {
      const double u = r / reach, rest = 1 - u * u;
      weights[t] = rest * rest;
    }
  }
}

class Decomposer {
 public:
  Decomposer(std::span<const double> y, std::size_t season, const StlOptions& options)
      : season_(season), n_(y.size()), y_(filled(y)), options_(options), known_(n_) {
    periodic_ = options_.seasonal_window == StlOptions::kPeriodic;
    const std::size_t seasonal = periodic_ ? 10 * n_ + 1 : options_.seasonal_window;
    const auto m = static_cast<double>(season);
    if (options_.trend_window == 0)
      options_.trend_window =
          next_odd(std::ceil(1.5 * m / (1 - 1.5 / static_cast<double>(seasonal))));
    if (options_.low_pass_window == 0) options_.low_pass_window = next_odd(m);
    const auto loess = [&](std::size_t window, int degree) {
      return Loess({window, degree, options_.jump != 0 ? options_.jump : (window + 9) / 10});
    };
    seasonal_loess_ = loess(seasonal, periodic_ ? 0 : options_.seasonal_degree);
    trend_loess_ = loess(options_.trend_window, options_.trend_degree);
    low_pass_loess_ = loess(options_.low_pass_window, options_.low_pass_degree);
    bool holes = false;
    for (std::size_t t = 0; t < n_; ++t) {
      known_[t] = std::isfinite(y[t]) ? 1 : 0;
      holes = holes || !known_[t];
    }
    if (holes) weights_.assign(known_.begin(), known_.end());
  }

  Stl run() {
    Stl out;
    out.seasonal.assign(n_, 0.0);
    out.trend.assign(n_, 0.0);
    std::vector<double> size(n_);
    for (int round = 0;; ++round) {
      for (int i = 0; i < options_.inner; ++i) pass(out);
      if (round == options_.outer) break;
      for (std::size_t t = 0; t < n_; ++t)
        size[t] = std::fabs(y_[t] - out.seasonal[t] - out.trend[t]);
      weights_.resize(n_);
      robust_weights(size, known_, weights_);
    }
    if (periodic_) average_phases(out.seasonal);
    out.remainder.resize(n_);
    for (std::size_t t = 0; t < n_; ++t)
      out.remainder[t] = known_[t] ? y_[t] - out.seasonal[t] - out.trend[t]
                                   : std::numeric_limits<double>::quiet_NaN();
    out.weights = weights_.empty() ? std::vector<double>(n_, 1.0) : std::move(weights_);
    return out;
  }

 private:
  // One turn of the inner loop, steps 1 to 6 of the paper.
  void pass(Stl& out) {
    work_.resize(n_);
    for (std::size_t t = 0; t < n_; ++t) work_[t] = y_[t] - out.trend[t];
    smooth_phases();
    low_ = cycle_;
    moving_average(low_, season_);
    moving_average(low_, season_);
    moving_average(low_, 3);
    low_pass_loess_.smooth(low_, {}, work_);
    for (std::size_t t = 0; t < n_; ++t) {
      out.seasonal[t] = cycle_[t + season_] - work_[t];
      work_[t] = y_[t] - out.seasonal[t];
    }
    trend_loess_.smooth(work_, weights_, out.trend);
  }

  // Each phase of work_ smoothed by itself, and one season further at both ends, into cycle_.
  void smooth_phases() {
    cycle_.resize(n_ + 2 * season_);
    for (std::size_t phase = 0; phase < season_; ++phase) {
      sub_.clear();
      sub_weights_.clear();
      for (std::size_t t = phase; t < n_; t += season_) {
        sub_.push_back(work_[t]);
        if (!weights_.empty()) sub_weights_.push_back(weights_[t]);
      }
      const std::size_t k = sub_.size();
      smooth_.resize(k);
      seasonal_loess_.smooth(sub_, sub_weights_, smooth_);
      cycle_[phase] = seasonal_loess_.before(sub_, sub_weights_, smooth_.front());
      for (std::size_t i = 0; i < k; ++i) cycle_[phase + (i + 1) * season_] = smooth_[i];
      cycle_[phase + (k + 1) * season_] = seasonal_loess_.after(sub_, sub_weights_, smooth_.back());
    }
  }

  void average_phases(std::vector<double>& seasonal) const {
    for (std::size_t phase = 0; phase < season_; ++phase) {
      double sum = 0, count = 0;
      for (std::size_t t = phase; t < n_; t += season_) sum += seasonal[t], ++count;
      for (std::size_t t = phase; t < n_; t += season_) seasonal[t] = sum / count;
    }
  }

  std::size_t season_, n_;
  std::vector<double> y_;
  StlOptions options_;
  bool periodic_ = false;
  Loess seasonal_loess_{{}}, trend_loess_{{}}, low_pass_loess_{{}};
  std::vector<std::uint8_t> known_;
  std::vector<double> weights_;  // empty = all 1
  std::vector<double> work_, cycle_, low_, sub_, sub_weights_, smooth_;
};

}  // namespace

Stl stl(std::span<const double> y, std::size_t season, const StlOptions& options) {
  return Decomposer(y, season, options).run();
}

Mstl mstl(std::span<const double> y, const MstlOptions& options) {
  const std::size_t seasons = options.seasons.size();
  Mstl out;
  out.seasonal.assign(seasons, std::vector<double>(y.size(), 0.0));
  std::vector<double> rest(y.begin(), y.end());  // less all seasonal parts
  const int rounds = seasons > 1 ? options.iterations : 1;
  for (int round = 0; round < rounds; ++round)
    for (std::size_t s = 0; s < seasons; ++s) {
      for (std::size_t t = 0; t < rest.size(); ++t) rest[t] += out.seasonal[s][t];
      StlOptions one;
      one.seasonal_window = options.windows.empty() ? 11 + 4 * s : options.windows[s];
      one.inner = options.inner;
      one.outer = options.outer;
      Stl part = stl(rest, options.seasons[s], one);
      for (std::size_t t = 0; t < rest.size(); ++t) rest[t] -= part.seasonal[t];
      out.seasonal[s] = std::move(part.seasonal);
      out.trend = std::move(part.trend);
      out.remainder = std::move(part.remainder);
    }
  return out;
}

double seasonal_strength(std::span<const double> seasonal, std::span<const double> remainder) {
  // Scaled by the largest value: squares of 1e300 overflow.
  double scale = 0, count = 0;
  for (std::size_t t = 0; t < remainder.size(); ++t)
    if (std::isfinite(remainder[t])) {
      scale = std::max({scale, std::fabs(remainder[t]), std::fabs(seasonal[t])});
      ++count;
    }
  if (scale == 0 || count < 2) return 0;
  double mean_r = 0, mean_b = 0, var_r = 0, var_b = 0;
  const auto each = [&](auto&& take) {
    for (std::size_t t = 0; t < remainder.size(); ++t)
      if (std::isfinite(remainder[t]))
        take(remainder[t] / scale, remainder[t] / scale + seasonal[t] / scale);
  };
  each([&](double r, double both) { mean_r += r / count, mean_b += both / count; });
  each([&](double r, double both) {
    var_r += (r - mean_r) * (r - mean_r);
    var_b += (both - mean_b) * (both - mean_b);
  });
  return var_b > 0 ? std::clamp(1 - var_r / var_b, 0.0, 1.0) : 0;
}

}  // namespace nova::numeric
