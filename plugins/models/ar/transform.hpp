// The two scales a series is looked at in: as it is, and in logarithms.
//
//   level  z = (x - centre) / spread
//   log    z = (ln(max(x + shift, least)) - centre) / spread
//
// spread is the largest distance from the centre, so that z of the history lies in [-1, 1] and
// squares of 1e300 stay finite. The shift is 0 where all values are well above 0; where zeros or
// nearly zeros occur it is a small part of the median, so that 0 is finite and an idle hour does
// not outweigh all others. A series with negative values or a median of 0 has no log scale.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

namespace nova::ar {

struct Transform {
  bool log = false;
  double shift = 0, least = 0, centre = 0, spread = 1;

  double forward(double x) const {
    return ((log ? std::log(std::max(x + shift, least)) : x) - centre) / spread;
  }
  // Finite for every finite z, also far outside the history.
  double back(double z) const {
    constexpr double kFar = 50, kLogMost = 705;
    const double u = centre + spread * std::clamp(z, -kFar, kFar);
    return log ? std::exp(std::min(u, kLogMost)) - shift : u;
  }
};

// Values beyond this are taken as this, so that differences and extrapolations stay finite.
inline constexpr double kLargest = 1e306;

// Of values that are finite and no larger than kLargest. none: no log scale.
Transform level_scale(std::span<const double> values);
std::optional<Transform> log_scale(std::span<const double> values);

}  // namespace nova::ar
