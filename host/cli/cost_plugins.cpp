#include "host/cli/cost_plugins.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/cli/cost.hpp"
#include "host/loader/catalogue.hpp"
#include "host/wiring/config.hpp"
#include "host/wiring/json_schema.hpp"
#include "host/wiring/json_text.hpp"
#include "host/wiring/open_plugins.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

// A plugin that could be started.
struct Candidate {
  std::string name, component_id;
  std::shared_ptr<const loader::Library> library;
  const loader::ComponentInfo* component = nullptr;
  loader::InstanceSpec spec;
  Duration timeout{std::chrono::seconds(60)};  // listing all of a cloud is no matter of a tick
  std::vector<PriceOverride> prices;           // the operator's
};

std::shared_ptr<loader::HostContext> make_context(const Call& call, std::shared_ptr<Logged> said) {
  loader::HostOptions options;
  const auto mutex = std::make_shared<std::mutex>();
  options.log_level = loader::LogLevel::warn;
  options.log = [&err = call.err, mutex, said = std::move(said)](const loader::LogLine& line) {
    const std::lock_guard lock(*mutex);
    if (said->add(line.instance, line.message))
      err << "novascale cost: \"" << line.instance << "\": " << line.message << "\n";
  };
  return loader::HostContext::make(std::move(options));
}

int of_config(const Call& call, std::vector<Candidate>& found) {
  auto loaded = load_config(call.globals.config);
  const auto opened = open_plugins(loaded.config, call.globals.plugin_dirs, loaded.errors);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.errors.empty()) return kNo;
  for (const auto& plugin : opened) {
    if (plugin.kind != loader::Kind::cost) continue;
    auto& candidate = found.emplace_back();
    candidate.name = plugin.entry.name;
    candidate.component_id = plugin.component->id;
    candidate.library = plugin.library;
    candidate.component = plugin.component;
    candidate.spec.config_json = plugin.entry.config_json;
    candidate.spec.config_dir = loaded.config.folder;
    candidate.timeout = plugin.entry.call_timeout;
    candidate.prices = loaded.config.prices;
  }
  return found.empty() ? say(call, kNo, call.globals.config.string() + ": has no price plugin")
                       : kFine;
}

int of_folders(const Call& call, loader::PluginCatalogue& catalogue,
               std::vector<Candidate>& found) {
  for (const auto& entry : catalogue.entries()) {
    if (!entry.ok()) say(call, kFine, "skipped: " + entry.error.message);
    for (const auto& component : entry.info.components) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const Candidate& other) {
        return other.component_id == component.id;
      });
      if (!entry.ok() || component.kind != loader::Kind::cost || known) continue;
      auto& candidate = found.emplace_back();
      candidate.name = component.id.substr(component.id.rfind('.') + 1);
      candidate.component_id = component.id;
    }
  }
  if (!found.empty()) return kFine;
  std::string folders;
  for (const auto& folder : catalogue.folders()) folders += " " + folder.string();
  return say(
      call, kFailed,
      "no price plugin found in" + (folders.empty() ? " any folder; try --plugin-dir" : folders));
}

// Only what is started is loaded, and gets its defaults.
Result<void> complete(loader::PluginCatalogue& catalogue,
                      const std::map<std::string, std::vector<std::string>>& wishes,
                      Candidate& candidate) {
  if (candidate.component) return {};
  auto opened = catalogue.open(candidate.component_id);
  if (!opened.ok()) return opened.error();
  candidate.library = opened.value().library;
  candidate.component = opened.value().component;
  const auto schema = parse_json(candidate.component->config_schema).value;
  nlohmann::json settings = nlohmann::json::object();
  for (const auto& [key, value] : wishes)
    if (schema.contains("properties") && schema["properties"].contains(key)) settings[key] = value;
  for (const auto& finding : apply_schema(schema, settings))
    return Error{ErrorCode::invalid_argument,
                 "needs settings: " + finding.pointer + ": " + finding.message};
  candidate.spec.config_json = settings.dump();
  return {};
}

}  // namespace

int open_price_plugins(const Call& call, const std::vector<std::string>& wanted,
                       const std::map<std::string, std::vector<std::string>>& wishes,
                       std::vector<PricePlugin>& plugins) {
  std::vector<Candidate> found;
  loader::PluginCatalogue catalogue(loader::plugin_search_path(call.globals.plugin_dirs));
  const int code =
      call.globals.config.empty() ? of_folders(call, catalogue, found) : of_config(call, found);
  if (code != kFine) return code;
  std::vector<std::string> names;
  for (const auto& candidate : found) names.push_back(candidate.name);
  for (const auto& name : wanted)
    if (!std::count(names.begin(), names.end(), name))
      return say(call, kUsage,
                 "there is no price plugin \"" + name + "\"" + did_you_mean(name, names));
  const auto said = std::make_shared<Logged>();
  const auto context = make_context(call, said);
  for (auto& candidate : found) {
    if (!wanted.empty() && !std::count(wanted.begin(), wanted.end(), candidate.name)) continue;
    const auto ready = complete(catalogue, wishes, candidate);
    candidate.spec.name = candidate.name;
    candidate.spec.tenant = "default";
    auto instance = ready.ok() ? loader::Instance::create(context, candidate.library,
                                                          *candidate.component, candidate.spec)
                               : Result<std::unique_ptr<loader::Instance>>(ready.error());
    if (!instance.ok()) {
      const auto text = "\"" + candidate.name + "\": " + instance.error().message;
      const bool invalid = instance.error().code == ErrorCode::invalid_argument;
      if (!wanted.empty() || !call.globals.config.empty())
        return say(call, invalid ? kNo : kFailed, text);
      say(call, kFine, "skipped: " + text);
      continue;
    }
    PricePlugin plugin;
    plugin.name = candidate.name;
    plugin.instance = std::move(instance).value();
    plugin.client = std::make_unique<loader::CostClient>(*plugin.instance, candidate.prices);
    plugin.timeout = candidate.timeout;
    plugin.said = said;
    plugins.push_back(std::move(plugin));
  }
  return plugins.empty() ? kFailed : kFine;
}

}  // namespace nova::cli
