#include "host/loop/policy_memory.hpp"

#include "core/engine/promise_step.hpp"

namespace nova {
namespace {

std::string in_trouble(const std::string& plugin, const std::string& what) {
  return "policy plugin " + plugin + ": " + what;
}

}  // namespace

Json save_policies(const World& world, TimePoint now, const PolicyTrouble& trouble) {
  Json saved = Json::object();
  for (const auto& [who, client] : world.policies) {
    const auto& [tenant, plugin] = who;
    // Of one that is given up its failed call told.
    const bool ready = client->instance().state() == loader::InstanceState::ready;
    if (!client->can_save() || !ready) continue;
    if (const auto state = client->save(now, world.timeout(plugin)))
      saved[tenant][plugin] = to_base64(*state);
    else
      trouble(tenant, in_trouble(plugin, "its state is not saved: " + state.error().message));
  }
  return saved;
}

void load_policies(const World& world, const Json& saved, const PolicyTrouble& trouble) {
  for (const auto& [who, client] : world.policies) {
    const auto& [tenant, plugin] = who;
    const auto text = saved.value(tenant, Json::object()).value(plugin, std::string());
    if (text.empty() || !client->can_save()) continue;
    const auto frame = from_base64(text);
    const auto loaded = frame ? client->load(*frame, world.timeout(plugin))
                              : Error{ErrorCode::data_loss, "saved state: not base64"};
    if (!loaded) trouble(tenant, in_trouble(plugin, loaded.error().message + "; it starts anew"));
  }
}

}  // namespace nova
