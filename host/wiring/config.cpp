#include "host/wiring/config.hpp"

#include <nlohmann/json.hpp>

#include "host/wiring/config_checks.hpp"
#include "host/wiring/config_files.hpp"
#include "host/wiring/config_keys.hpp"

namespace nova {
namespace {

using nlohmann::ordered_json;

LoadedConfig read_document(ConfigDocument document) {
  LoadedConfig out;
  auto& config = out.config;
  config.folder = document.folder;
  config.places = std::move(document.places);
  out.errors = std::move(document.errors);

  reader::Session session{config.folder, {}};
  reader::config_table().read(document.root, &config, {&session, ""});
  check_config(document.root, config, session);
  if (config.host.data_dir.is_relative())
    config.host.data_dir = (config.folder / config.host.data_dir).lexically_normal();
  for (auto& problem : session.problems) {
    auto error = config.error(problem.pointer, std::move(problem.message));
    error.by_schema = problem.by_schema;
    out.errors.push_back(std::move(error));
  }
  return out;
}

}  // namespace

std::string ConfigError::text() const {
  return file + ": " + (pointer.empty() ? "" : pointer + ": ") + message;
}

const ConfigPlaces::Place* ConfigPlaces::find(const std::string& merged_pointer) const {
  const auto it = places_.find(merged_pointer);
  return it == places_.end() ? nullptr : &it->second;
}

ConfigPlaces::Place ConfigPlaces::locate(const std::string& merged_pointer) const {
  for (std::string above = merged_pointer;; above.resize(above.rfind('/'))) {
    if (const auto* place = find(above))
      return {place->file, place->pointer + merged_pointer.substr(above.size())};
    if (above.rfind('/') == std::string::npos) return {any_file, merged_pointer};
  }
}

ConfigError Config::error(const std::string& merged_pointer, std::string message) const {
  auto place = places.locate(merged_pointer);
  return {std::move(place.file), std::move(place.pointer), std::move(message), false};
}

LoadedConfig load_config(const std::filesystem::path& path) {
  auto document = read_config_files(path);
  if (document.places.any_file.empty()) document.places.any_file = path.string();
  // Text that cannot be read says nothing about the rest: what it lacks would be blamed on it.
  for (const auto& error : document.errors)
    if (error.pointer.empty()) return {{}, std::move(document.errors)};
  return read_document(std::move(document));
}

LoadedConfig load_config_text(std::string_view text, const std::filesystem::path& file) {
  ConfigDocument document;
  document.folder = std::filesystem::absolute(file).lexically_normal().parent_path();
  add_config_text(document, text, file.string());
  for (const auto& error : document.errors)
    if (error.pointer.empty()) return {{}, std::move(document.errors)};
  return read_document(std::move(document));
}

std::vector<BudgetSpec> budgets_of(const Config& config) {
  std::vector<BudgetSpec> all;
  const auto add = [&](const std::vector<BudgetSpec>& budgets, const std::string& tenant,
                       const std::string& group) {
    for (auto budget : budgets) {
      budget.tenant = tenant;
      budget.group = group;
      for (const auto* part : {&group, &tenant})
        if (!part->empty()) budget.name = *part + "/" + budget.name;
      all.push_back(std::move(budget));
    }
  };
  add(config.budgets, "", "");
  for (const auto& tenant : config.tenants) add(tenant.budgets, tenant.id, "");
  for (const auto& group : config.groups) add(group.budgets, group.tenant, group.id);
  return all;
}

ordered_json effective_config(const Config& config) { return reader::config_table().show(&config); }

ordered_json config_schema() {
  ordered_json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                         {"title", "novascale configuration"}};
  schema.update(reader::config_table().schema());
  return schema;
}

}  // namespace nova
