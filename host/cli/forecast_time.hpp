// Timestamps of a series file, and the regular grid they lie on.
//
// A grid is exact (equal steps, or calendar months), or what jittered timestamps lie close to: each
// within half a step of its own grid point. Used by forecast_csv. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "host/cli/forecast_progression.hpp"

namespace nova::cli {

inline constexpr std::int64_t kBillion = 1'000'000'000;

enum class TimeKind { index, unix_time, iso };

struct Stamp {
  TimeKind kind = TimeKind::index;
  bool date_only = false;
  std::int64_t at = 0;           // billionths: of a second since 1970 UTC, or of an index
  std::int64_t unit = kBillion;  // of a Unix time, in nanoseconds
};

// ISO 8601, 31.12.2024 with or without a time behind it, Unix time or an index. Numbers from 1973
// on are Unix seconds, with fractions to the microsecond; those beyond the year 5138 are milli-,
// micro- or nanoseconds, whichever puts them before it.
std::optional<Stamp> parse_stamp(std::string_view text);

// The spacing of a grid: billionths, or calendar months.
struct GridStep {
  std::int64_t size = kBillion;
  bool months = false;
};
// "1h", as core/base/time.hpp reads durations, or "1mo". Errors: invalid_argument.
Result<GridStep> parse_step(std::string_view text);

// Points at first, first + step, ... in billionths, or in calendar months.
struct TimeGrid {
  TimeKind kind = TimeKind::index;
  bool months = false;     // step counts months; `first` is the instant of the first point
  bool date_only = false;  // ISO without a time of day
  std::int64_t first = 0, step = kBillion;
  std::int64_t unit = kBillion;  // in which a Unix time is written, in nanoseconds

  std::int64_t instant(std::int64_t point) const;  // of point 0, 1, ... in billionths
  std::string text(std::int64_t point) const;      // the same as the file writes it
  bool counts(std::size_t points) const;  // whether so many points have a time (before 2262)
  // The same for a model: equal steps. An index has no date: it counts seconds before the epoch's
  // end of the series, so that all such series end together.
  TimePoint end(std::size_t points) const;
  Duration step_duration() const;
};

// Fills in first, step and months of `grid` and gives the grid point of each time, ascending.
// `times` ascend strictly; `lines` say where they stand. Errors: invalid_argument, with the line
// and what to do.
Result<std::vector<std::int64_t>> fit_grid(const Progression& times, const Progression& lines,
                                           TimeGrid& grid);

// The grid points of such times where first, step and months of `grid` are stated. Errors:
// invalid_argument, with the line that lies off it.
Result<std::vector<std::int64_t>> stated_grid(const Progression& times, const Progression& lines,
                                              const TimeGrid& grid);

}  // namespace nova::cli
