// Rules of planning: how far plans look and how often they are made.
#pragma once

#include <array>

#include "core/base/time.hpp"

namespace nova {

// As the operator states them under `planning`.
struct PlanningRules {
  Duration short_term = std::chrono::hours(2);
  Duration medium_term = std::chrono::hours(8);
  Duration long_term = std::chrono::hours(24 * 3);
  double bottleneck_threshold = 0.95;         // utilisation that counts as saturated
  Duration every = std::chrono::minutes(15);  // between two plans of a group

  std::array<Duration, 3> horizons() const { return {short_term, medium_term, long_term}; }
};
inline constexpr std::array<const char*, 3> kHorizonNames{"short", "medium", "long"};

}  // namespace nova
