// Presets: defaults for kinds of workloads, under the names operators know.
//
// A preset only says what a key is that the file leaves out; whatever is written wins.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/engine/group.hpp"

namespace nova::reader {

struct Preset {
  std::string name;
  double target_utilisation, max_utilisation;
  std::uint32_t max_step_up, max_step_down;  // machines
  Duration cooldown_down;
  Weights weights;
};

// batch: throughput, at full machines. streaming: steady, gives up machines slowly. interactive:
// room for what nobody foresees. ml_training: few moves, machines as full as they go.
const std::vector<Preset>& presets();

// Null if there is no such preset.
const Preset* preset_named(const std::string& name);

// Fills what `node`, the group in the file, leaves out. A promise keeps its own pace: beside one,
// only weights are filled. (Utilisation of signals: config_checks.cpp, with planning's.)
void apply(const Preset& preset, const nlohmann::json& node, GroupSpec& group);

}  // namespace nova::reader
