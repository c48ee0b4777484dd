// How instants and ids read in what is pushed.
#pragma once

#include <novascale/base.h>

#include <cstdint>
#include <string>

namespace nova::push {

// "2026-11-28T15:46:59.250Z", as RFC 3339 wants it; of ns since 1970-01-01 UTC, to the millisecond.
std::string to_rfc3339(std::int64_t time_ns);

// "6b0f0a3e-....": 36 characters.
std::string to_text(const nova_uuid& id);

}  // namespace nova::push
