#include "host/wiring/wiring.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "host/wiring/json_schema.hpp"
#include "host/wiring/json_text.hpp"
#include "host/wiring/open_plugins.hpp"

namespace nova {
namespace {

using loader::Kind;

// Who uses a plugin of a kind that is made once a tenant.
using Users = std::map<std::string, std::set<std::string>>;  // plugin name -> tenants

Users users_of(const Config& config, const std::vector<WiredPlugin>& plugins) {
  Users users;
  for (const auto& group : config.groups) {
    users[group.controller].insert(group.tenant);
    for (const auto& policy : group.policies) {
      if (const auto* asked = std::get_if<PluginSpec>(&policy))
        users[asked->plugin].insert(group.tenant);
      const auto* predictive = std::get_if<PredictiveSpec>(&policy);
      if (!predictive) continue;
      for (const auto& name : predictive->models) users[name].insert(group.tenant);
      if (!predictive->models.empty()) continue;
      for (const auto& plugin : plugins)
        if (plugin.kind == Kind::model) users[plugin.entry.name].insert(group.tenant);
    }
    for (const auto* list : {&group.signals, &group.watched})
      for (const auto& signal : *list) users[signal.source].insert("");
    for (const auto& name : group.cost) users[name].insert("");
  }
  return users;
}

// A plugin that finds fault with its settings beyond its schema says where: "...: /key: rule". A
// path to a file looks alike, so the place must be one of the settings.
struct Fault {
  std::string pointer;  // into the settings; "" = it does not say
  std::string rule;
};

Fault fault_in(const std::string& message, const std::string& settings_json) {
  const auto colon = message.rfind("/", 0) == 0 ? 0 : message.find(": /");
  if (colon == std::string::npos) return {};
  const auto start = colon == 0 ? 0 : colon + 2;
  const auto end = message.find(": ", start);
  if (end == std::string::npos || message.find(' ', start) < end) return {};
  const auto settings = nlohmann::json::parse(settings_json, nullptr, false);
  const auto pointer = message.substr(start, end - start);
  if (pointer.find('~') != std::string::npos || !settings.is_object()) return {};
  if (!settings.contains(nlohmann::json::json_pointer(pointer))) return {};
  return {pointer, message.substr(end + 2)};
}

class Maker {
 public:
  Maker(Wired& wired, const WireOptions& options) : wired_(wired), options_(options) {}

  void make_all() {
    auto& plugins = wired_.wiring.plugins;
    const auto users = users_of(config(), plugins);
    for (std::size_t i = 0; i < plugins.size(); ++i) {
      auto& plugin = plugins[i];
      const auto found = users.find(plugin.entry.name);
      plugin.used = plugin.kind == Kind::sink || found != users.end();
      const bool by_tenant = plugin.kind == Kind::model || plugin.kind == Kind::policy ||
                             plugin.kind == Kind::controller;
      // A plugin nobody uses is made once and let go, so that its create has its say, too.
      if (!plugin.used)
        make(i, "");
      else if (by_tenant)
        for (const auto& tenant : found->second) keep(i, tenant);
      else
        keep(i, "");
    }
  }

 private:
  Config& config() { return wired_.wiring.config; }

  std::shared_ptr<loader::Instance> make(std::size_t index, const std::string& tenant) {
    const auto& plugin = wired_.wiring.plugins[index];
    loader::InstanceSpec spec;
    spec.name = plugin.entry.name;
    spec.tenant = tenant;
    spec.config_json = plugin.entry.config_json;
    spec.config_dir = config().folder;
    spec.cancel_grace = plugin.entry.cancel_grace;
    if (options_.keep_on_disk) {
      spec.data_dir = config().host.data_dir / "plugins" / plugin.entry.name;
      if (!tenant.empty()) spec.data_dir /= tenant;
    }
    auto made = loader::Instance::create(options_.context, plugin.library, *plugin.component, spec);
    if (made.ok()) return std::move(made).value();
    refuse(index, made.error().message);
    return nullptr;
  }

  void refuse(std::size_t index, const std::string& message) {
    const auto fault = fault_in(message, wired_.wiring.plugins[index].entry.config_json);
    const auto at = pointer_to("/plugins", index);
    wired_.errors.push_back(fault.pointer.empty()
                                ? config().error(at, message)
                                : config().error(at + "/config" + fault.pointer, fault.rule));
  }

  template <class Client, class Key>
  void put(std::map<Key, Wire<Client>>& wires, Key key, std::shared_ptr<loader::Instance> instance,
           Duration timeout, auto... more) {
    Wire<Client> wire;
    wire.client = std::make_unique<Client>(*instance, std::move(more)...);
    wire.instance = std::move(instance);
    wire.timeout = timeout;
    wires.emplace(std::move(key), std::move(wire));
  }

  void keep(std::size_t index, const std::string& tenant) {
    auto instance = make(index, tenant);
    if (!instance) return;
    auto& wiring = wired_.wiring;
    const auto& entry = wiring.plugins[index].entry;
    const auto kind = wiring.plugins[index].kind;
    const Wiring::TenantAndName pair{tenant, entry.name};
    if (kind == Kind::metrics)
      put(wiring.metrics, entry.name, std::move(instance), entry.call_timeout);
    if (kind == Kind::cost)
      put(wiring.costs, entry.name, std::move(instance), entry.call_timeout, config().prices);
    if (kind == Kind::sink) put(wiring.sinks, entry.name, std::move(instance), entry.call_timeout);
    if (kind == Kind::model) put(wiring.models, pair, std::move(instance), entry.call_timeout);
    if (kind == Kind::policy) put(wiring.policies, pair, std::move(instance), entry.call_timeout);
    if (kind == Kind::controller)
      put(wiring.controllers, pair, std::move(instance), entry.call_timeout);
  }

  Wired& wired_;
  const WireOptions& options_;
};

// Bindings of one instance, and where in the config each comes from.
struct Bindings {
  std::vector<loader::Binding> rows;
  std::vector<std::string> pointers;
  std::vector<std::string> settings;  // where their settings stand; empty = as the pointers
  std::string whole;                  // pointer of the plugin: for a call that fails as a whole
};

void report(const Bindings& bindings, const Result<std::vector<loader::ItemStatus>>& answer,
            const std::string& what, Wired& wired) {
  const auto add = [&](const std::string& pointer, const std::string& message) {
    wired.errors.push_back(wired.wiring.config.error(pointer, message));
  };
  if (!answer.ok()) return add(bindings.whole, answer.error().message);
  for (std::size_t i = 0; i < answer.value().size() && i < bindings.rows.size(); ++i) {
    const auto& item = answer.value()[i];
    if (item.ok()) continue;
    const auto fault = fault_in(item.note, bindings.rows[i].settings_json);
    const auto& place = fault.pointer.empty() || bindings.settings.empty() ? bindings.pointers[i]
                                                                           : bindings.settings[i];
    add(place + fault.pointer, what + ": " +
                                   (item.note.empty()    ? to_string(item.code)
                                    : fault.rule.empty() ? item.note
                                                         : fault.rule));
  }
}

std::string plugin_pointer(const Wiring& wiring, const std::string& name) {
  for (std::size_t i = 0; i < wiring.plugins.size(); ++i)
    if (wiring.plugins[i].entry.name == name) return pointer_to("/plugins", i);
  return "/plugins";
}

void bind_signals(Wired& wired) {
  auto& wiring = wired.wiring;
  for (auto& [name, source] : wiring.metrics) {
    Bindings bindings;
    bindings.whole = plugin_pointer(wiring, name);
    for (std::size_t g = 0; g < wiring.config.groups.size(); ++g) {
      const auto& group = wiring.config.groups[g];
      for (const auto* list : {&group.signals, &group.watched})
        for (const auto& signal : *list) {
          if (signal.source != name) continue;
          bindings.rows.push_back({signal.key, signal.query, group.tenant,
                                   signal.settings_json.empty() ? "{}" : signal.settings_json});
          bindings.settings.push_back(
              pointer_to(pointer_to("/groups", g) + "/signals", signal.place));
          bindings.pointers.push_back(bindings.settings.back() + "/query");
        }
    }
    report(bindings, source->bind(bindings.rows, source.timeout),
           "source \"" + name + "\" cannot serve it", wired);
  }
}

void bind_groups(Wired& wired) {
  auto& wiring = wired.wiring;
  for (auto& [tenant_and_name, controller] : wiring.controllers) {
    const auto& [tenant, name] = tenant_and_name;
    Bindings bindings;
    bindings.whole = plugin_pointer(wiring, name);
    for (std::size_t g = 0; g < wiring.config.groups.size(); ++g) {
      const auto& group = wiring.config.groups[g];
      if (group.controller != name || group.tenant != tenant) continue;
      const auto& settings = group.controller_config_json;
      bindings.rows.push_back(
          {group_key(group), group.id, tenant, settings.empty() ? "{}" : settings});
      bindings.pointers.push_back(pointer_to("/groups", g) +
                                  (settings.empty() ? "/controller" : "/controller_config"));
    }
    report(bindings, controller->bind(bindings.rows, controller.timeout),
           "controller \"" + name + "\" cannot hold it", wired);
  }
}

void bind_policies(Wired& wired) {
  auto& wiring = wired.wiring;
  for (auto& [tenant_and_name, policy] : wiring.policies) {
    const auto& [tenant, name] = tenant_and_name;
    Bindings bindings;
    bindings.whole = plugin_pointer(wiring, name);
    bool told = false;
    for (std::size_t g = 0; g < wiring.config.groups.size(); ++g) {
      const auto& group = wiring.config.groups[g];
      for (std::size_t p = 0; p < group.policies.size(); ++p) {
        const auto* asked = std::get_if<PluginSpec>(&group.policies[p]);
        if (!asked || asked->plugin != name || group.tenant != tenant) continue;
        bindings.rows.push_back({asked->key, group.id, tenant, asked->settings_json});
        const auto at = pointer_to(pointer_to("/groups", g) + "/policies", p);
        const bool has_settings = asked->settings_json != "{}";
        if (has_settings && !policy.instance->can_bind())
          wired.errors.push_back(wiring.config.error(
              at + "/settings", "has no effect: plugin \"" + name + "\" takes none of a group"));
        bindings.pointers.push_back(at + (has_settings ? "/settings" : ""));
        told = true;
      }
    }
    if (told && policy.instance->can_bind())
      report(bindings, policy->bind(bindings.rows, policy.timeout),
             "plugin \"" + name + "\" cannot decide for it", wired);
  }
}

// Once for all plugins, which have their folders in it.
void make_data_dir(Wired& wired) {
  const auto& config = wired.wiring.config;
  const auto plugins = config.host.data_dir / "plugins";
  std::error_code error;
  std::filesystem::create_directories(plugins, error);
  if (!error) return;
  wired.world_failed = true;
  wired.errors.push_back(config.error(
      "/host/data_dir",
      "must be a folder that can be made, " + plugins.string() + " cannot: " + error.message()));
}

}  // namespace

Wired wire(LoadedConfig loaded, const WireOptions& options) {
  Wired out;
  out.errors = std::move(loaded.errors);
  auto& wiring = out.wiring;
  wiring.config = std::move(loaded.config);
  wiring.context = options.context;
  wiring.plugins = open_plugins(wiring.config, options.plugin_dirs, out.errors);
  check_kinds(wiring.config, wiring.plugins, out.errors);
  if (!out.ok()) return out;
  if (options.keep_on_disk) make_data_dir(out);
  if (!out.ok()) return out;
  Maker(out, options).make_all();
  if (!out.ok()) return out;
  bind_signals(out);
  if (options.sources_bound) options.sources_bound(wiring);
  bind_groups(out);
  bind_policies(out);
  return out;
}

std::vector<std::string> Wiring::models_of(const PredictiveSpec& policy) const {
  if (!policy.models.empty()) return policy.models;
  std::vector<std::string> names;
  for (const auto& plugin : plugins)
    if (plugin.kind == Kind::model) names.push_back(plugin.entry.name);
  return names;
}

std::uint64_t group_key(const GroupSpec& group) { return series_key(group.tenant, group.id, ""); }

nlohmann::ordered_json effective_config(const Wiring& wiring) {
  auto config = wiring.config;
  for (std::size_t i = 0; i < wiring.plugins.size() && i < config.plugins.size(); ++i) {
    const auto& plugin = wiring.plugins[i];
    const auto schema = parse_json(plugin.component ? plugin.component->config_schema : "");
    config.plugins[i].config_json =
        without_secrets(schema.value, nlohmann::json::parse(plugin.entry.config_json)).dump();
  }
  return effective_config(config);
}

}  // namespace nova
