#include "core/decide/propose.hpp"

#include <algorithm>

namespace nova {

Proposal propose(const PluginSpec& policy, const Situation& situation) {
  for (const auto& said : situation.from_plugins)
    if (said.policy == policy.name()) return said;
  return Proposal::none(policy.name(), "was not asked");
}

std::vector<Proposal> propose_all(std::span<const PolicySpec* const> policies,
                                  const Situation& situation) {
  std::vector<Proposal> proposals;
  bool any = false, reactive = false;
  for (const auto* policy : policies) {
    proposals.push_back(std::visit([&](const auto& p) { return propose(p, situation); }, *policy));
    any = any || proposals.back().active;
    reactive = reactive || std::holds_alternative<TargetTrackingSpec>(*policy) ||
               std::holds_alternative<ThresholdSpec>(*policy) ||
               std::holds_alternative<PluginSpec>(*policy);
  }
  if (any || reactive) return proposals;
  for (const auto& signal : situation.signals)
    proposals.push_back(propose(TargetTrackingSpec{signal.spec->name, {}}, situation));
  return proposals;
}

}  // namespace nova
