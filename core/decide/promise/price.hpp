// Price: which shadow to follow, so that the promise holds at the least machine-hours.
//
// A promise is a budget of violated slots; what was spent shifts the rate that is still permitted.
// The price is the smallest from which on every shadow keeps that rate.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/decide/promise/shadows.hpp"

namespace nova::promise {

struct PriceRules {
  double share = 0.01;         // promised share of violated slots
  double reserve = 0.8;        // of it that is aimed at
  double prior_days = 12;      // weight of what is believed of a shadow before it was seen
  double nearly_free = 0.005;  // a dearer shadow is taken while it bills at most this much more
};

// Slots since the promise began, and those of them that were violated by the fleet itself.
struct Spent {
  double slots = 0, violations = 0;
};

// Violations a slot that are permitted from now on: reserve * share, corrected by the balance over
// the larger of a day and 0.3 of the time so far, within 0.35 and 1 of the share.
double permitted_rate(const PriceRules& rules, const Spent& spent, std::size_t day);

// The shadow to follow; the dearest if none keeps the rate.
std::size_t choose_shadow(const PriceRules& rules, const Shadows& shadows, double permitted);

// The bill that may be run up: 1.05 of the one to match, less 1 % reserve, with what was over- or
// underspent so far paid back over the larger of three days and the time so far, by at most 15 %.
struct Bill {
  double slots = 0, own = 0, matched = 0;  // since the promise began: slots, machine-slots
};
double permitted_bill(const Bill& bill, double matched_a_slot, std::size_t day);

// The dearest shadow whose bill a slot (half-life 7 days) is at most `permitted`.
std::size_t choose_by_bill(const Shadows& shadows, double permitted);

}  // namespace nova::promise
