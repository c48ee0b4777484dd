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

// Hands off, one way or both, until it expires.
struct Pause {
  bool out = true, in = true;
  std::optional<TimePoint> until;  // none = until it is taken back

  bool holds(TimePoint now) const { return !until || now < *until; }
  bool any(TimePoint now) const { return (out || in) && holds(now); }
  bool operator==(const Pause&) const = default;
};

// What to do while a signal is lost, that is without a value for three steps. Nothing is removed
// meanwhile, whatever is chosen, and signals that are there may always add.
enum class OnMissing {
  hold,            // the lost signal has no say
  hold_or_up,      // its newest forecast may add, for three forecast steps
  last_forecast,   // its newest forecast may add, as far as it reaches
  fallback_count,  // at least `fallback_count` machines
};

struct Behaviour {
  Duration cooldown_up{0};    // pause after a scale-out before the next scale-out
  Duration cooldown_down{0};  // pause after any change before a scale-in
  // Look-back whose largest proposal wins over a scale-in. None = max(5 min, 2 x lead time).
  std::optional<Duration> stabilisation_window;
  StepLimit max_step_up;
  StepLimit max_step_down;
  OnMissing on_missing = OnMissing::hold;
  std::uint32_t fallback_count = 0;   // with on_missing fallback_count
  std::optional<StepLimit> headroom;  // machines beyond what policies ask for
  std::optional<Pause> pause;
  bool dry_run = false;  // decide and record, never act

  // Machines of `current` that are not headroom, and back.
  std::uint32_t headroom_of(std::uint32_t machines) const {
    return headroom ? headroom->of(machines) : 0;
  }
  std::uint32_t without_headroom(std::uint32_t current) const {
    auto lean = current - std::min(current, headroom_of(current));
    while (lean < current && lean + 1 + headroom_of(lean + 1) <= current) ++lean;
    return lean;
  }
};

}  // namespace nova
