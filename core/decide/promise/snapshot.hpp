// Snapshots of the promise engine: its columns and sums as bytes, and back, bit for bit.
//
// Bytes are those of this machine (little-endian, as everywhere in the house) and of this build;
// what was damaged or belongs to another shape is refused as a whole.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nova::promise {

// FNV-1a, 64 bits (Fowler, Noll and Vo).
inline std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

class SnapshotWriter {
 public:
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (write(fields), ...);
  }
  // An index below `limit`.
  void index(const std::size_t& i, std::size_t) { write(i); }

  std::string finish() && {
    const auto sum = checksum(bytes_);
    write(sum);
    return std::move(bytes_);
  }

 private:
  template <class T>
  void write(const T& field) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&field), sizeof field);
  }
  template <class T>
  void write(const std::vector<T>& column) {
    static_assert(std::is_trivially_copyable_v<T>);
    write(static_cast<std::uint64_t>(column.size()));
    bytes_.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T));
  }

  std::string bytes_;
};

// Reads into objects of the same shape. Once something does not fit, ok() is false for good and
// nothing more is written.
class SnapshotReader {
 public:
  explicit SnapshotReader(std::string_view bytes) {
    std::uint64_t sum = 0;
    ok_ = bytes.size() >= sizeof sum;
    if (!ok_) return;
    std::memcpy(&sum, bytes.data() + bytes.size() - sizeof sum, sizeof sum);
    rest_ = bytes.substr(0, bytes.size() - sizeof sum);
    ok_ = checksum(rest_) == sum;
  }
  template <class... Fields>
  void operator()(Fields&... fields) {
    (read(fields), ...);
  }
  void index(std::size_t& i, std::size_t limit) {
    std::size_t found = 0;
    read(found);
    ok_ = ok_ && found < limit;
    if (ok_) i = found;
  }
  // Everything was there, and nothing is left.
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  template <class T>
  void read(T& field) {
    take(&field, sizeof field);
  }
  template <class T>
  void read(std::vector<T>& column) {
    std::uint64_t size = 0;
    read(size);
    ok_ = ok_ && size == column.size();
    take(column.data(), column.size() * sizeof(T));
  }
  void take(void* to, std::size_t size) {
    ok_ = ok_ && size <= rest_.size();
    if (!ok_) return;
    std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace nova::promise
