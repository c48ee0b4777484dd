#include "host/loop/world.hpp"

#include "host/wiring/wiring.hpp"

namespace nova {

World world_of(Wiring& wiring) {
  World world;
  world.groups = wiring.config.groups;
  world.market = {budgets_of(wiring.config), wiring.config.commitments};
  for (auto& group : world.groups)
    for (auto& policy : group.policies)
      if (auto* predictive = std::get_if<PredictiveSpec>(&policy))
        predictive->models = wiring.models_of(*predictive);
  const auto take = [&](auto& wires, auto& clients) {
    for (auto& [name, wire] : wires) clients[name] = wire.client.get();
  };
  take(wiring.metrics, world.metrics);
  take(wiring.costs, world.costs);
  take(wiring.sinks, world.sinks);
  take(wiring.models, world.models);
  take(wiring.policies, world.policies);
  take(wiring.controllers, world.controllers);
  for (const auto& plugin : wiring.plugins)
    world.timeouts[plugin.entry.name] = plugin.entry.call_timeout;
  return world;
}

}  // namespace nova
