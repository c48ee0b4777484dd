#include "machines.hpp"

#include <set>

#include "plugins/http/instant.hpp"

namespace nova::novacron {
namespace {

constexpr std::size_t kPage = 100;  // core-server's most
constexpr int kMostPages = 1000;

std::string text_in(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

Phase phase_of(const std::string& state) {
  for (const auto* word : {"created", "creating", "provisioning", "resuming", "restarting"})
    if (state == word) return Phase::booting;
  for (const auto* word : {"running", "migrating"})
    if (state == word) return Phase::running;
  for (const auto* word : {"deleting", "deleted"})
    if (state == word) return Phase::leaving;
  return Phase::idle;
}

Phase Vm::phase() const { return phase_of(state); }

Vm vm_of(const Json& json) {
  Vm vm;
  if (json.is_object()) {
    vm.id = text_in(json, "id"), vm.name = text_in(json, "name");
    vm.state = text_in(json, "state").empty() ? text_in(json, "status") : text_in(json, "state");
    vm.node = text_in(json, "node_id");
    vm.created_ns = http::instant_of(text_in(json, "created_at"));
  }
  if (vm.id.empty() || vm.state.empty())
    throw Error(NOVA_INTERNAL, "the answer is no machine: it lacks an id or a state");
  return vm;
}

std::vector<Vm> list_vms(Client& client, const Call& call) {
  std::vector<Vm> out;
  std::set<std::string> known;
  for (int page = 1; page <= kMostPages; ++page) {
    const auto list =
        client.get("/vms?page=" + std::to_string(page) + "&pageSize=" + std::to_string(kPage) +
                       "&sortBy=createdAt&sortDir=asc",
                   call);
    if (!list.is_array() && !list.is_null())  // Go's nil slice
      throw Error(NOVA_INTERNAL, client.url() + ": the answer is no list of machines");
    const auto before = known.size();
    for (const auto& json : list) {
      auto vm = vm_of(json);
      const auto tenant = text_in(json, "tenant_id");
      if (!known.insert(vm.id).second) continue;
      if (client.tenant().empty() || tenant.empty() || tenant == client.tenant())
        out.push_back(std::move(vm));
    }
    // A server that knows no pages answers all, each time.
    if (list.size() != kPage || known.size() == before) return out;
  }
  throw Error(NOVA_INTERNAL, client.url() + ": the pages of the list do not end");
}

}  // namespace nova::novacron
