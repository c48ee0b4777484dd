// A moment as services write it: RFC 3339, such as 2026-01-02T03:04:05.678Z.
#pragma once

#include <cstdint>
#include <string>

namespace nova::http {

// Nanoseconds since the epoch, whole seconds; NOVA_NONE for what is none, or lies before 1971 (a
// zero that was written out). Any time zone.
std::int64_t instant_of(const std::string& text);

}  // namespace nova::http
