#include "host/wiring/presets.hpp"

#include <algorithm>

namespace nova::reader {

const std::vector<Preset>& presets() {
  using std::chrono::minutes;
  static const std::vector<Preset> kAll{
      {"batch", 0.70, 0.85, 10, 5, minutes(2), {0.6, 0.3, 0.1}},
      {"streaming", 0.60, 0.75, 5, 2, minutes(5), {0.3, 0.5, 0.2}},
      {"interactive", 0.40, 0.60, 8, 1, minutes(3), {0.2, 0.5, 0.3}},
      {"ml-training", 0.90, 0.95, 4, 4, minutes(10), {0.7, 0.2, 0.1}},
  };
  return kAll;
}

const Preset* preset_named(const std::string& name) {
  const auto at = std::find_if(presets().begin(), presets().end(),
                               [&](const Preset& p) { return p.name == name; });
  return at == presets().end() ? nullptr : &*at;
}

void apply(const Preset& preset, const nlohmann::json& node, GroupSpec& group) {
  auto& behaviour = group.behaviour;
  bool promised = false;
  for (std::size_t i = 0; i < group.policies.size(); ++i) {
    auto* predictive = std::get_if<PredictiveSpec>(&group.policies[i]);
    if (!predictive) continue;
    promised = promised || (predictive->promise && !predictive->shadow);
    if (!node.at("policies").at(i).contains("weights")) predictive->weights = preset.weights;
  }
  if (promised) return;
  if (!node.contains("max_step_up")) behaviour.max_step_up = {preset.max_step_up, {}};
  if (!node.contains("max_step_down")) behaviour.max_step_down = {preset.max_step_down, {}};
  if (!node.contains("cooldown_down")) behaviour.cooldown_down = preset.cooldown_down;
}

}  // namespace nova::reader
