// A decision: what one tick concludes for one group, why, and what else was possible.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/mix.hpp"
#include "core/cost/refusals.hpp"
#include "core/cost/roi.hpp"
#include "core/cost/shop.hpp"

namespace nova {

// move: the same size of other machines.
enum class Action { hold, scale_out, scale_in, move };
const char* to_string(Action action) noexcept;

// What one policy would do. Counts are reference machines.
struct Proposal {
  std::string policy;   // its type, as in the config; of a plugin "plugin/NAME"
  bool active = false;  // false = it has no opinion now; `reason` says why
  std::uint32_t machines = 0;
  double confidence = std::numeric_limits<double>::quiet_NaN();  // NaN = it makes no such claim
  std::string reason;
  bool failed = false;  // it could not be asked: machines it might want to keep are kept

  static Proposal none(std::string policy, std::string why) {
    return {std::move(policy), false, 0, std::numeric_limits<double>::quiet_NaN(), std::move(why)};
  }
};

// A limit that changed the outcome: "cooldown_down: 8 -> 10".
struct Limit {
  std::string name;
  std::uint32_t wanted = 0, allowed = 0;

  bool operator==(const Limit&) const = default;
};

// One fleet size that was weighed, with what it is expected to cost over the next hour. NaN = not
// known: without a forecast all but what the load of now says.
struct Alternative {
  std::uint32_t machines = 0;
  UsdPerHour price;
  double overload_probability = 0;  // at some step until a new machine could serve
  double expected_short = 0;        // machines, in the worst of those steps
  double score_usd_per_hour = 0;    // price + penalty of the shortfall; the smaller the better
};

// What a policy in the shadow would do now, on the fleet it would have by now.
struct ShadowDecision {
  std::string policy;
  std::uint32_t current = 0, desired = 0, serving = 0;
  std::string cause, reason;  // as of a Decision
};

struct Decision {
  TimePoint time;
  bool fleet_known = true;    // else the counts below are of nobody, and nothing was weighed
  std::uint32_t serving = 0;  // reference machines that serve now
  std::uint32_t current = 0;  // asked for so far: serving and on their way
  std::uint32_t desired = 0;
  Action action = Action::hold;
  std::string cause;   // one word for machines: a policy, a limit, "steady", "signal_missing" ...
  std::string reason;  // a sentence for people
  double confidence = std::numeric_limits<double>::quiet_NaN();
  bool dry_run = false;
  std::vector<Proposal> proposals;
  std::vector<Limit> limits;
  std::vector<Alternative> alternatives;  // best score first
  std::vector<std::string> forecasts;  // what they rest on: models, skill, coverage; a signal each
  std::vector<std::string> watched;    // signals that size nothing, and what they stood at
  Mix mix;                             // what to ask for; empty rows when nothing changes
  std::vector<MixRow> retiring;        // of the mix: given up as soon as the others serve
  double lost_per_hour = 0;            // share of the capacity expected to be lost to interruptions
  double worst_pool_share = 0;         // lost at once with the largest spot pool
  std::vector<MixOption> options;      // what else could be bought, from cheapest to safest
  std::vector<Refusal> refused;        // offers that were not asked for, and why
  std::optional<Roi> roi;              // against doing nothing
  std::vector<ShadowDecision> shadows;
};

}  // namespace nova
