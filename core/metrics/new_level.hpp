// A new level: the newest values have left where all others were, for longer than ever before.
//
// Input: values oldest first, NaN where missing; output: since when, from where to where. A model
// that knows weeks of the old level and an hour of the new one expects it to end, as every
// excursion before it did. Told the past as it would have been on the new level, it goes on from
// there, with the seasons it knows: the level shift of Chen and Liu, "Joint estimation of model
// parameters and outlier effects in time series", 1993, at its end. Asked by core/engine and by
// `novascale forecast` before models learn; once the new level is a fourteenth of all that is
// known, half a day of a week, they have seen enough of it. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace nova {

struct NewLevel {
  std::size_t first = 0;         // index of the first value on it
  double before = 0, after = 0;  // medians
  friend bool operator==(const NewLevel&, const NewLevel&) = default;
};

// Six values or more, all beyond the middle between both medians, which are five robust standard
// deviations apart; never before were so many in a row there, nor half as many. None where fewer
// than 72 came before. O(144) where there is none, else O(values).
std::optional<NewLevel> find_new_level(std::span<const double> values);

// The values as they would have been: those before it in proportion, or, where some are negative or
// the level has risen to more than the fourfold, moved by the difference.
std::vector<double> on_new_level(std::span<const double> values, const NewLevel& level);

}  // namespace nova
