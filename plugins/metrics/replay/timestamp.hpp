// The timestamps of a metrics file: Unix seconds, ISO 8601, or a bare index.
//
// Called by csv_table for every row, so it parses in place and allocates nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nova::replay {

inline constexpr std::int64_t kSecond = 1'000'000'000;  // ns

// Nanoseconds since the epoch of "898387140", "898387140.5", "8.9e8", "1998-06-10",
// "1998-06-10T15:30:00Z", "1998-06-10 15:30:00.25+02:00" (a time without a zone is UTC); nothing
// when it is none of them or lies beyond the years 1678 to 2262, where milliseconds given as
// seconds end up, too.
std::optional<std::int64_t> parse_timestamp(std::string_view text);

// "1998-06-10T15:30:00Z", for messages.
struct Iso {
  char text[40];
};
Iso to_iso(std::int64_t ns);

}  // namespace nova::replay
