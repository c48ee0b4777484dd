#include "core/engine/engine.hpp"

#include <cassert>

namespace nova {

Engine::Engine(std::vector<GroupSpec> groups, Duration step)
    : specs_(std::move(groups)), step_(step) {
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
  return all;
}

Json Engine::state() const {
  Json state = Json::object();
  for (const auto& group : groups_) state[group.spec().name()] = group.state();
  return state;
}

void Engine::restore(const Json& state, std::vector<std::string>& problems) {
  for (auto& group : groups_) {
    const auto part = state.find(group.spec().name());
    if (part == state.end()) continue;
    if (const auto done = group.restore(*part); !done) problems.push_back(done.error().message);
  }
}

}  // namespace nova
