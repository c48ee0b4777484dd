#include "host/wiring/config_checks.hpp"

#include <algorithm>
#include <set>

#include "core/base/ids.hpp"
#include "core/metrics/window.hpp"
#include "host/wiring/presets.hpp"
#include "host/wiring/suggest.hpp"

namespace nova {
namespace {

using nlohmann::json;
using reader::Place;
using Names = std::vector<std::string>;

template <class List, class Name>
Names unique_names(const List& list, const Place& place, const char* key, Name name_of) {
  Names names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& name = name_of(list[i]);
    if (name.empty()) continue;
    if (std::count(names.begin(), names.end(), name))
      place.at(i).at(key).refused("must be unique, got \"" + name + "\" again");
    names.push_back(name);
  }
  return names;
}

void check_reference(const std::string& name, const Names& known, const char* what,
                     const Place& place) {
  if (name.empty() || !place.clean()) return;
  if (std::find(known.begin(), known.end(), name) == known.end())
    place.refused("must be " + std::string(what) + ", got \"" + name + "\"" +
                  did_you_mean(name, known));
}

void check_pins(const Config& config, const Place& root) {
  if (!config.require_pin) return;
  for (std::size_t i = 0; i < config.plugins.size(); ++i) {
    const auto place = root.at("plugins").at(i).at("sha256");
    if (config.plugins[i].sha256.empty() && place.clean())
      place.refused("is needed because require_pin is true");
  }
}

void check_signal(const json& node, const Config& config, const GroupSpec& group,
                  SignalSpec& signal, const Place& place) {
  const auto given = [&](const char* key) { return node.is_object() && node.contains(key); };
  const auto* preset = reader::preset_named(group.preset);
  const auto& planned = config.planning;
  if (!given("target_utilisation"))
    signal.target_utilisation = preset ? preset->target_utilisation : planned.target_utilisation;
  if (!given("max_utilisation"))
    signal.max_utilisation = preset ? preset->max_utilisation : planned.max_utilisation;
  if ((given("target_utilisation") || given("max_utilisation")) &&
      place.at("target_utilisation").clean() && place.at("max_utilisation").clean() &&
      signal.target_utilisation > signal.max_utilisation)
    place.at("target_utilisation")
        .refused("must be <= max_utilisation (" + json(signal.max_utilisation).dump() + "), got " +
                 json(signal.target_utilisation).dump());
  const auto step = config.host.step;
  const auto at = place.at("forecast_step");
  if (at.clean() && Place{place.session, "/host"}.at("step").clean() &&
      signal.forecast_step % step != Duration{0})
    at.refused("must be a multiple of host.step (" + to_string(step) + "), got " +
               to_string(signal.forecast_step));
  signal.key = series_key(group.tenant, group.id, signal.name);
}

void check_policy(const PolicySpec& policy, const Names& plugins, Duration step,
                  const Place& place) {
  const auto* line = std::get_if<ThresholdSpec>(&policy);
  if (line && place.at("for").clean() && line->lasting > step * SignalWindow::kRecent)
    place.at("for").refused("must be <= " + std::to_string(SignalWindow::kRecent) +
                            " x host.step (" + to_string(step) + "), got " +
                            to_string(line->lasting));
  if (const auto* asked = std::get_if<PluginSpec>(&policy))
    check_reference(asked->plugin, plugins, "the name of a plugin", place.at("plugin"));
  const auto* predictive = std::get_if<PredictiveSpec>(&policy);
  if (!predictive) return;
  for (std::size_t i = 0; i < predictive->models.size(); ++i)
    check_reference(predictive->models[i], plugins, "the name of a plugin",
                    place.at("models").at(i));
}

void check_group(const json& node, const Config& config, GroupSpec& group, const Names& plugins,
                 const Names& tenants, const Place& place) {
  constexpr const char* kPlugin = "the name of a plugin";
  check_reference(group.tenant, tenants, "the id of a tenant", place.at("tenant"));
  check_reference(group.controller, plugins, kPlugin, place.at("controller"));
  unique_names(
      group.budgets, place.at("budgets"), "name",
      [](const BudgetSpec& b) -> auto& { return b.name; });
  for (std::size_t i = 0; i < group.cost.size(); ++i)
    check_reference(group.cost[i], plugins, kPlugin, place.at("offers").at("cost").at(i));
  for (auto* list : {&group.signals, &group.watched})
    for (auto& signal : *list) {
      const auto at = place.at("signals").at(signal.place);
      check_reference(signal.source, plugins, kPlugin, at.at("source"));
      check_signal(node["signals"][signal.place], config, group, signal, at);
    }
  // The default policy is not in the document; it refers to nothing that could be wrong.
  for (std::size_t i = 0; i < group.policies.size(); ++i) {
    check_policy(group.policies[i], plugins, config.host.step, place.at("policies").at(i));
    if (auto* asked = std::get_if<PluginSpec>(&group.policies[i]))
      asked->key = series_key(group.tenant, group.id, asked->name());
  }
}

}  // namespace

void check_config(const json& root, Config& config, reader::Session& session) {
  const Place top{&session, ""};
  const auto plugins = unique_names(
      config.plugins, top.at("plugins"), "name",
      [](const PluginEntry& p) -> auto& { return p.name; });
  auto tenants = unique_names(
      config.tenants, top.at("tenants"), "id", [](const TenantSpec& t) -> auto& { return t.id; });
  tenants.push_back("default");
  unique_names(config.groups, top.at("groups"), "id",
               [](const GroupSpec& g) { return g.id.empty() ? std::string() : g.name(); });
  const auto name_of = [](const BudgetSpec& b) -> auto& { return b.name; };
  unique_names(config.budgets, top.at("budgets"), "name", name_of);
  for (std::size_t i = 0; i < config.tenants.size(); ++i)
    unique_names(config.tenants[i].budgets, top.at("tenants").at(i).at("budgets"), "name", name_of);
  unique_names(
      config.commitments, top.at("commitments"), "id",
      [](const OwnedCommitment& c) -> auto& { return c.cover.id; });
  for (std::size_t i = 0; i < config.commitments.size(); ++i)
    check_reference(config.commitments[i].tenant, tenants, "the id of a tenant",
                    top.at("commitments").at(i).at("tenant"));
  check_pins(config, top);
  for (std::size_t i = 0; i < config.groups.size(); ++i)
    check_group(root["groups"][i], config, config.groups[i], plugins, tenants,
                top.at("groups").at(i));
}

}  // namespace nova
