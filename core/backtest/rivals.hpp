// Rivals: the fleets other rules would have run on the same load, for comparison.
//
// Each sees completed slots only, save static (which knows the peak in hindsight) and the oracles
// (which know the future and bound what is possible). Sources: the documented algorithms of the
// Kubernetes HorizontalPodAutoscaler (core/decide/promise/hpa.hpp) and of AWS target tracking;
// React is a simplified reading of Chieu et al., "Dynamic Scaling of Web Applications in a
// Virtualized Cloud Computing Environment", 2009.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/backtest/fleet.hpp"
#include "core/backtest/misfortune.hpp"
#include "core/backtest/score.hpp"

namespace nova {

// Names accepted by run_rival, in the order they are shown.
std::vector<std::string> rival_names();

// The fleet that `name` would have run; nothing if there is no such rival. The fleet of slot 0 has
// the demand of slot 0. `boot_slots` as SlotFleet, `misfortune` as run_backtest.
std::optional<FleetLog> run_rival(std::string_view name, std::span<const double> load,
                                  const ScoreRules& rules, std::uint32_t boot_slots,
                                  const std::optional<MisfortuneRules>& misfortune = {});

}  // namespace nova
