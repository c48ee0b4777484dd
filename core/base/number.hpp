// Numbers every room means the same by.
#pragma once

#include <limits>

namespace nova {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A count this close to a whole one is that one: 0.1 * 30 machines are 3, not 4.
inline constexpr double kRounding = 1e-9;

inline constexpr double kSdOfMeanAbsolute = 1.2533;  // sqrt(pi / 2), of a normal distribution

}  // namespace nova
