// The seasons of a series: stated, suggested by its timestamps, or found in its values.
#pragma once

#include <cstdint>
#include <vector>

#include "host/cli/forecast_csv.hpp"

namespace nova::cli {

// Season lengths that the spacing suggests: days and weeks, or years of months. Only those of which
// the series holds two. [pure]
std::vector<std::uint32_t> usual_seasons(const TimeGrid& grid, std::size_t points);

// Those of the spacing, then others found in the values, strongest first, where there are three
// cycles of them: a model that sees no use in a season ignores it. [pure]
std::vector<std::uint32_t> detected_seasons(const InputSeries& series);

}  // namespace nova::cli
