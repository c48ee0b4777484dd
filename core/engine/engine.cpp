#include "core/engine/engine.hpp"

#include <algorithm>
#include <cassert>

namespace nova {

Engine::Engine(std::vector<GroupSpec> groups, Duration step, EngineRules rules)
    : specs_(std::move(groups)), step_(step), rules_(rules) {
  groups_.reserve(specs_.size());
  for (const auto& spec : specs_) groups_.emplace_back(spec, step);
}

void Engine::observe(const TickInput& input) {
  assert(input.groups.size() == groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i].observe(input.now, input.groups[i]);
}

std::vector<ModelQuestion> Engine::questions() const {
  std::vector<ModelQuestion> all;
  for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i].questions(i, all);
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].fit) due.push_back(i);
  if (due.size() <= rules_.fits_per_tick) return all;
  std::stable_sort(due.begin(), due.end(), [&](std::size_t a, std::size_t b) {
    return all[a].need_of_fit > all[b].need_of_fit;
  });
  for (std::size_t k = rules_.fits_per_tick; k < due.size(); ++k) all[due[k]].fit = false;
  std::erase_if(all, [](const ModelQuestion& q) { return !q.fit && !q.knows; });
  return all;
}

Json Engine::state() const {
  Json state = Json::object();
  for (const auto& group : groups_) state[group.spec().name()] = group.state();
  return state;
}

void Engine::forget_fits() {
  for (auto& group : groups_) group.forget_fits();
}

void Engine::restore(const Json& state, std::vector<std::string>& problems) {
  for (auto& group : groups_) {
    const auto part = state.find(group.spec().name());
    if (part == state.end()) continue;
    if (const auto done = group.restore(*part); !done) problems.push_back(done.error().message);
  }
}

}  // namespace nova
