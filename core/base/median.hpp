// The middle of values: a few wild ones do not move it.
#pragma once

#include <algorithm>
#include <vector>

namespace nova {

inline constexpr double kSdOfMedianAbsolute = 1.4826;  // of a normal distribution

// The upper one where two are in the middle. Not of nothing; no NaN. O(values).
inline double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace nova
