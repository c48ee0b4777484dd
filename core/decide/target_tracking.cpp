#include <algorithm>
#include <cmath>

#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"

namespace nova {
namespace {

constexpr const char* kTargetTracking = "target_tracking";

}  // namespace

const SignalSituation* watched(const Situation& situation, const std::string& name,
                               std::string& why) {
  const auto at = std::find_if(situation.signals.begin(), situation.signals.end(),
                               [&](const auto& s) { return s.spec->name == name; });
  if (at == situation.signals.end()) {
    why = "signal " + name + " does not exist";
    return nullptr;
  }
  if (!std::isnan(at->load)) return &*at;
  why = "signal " + name + " has no value for " + std::to_string(at->steps_missing) + " steps";
  return nullptr;
}

Proposal propose(const TargetTrackingSpec& policy, const Situation& situation) {
  std::string why;
  const auto* signal = watched(situation, policy.signal, why);
  if (!signal) return Proposal::none(kTargetTracking, why);
  const double target =
      signal->scheduled_target.value_or(policy.target.value_or(signal->spec->target_utilisation));
  const auto wanted = machines_for(signal->load, signal->spec->per_machine, target);
  const double utilisation =
      signal->load / (std::max(1u, situation.current) * signal->spec->per_machine);
  const double ratio = utilisation / target;
  Proposal proposal{kTargetTracking, true, wanted, std::nan(""), {}};
  const bool within = ratio <= 1 + policy.tolerance_up && ratio >= 1 - policy.tolerance_down;
  // One machine cannot be too many for a load that is not zero: the band is for real changes only.
  if (within || wanted == situation.current) proposal.machines = situation.current;
  proposal.reason = policy.signal + " " + short_number(signal->load) + " is " +
                    short_number(utilisation, 3) + " of " + std::to_string(situation.current) +
                    " machines, target " + short_number(target, 3);
  if (within) proposal.reason += ", within tolerance";
  return proposal;
}

}  // namespace nova
