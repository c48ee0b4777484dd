#include "host/wiring/open_plugins.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/wiring/json_schema.hpp"
#include "host/wiring/json_text.hpp"

namespace nova {
namespace {

using loader::Kind;

// What the loader asks of a schema before it lets a component in.
Result<void> schema_in_subset(std::string_view text) {
  const auto parsed = parse_json(text);
  if (!parsed.problems.empty())
    return Error{ErrorCode::invalid_argument, "config_schema: " + parsed.problems[0].message};
  for (const auto& finding : check_schema(parsed.value))
    return Error{ErrorCode::invalid_argument,
                 "config_schema: " + finding.pointer + ": " + finding.message};
  return {};
}

bool has_error(const Config& config, std::size_t index, const std::vector<ConfigError>& errors) {
  const auto place = config.places.locate(pointer_to("/plugins", index));
  return std::any_of(errors.begin(), errors.end(), [&](const ConfigError& error) {
    const auto& at = error.pointer;
    return error.file == place.file && at.compare(0, place.pointer.size(), place.pointer) == 0 &&
           (at.size() == place.pointer.size() || at[place.pointer.size()] == '/');
  });
}

Result<loader::PluginCatalogue::Found> open(loader::PluginCatalogue& catalogue,
                                            const PluginEntry& entry) {
  if (!entry.library.empty()) return catalogue.open(entry.library, entry.component, entry.sha256);
  // By id the catalogue knows no digest to insist on: find the file, then open it with one.
  for (const auto& candidate : catalogue.entries())
    for (const auto& component : candidate.info.components)
      if (candidate.ok() && component.id == entry.component)
        return catalogue.open(candidate.library, entry.component, entry.sha256);
  return catalogue.open(entry.component);  // says what is near, and where was looked
}

void complete_settings(const Config& config, std::size_t index, WiredPlugin& plugin,
                       std::vector<ConfigError>& errors) {
  const auto at = pointer_to("/plugins", index) + "/config";
  // Both texts were read before: the schema by the loader, the settings by the config reader.
  const auto schema = parse_json(plugin.component->config_schema).value;
  auto settings = nlohmann::json::parse(plugin.entry.config_json);
  for (auto& finding : apply_schema(schema, settings, {config.folder}))
    errors.push_back(config.error(at + finding.pointer, std::move(finding.message)));
  plugin.entry.config_json = settings.dump();
}

// Names of the plugins of one kind, as a hint.
std::string those_of(Kind kind, const std::vector<WiredPlugin>& plugins) {
  std::string names;
  for (const auto& plugin : plugins)
    if (plugin.kind == kind) names += (names.empty() ? "\"" : ", \"") + plugin.entry.name + "\"";
  return names.empty() ? " (there is none)" : " (there is " + names + ")";
}

class KindCheck {
 public:
  KindCheck(const Config& config, const std::vector<WiredPlugin>& plugins,
            std::vector<ConfigError>& errors)
      : config_(config), plugins_(plugins), errors_(errors) {}

  void reference(const std::string& name, Kind kind, const std::string& pointer) {
    for (const auto& plugin : plugins_) {
      if (plugin.entry.name != name || plugin.kind == Kind::unknown || plugin.kind == kind)
        continue;
      errors_.push_back(config_.error(pointer, std::string("must be a ") + to_string(kind) +
                                                   " plugin" + those_of(kind, plugins_) +
                                                   ", got \"" + name + "\" of kind " +
                                                   to_string(plugin.kind)));
    }
  }

  void policy(const PredictiveSpec& spec, const std::string& pointer) {
    for (std::size_t i = 0; i < spec.models.size(); ++i)
      reference(spec.models[i], Kind::model, pointer_to(pointer + "/models", i));
    const auto might_be_model = [](const WiredPlugin& plugin) {
      return plugin.kind == Kind::model || plugin.kind == Kind::unknown;
    };
    if (spec.models.empty() && !spec.promise &&
        std::none_of(plugins_.begin(), plugins_.end(), might_be_model))
      errors_.push_back(
          config_.error(pointer + "/models", "is \"auto\", but there is no model plugin"));
  }

 private:
  const Config& config_;
  const std::vector<WiredPlugin>& plugins_;
  std::vector<ConfigError>& errors_;
};

}  // namespace

std::vector<WiredPlugin> open_plugins(const Config& config,
                                      const std::vector<std::filesystem::path>& command_line_dirs,
                                      std::vector<ConfigError>& errors) {
  loader::LoadPolicy policy;
  policy.require_pin = config.require_pin;
  policy.schema_check = schema_in_subset;
  loader::PluginCatalogue catalogue(
      loader::plugin_search_path(command_line_dirs, config.plugin_dirs), std::move(policy));
  std::vector<WiredPlugin> plugins;
  for (std::size_t i = 0; i < config.plugins.size(); ++i) {
    auto& plugin = plugins.emplace_back();
    plugin.entry = config.plugins[i];
    if (has_error(config, i, errors)) continue;
    const auto at = pointer_to("/plugins", i);
    auto found = open(catalogue, plugin.entry);
    if (!found.ok()) {
      const bool pinned = found.error().message.find("sha256 must be") != std::string::npos;
      const auto* key = pinned                         ? "/sha256"
                        : plugin.entry.library.empty() ? "/component"
                                                       : "/library";
      errors.push_back(config.error(at + key, found.error().message));
      continue;
    }
    plugin.library = found.value().library;
    plugin.component = found.value().component;
    plugin.kind = plugin.component->kind;
    if (plugin.kind == Kind::solver)
      errors.push_back(config.error(at + "/component",
                                    "is a solver plugin: of use only to cost optimize --solver"));
    complete_settings(config, i, plugin, errors);
  }
  return plugins;
}

void check_kinds(const Config& config, const std::vector<WiredPlugin>& plugins,
                 std::vector<ConfigError>& errors) {
  KindCheck check(config, plugins, errors);
  for (std::size_t g = 0; g < config.groups.size(); ++g) {
    const auto& group = config.groups[g];
    const auto at = pointer_to("/groups", g);
    check.reference(group.controller, Kind::controller, at + "/controller");
    for (const auto* list : {&group.signals, &group.watched})
      for (const auto& signal : *list)
        check.reference(signal.source, Kind::metrics,
                        pointer_to(at + "/signals", signal.place) + "/source");
    for (std::size_t c = 0; c < group.cost.size(); ++c)
      check.reference(group.cost[c], Kind::cost, pointer_to(at + "/offers/cost", c));
    for (std::size_t p = 0; p < group.policies.size(); ++p) {
      const auto place = pointer_to(at + "/policies", p);
      if (const auto* spec = std::get_if<PredictiveSpec>(&group.policies[p]))
        check.policy(*spec, place);
      if (const auto* asked = std::get_if<PluginSpec>(&group.policies[p]))
        check.reference(asked->plugin, Kind::policy, place + "/plugin");
    }
  }
}

}  // namespace nova
