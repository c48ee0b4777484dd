// The frame around a plugin's saved state: whose it is, how new, and whether it is whole.
//
// Layout, little-endian: magic "NOVASTA1", u32 length of id, id, u32 length of version, version,
// i64 watermark_ns, u64 length of the blob, blob, u32 CRC-32C of all before it. Caller:
// saved_state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova::loader {

struct SavedState {
  std::string component_id, component_version;
  TimePoint watermark;  // time of the newest sample in it
  std::string bytes;    // the plugin's own
};

std::string frame_state(const SavedState& state);

// Error: data_loss, for whatever is not exactly one whole frame.
Result<SavedState> unframe_state(std::string_view frame);

// CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, as in RFC 3720 appendix B.4.
std::uint32_t crc32c(std::string_view bytes) noexcept;

}  // namespace nova::loader
