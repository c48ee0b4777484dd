// The engine: one tick of all groups through the rooms.
//
// Called by the host's loop, by the backtest and by replay, always in the same steps:
//   observe(input); for each of questions(), then of policy_questions(menus): answer(); then
//   decide_all(menus).
// Who has one group and shares nothing may decide(group, menu) instead.
#pragma once

#include <functional>
#include <vector>

#include "core/engine/group_engine.hpp"
#include "core/engine/market.hpp"

namespace nova {

struct EngineRules {
  // Fits of models in one tick, over all groups: some seconds of work. Where more are due, those in
  // most need come first (drift, then never fitted, then most overdue), the others in later ticks.
  std::size_t fits_per_tick = 1000;
  // Forecasts in one tick: a second of work or two. The others are made in the next ticks, those
  // due again soonest first; until then the ones before are acted on, which reach far enough. More
  // are made where otherwise some would not be before they are due again.
  std::size_t forecasts_per_tick = 10'000;
  // What a model must earn before its forecasts are acted on. There is no key: to ask for less is
  // for measurements (tests/bench/trust_walk.cpp).
  TrustRules trust{};
};

// What all groups concluded in one tick.
struct Round {
  std::vector<Decision> decisions;  // in the order of the groups
  std::vector<BudgetEvent> events;  // levels reached since the last tick
};

class Engine {
 public:
  // Keeps the specs; a group's index here is its index in every TickInput.
  Engine(std::vector<GroupSpec> groups, Duration step, EngineRules rules = {},
         MarketSpec market = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void observe(const TickInput& input);
  // A model whose fit must wait is asked with what it knows; one never fitted is not asked yet.
  std::vector<ModelQuestion> questions() const;
  void answer(const ModelAnswer& answer) { groups_[answer.group].answer(answer); }
  std::vector<PolicyQuestion> policy_questions(
      const std::function<const Menu&(std::size_t)>& menu_of);
  void answer(const PolicyAnswer& answer) { groups_[answer.group].answer(answer); }
  Decision decide(std::size_t group, const Menu& menu) {
    return groups_[group].decide(menu, &market_);
  }
  // Decides for every group, then settles what they share in (tenant, group) order.
  Round decide_all(const std::function<const Menu&(std::size_t)>& menu_of);

  std::size_t size() const { return groups_.size(); }
  const GroupEngine& group(std::size_t i) const { return groups_[i]; }
  const Market& market() const { return market_; }
  const std::vector<GroupSpec>& specs() const { return specs_; }
  Duration step() const { return step_; }

  // Snapshot by group name; groups the snapshot does not know start anew, as do those whose part
  // does not fit (told in `problems`).
  Json state() const;
  // The models know nothing any more: they are to be fitted again as if never before.
  void forget_fits();
  void restore(const Json& state, std::vector<std::string>& problems);

 private:
  const std::vector<GroupSpec> specs_;
  Duration step_;
  EngineRules rules_;
  std::vector<GroupEngine> groups_;
  std::vector<std::size_t> order_;  // of settling
  Market market_;
  TimePoint now_{};

  TimePoint due_again(const GroupEngine& group, TimePoint since) const;
  void take_turns();
  void open(const std::function<const Menu&(std::size_t)>& menu_of);
};

}  // namespace nova
