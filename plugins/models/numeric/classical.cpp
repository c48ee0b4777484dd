#include "plugins/models/numeric/classical.hpp"

#include <algorithm>
#include <cmath>

#include <novascale/series.hpp>

namespace nova::numeric {
std::vector<double> centred_mean(std::span<const double> y, std::size_t m) {
  const std::size_t n = y.size(), half = m / 2;
  std::vector<double> out(n, kNaN);
  if (m == 0 || n < 2 * half + 1) return out;
  const bool even = m % 2 == 0;
  // Sums of what is known up to each point; windows are differences of two.
  std::vector<double> sum(n + 1, 0), count(n + 1, 0);
  for (std::size_t t = 0; t < n; ++t) {
    const bool known = std::isfinite(y[t]);
    sum[t + 1] = sum[t] + (known ? y[t] : 0);
    count[t + 1] = count[t] + (known ? 1 : 0);
  }
  for (std::size_t t = half; t + half < n; ++t) {
    double total = sum[t + half + 1] - sum[t - half];
    double weight = count[t + half + 1] - count[t - half];
    for (const std::size_t end : {t - half, t + half}) {
      if (!even || !std::isfinite(y[end])) continue;
      total -= 0.5 * y[end];
      weight -= 0.5;
    }
    if (2 * weight >= static_cast<double>(m)) out[t] = total / weight;
  }
  return out;
}

std::vector<double> seasonal_indices(std::span<const double> y, std::size_t m, bool ratios) {
  const auto trend = centred_mean(y, m);
  std::vector<double> index(m, 0), count(m, 0);
  for (std::size_t t = 0, phase = 0; t < y.size(); ++t, phase = phase + 1 == m ? 0 : phase + 1) {
    const double left = ratios ? y[t] / trend[t] : y[t] - trend[t];
    if (!std::isfinite(left)) continue;
    index[phase] += left;
    ++count[phase];
  }
  const double neutral = ratios ? 1 : 0;
  double mean = 0, known = 0;
  for (std::size_t j = 0; j < m; ++j) {
    if (count[j] == 0) continue;
    index[j] /= count[j];
    mean += (index[j] - mean) / ++known;
  }
  for (std::size_t j = 0; j < m; ++j) {
    if (count[j] == 0 || (ratios && !(mean > 0)))
      index[j] = neutral;
    else
      index[j] = ratios ? index[j] / mean : index[j] - mean;
  }
  return index;
}

bool has_season(std::span<const double> y, std::size_t m) {
  const std::size_t n = y.size();
  if (m < 2 || n < 3 * m) return false;
  double mean = 0, known = 0, squares = 0;
  for (const double v : y)
    if (std::isfinite(v)) mean += (v - mean) / ++known;
  std::vector<double> z(n);
  for (std::size_t t = 0; t < n; ++t) {
    z[t] = std::isfinite(y[t]) ? y[t] - mean : 0;
    squares += z[t] * z[t];
  }
  if (!(squares > 0) || !std::isfinite(squares)) return false;
  double limit = 1, r = 0;
  for (std::size_t lag = 1; lag <= m; ++lag) {
    double sums[4] = {};
    std::size_t t = lag;
    for (; t + 4 <= n; t += 4)
      for (std::size_t j = 0; j < 4; ++j) sums[j] += z[t + j] * z[t + j - lag];
    for (; t < n; ++t) sums[0] += z[t] * z[t - lag];
    r = ((sums[0] + sums[1]) + (sums[2] + sums[3])) / squares;
    if (lag < m) limit += 2 * r * r;
  }
  return std::fabs(r) > 1.645 * std::sqrt(limit / known);
}

}  // namespace nova::numeric
