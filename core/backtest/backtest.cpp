#include "core/backtest/backtest.hpp"

#include <algorithm>
#include <cmath>

#include "core/plan/need.hpp"

namespace nova {
namespace {

FleetView view_of(const SlotFleet& fleet) {
  FleetView view;
  view.known = true;
  view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
  return view;
}

std::uint32_t first_fleet(const GroupSpec& group, double load) {
  const auto& signal = group.signals.front();
  return std::clamp(
      machines_for(load * signal.scale, signal.per_machine, signal.target_utilisation), group.min,
      group.max);
}

}  // namespace

BacktestRun run_backtest(GroupSpec group, TimePoint start, Duration slot,
                         std::span<const double> load, const AskModels& ask,
                         const std::function<void(double)>& progress, const OnDecision& decided,
                         const std::optional<MisfortuneRules>& misfortune,
                         const AskPolicies& ask_policies, const EngineRules& rules) {
  constexpr std::size_t kProgressEvery = 512;
  const auto boot_slots =
      static_cast<std::uint32_t>((group.lead_time.count() + slot.count() - 1) / slot.count());
  const Menu menu({{"", group.price, 1.0}});
  SlotFleet fleet(first_fleet(group, load[0]), boot_slots);
  std::vector<GroupSpec> groups;
  groups.push_back(std::move(group));
  Engine engine(std::move(groups), slot, rules);

  BacktestRun run;
  const auto& trials = engine.group(0).hindsight().shadows();
  for (const auto& trial : trials) run.shadows.emplace_back(trial.name(), FleetLog{});
  bool acted = false;
  Misfortune chance(misfortune, slot);
  for (std::size_t k = 0; k < load.size(); ++k) {
    chance.begin(fleet, k);
    if (k > 0) {
      const auto now = start + slot * static_cast<std::int64_t>(k);
      engine.observe({now, {{now, {{load[k - 1]}}, view_of(fleet), acted}}});
      const auto questions = engine.questions();
      if (!questions.empty())
        for (const auto& answer : ask(questions)) engine.answer(answer);
      if (ask_policies)
        for (const auto& answer :
             ask_policies(engine.policy_questions([&](std::size_t) -> auto& { return menu; })))
          engine.answer(answer);
      const auto decision = engine.decide(0, menu);
      acted = decision.action != Action::hold;
      if (acted) fleet.scale(k, decision.desired);
      run.decisions.push_back({now, fleet.desired()});
      if (decided) decided(k, engine.group(0));
    }
    run.log.append(fleet);
    for (std::size_t i = 0; i < trials.size(); ++i)
      run.shadows[i].second.append(trials[i].fleet().value_or(fleet));
    if (progress && k % kProgressEvery == 0)
      progress(static_cast<double>(k) / static_cast<double>(load.size()));
  }
  return run;
}

}  // namespace nova
