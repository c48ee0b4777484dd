// The arbiter: proposals in, one decision out, within the limits the operator set.
//
// Merge: the largest active proposal wins, so anybody may add and only unanimity removes. Then,
// each naming itself when it binds: floors (never below what the latest load or the median forecast
// needs), missing signals, first start, stabilisation window, cooldowns, step limits, and bounds
// last.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/decide/behaviour.hpp"
#include "core/decide/decision.hpp"
#include "core/decide/situation.hpp"

namespace nova {

// What the arbiter remembers of one group between ticks.
struct ArbiterMemory {
  struct Recommendation {
    TimePoint time;
    std::uint32_t machines;
  };
  std::deque<Recommendation> recommendations;  // of the stabilisation window, oldest first
  std::optional<TimePoint> first_seen, last_up, last_down, last_change;
  std::deque<TimePoint> regrets;  // of kThrashing: machines asked for again as soon as given up
};

// So many machines given up and asked for again within a lead time, in an hour, are thrashing:
// scale-in backs off, twice as long for each further one. (A promise weighs that by itself.)
inline constexpr std::size_t kThrashing = 3;
inline constexpr Duration kThrashSpan = std::chrono::hours(1);
inline constexpr Duration kThrashPause = std::chrono::minutes(10);

// Decides; remembers the recommendation. That an action was carried out is told by acted().
Decision arbitrate(const Situation& situation, std::vector<Proposal> proposals,
                   const Behaviour& behaviour, ArbiterMemory& memory);

// The decision was sent to the controller (or would have been, in a dry run): cooldowns start.
void acted(const Decision& decision, Duration lead_time, ArbiterMemory& memory);

}  // namespace nova
