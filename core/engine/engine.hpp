// The engine: one tick of all groups through the rooms.
//
// Called by the host's loop, by the backtest and by replay, always in the same four steps:
//   observe(input); for each of questions(): answer(); decide(group, offers) for each group.
#pragma once

#include <vector>

#include "core/engine/group_engine.hpp"

namespace nova {

struct EngineRules {
  // Fits of models in one tick, over all groups: some seconds of work. Where more are due, those in
  // most need come first (drift, then never fitted, then most overdue), the others in later ticks.
  std::size_t fits_per_tick = 1000;
};

class Engine {
 public:
  // Keeps the specs; a group's index here is its index in every TickInput.
  Engine(std::vector<GroupSpec> groups, Duration step, EngineRules rules = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void observe(const TickInput& input);
  // A model whose fit must wait is asked with what it knows; one never fitted is not asked yet.
  std::vector<ModelQuestion> questions() const;
  void answer(const ModelAnswer& answer) { groups_[answer.group].answer(answer); }
  Decision decide(std::size_t group, std::span<const PricedOffer> offers) {
    return groups_[group].decide(offers);
  }

  std::size_t size() const { return groups_.size(); }
  const GroupEngine& group(std::size_t i) const { return groups_[i]; }
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
};

}  // namespace nova
