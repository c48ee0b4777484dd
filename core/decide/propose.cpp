#include "core/decide/propose.hpp"

#include <algorithm>

namespace nova {

Proposal propose(const PluginSpec& policy, const Situation& situation) {
  for (const auto& said : situation.from_plugins)
    if (said.policy == policy.name()) return said;
  return Proposal::none(policy.name(), "was not asked");
}

namespace {

// A threshold of a signal that is only watched.
bool goes_by_value(const PolicySpec& policy, const Situation& situation) {
  const auto* line = std::get_if<ThresholdSpec>(&policy);
  return line && std::any_of(situation.watched.begin(), situation.watched.end(),
                             [&](const auto& s) { return s.spec->name == line->signal; });
}

}  // namespace

std::vector<Proposal> propose_all(std::span<const PolicySpec* const> policies,
                                  const Situation& situation) {
  std::vector<Proposal> proposals;
  bool any = false, reactive = false;
  for (const auto* policy : policies) {
    proposals.push_back(std::visit([&](const auto& p) { return propose(p, situation); }, *policy));
    if (goes_by_value(*policy, situation)) continue;  // it knows no size
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
