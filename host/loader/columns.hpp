// Reading the columns of a batch that a plugin emits: each may be absent (null, or beyond the
// struct its writer knew). Used by the typed clients.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "host/loader/text.hpp"
#include "novascale/base.h"

namespace nova::loader {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();  // missing
inline constexpr std::size_t kIdCap = 512;             // bytes of any id in a batch
inline constexpr std::uint64_t kRowCap = 10'000'000;   // rows of all batches of one call
inline constexpr std::uint64_t kBatchCap = 1'000'000;  // rows of one batch

// The batch as this host knows it: cut, or filled up with zeros (absent columns).
template <class Batch>
Batch known_part(const Batch* from) {
  Batch batch{};
  if (from)
    std::memcpy(&batch, from, from->struct_size < sizeof batch ? from->struct_size : sizeof batch);
  return batch;
}

template <class T>
T cell(const T* column, std::uint64_t row, T absent = {}) {
  return column ? column[row] : absent;
}

inline std::string text_cell(const nova_str* column, std::uint64_t row, std::size_t cap = kIdCap) {
  return column ? clean_text(column[row], cap) : std::string();
}

// NOVA_NONE, or a column that is absent: nothing.
inline std::optional<std::int64_t> known(const std::int64_t* column, std::uint64_t row) {
  if (!column || column[row] == NOVA_NONE) return std::nullopt;
  return column[row];
}

inline std::optional<TimePoint> known_time(const std::int64_t* column, std::uint64_t row) {
  const auto ns = known(column, row);
  if (!ns) return std::nullopt;
  return from_unix_ns(*ns);
}

// The status of a sink's caller when a batch is beyond all reason; NOVA_OK otherwise.
inline nova_status admit(std::uint64_t batch, std::uint64_t so_far) {
  return batch > kBatchCap || batch + so_far > kRowCap ? NOVA_RESOURCE_EXHAUSTED : NOVA_OK;
}

}  // namespace nova::loader
