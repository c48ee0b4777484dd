#include "plugins/models/numeric/unit_root.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <novascale/series.hpp>

namespace nova::numeric {
namespace {

double variance(std::span<const double> y) {
  double count = 0, mean = 0, m2 = 0;
  for (const double v : y) {
    if (!std::isfinite(v)) continue;
    const double d = v - mean;
    mean += d / ++count;
    m2 += d * (v - mean);
  }
  return count > 0 ? m2 / count : 0;
}

// Of known values within half a season of t; the two ends of an even season count half. NaN where
// the window does not fit or holds nothing.
std::vector<double> moving_average(std::span<const double> y, std::size_t m) {
  const std::size_t half = m / 2;
  std::vector<double> out(y.size(), kNaN);
  // Running sums of values and weights, so that the cost does not depend on m.
  std::vector<double> sum(y.size() + 1, 0.0), known(y.size() + 1, 0.0);
  for (std::size_t t = 0; t < y.size(); ++t) {
    const bool is = std::isfinite(y[t]);
    sum[t + 1] = sum[t] + (is ? y[t] : 0);
    known[t + 1] = known[t] + (is ? 1 : 0);
  }
  const auto part = [](const std::vector<double>& s, std::size_t a, std::size_t b) {
    return s[b] - s[a];
  };
  for (std::size_t t = half; t + half < y.size(); ++t) {
    double s, w;
    if (m % 2 == 1) {
      s = part(sum, t - half, t + half + 1);
      w = part(known, t - half, t + half + 1);
    } else {
      s = 0.5 * (part(sum, t - half, t + half) + part(sum, t - half + 1, t + half + 1));
      w = 0.5 * (part(known, t - half, t + half) + part(known, t - half + 1, t + half + 1));
    }
    if (w > 0) out[t] = s / w;
  }
  return out;
}

// Each phase smoothed over the `kSpan` nearest seasons.
std::vector<double> smooth_phases(std::span<const double> x, std::size_t m) {
  constexpr std::ptrdiff_t kSpan = 11;
  std::vector<double> out(x.size(), kNaN);
  for (std::size_t phase = 0; phase < std::min(m, x.size()); ++phase) {
    const auto seasons = static_cast<std::ptrdiff_t>((x.size() - phase + m - 1) / m);
    const std::ptrdiff_t span = std::min(kSpan, seasons);
    for (std::ptrdiff_t i = 0; i < seasons; ++i) {
      const std::ptrdiff_t from = std::clamp<std::ptrdiff_t>(i - span / 2, 0, seasons - span);
      // Loess widens its bandwidth where the span is longer than the series.
      double reach = static_cast<double>(std::max(i - from, from + span - 1 - i));
      if (const auto beyond = (kSpan - seasons) / 2; beyond > 0)
        reach += static_cast<double>(beyond);
      reach = std::max(reach, 1.0) * 1.001;
      double s = 0, w = 0;
      for (std::ptrdiff_t j = from; j < from + span; ++j) {
        const double v = x[phase + static_cast<std::size_t>(j) * m];
        if (!std::isfinite(v)) continue;
        const double d = std::fabs(static_cast<double>(i - j)) / reach;
        const double cube = 1 - d * d * d, weight = d < 1 ? cube * cube * cube : 0;
        s += weight * v;
        w += weight;
      }
      if (w > 0) out[phase + static_cast<std::size_t>(i) * m] = s / w;
    }
  }
  return out;
}

}  // namespace

double kpss(std::span<const double> y) {
  std::vector<double> e;
  double mean = 0;
  for (const double v : y)
    if (std::isfinite(v)) e.push_back(v), mean += (v - mean) / static_cast<double>(e.size());
  const auto n = static_cast<double>(e.size());
  if (e.size() < 3) return 0;
  double partial = 0, squares = 0, spread = 0;
  for (double& v : e) {
    v -= mean;
    partial += v;
    squares += partial * partial;
    spread += v * v;
  }
  const auto lags = static_cast<std::size_t>(3 * std::sqrt(n) / 13);
  for (std::size_t lag = 1; lag <= lags; ++lag) {
    double c = 0;
    for (std::size_t t = lag; t < e.size(); ++t) c += e[t] * e[t - lag];
    spread += 2 * (1 - static_cast<double>(lag) / (static_cast<double>(lags) + 1)) * c;
  }
  return spread > 0 ? squares / (n * spread) : 0;
}

std::uint32_t differences_needed(std::span<const double> y, std::uint32_t most) {
  std::vector<double> w(y.begin(), y.end());
  std::uint32_t d = 0;
  for (; d < most && kpss(w) > kKpss5Percent; ++d) {
    for (std::size_t t = w.size() - 1; t > 0; --t) w[t] -= w[t - 1];
    w.erase(w.begin());
    if (!(variance(w) > 0)) return d + 1;
  }
  return d;
}

double seasonal_strength(std::span<const double> y, std::uint32_t m) {
  if (m < 2 || y.size() < 2 * std::size_t{m}) return 0;
  const std::vector<double> trend = moving_average(y, m);
  std::vector<double> rest(y.size());
  for (std::size_t t = 0; t < y.size(); ++t) rest[t] = y[t] - trend[t];
  const double whole = variance(rest);
  const std::vector<double> seasonal = smooth_phases(rest, m);
  for (std::size_t t = 0; t < y.size(); ++t) rest[t] -= seasonal[t];
  return whole > 0 ? std::max(0.0, 1 - variance(rest) / whole) : 0;
}

}  // namespace nova::numeric
