// Bins: real numbers in 1024 steps that are finer near 0, for columns that must be small.
//
// 64 bins an octave of 1 + |x|, up to |x| = 254: a step is 1/64 near 0 and below 1.6 % of 1 + |x|
// anywhere. The order of the numbers is kept. By the bits of a float, so it costs no logarithm.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace nova::promise {

inline constexpr int kBins = 1024;

inline int bin_of(double x) {
  constexpr float kMost = 254;
  // Not a number counts as the greatest: std::min gives its first argument then.
  const float magnitude = 1 + std::min(kMost, std::abs(static_cast<float>(x)));
  const int step = static_cast<int>((std::bit_cast<std::uint32_t>(magnitude) - 0x3f800000u) >> 17);
  return x < 0 ? kBins / 2 - 1 - step : kBins / 2 + step;
}

// Smallest number of a bin; bin_floor(b + 1) is where it ends.
inline double bin_floor(int bin) {
  const auto edge = [](int step) {
    return std::bit_cast<float>(0x3f800000u + (static_cast<std::uint32_t>(step) << 17)) - 1;
  };
  return static_cast<double>(bin >= kBins / 2 ? edge(bin - kBins / 2) : -edge(kBins / 2 - bin));
}

}  // namespace nova::promise
