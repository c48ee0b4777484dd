// Saved state: a small binary with a name, a version and a checksum.
//
//   StateWriter w("drift", 1);  w.put(slope);  w.send(out);                      in save()
//   StateReader r("drift", 1, state);  slope = r.get<double>();                  in load()
//
// A reader refuses what is truncated, changed or foreign with NOVA_FAILED_PRECONDITION; the host
// then fits anew. Layout: magic, name hash, version, payload length, checksum of version and
// payload, payload; little-endian.
#pragma once

#include <novascale/text.hpp>

#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace nova {
inline namespace sdk_v1 {

using Bytes = std::span<const std::byte>;

namespace detail {

// Each step is a bijection both of the hash so far and of the word, so a change of any one word
// always changes the result; 8 bytes a step keeps a state of megabytes cheap.
inline std::uint64_t checksum(const void* data, std::size_t size, std::uint64_t seed = 0) noexcept {
  std::uint64_t h = (0x9E3779B97F4A7C15u ^ size) + seed;
  const char* p = static_cast<const char*>(data);
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p + i, size - i < 8 ? size - i : 8);
    h = (h ^ word) * 0xD6E8FEB86659FD93u;
    h ^= h >> 32;
  }
  return h;
}

struct StateHeader {
  char magic[4];
  std::uint32_t version;
  std::uint64_t name, length, checksum;
};

}  // namespace detail

class StateWriter {
 public:
  StateWriter(std::string_view name, std::uint32_t version)
      : name_(detail::checksum(name.data(), name.size())), version_(version) {}

  template <class T>
  requires std::is_arithmetic_v<T>
  void put(T value) { payload_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void put(std::string_view text) {
    put<std::uint64_t>(text.size());
    payload_.append(text);
  }
  template <class T>
  requires std::is_arithmetic_v<T>
  void put(std::span<const T> values) {
    put<std::uint64_t>(values.size());
    payload_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(std::span<const T>(values));
  }
  void send(const Writer& out) const {
    const detail::StateHeader header{{'N', 'V', 'S', '1'},
                                     version_,
                                     name_,
                                     payload_.size(),
                                     detail::checksum(payload_.data(), payload_.size(), version_)};
    out.write(&header, sizeof header);
    out.write(payload_);
  }

 private:
  std::uint64_t name_;
  std::uint32_t version_;
  std::string payload_;
};

class StateReader {
 public:
  // newest: the highest version this plugin writes; older ones are the author's to read.
  StateReader(std::string_view name, std::uint32_t newest, Bytes state) {
    detail::StateHeader header;
    if (state.size() < sizeof header) refuse("too short to be a state");
    std::memcpy(&header, state.data(), sizeof header);
    if (std::memcmp(header.magic, "NVS1", 4) != 0) refuse("not a state of this SDK");
    if (header.name != detail::checksum(name.data(), name.size()))
      refuse("made by another component");
    if (header.version == 0 || header.version > newest)
      refuse("of version " + std::to_string(header.version) + ", known up to " +
             std::to_string(newest));
    rest_ = state.subspan(sizeof header);
    if (rest_.size() != header.length) refuse("truncated");
    if (detail::checksum(rest_.data(), rest_.size(), header.version) != header.checksum)
      refuse("damaged");
    version_ = header.version;
  }

  std::uint32_t version() const noexcept { return version_; }
  bool at_end() const noexcept { return rest_.empty(); }

  template <class T>
  requires std::is_arithmetic_v<T> T get() {
    T value;
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  std::string text() {
    const auto n = length(1);
    return std::string(reinterpret_cast<const char*>(take(n)), n);
  }
  template <class T>
  requires std::is_arithmetic_v<T> std::vector<T> list() {
    std::vector<T> values(length(sizeof(T)));
    const std::size_t bytes = values.size() * sizeof(T);
    if (bytes != 0) std::memcpy(values.data(), take(bytes), bytes);
    return values;
  }

  [[noreturn]] static void refuse(const std::string& why) {
    throw Error(NOVA_FAILED_PRECONDITION, "saved state is " + why);
  }

 private:
  const std::byte* take(std::size_t n) {
    if (n > rest_.size()) refuse("truncated");
    const auto* at = rest_.data();
    rest_ = rest_.subspan(n);
    return at;
  }
  std::size_t length(std::size_t item) {
    const auto n = get<std::uint64_t>();
    if (n > rest_.size() / item) refuse("truncated");  // before any allocation of that size
    return static_cast<std::size_t>(n);
  }

  Bytes rest_;
  std::uint32_t version_ = 0;
};

}  // namespace sdk_v1
}  // namespace nova
