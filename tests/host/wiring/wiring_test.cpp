// Goal: what the config names is really there afterwards: shared where it may be, apart where
// tenants must not meet, bound under the keys the engine uses.
#include "host/wiring/wiring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "host/wiring/open_plugins.hpp"

namespace nova {
namespace {

using nlohmann::json;

// Two tenants on one trace; each has its fleet, and a model learns for one of them only.
json two_tenants() {
  return json::parse(R"({
    "plugins": [
      { "name": "trace", "component": "org.novacron.metrics.replay", "config": { "file": "tests/configs/load.csv" },
        "call_timeout": "2s", "cancel_grace": "50ms" },
      { "name": "fleet", "component": "org.novacron.controller.simulated", "config": { "initial": 2 } },
      { "name": "naive", "component": "org.novacron.model.seasonal_naive" },
      { "name": "line", "component": "org.novacron.model.regression" },
      { "name": "prices", "component": "org.novacron.cost.generic" },
      { "name": "history", "component": "org.novacron.sink.sqlite", "config": { "file": "wiring_test.db" } } ],
    "tenants": [ { "id": "acme" }, { "id": "beta" } ],
    "groups": [
      { "id": "web", "tenant": "acme", "controller": "fleet", "min": 1, "max": 9, "machine": { "vcpus": 2, "memory_gib": 8 },
        "signals": [ { "name": "load", "source": "trace", "query": "requests", "per_machine": 50 } ],
        "offers": { "cost": ["prices"] }, "policies": [ { "type": "predictive", "models": ["line"] } ] },
      { "id": "web", "tenant": "beta", "controller": "fleet", "controller_config": { "initial": 5 }, "min": 1, "max": 9,
        "signals": [ { "name": "load", "source": "trace", "query": "cpu", "role": "utilisation", "unit": "percent" } ] } ] })");
}

Wired wire_text(const json& config) {
  // Virtual time, as a run on a recording has it: far behind the recording's end.
  loader::HostOptions host;
  host.now = [] { return from_unix_ns(1'700'000'000'000'000'000); };
  WireOptions options;
  options.context = loader::HostContext::make(std::move(host));
  options.plugin_dirs = {NOVA_BUILD_DIR "/plugins"};
  options.keep_on_disk = false;
  return wire(load_config_text(config.dump(), NOVA_SOURCE_DIR "/wiring_test.json"), options);
}

std::string errors_of(const Wired& wired) {
  std::string out;
  for (const auto& error : wired.errors) out += error.pointer + ": " + error.message + "\n";
  return out;
}

TEST(Wiring, MakesInstancesSharedOrByTenant) {
  auto wired = wire_text(two_tenants());
  ASSERT_TRUE(wired.ok()) << errors_of(wired);
  auto& w = wired.wiring;
  EXPECT_EQ(w.metrics.size(), 1u);
  EXPECT_EQ(w.costs.size(), 1u);
  EXPECT_EQ(w.sinks.size(), 1u);
  ASSERT_EQ(w.controllers.size(), 2u);
  EXPECT_EQ(w.controllers.at({"acme", "fleet"}).instance->spec().tenant, "acme");
  EXPECT_EQ(w.metrics.at("trace").instance->spec().tenant, "");
  EXPECT_EQ(w.metrics.at("trace").timeout, std::chrono::seconds(2));
  EXPECT_EQ(w.metrics.at("trace").instance->spec().cancel_grace, std::chrono::milliseconds(50));
  ASSERT_EQ(w.models.size(), 1u);  // only acme predicts, and only with "line"
  EXPECT_EQ(w.models.begin()->first, (Wiring::TenantAndName{"acme", "line"}));
  for (const auto& plugin : w.plugins) EXPECT_EQ(plugin.used, plugin.entry.name != "naive");
}

TEST(Wiring, BindsSignalsUnderTheirKeys) {
  auto wired = wire_text(two_tenants());
  ASSERT_TRUE(wired.ok()) << errors_of(wired);
  const auto& groups = wired.wiring.config.groups;
  auto& trace = wired.wiring.metrics.at("trace");
  const auto latest =
      trace->latest({groups[0].signals[0].key, groups[1].signals[0].key, 77}, trace.timeout);
  ASSERT_TRUE(latest.ok()) << latest.error().message;
  EXPECT_EQ(latest.value().values[0], 100 + 39 % 7 * 10);  // last row of load.csv
  EXPECT_EQ(latest.value().values[1], 30 + 39 % 5 * 5);
  EXPECT_FALSE(latest.value().items[2].ok());  // nobody bound 77
}

TEST(Wiring, KeepsGroupsOfTenantsApart) {
  auto wired = wire_text(two_tenants());
  ASSERT_TRUE(wired.ok()) << errors_of(wired);
  const auto machines = [&](const char* tenant) {
    auto& fleet = wired.wiring.controllers.at({tenant, "fleet"});
    const auto groups = fleet->list_groups({}, fleet.timeout);
    EXPECT_TRUE(groups.ok());
    EXPECT_EQ(groups.value().size(), 1u);
    std::uint32_t desired = 0;
    for (const auto& row : groups.value().at(0).rows) desired += row.desired;
    return desired;
  };
  EXPECT_EQ(machines("acme"), 2u);
  EXPECT_EQ(machines("beta"), 5u);
  EXPECT_NE(group_key(wired.wiring.config.groups[0]), group_key(wired.wiring.config.groups[1]));
}

TEST(Wiring, AutoMeansEveryModelInTheOrderOfTheConfig) {
  auto config = two_tenants();
  config["groups"][1]["policies"] = {{{"type", "predictive"}}};
  auto wired = wire_text(config);
  ASSERT_TRUE(wired.ok()) << errors_of(wired);
  EXPECT_EQ(wired.wiring.models.size(), 3u);  // acme: line; beta: both
  const auto& policy = std::get<PredictiveSpec>(wired.wiring.config.groups[1].policies[0]);
  EXPECT_EQ(wired.wiring.models_of(policy), (std::vector<std::string>{"naive", "line"}));
}

TEST(Wiring, ErrorsOfConfigAndPluginsComeTogether) {
  auto config = two_tenants();
  config["groups"][0]["min"] = 99;
  config["plugins"][1]["config"]["seed"] = "x";
  config["plugins"][2]["component"] = "org.novacron.model.none";
  config["plugins"][3]["name"] = "Line";  // its own mistake: not opened at all
  auto wired = wire_text(config);
  EXPECT_FALSE(wired.ok());
  const auto text = errors_of(wired);
  for (const auto* part :
       {"/groups/0/min: must be <= max", "/plugins/1/config/seed: must be an integer, got \"x\"",
        "/plugins/2/component: component \"org.novacron.model.none\": not found",
        "/plugins/3/name: must be 1 to 63",
        "/groups/0/policies/0/models/0: must be the name of a plugin"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_TRUE(wired.wiring.metrics.empty()) << "nothing is made of a broken config";
  EXPECT_EQ(wired.errors.size(), 5u) << text;
}

TEST(Wiring, PinsAreChecked) {
  auto config = two_tenants();
  config["plugins"][0]["sha256"] = std::string(64, 'a');
  const auto text = errors_of(wire_text(config));
  EXPECT_EQ(text.rfind("/plugins/0/sha256: ", 0), 0u) << text;
  EXPECT_NE(text.find("sha256 must be aaaa"), std::string::npos) << text;
}

}  // namespace
}  // namespace nova
