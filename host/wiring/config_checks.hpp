// Rules across the sections of a config: names are unique, references resolve, grids fit.
//
// What needs a plugin to be loaded (kinds, the plugin's own settings) is checked by wire().
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "host/wiring/config.hpp"
#include "host/wiring/reader.hpp"

namespace nova {

// Fills in what depends on other sections (planning's targets, series keys) and reports the rest.
void check_config(const nlohmann::json& root, Config& config, reader::Session& session);

}  // namespace nova
