// The quantile function of the standard normal distribution, for prediction intervals.
#pragma once

#include <cmath>
#include <limits>

namespace nova {
inline namespace sdk_v1 {

inline double normal_cdf(double z) noexcept { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// z with P(Z <= z) = p, to about 1e-15 relative. Halley's method on the tail probability, started
// at the asymptote sqrt(-2 ln p) (Abramowitz and Stegun 1964, 26.2.22). p outside (0, 1) gives
// +-inf or NaN.
inline double normal_quantile(double p) noexcept {
  if (!(p > 0 && p < 1))
    return p == 0   ? -std::numeric_limits<double>::infinity()
           : p == 1 ? std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::quiet_NaN();
  if (p == 0.5) return 0;
  const bool upper = p > 0.5;
  const double tail = upper ? 1 - p : p;
  const double t = std::sqrt(-2 * std::log(tail));
  double z = -(t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t));
  for (int i = 0; i < 8; ++i) {
    const double density = std::exp(-0.5 * z * z) * 0.3989422804014326779;  // 1 / sqrt(2 pi)
    const double step = (normal_cdf(z) - tail) / density;
    const double move = step / (1 + 0.5 * z * step);
    z -= move;
    if (std::fabs(move) <= 1e-16 * std::fabs(z)) break;
  }
  return upper ? -z : z;
}

}  // namespace sdk_v1
}  // namespace nova
