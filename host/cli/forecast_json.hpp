// The JSON of one forecast series, as host/cli/README.md describes it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "host/cli/forecast_write.hpp"

namespace nova::cli {

nlohmann::ordered_json series_json(const InputSeries& series, const SeriesAnswer& answer,
                                   const Report& report);

// One line of UTF-8, whatever bytes a file had in its names.
std::string json_text(const nlohmann::ordered_json& json);

}  // namespace nova::cli
