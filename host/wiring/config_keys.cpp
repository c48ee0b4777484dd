// The keys of the config file outside the groups, one row each.
#include "host/wiring/config_keys.hpp"

#include "host/wiring/values.hpp"

namespace nova::reader {
namespace {

Value<HostConfig> host() {
  Table<LogConfig> log("log");
  log.key("level", &LogConfig::level,
          choice<std::string>({{"trace", "trace"},
                               {"debug", "debug"},
                               {"info", "info"},
                               {"warn", "warn"},
                               {"error", "error"},
                               {"off", "off"}}),
          "How much is logged to stderr")
      .key("format", &LogConfig::format, choice<std::string>({{"text", "text"}, {"json", "json"}}),
           "Lines for people or for machines");
  Table<HostConfig> table("host");
  table
      .key("step", &HostConfig::step, positive_duration(std::chrono::seconds(1)),
           "Between two ticks; signals are read on this grid")
      .key("data_dir", &HostConfig::data_dir, path(), "Folder of the journal and the saved state")
      .key("log", &HostConfig::log, object(log), "Logging")
      .key("retention", &HostConfig::retention, positive_duration(), "How long the journal is kept")
      .key("http", &HostConfig::http, maybe(loopback()),
           "Where health, metrics, groups, pause and resume are served; loopback only");
  return object(table);
}

Value<PlanningConfig> planning() {
  Table<PlanningConfig> table("planning");
  table
      .key("target_utilisation", &PlanningConfig::target_utilisation, share(),
           "Where machines should run, for signals that do not say")
      .key("max_utilisation", &PlanningConfig::max_utilisation, share(),
           "Above it a machine counts as overloaded, for signals that do not say")
      .key("fits_per_tick", &PlanningConfig::fits_per_tick, count(1),
           "Models fitted to series in one tick at the most; the others wait their turn")
      .key(
          "short", [](auto& p) -> auto& { return p.rules.short_term; }, positive_duration(),
          "How far capacity plans look for what is to be done at once")
      .key(
          "medium", [](auto& p) -> auto& { return p.rules.medium_term; }, positive_duration(),
          "How far for what is to be prepared; costs and alternatives are reckoned over it")
      .key(
          "long", [](auto& p) -> auto& { return p.rules.long_term; }, positive_duration(),
          "How far at all")
      .key(
          "bottleneck_threshold", [](auto& p) -> auto& { return p.rules.bottleneck_threshold; },
          share(), "Utilisation from which on a resource counts as saturated")
      .key(
          "plan_every", [](auto& p) -> auto& { return p.rules.every; }, positive_duration(),
          "Between two plans of a group in the journal")
      .later({"horizons", "forecast_every"})
      .check([](const json&, PlanningConfig& planned, const Place& place) {
        if (place.clean() && planned.target_utilisation > planned.max_utilisation)
          place.at("target_utilisation")
              .refused("must be <= max_utilisation (" + json(planned.max_utilisation).dump() +
                       "), got " + json(planned.target_utilisation).dump());
        const auto& r = planned.rules;
        constexpr Duration kFarthest = std::chrono::hours(24 * 30);
        const auto ascend = [&](const char* key, Duration least, const char* what, Duration most) {
          if (place.clean() && most < least)
            place.at(key).refused("must be >= " + std::string(what) + " (" + to_string(least) +
                                  "), got " + to_string(most));
        };
        ascend("medium", r.short_term, "short", r.medium_term);
        ascend("long", r.medium_term, "medium", r.long_term);
        if (place.clean() && r.long_term > kFarthest)
          place.at("long").refused("must be at most " + to_string(kFarthest) + ", got " +
                                   to_string(r.long_term));
      });
  return object(table);
}

Value<PluginEntry> plugin_entry() {
  Table<PluginEntry> table("a plugin");
  table
      .key("name", &PluginEntry::name, id(), "What the rest of the config calls it", Need::required)
      .key("component", &PluginEntry::component, component_id(),
           "Which component, looked up in the plugin folders unless library is given",
           Need::required)
      .key("library", &PluginEntry::library, path(), "The shared object that holds it")
      .key("isolation", &PluginEntry::isolation,
           choice<std::string>({{"inline", "inline"}}, {"process"}),
           "Where it runs: in this process")
      .key("sha256", &PluginEntry::sha256, sha256(), "Digest the library must have")
      .key("call_timeout", &PluginEntry::call_timeout, positive_duration(),
           "Deadline of every call")
      .key("cancel_grace", &PluginEntry::cancel_grace, duration(),
           "Between asking a late call to stop and giving it up")
      .key("config", &PluginEntry::config_json, json_object(),
           "Settings of the plugin, checked against its own schema")
      .later({"runner", "restart", "fallback", "sandbox"});
  return object(table);
}

Value<TenantSpec> tenant() {
  Table<TenantSpec> table("a tenant");
  table.key("id", &TenantSpec::id, id(), "Name of the tenant", Need::required)
      .key("budgets", &TenantSpec::budgets, list_of(budget_value()), "What its groups may spend")
      .later({"roles"});
  return object(table);
}

}  // namespace

const Table<Config>& config_table() {
  static const Table<Config> kTable = [] {
    Table<Config> t("the config");
    t.key("$schema", &Config::schema, text(), "The JSON Schema of this file, for editors")
        .key("host", &Config::host, host(), "The program itself")
        .key("plugin_dirs", &Config::plugin_dirs, list_of(path()),
             "Folders where plugins are looked for, before the built-in places")
        .key("require_pin", &Config::require_pin, flag(),
             "Refuse every plugin whose sha256 is not given")
        .key("plugins", &Config::plugins, list_of(plugin_entry()), "The plugins to load")
        .key("tenants", &Config::tenants, list_of(tenant()),
             "Owners of groups; \"default\" is always there")
        .key("planning", &Config::planning, planning(), "Defaults for all signals")
        .key("groups", &Config::groups, list_of(group_value()), "The scaling groups")
        .key("budgets", &Config::budgets, list_of(budget_value()), "What all groups may spend")
        .key("commitments", &Config::commitments, list_of(commitment_value()),
             "Reservations and savings plans that are paid for")
        .key("prices", &Config::prices, list_of(price_value()),
             "What the operator pays where the price lists say otherwise; the first that matches")
        .later({"cost", "presets"});
    return t;
  }();
  return kTable;
}

}  // namespace nova::reader
