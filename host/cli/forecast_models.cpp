#include "host/cli/forecast_models.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "host/wiring/json_schema.hpp"
#include "host/wiring/json_text.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

std::string last_part(const std::string& id) { return id.substr(id.rfind('.') + 1); }

std::vector<std::string> model_ids(loader::PluginCatalogue& catalogue, std::ostream& err) {
  std::vector<std::string> ids;
  for (const auto& entry : catalogue.entries()) {
    if (!entry.ok()) err << "novascale forecast: skipped: " << entry.error.message << "\n";
    for (const auto& component : entry.info.components)
      if (entry.ok() && component.kind == loader::Kind::model &&
          !std::count(ids.begin(), ids.end(), component.id))
        ids.push_back(component.id);
  }
  return ids;
}

// Short names, whole ids where they would be ambiguous.
std::vector<std::string> names_of(const std::vector<std::string>& ids) {
  std::vector<std::string> names;
  for (const auto& id : ids) {
    const auto alike = [&](const std::string& other) { return last_part(other) == last_part(id); };
    names.push_back(std::count_if(ids.begin(), ids.end(), alike) > 1 ? id : last_part(id));
  }
  return names;
}

// Settings may stand under the whole id, as models may be named by it.
nlohmann::json by_name(const nlohmann::json& settings, const std::vector<std::string>& ids,
                       const std::vector<std::string>& names) {
  auto named = nlohmann::json::object();
  for (const auto& [name, given] : settings.items()) {
    const auto at = std::find(ids.begin(), ids.end(), name) - ids.begin();
    const bool is_id = at != static_cast<std::ptrdiff_t>(ids.size());
    named[is_id ? names[static_cast<std::size_t>(at)] : name].update(given);
  }
  return named;
}

Result<FoundModel> open_model(loader::PluginCatalogue& catalogue, const std::string& id,
                              const std::string& name, nlohmann::json settings) {
  auto found = catalogue.open(id);
  if (!found.ok()) return found.error();
  const auto schema = parse_json(found.value().component->config_schema).value;
  for (const auto& finding : apply_schema(schema, settings))
    return Error{ErrorCode::invalid_argument,
                 "model \"" + name + "\": " + finding.pointer + ": " + finding.message};
  return FoundModel{name, std::move(found).value(), settings.dump()};
}

}  // namespace

Result<std::vector<FoundModel>> find_models(loader::PluginCatalogue& catalogue,
                                            const std::vector<std::string>& wanted,
                                            const nlohmann::json& given_settings,
                                            std::ostream& err) {
  const auto ids = model_ids(catalogue, err);
  const auto names = names_of(ids);
  const auto settings = by_name(given_settings, ids, names);
  std::vector<FoundModel> models;
  std::set<std::size_t> taken;
  for (const auto& name : wanted.empty() ? names : wanted) {
    std::size_t at = 0;
    while (at < ids.size() && ids[at] != name && names[at] != name) ++at;
    if (at == ids.size())
      return Error{ErrorCode::invalid_argument,
                   "there is no model \"" + name + "\"" + did_you_mean(name, names)};
    if (!taken.insert(at).second)
      return Error{ErrorCode::invalid_argument, "model \"" + name + "\" is named twice"};
    const auto given = settings.find(names[at]);
    const bool is_given = given != settings.end();
    auto model =
        open_model(catalogue, ids[at], names[at], is_given ? *given : nlohmann::json::object());
    if (model.ok())
      models.push_back(std::move(model).value());
    else if (!wanted.empty() || is_given)
      return model.error();
    else
      err << "novascale forecast: skipped: " << model.error().message << "\n";
  }
  for (const auto& [name, _] : settings.items()) {
    const auto at =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    if (at == names.size())
      return Error{ErrorCode::invalid_argument,
                   "--set: there is no model \"" + name + "\"" + did_you_mean(name, names)};
    if (!taken.count(at))
      return Error{ErrorCode::invalid_argument,
                   "--set: model \"" + name + "\" is not among those asked for"};
  }
  if (!models.empty()) return models;
  std::string message = "no model plugin found in";
  for (const auto& folder : catalogue.folders()) message += " " + folder.string();
  if (catalogue.folders().empty()) message += " any folder; try --plugin-dir";
  return Error{ErrorCode::unavailable, message};
}

Result<std::vector<ModelBench>> ModelBench::make(
    const std::vector<FoundModel>& models, const std::shared_ptr<loader::HostContext>& context,
    std::size_t count) {
  std::vector<ModelBench> benches(count);
  for (auto& bench : benches)
    for (const auto& model : models) {
      loader::InstanceSpec spec;
      spec.name = model.name;
      spec.tenant = "default";
      spec.config_json = model.config_json;
      auto instance =
          loader::Instance::create(context, model.plugin.library, *model.plugin.component, spec);
      if (!instance.ok()) return instance.error();
      bench.instances_.push_back(std::move(instance).value());
      bench.clients_.push_back(std::make_unique<loader::ModelClient>(*bench.instances_.back()));
      bench.heavy_.push_back(bench.clients_.back()->heavy());
    }
  return benches;
}

}  // namespace nova::cli
