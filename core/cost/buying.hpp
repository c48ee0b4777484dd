// Buying: how a group may get its machines, as the operator states it under `offers`.
//
// Filled by host/wiring from a validated config, read by the engine when it makes a mix, never
// changed while it runs. The defaults buy on demand only and move nothing for less than ten cents.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "core/cost/coverage.hpp"
#include "core/cost/question.hpp"
#include "core/cost/roi.hpp"
#include "core/cost/spot.hpp"

namespace nova {

struct BuyRules {
  // Capacity in reference machines where it is not the least of the resource ratios; by offer id or
  // by machine type.
  std::map<std::string, double> per_offer;
  bool spot = false;
  double spot_max_share = 0.5;  // of the capacity wanted
  SpotRules spot_rules;
  MixLimits limits;                  // caps bind spot machines; shares of the capacity wanted
  std::uint32_t on_demand_base = 0;  // reference machines on what nobody takes away
  MoveRule move;  // expected_life: no machine is moved before it has lived so long
  bool use_commitments = true;
  Duration lookback = std::chrono::hours(24 * 30);  // of use, that advice to commit rests on
  std::optional<Duration> max_price_age;            // older prices are not believed; none = any age
};

// A commitment that is paid for, used or not, as the operator states it.
struct OwnedCommitment {
  Commitment cover;
  std::string tenant;          // whose budgets it counts in; empty = only those of all
  std::uint32_t machines = 0;  // reserved; 0 for a savings plan
  Usd upfront;                 // for all of them, at the start
  UsdPerHour hourly;           // for all of them, used or not
  UsdPerHour price;            // amortised: hourly + upfront over the term, or the plan's money
};

}  // namespace nova
