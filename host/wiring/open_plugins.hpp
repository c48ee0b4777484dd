// Opening the plugins of a config: libraries found and trusted, settings checked and completed,
// references of the right kind. Nothing is created here. Called by wire().
#pragma once

#include <filesystem>
#include <vector>

#include "host/wiring/wiring.hpp"

namespace nova {

// One element an entry, `component` null where it could not be opened. Entries that already have an
// error are left alone.
std::vector<WiredPlugin> open_plugins(const Config& config,
                                      const std::vector<std::filesystem::path>& command_line_dirs,
                                      std::vector<ConfigError>& errors);

// Every reference that resolves leads to a plugin of the kind it needs.
void check_kinds(const Config& config, const std::vector<WiredPlugin>& plugins,
                 std::vector<ConfigError>& errors);

}  // namespace nova
