// Time zones of the system, read into data: core opens no files.
//
// Reads the compiled files of the IANA time zone database (RFC 8536, versions 2 and later, in
// $TZDIR or /usr/share/zoneinfo) and goes on with the rule in their footer to the year 2100. Called
// once, when a config is read.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/cost/period.hpp"

namespace nova {

// "UTC" needs no files. Errors: not_found for a name that is no zone, data_loss for a file that is
// none, unavailable where the system has no zones at all.
Result<TimeZone> read_time_zone(const std::string& name);

// The same from the bytes of a file.
Result<TimeZone> parse_time_zone(const std::string& name, const std::string& bytes);

// The names of all zones, for "did you mean".
std::vector<std::string> time_zone_names();

}  // namespace nova
