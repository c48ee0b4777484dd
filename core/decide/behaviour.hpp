// Behaviour: the limits within which decisions may move a group, whatever policies propose.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "core/base/time.hpp"

namespace nova {

// At most so many machines in one decision: a count or a share of the present size (rounded up, so
// a small group can still move). Neither set = no limit.
struct StepLimit {
  std::optional<std::uint32_t> count;
  std::optional<double> share;  // 0.25 for "25%"

  // In machines, at least one; UINT32_MAX = no limit.
  std::uint32_t of(std::uint32_t current) const {
    std::uint32_t most = count.value_or(UINT32_MAX);
    if (share) most = std::min(most, static_cast<std::uint32_t>(std::ceil(*share * current)));
    return std::max(1u, most);
  }
};

struct Behaviour {
  Duration cooldown_up{0};    // pause after a scale-out before the next scale-out
  Duration cooldown_down{0};  // pause after any change before a scale-in
  // Look-back whose largest proposal wins over a scale-in. None = max(5 min, 2 x lead time).
  std::optional<Duration> stabilisation_window;
  StepLimit max_step_up;
  StepLimit max_step_down;
  bool dry_run = false;  // decide and record, never act
};

}  // namespace nova
