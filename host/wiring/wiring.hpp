// Wiring: from a config to plugin instances that are ready to be called.
//
// Input: a loaded config. Every library is opened, every plugin's settings are checked against its
// own schema and completed with its defaults, references are checked for kind, instances are made,
// signals bound to their sources, groups to their controllers and policy plugins. Output: typed
// clients by name, or every mistake at once. Called by the verbs and the loop.
//
// Models, policies and controllers learn, or hold credentials: each tenant has its own instance of
// them.
// Metric sources, cost plugins and sinks are shared.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/loader/catalogue.hpp"
#include "host/loader/context.hpp"
#include "host/loader/controller_client.hpp"
#include "host/loader/cost_client.hpp"
#include "host/loader/instance.hpp"
#include "host/loader/metrics_client.hpp"
#include "host/loader/model_client.hpp"
#include "host/loader/policy_client.hpp"
#include "host/loader/sink_client.hpp"
#include "host/wiring/config.hpp"

namespace nova {

struct Wiring;

struct WireOptions {
  std::shared_ptr<loader::HostContext> context;    // must be given
  std::vector<std::filesystem::path> plugin_dirs;  // of the command line: before the config's
  // Called when the metric sources are bound and the controllers are not yet: whoever replays
  // recorded history sets the clock here, so that no controller ever sees another time.
  std::function<void(Wiring&)> sources_bound;
  bool keep_on_disk = true;  // plugins get a private folder below data_dir; `check` gives none
};

// One entry of `plugins`, opened and with its settings complete.
struct WiredPlugin {
  PluginEntry entry;  // config_json: with defaults, paths absolute
  loader::Kind kind = loader::Kind::unknown;
  std::shared_ptr<const loader::Library> library;
  const loader::ComponentInfo* component = nullptr;
  bool used = false;  // some group refers to it, or it is a sink
};

template <class Client>
struct Wire {
  std::shared_ptr<loader::Instance> instance;
  std::unique_ptr<Client> client;
  Duration timeout;  // for each call, from the plugin's entry

  Client* operator->() const { return client.get(); }
};

struct Wiring {
  using TenantAndName = std::pair<std::string, std::string>;

  Config config;  // complete: what check --effective shows
  std::shared_ptr<loader::HostContext> context;
  std::vector<WiredPlugin> plugins;  // as in the config

  std::map<std::string, Wire<loader::MetricsClient>> metrics;  // by plugin name
  std::map<std::string, Wire<loader::CostClient>> costs;
  std::map<std::string, Wire<loader::SinkClient>> sinks;
  std::map<TenantAndName, Wire<loader::ModelClient>> models;
  std::map<TenantAndName, Wire<loader::PolicyClient>> policies;
  std::map<TenantAndName, Wire<loader::ControllerClient>> controllers;

  // The models a policy of this tenant may use, in the policy's order ("auto": the config's).
  std::vector<std::string> models_of(const PredictiveSpec& policy) const;
};

struct Wired {
  Wiring wiring;                    // only to be used when there are no errors
  std::vector<ConfigError> errors;  // the config's own first
  bool world_failed = false;        // the error is of the system, not of the config
  bool ok() const { return errors.empty(); }
};

// Goes as far as errors allow: plugins are opened and their settings checked even when the rest of
// the config has mistakes, so that all are told at once; instances are made only without any.
Wired wire(LoadedConfig loaded, const WireOptions& options);

// The key under which a group is bound to its controller.
std::uint64_t group_key(const GroupSpec& group);

// The effective config for people: defaults of host and plugins filled in, secrets "***".
nlohmann::ordered_json effective_config(const Wiring& wiring);

}  // namespace nova
