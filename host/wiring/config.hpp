// Config: what the operator wrote, read and checked as far as that is possible without plugins.
//
// Input: a JSON file, or a folder whose *.json files are merged in name order. Output: specs for
// core and the list of plugins, or every mistake at once, each with file, JSON pointer, rule and
// finding. Called by the verbs; host/wiring/wiring.hpp goes on from here. DESIGN: "Configuration".
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/cost/override.hpp"
#include "core/engine/group.hpp"
#include "core/plan/rules.hpp"
#include "host/wiring/address.hpp"

namespace nova {

struct ConfigError {
  std::string file;        // as the operator named it
  std::string pointer;     // in that file; "" = the file as a whole
  std::string message;     // rule, finding, and perhaps "did you mean"
  bool by_schema = false;  // the published JSON Schema says so, too

  std::string text() const;  // "configs/a.json: /groups/0/min: must be ..."
};

struct LogConfig {
  std::string level = "info";   // trace, debug, info, warn, error or off
  std::string format = "text";  // text or json
};

struct HostConfig {
  Duration step = std::chrono::seconds(60);  // between ticks
  std::filesystem::path data_dir = "var";    // journal and state; absolute once read
  LogConfig log;
  Duration retention = std::chrono::hours(24 * 30);  // of the journal
  std::optional<Address> http;                       // of its HTTP interface; none = none
};

// Defaults for the signals of all groups.
struct PlanningConfig {
  double target_utilisation = 0.65;
  double max_utilisation = 0.80;
  std::size_t fits_per_tick = 1000;  // series and models; the most needed come first
  PlanningRules rules;               // of capacity plans
};

struct PluginEntry {
  std::string name;                  // what the rest of the config calls it
  std::filesystem::path library;     // "" = found by component in the plugin folders
  std::string component;             // "org.novacron.model.arima"
  std::string isolation = "inline";  // the only way for now
  std::string sha256;                // "" = not pinned
  Duration call_timeout = std::chrono::seconds(5);
  Duration cancel_grace = std::chrono::milliseconds(500);  // between the cancel word and giving up
  std::string config_json = "{}";                          // as written, defaults not yet applied
};

struct TenantSpec {
  std::string id;
  std::vector<BudgetSpec> budgets;  // as in the file; budgets_of names them in full
};

// Which file each part of a merged config came from.
class ConfigPlaces {
 public:
  struct Place {
    std::string file, pointer;
  };
  void set(const std::string& merged_pointer, Place place) {
    places_[merged_pointer] = std::move(place);
  }
  const Place* find(const std::string& merged_pointer) const;  // exactly this, or null
  Place locate(const std::string& merged_pointer) const;       // by the nearest part above it
  std::string any_file;                                        // where nothing else is known

 private:
  std::map<std::string, Place> places_;
};

struct Config {
  HostConfig host;
  PlanningConfig planning;
  std::vector<std::filesystem::path> plugin_dirs;  // absolute
  bool require_pin = false;
  std::vector<PluginEntry> plugins;
  std::vector<TenantSpec> tenants;
  std::vector<GroupSpec> groups;
  std::vector<BudgetSpec> budgets;  // of all
  std::vector<OwnedCommitment> commitments;
  std::vector<PriceOverride> prices;
  std::string schema;  // "$schema", for editors

  std::filesystem::path folder;  // at which relative paths start
  ConfigPlaces places;

  ConfigError error(const std::string& merged_pointer, std::string message) const;
};

struct LoadedConfig {
  Config config;                    // only to be used when there are no errors
  std::vector<ConfigError> errors;  // in the order of the sections
  bool ok() const { return errors.empty(); }
};

// Never throws for anything in the files.
LoadedConfig load_config(const std::filesystem::path& path);

// The same from text, as if it stood in `file`: for tests and for embedding.
LoadedConfig load_config_text(std::string_view text, const std::filesystem::path& file);

// All budgets with whom they bind, named "budget", "tenant/budget" and "tenant/group/budget".
std::vector<BudgetSpec> budgets_of(const Config& config);

// The whole config with every default, as one document.
nlohmann::ordered_json effective_config(const Config& config);

// The JSON Schema of the file, made of the table that reads it.
nlohmann::ordered_json config_schema();

}  // namespace nova
