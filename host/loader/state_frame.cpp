#include "host/loader/state_frame.hpp"

#include <array>
#include <cstring>

namespace nova::loader {
namespace {

constexpr std::string_view kMagic = "NOVASTA1";

constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ (c & 1 ? 0x82F63B78u : 0u);
    table[i] = c;
  }
  return table;
}();

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Takes fields off the front; `good` falls when one is missing.
struct Reader {
  std::string_view rest;
  bool good = true;

  std::string_view take(std::uint64_t size) {
    if (size > rest.size()) {
      good = false;
      return {};
    }
    const auto piece = rest.substr(0, size);
    rest.remove_prefix(size);
    return piece;
  }
  template <class T>
  T number() {
    T value{};
    const auto piece = take(sizeof value);
    if (good) std::memcpy(&value, piece.data(), sizeof value);
    return value;
  }
};

}  // namespace

std::uint32_t crc32c(std::string_view bytes) noexcept {
  std::uint32_t c = 0xFFFFFFFFu;
  for (const char byte : bytes)
    c = kTable[(c ^ static_cast<unsigned char>(byte)) & 0xFF] ^ (c >> 8);
  return c ^ 0xFFFFFFFFu;
}

std::string frame_state(const SavedState& state) {
  std::string out(kMagic);
  put(out, static_cast<std::uint32_t>(state.component_id.size()));
  out += state.component_id;
  put(out, static_cast<std::uint32_t>(state.component_version.size()));
  out += state.component_version;
  put(out, unix_ns(state.watermark));
  put(out, static_cast<std::uint64_t>(state.bytes.size()));
  out += state.bytes;
  put(out, crc32c(out));
  return out;
}

Result<SavedState> unframe_state(std::string_view frame) {
  const auto refuse = [](const char* why) {
    return Error{ErrorCode::data_loss, std::string("saved state: ") + why};
  };
  if (frame.size() < kMagic.size() + 4 || !frame.starts_with(kMagic))
    return refuse("not a saved state, or cut short");
  std::uint32_t stored;
  std::memcpy(&stored, frame.data() + frame.size() - 4, 4);
  if (crc32c(frame.substr(0, frame.size() - 4)) != stored)
    return refuse("its checksum does not match: damaged");
  Reader reader{frame.substr(kMagic.size(), frame.size() - 4 - kMagic.size())};
  SavedState state;
  state.component_id = reader.take(reader.number<std::uint32_t>());
  state.component_version = reader.take(reader.number<std::uint32_t>());
  state.watermark = from_unix_ns(reader.number<std::int64_t>());
  state.bytes = reader.take(reader.number<std::uint64_t>());
  if (!reader.good || !reader.rest.empty()) return refuse("its lengths do not add up");
  return state;
}

}  // namespace nova::loader
