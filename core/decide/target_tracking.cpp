#include <algorithm>
#include <cmath>

#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"

namespace nova {
namespace {

constexpr const char* kTargetTracking = "target_tracking";

const SignalSituation* find(const Situation& situation, const std::string& signal) {
  const auto at = std::find_if(situation.signals.begin(), situation.signals.end(),
                               [&](const auto& s) { return s.spec->name == signal; });
  return at == situation.signals.end() ? nullptr : &*at;
}

}  // namespace

Proposal propose(const TargetTrackingSpec& policy, const Situation& situation) {
  const auto* signal = find(situation, policy.signal);
  if (!signal)
    return Proposal::none(kTargetTracking, "signal " + policy.signal + " does not exist");
  if (std::isnan(signal->load))
    return Proposal::none(kTargetTracking, "signal " + policy.signal + " has no value for " +
                                               std::to_string(signal->steps_missing) + " steps");
  const double target = policy.target.value_or(signal->spec->target_utilisation);
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
