// Names of tenants, groups and signals, and the keys made of them.
#pragma once

#include <cstdint>
#include <string_view>

namespace nova {

// Tenant and group ids: [a-z0-9][a-z0-9_-]{0,62}.
bool is_valid_id(std::string_view id) noexcept;

// Key of a series: FNV-1a (64 bit) over "tenant/group/signal", the same on every host and after
// every restart, so saved model state finds its series again. Never 0.
std::uint64_t series_key(std::string_view tenant, std::string_view group,
                         std::string_view signal) noexcept;

}  // namespace nova
