// Library: a plugin's shared object, checked before and after it is mapped.
//
// Input: a path and a policy. Output: a Library whose descriptor was copied out and validated as
// hostile data. Caller: host/wiring (configs), host/cli (plugins, forecast). A library stays mapped
// until the process ends, whoever lets go of it: plugins leave behind thread keys and destructors
// that would run in unmapped pages (reproduced; contract notes, 1.6).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "novascale/all.h"

namespace nova::loader {

// The kinds this host knows; `unknown` never leaves the loader.
enum class Kind { unknown, model, cost, metrics, controller, sink, policy, solver };
const char* to_string(Kind kind) noexcept;  // "model"
Kind kind_of_interface(std::string_view interface_id) noexcept;

// What the loader insists on, beyond the descriptor's own form.
struct LoadPolicy {
  std::optional<std::string> sha256;  // hex digest the file must have
  bool require_pin = false;           // refuse a library without such a digest
  bool check_owner = true;  // file and directory: owned by root or us, writable by no other
  // Refuses a config_schema outside the documented subset; the loader itself only checks that the
  // text is a JSON object. Empty = no further check.
  std::function<Result<void>(std::string_view schema)> schema_check;
};

// One component as declared, copied out of the plugin; `raw` stays valid as long as the process.
struct ComponentInfo {
  Kind kind = Kind::unknown;
  std::string interface_id, id, name, version, description;
  std::string config_schema;  // "" = takes no config
  std::uint32_t flags = 0;    // NOVA_COMPONENT_*
  std::uint32_t ops_flags = 0;
  std::vector<std::string> operations;  // names of the functions it has, in table order
  const nova_component* raw = nullptr;  // null when read from a manifest
  bool concurrent() const { return flags & NOVA_COMPONENT_CONCURRENT; }
  bool virtual_time() const { return flags & NOVA_COMPONENT_VIRTUAL_TIME; }
};

struct PluginInfo {
  std::uint16_t abi_major = 0, abi_minor = 0;
  std::string id, vendor, version, license, url, build_info;
  std::vector<ComponentInfo> components;
};

class Library {
 public:
  // Checks the file, maps it, validates its descriptor. Errors: not_found (no such file),
  // permission_denied (owner, mode, digest), invalid_argument (not a plugin, or its descriptor
  // breaks the contract), unimplemented (another ABI major), unavailable (the dynamic linker's
  // reason).
  static Result<std::shared_ptr<const Library>> open(const std::filesystem::path& path,
                                                     const LoadPolicy& policy = {});

  const std::filesystem::path& path() const noexcept { return path_; }  // canonical
  const PluginInfo& info() const noexcept { return info_; }
  const ComponentInfo* find(std::string_view component_id) const noexcept;

 private:
  Library() = default;
  std::filesystem::path path_;
  PluginInfo info_;
};

}  // namespace nova::loader
