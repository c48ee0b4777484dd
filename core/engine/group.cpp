#include "core/engine/group.hpp"

#include <algorithm>

namespace nova {

const PredictiveSpec* predictive_in(const GroupSpec& group, bool shadow) {
  for (const auto& policy : group.policies)
    if (const auto* p = std::get_if<PredictiveSpec>(&policy); p && p->shadow == shadow) return p;
  return nullptr;
}

const PredictiveSpec* forecasting_in(const GroupSpec& group) {
  const auto* acting = predictive_in(group);
  return acting ? acting : predictive_in(group, true);
}

Duration stabilisation_window(const GroupSpec& group, bool promised) {
  return group.behaviour.stabilisation_window.value_or(
      promised ? Duration{0} : std::max<Duration>(std::chrono::minutes(5), group.lead_time * 2));
}

}  // namespace nova
