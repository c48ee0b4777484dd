// World: the plugin instances a run talks to, by the names the configuration gives them.
//
// Borrowed from host/wiring, which made and bound them; outlived by it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/group.hpp"
#include "core/engine/market.hpp"
#include "host/loader/controller_client.hpp"
#include "host/loader/cost_client.hpp"
#include "host/loader/metrics_client.hpp"
#include "host/loader/model_client.hpp"
#include "host/loader/policy_client.hpp"
#include "host/loader/sink_client.hpp"

namespace nova {

// Instances that learn or hold credentials serve one tenant: (tenant, plugin name).
using PerTenant = std::pair<std::string, std::string>;

struct World {
  std::vector<GroupSpec> groups;  // with the names of their models, never "all"
  MarketSpec market;              // budgets and commitments
  std::map<std::string, loader::MetricsClient*> metrics;
  std::map<std::string, loader::CostClient*> costs;
  std::map<std::string, loader::SinkClient*> sinks;
  std::map<PerTenant, loader::ControllerClient*> controllers;
  std::map<PerTenant, loader::ModelClient*> models;
  std::map<PerTenant, loader::PolicyClient*> policies;
  std::map<std::string, Duration> timeouts;  // of one call, by plugin name

  Duration timeout(const std::string& plugin) const {
    const auto at = timeouts.find(plugin);
    return at == timeouts.end() ? Duration(std::chrono::seconds(5)) : at->second;
  }
};

struct Wiring;

// The clients of a wiring, which must outlive the world.
World world_of(Wiring& wiring);

}  // namespace nova
