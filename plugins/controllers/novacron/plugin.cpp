// controllers/novacron: machines of a NovaCron over its HTTP API. See README.md.
#include <novascale.hpp>

#include "members.hpp"
#include "plugins/controllers/ledger/controller.hpp"

namespace nova::novacron {
namespace {

using fleet::Look, fleet::Row, fleet::Seen, fleet::Verdict;

constexpr auto kGroupSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "name_prefix": { "type": "string", "minLength": 1 },
    "min": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0 },
    "max": { "type": "integer", "minimum": 0, "maximum": 1000000, "default": 1000 },
    "template": { "type": "object" }
  } })";

class NovaCron : public fleet::Controller {
 public:
  static constexpr auto id = "org.novacron.controller.novacron";
  static constexpr auto name = "NovaCron";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Machines of a NovaCron, over the HTTP API of its servers";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_NOVACRON_PROPERTIES
      R"(,
      "start": { "type": "boolean", "default": true, "title": "Start machines that are created or creating: an api-server never does" },
      )" NOVA_OPERATION_TIMEOUT "} }";

  explicit NovaCron(Context context)
      : Controller(context),
        client_(context),
        tries_(static_cast<int>(context.integer("retries"))),
        start_(context.boolean("start")) {}

  void act(const Call& call, MachineAction& io) { act_on(call, io); }

 private:
  struct Group {
    std::string prefix;
    std::uint32_t min, max;
    Json form;  // what a machine of it is made from
  };

  void adopt(const std::string& group, const Config& given) override {
    const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                          kGroupSchema);
    Group it{settings.has("name_prefix") ? settings.text("name_prefix") : group + "-",
             static_cast<std::uint32_t>(settings.integer("min")),
             static_cast<std::uint32_t>(settings.integer("max")), Json::object()};
    if (it.min > it.max)
      throw Error(NOVA_INVALID_ARGUMENT, "/min: must not be above max, got " +
                                             std::to_string(it.min) + " and " +
                                             std::to_string(it.max));
    if (settings.json().contains("template")) it.form = settings.json()["template"];
    if (!it.form.is_object() || it.form.contains("name"))
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/template: must be an object without a name, which this plugin gives");
    if (it.form.contains("tags") && !it.form["tags"].is_object())
      throw Error(NOVA_INVALID_ARGUMENT, "/template/tags: must be an object of texts");
    for (const auto& [other, theirs] : groups_)
      if (other != group &&
          (theirs.prefix.find(it.prefix) == 0 || it.prefix.find(theirs.prefix) == 0))
        throw Error(NOVA_INVALID_ARGUMENT, "/name_prefix: \"" + it.prefix + "\" and \"" +
                                               theirs.prefix + "\" of group " + other +
                                               " cannot be told apart: one begins with the other");
    groups_[group] = std::move(it);
  }
  void drop(const std::string& group) override { groups_.erase(group); }

  std::vector<Seen> look(const Call& call, const std::vector<std::string>& groups,
                         Look why) override {
    all_ = list_vms(client_, call);
    std::erase_if(running_since_, [&](const auto& known) {
      return std::none_of(all_.begin(), all_.end(),
                          [&](const Vm& vm) { return vm.id == known.first; });
    });
    std::vector<Seen> out;
    for (const auto& asked : groups) {
      const auto& group = groups_.at(asked);
      if (start_ && why != Look::judge)
        for (auto& vm : all_)
          if (belongs(group.prefix, vm)) started(vm, call);
      auto seen = seen_of(all_, asked, group.prefix);
      seen.min = group.min, seen.max = group.max;
      for (auto& machine : *seen.machines) mark_serving(machine);
      out.push_back(std::move(seen));
    }
    return out;
  }

  // Each row by what was listed last, which was in this very call.
  std::vector<Verdict> send(const Call& call, const std::vector<Row>& rows) override {
    std::vector<Verdict> out;
    for (const auto& row : rows)
      out.push_back(row.machine.empty() ? be(call, row) : without(call, row));
    return out;
  }

  Verdict be(const Call& call, const Row& row) {
    const auto& group = groups_.at(row.group);
    const auto before = count(group);
    try {
      if (before < row.desired) grow(call, row, row.desired);
      while (count(group) > row.desired) remove(victims(all_, group.prefix).front().id, call);
    } catch (const Error& error) {
      return came_to(error, before, count(group));
    }
    return {};
  }

  // A replacement is there before its predecessor goes: the number of machines is all we keep.
  Verdict without(const Call& call, const Row& row) {
    const auto& group = groups_.at(row.group);
    try {
      if (row.replace) grow(call, row, static_cast<std::uint32_t>(count(group)) + 1);
      remove(row.machine, call);
    } catch (const Error& error) {
      return came_to(error, 0, 0);
    }
    return {};
  }

  // Of a request that a failure ended, the part that was done before. Nobody knows it when the
  // call's own time is over: that ends the call.
  static Verdict came_to(const Error& error, std::size_t before, std::size_t after) {
    if (error.status() == NOVA_CANCELLED || error.status() == NOVA_DEADLINE_EXCEEDED) throw error;
    const auto done = static_cast<std::uint32_t>(before < after ? after - before : before - after);
    return {error.status(), done == 0 ? 0 : NOVA_OP_PARTIAL, error.what(), done};
  }

  std::size_t count(const Group& group) const { return victims(all_, group.prefix).size(); }

  // Makes machines one by one. NovaCron would make a second one of the same name, so after an
  // answer that was lost it is looked for first.
  void grow(const Call& call, const Row& row, std::uint32_t desired) {
    const auto& group = groups_.at(row.group);
    std::size_t number = 0;
    for (int failed = 0; count(group) < desired;) {
      const auto called = name_of(group.prefix, row.token, number);
      if (std::any_of(all_.begin(), all_.end(), [&](const Vm& vm) { return vm.name == called; })) {
        ++number;
        continue;
      }
      try {
        all_.push_back(vm_of(client_.create("/vms", form_of(group, row, called), call)));
        all_.back().name = called;
        if (start_) started(all_.back(), call);
      } catch (const Error& error) {
        const bool open = error.status() == NOVA_UNAVAILABLE || error.status() == NOVA_INTERNAL;
        if (!open || failed >= tries_) throw;
        http::wait(jitter_.pause({}, failed++), http::Until{call});
        all_ = list_vms(client_, call);
      }
    }
  }

  Json form_of(const Group& group, const Row& row, const std::string& called) const {
    auto form = group.form;
    form["name"] = called;
    form["tags"]["novascale_group"] = row.group;
    if (!client_.tenant().empty()) form["tenant_id"] = client_.tenant();
    return form;
  }

  void remove(const std::string& machine, const Call& call) {
    try {
      client_.change("DELETE", "/vms/" + http::encoded(machine), call);
    } catch (const Error& error) {
      if (error.status() != NOVA_NOT_FOUND) throw;  // gone already
    }
    std::erase_if(all_, [&](const Vm& vm) { return vm.id == machine; });
  }

  // A machine that does not start is still there, and is tried again with the next look.
  void started(Vm& vm, const Call& call) {
    if (vm.state != "created" && vm.state != "creating") return;
    try {
      vm.state =
          vm_of(client_.change("POST", "/vms/" + http::encoded(vm.id) + "/start", call)).state;
      start_trouble_.clear();
    } catch (const Error& error) {
      if (error.status() == NOVA_CANCELLED || error.status() == NOVA_DEADLINE_EXCEEDED) throw;
      if (start_trouble_ != error.what())
        context().log().warn(vm.name + " does not start, and is tried again: " + error.what());
      start_trouble_ = error.what();
    }
  }

  // When a machine was first seen to run: NovaCron does not tell.
  void mark_serving(Machine& machine) {
    if (machine.state == NOVA_MACHINE_RUNNING)
      machine.serving_ns =
          running_since_.try_emplace(machine.machine_id, context().now_ns()).first->second;
  }

  Client client_;
  int tries_;
  bool start_;
  http::Jitter jitter_{static_cast<std::uint64_t>(Call::monotonic_ns())};
  std::map<std::string, Group> groups_;
  std::vector<Vm> all_;  // as listed last, and what was done since
  std::map<std::string, std::int64_t> running_since_;
  std::string start_trouble_;
};

}  // namespace
}  // namespace nova::novacron

NOVA_PLUGIN("org.novacron.novacron", "NovaCron", "1.0.0",
            nova::controller_component<nova::novacron::NovaCron>)
