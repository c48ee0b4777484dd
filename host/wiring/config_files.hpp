// The files of a config as one document, and which file each part of it came from.
//
// Input: a path to a JSON file or to a folder of them; output: the merged document, or what keeps
// the files from being read. Called by load_config.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "host/wiring/config.hpp"

namespace nova {

struct ConfigDocument {
  nlohmann::json root = nlohmann::json::object();
  std::filesystem::path folder;
  ConfigPlaces places;
  std::vector<ConfigError> errors;
};

// Folders: *.json in name order. Lists (plugins, groups ...) are joined, objects merged; what is
// set in two files is an error that names both.
ConfigDocument read_config_files(const std::filesystem::path& path);

// Adds one file's text to the document.
void add_config_text(ConfigDocument& document, std::string_view text, const std::string& file);

}  // namespace nova
