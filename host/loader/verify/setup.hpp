// check.json: what a plugin's author tells `plugins verify`.
//
//   { "config":   { ... },                      what to create the component with
//     "bindings": [ { "name": "requests", "settings": {} } ],   queries, or groups, to bind
//     "now":      "1998-06-30T00:00:00Z",       the host's clock, for sources of recorded history
//     "points":   336,                          points a model gets, when it needs many
//     "skip":     { "strides": "why it does not apply" },
//     "components": { "com.example.drift": { the same again, for one of several } } }
//
// Lies beside the library as NAME.check.json or check.json, or is given by --config. In strings of
// config, "{tmp}" is a folder that lasts as long as the check. Relative paths of settings with
// x-path start at the file's folder.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova::verify {

struct SetupBinding {
  std::string name, tenant, settings_json = "{}";
};

struct Setup {
  nlohmann::json config = nlohmann::json::object();
  std::vector<SetupBinding> bindings;
  TimePoint now = from_unix_ns(1'700'000'000'000'000'000);  // 2023-11-14T22:13:20Z
  std::size_t points = 336;                                 // two weeks of hours
  std::map<std::string, std::string> skip;                  // check -> reason
  std::filesystem::path folder;                             // of the file, for x-path
};

// The file that belongs to a library: `given` when not empty, else the one beside it, else "".
std::filesystem::path setup_file(const std::filesystem::path& library,
                                 const std::filesystem::path& given);

// Error: invalid_argument, for what is no such file. "" gives the defaults.
Result<Setup> read_setup(const std::filesystem::path& file, const std::string& component_id);

}  // namespace nova::verify
