#include "host/loader/catalogue.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "host/loader/trust.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::loader {
namespace {

namespace fs = std::filesystem;

CatalogueEntry read_entry(const fs::path& library, const LoadPolicy& policy) {
  CatalogueEntry entry;
  entry.library = library;
  const auto fail = [&](const Error& error) {
    entry.error = error;
    return entry;
  };
  // A manifest spares us the loading, not the doubts about who wrote it.
  const bool trusted = !policy.check_owner || check_ownership(library).ok();
  if (auto manifest = trusted ? read_manifest(library) : Error{ErrorCode::permission_denied, ""};
      manifest.ok()) {
    entry.info = std::move(*manifest);
    entry.from_manifest = true;
    return entry;
  }
  auto relaxed = policy;
  relaxed.sha256.reset();
  relaxed.require_pin = false;  // a pin belongs to one config entry, not to a folder
  const auto opened = Library::open(library, relaxed);
  if (!opened) return fail(opened.error());
  entry.info = (*opened)->info();
  return entry;
}

const ComponentInfo* declared(const CatalogueEntry& entry, std::string_view id) {
  for (const auto& component : entry.info.components)
    if (component.id == id) return &component;
  return nullptr;
}

Error unknown_component(std::string_view id, const std::vector<CatalogueEntry>& entries,
                        const std::vector<fs::path>& folders) {
  std::vector<std::string> known;
  std::string broken;
  for (const auto& entry : entries) {
    if (!entry.ok()) broken += entry.error.message + "; ";
    for (const auto& component : entry.info.components) known.push_back(component.id);
  }
  std::string message = "component \"" + std::string(id) + "\": ";
  if (!broken.empty()) message += "a library cannot be used: " + broken;
  message += "not found in";
  for (const auto& folder : folders) message += " " + folder.string();
  if (folders.empty()) message += " any folder (none is configured or exists)";
  if (const auto meant = nearest(id, known); !meant.empty())
    message += "; did you mean \"" + meant + "\"?";
  return {ErrorCode::not_found, message};
}

const CatalogueEntry* first_with(std::string_view id, const std::vector<CatalogueEntry>& entries) {
  for (const auto& entry : entries)
    if (entry.ok() && declared(entry, id)) return &entry;
  return nullptr;
}

}  // namespace

std::vector<fs::path> plugin_search_path(const std::vector<fs::path>& from_command_line,
                                         const std::vector<fs::path>& from_config) {
  auto wanted = from_command_line;
  wanted.insert(wanted.end(), from_config.begin(), from_config.end());
  if (const char* path = std::getenv("NOVASCALE_PLUGIN_PATH")) {
    std::istringstream parts(path);
    for (std::string part; std::getline(parts, part, ':');)
      if (!part.empty()) wanted.emplace_back(part);
  }
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    wanted.push_back(program.parent_path().parent_path() / "plugins");
    wanted.push_back(program.parent_path().parent_path() / "lib/novascale/plugins");
  }
  std::vector<fs::path> found;
  for (const auto& path : wanted) {
    const auto real = fs::canonical(path, failed);
    if (failed || !fs::is_directory(real, failed)) continue;
    if (std::find(found.begin(), found.end(), real) == found.end()) found.push_back(real);
  }
  return found;
}

std::vector<CatalogueEntry> list_plugins(const std::vector<fs::path>& folders,
                                         const LoadPolicy& policy) {
  std::vector<CatalogueEntry> entries;
  for (const auto& folder : folders) {
    std::set<fs::path> libraries;
    std::error_code failed;
    for (const auto& file : fs::directory_iterator(folder, failed))
      if (file.path().extension() == ".so") libraries.insert(file.path());
    for (const auto& library : libraries) entries.push_back(read_entry(library, policy));
  }
  return entries;
}

Result<fs::path> find_component(std::string_view component_id, const std::vector<fs::path>& folders,
                                const LoadPolicy& policy) {
  const auto entries = list_plugins(folders, policy);
  if (const auto* entry = first_with(component_id, entries)) return entry->library;
  return unknown_component(component_id, entries, folders);
}

PluginCatalogue::PluginCatalogue(std::vector<fs::path> folders, LoadPolicy policy)
    : folders_(std::move(folders)), policy_(std::move(policy)) {}

const std::vector<CatalogueEntry>& PluginCatalogue::entries() {
  if (!std::exchange(listed_, true)) entries_ = list_plugins(folders_, policy_);
  return entries_;
}

Result<PluginCatalogue::Found> PluginCatalogue::open(std::string_view component_id) {
  const auto* entry = first_with(component_id, entries());
  if (!entry) return unknown_component(component_id, entries(), folders_);
  return open(entry->library, component_id);
}

Result<PluginCatalogue::Found> PluginCatalogue::open(const fs::path& library,
                                                     std::string_view component_id,
                                                     std::string_view sha256) {
  std::error_code failed;
  fs::path path = library;
  if (library.is_relative())
    for (const auto& folder : folders_)
      if (fs::exists(folder / library, failed)) {
        path = folder / library;
        break;
      }
  const auto real = fs::canonical(path, failed);
  auto& known = opened_[failed ? path : real];
  if (!known || !sha256.empty()) {
    auto policy = policy_;
    if (!sha256.empty()) policy.sha256 = std::string(sha256);
    auto opened = Library::open(path, policy);
    if (!opened) return opened.error();
    known = *opened;
  }
  if (const auto* component = known->find(component_id)) return Found{known, component};
  std::string message =
      path.string() + ": has no component \"" + std::string(component_id) + "\"; it has";
  for (const auto& component : known->info().components) message += " " + component.id;
  return Error{ErrorCode::not_found, message};
}

}  // namespace nova::loader
