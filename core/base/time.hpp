// Time: instants and durations, and how people write them.
//
// An instant is nanoseconds since the Unix epoch, a duration is nanoseconds too: the unit of the
// contract, so nothing is converted on the way. Nobody in core asks a clock; time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace nova {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

inline TimePoint from_unix_ns(std::int64_t ns) { return TimePoint{Duration{ns}}; }
inline std::int64_t unix_ns(TimePoint t) { return t.time_since_epoch().count(); }
// Divided, not multiplied by 1e-9: a whole number of seconds comes out whole.
inline double seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
inline double hours(Duration d) { return seconds(d) / 3600.0; }

// "90s", "4h", "7d", "500ms", "1h30m": numbers (fractions allowed) with a unit of ns, us, ms, s, m,
// h, d or w, largest first. No sign, no bare number, no blank. Errors: invalid_argument, whose
// message ends with what was found.
Result<Duration> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back as `d`: "1h30m", "0s". A negative duration
// (never read, but seen in messages) has a leading '-'.
std::string to_string(Duration d);

// "1998-06-10T12:00:00Z"; fractions only when there are any.
std::string to_iso8601(TimePoint t);

// The grid point at or before `t` of the grid with spacing `step` through the epoch.
inline TimePoint floor_to(TimePoint t, Duration step) {
  const auto ns = unix_ns(t);
  const auto s = step.count();
  return from_unix_ns(ns - ((ns % s) + s) % s);
}

}  // namespace nova
