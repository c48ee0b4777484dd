// The catalogue: which components lie in the plugin folders, found without running their code
// where a manifest allows it.
//
// A build writes `<library>.nova.json` beside each library: ids, kinds, schemas, and the library's
// SHA-256, so a manifest that does not belong to the file is seen to be stale. Callers: host/wiring
// (find by id), host/cli (plugins list, forecast).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "host/loader/library.hpp"

namespace nova::loader {

// Where plugins are looked for, in order: those given on the command line, those of the config,
// NOVASCALE_PLUGIN_PATH (colon-separated), then `plugins` of the build tree the program lies in
// (<build>/bin/novascale) or ../lib/novascale/plugins beside it. Only folders that exist, once
// each.
std::vector<std::filesystem::path> plugin_search_path(
    const std::vector<std::filesystem::path>& from_command_line,
    const std::vector<std::filesystem::path>& from_config = {});

// One library of a folder: what it declares, or why it cannot be used.
struct CatalogueEntry {
  std::filesystem::path library;
  PluginInfo info;
  bool from_manifest = false;
  Error error{ErrorCode::ok, {}};
  bool ok() const noexcept { return error.code == ErrorCode::ok; }
};

// Every `*.so` of each folder (not searched below), folders in order, names ascending.
std::vector<CatalogueEntry> list_plugins(const std::vector<std::filesystem::path>& folders,
                                         const LoadPolicy& policy = {});

// The first library that declares the component. Error: not_found, whose message names what is
// close in spelling and where was looked.
Result<std::filesystem::path> find_component(std::string_view component_id,
                                             const std::vector<std::filesystem::path>& folders,
                                             const LoadPolicy& policy = {});

// Opens libraries, each once, and remembers them: what host/wiring and the verbs load through.
class PluginCatalogue {
 public:
  explicit PluginCatalogue(std::vector<std::filesystem::path> folders, LoadPolicy policy = {});

  const std::vector<std::filesystem::path>& folders() const noexcept { return folders_; }
  const std::vector<CatalogueEntry>& entries();  // listed at the first call

  struct Found {
    std::shared_ptr<const Library> library;
    const ComponentInfo* component = nullptr;  // of `library`
  };
  // By component id alone, in the folders.
  Result<Found> open(std::string_view component_id);
  // By library: absolute, or relative to one of the folders. `sha256` "" = not pinned.
  Result<Found> open(const std::filesystem::path& library, std::string_view component_id,
                     std::string_view sha256 = {});

 private:
  std::vector<std::filesystem::path> folders_;
  LoadPolicy policy_;
  bool listed_ = false;
  std::vector<CatalogueEntry> entries_;
  std::map<std::filesystem::path, std::shared_ptr<const Library>> opened_;  // by canonical path
};

// The manifest's text for a library, and its path.
Result<std::string> manifest_of(const Library& library);
std::filesystem::path manifest_path(const std::filesystem::path& library);

// What the manifest beside `library` says, if there is one and it belongs to this very file.
Result<PluginInfo> read_manifest(const std::filesystem::path& library);

}  // namespace nova::loader
