// Text, keys and writers that cross the contract, as C++ knows them. All of it is borrowed for the
// call.
#pragma once

#include <novascale/error.hpp>

#include <span>
#include <string>
#include <string_view>

namespace nova {
inline namespace sdk_v1 {

inline std::string_view view(nova_str s) noexcept {
  return s.ptr == nullptr ? std::string_view{}
                          : std::string_view{s.ptr, static_cast<std::size_t>(s.len)};
}
// Borrowed: the text must outlive its use by the other side.
inline nova_str str(std::string_view s) noexcept { return {s.data(), s.size()}; }

// A column of texts; a null column reads as "" everywhere.
class Strings {
 public:
  Strings() = default;
  Strings(const nova_str* data, std::uint64_t count) : data_(data), count_(count) {}
  std::size_t size() const noexcept { return static_cast<std::size_t>(count_); }
  bool all() const noexcept { return data_ == nullptr; }  // where null means "all of them"
  std::string_view operator[](std::size_t i) const noexcept {
    return data_ == nullptr ? std::string_view{} : view(data_[i]);
  }

 private:
  const nova_str* data_ = nullptr;
  std::uint64_t count_ = 0;
};

// Series keys as an argument of save and forget; no list at all means every key.
class Keys : public std::span<const std::uint64_t> {
 public:
  Keys(const std::uint64_t* data, std::uint64_t count)
      : std::span<const std::uint64_t>(data, data == nullptr ? 0 : static_cast<std::size_t>(count)),
        all_(data == nullptr) {}
  bool all() const noexcept { return all_; }

 private:
  bool all_;
};

// Bytes or JSON text for the other side, which copies them at once. An error of the reader ends the
// call with that error, as the contract asks ("if it answers other than OK, stop and return that").
class Writer {
 public:
  explicit Writer(const nova_writer* to) : to_(to) {
    if (to == nullptr || detail::field(*to, &nova_writer::write) == nullptr)
      throw Error(NOVA_INVALID_ARGUMENT, "the caller gave no writer");
  }
  void write(const void* data, std::size_t size) const {
    if (const nova_status status = to_->write(to_, data, size); status != NOVA_OK)
      throw Error(status, "the caller's writer refused the data");
  }
  void write(std::string_view text) const { write(text.data(), text.size()); }

 private:
  const nova_writer* to_;
};

}  // namespace sdk_v1
}  // namespace nova
