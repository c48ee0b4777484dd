// Backtest: the production engine over a recorded load, on the exact fleet of fleet.hpp.
//
// In: a group, a load per slot, somebody who answers for the model and policy plugins. Out: what
// the fleet did and every decision. Evaluated at the start of each slot but the first, from
// completed slots only.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/backtest/fleet.hpp"
#include "core/backtest/misfortune.hpp"
#include "core/engine/engine.hpp"

namespace nova {

// Answers all questions of one tick, in any order; the host asks the plugins.
using AskModels = std::function<std::vector<ModelAnswer>(const std::vector<ModelQuestion>&)>;
using AskPolicies = std::function<std::vector<PolicyAnswer>(const std::vector<PolicyQuestion>&)>;

struct BacktestRow {
  TimePoint time;  // start of the slot it governs
  std::uint32_t desired = 0;
};

struct BacktestRun {
  FleetLog log;
  std::vector<BacktestRow> decisions;  // one an evaluation
  // Of each policy in the shadow, what its fleet would have done; it never fails.
  std::vector<std::pair<std::string, FleetLog>> shadows;
};

// `group` has one demand signal that the load feeds (its `scale` applies), and offers are left out:
// all machines are reference machines. `progress` is called now and then with the share done,
// `decided` after the decision at the start of slot k; both may be empty. With `misfortune`
// machines fail, and the engine finds fewer than it asked for.
using OnDecision = std::function<void(std::size_t k, const GroupEngine&)>;
BacktestRun run_backtest(GroupSpec group, TimePoint start, Duration slot,
                         std::span<const double> load, const AskModels& ask,
                         const std::function<void(double)>& progress,
                         const OnDecision& decided = {},
                         const std::optional<MisfortuneRules>& misfortune = {},
                         const AskPolicies& ask_policies = {}, const EngineRules& rules = {});

}  // namespace nova
