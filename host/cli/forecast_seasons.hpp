// The seasons of a series: stated, suggested by its timestamps, or found in its values.
#pragma once

#include <cstdint>
#include <vector>

#include "host/cli/forecast_csv.hpp"

namespace nova::cli {

enum class SeasonFrom { stated, step, values };  // step: assumed, not seen in the values
constexpr const char* name_of(SeasonFrom from) {
  constexpr const char* kNames[] = {"stated", "step", "values"};
  return kNames[static_cast<int>(from)];
}

struct SeriesSeason {
  std::uint32_t length = 0;  // steps
  SeasonFrom from = SeasonFrom::stated;
  bool operator==(const SeriesSeason&) const = default;
};

// Season lengths that the spacing suggests: days and weeks, or years of months. Only those of which
// the series holds two. [pure]
std::vector<std::uint32_t> usual_seasons(const TimeGrid& grid, std::size_t points);

// Those of the spacing, whether seen in the values or not: a model that sees no use in a season
// ignores it. Then others found there, strongest first, where there are three cycles of them.
// [pure]
std::vector<SeriesSeason> detected_seasons(const InputSeries& series);

}  // namespace nova::cli
