// Errors: what an author throws, and the guard that turns every throw into a status.
//
// Nothing may unwind through the contract, so each function of an ops table is a noexcept thunk
// that runs the author's method inside guard(). An author throws nova::Error(status, text) for the
// whole call; an answer about one series, group or offer goes to its item_status instead.
#pragma once

#include <novascale/base.h>

#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace nova {
inline namespace sdk_v1 {

class Error : public std::runtime_error {
 public:
  Error(nova_status status, const std::string& text) : std::runtime_error(text), status_(status) {}

  // The same request may be sent again, at the earliest after so many milliseconds.
  Error& retry_after_ms(std::uint32_t ms) {
    retry_after_ms_ = ms;
    flags_ |= NOVA_ERROR_RETRYABLE;
    return *this;
  }
  Error& retryable() { return flags_ |= NOVA_ERROR_RETRYABLE, *this; }
  Error& partial() { return flags_ |= NOVA_ERROR_PARTIAL, *this; }  // what was delivered is good
  Error& vendor_code(std::int64_t code) { return vendor_code_ = code, *this; }

  nova_status status() const noexcept { return status_; }
  std::uint32_t flags() const noexcept { return flags_; }
  std::uint32_t retry_after_ms() const noexcept { return retry_after_ms_; }
  std::int64_t vendor_code() const noexcept { return vendor_code_; }

 private:
  nova_status status_;
  std::uint32_t flags_ = 0, retry_after_ms_ = 0;
  std::int64_t vendor_code_ = 0;
};

namespace detail {

// Bits of the high half mean "must understand"; this SDK knows none of them.
inline constexpr std::uint32_t kMustUnderstand = 0xFFFF0000u;

// True if a struct of struct_size bytes, written by somebody else, reaches to the end of the field.
template <class Struct, class Field>
bool reaches(const Struct& s, Field Struct::*member) noexcept {
  const auto begin = reinterpret_cast<const char*>(&s);
  const auto end = reinterpret_cast<const char*>(&(s.*member)) + sizeof(Field);
  return s.struct_size >= static_cast<std::size_t>(end - begin);
}

// The field, or zero when the writer of the struct was too old to know it.
template <class Struct, class Field>
Field field(const Struct& s, Field Struct::*member) noexcept {
  return reaches(s, member) ? s.*member : Field{};
}

// Copies text, cut at a whole UTF-8 character so that the result is still valid text.
inline void copy_message(char* to, std::size_t room, std::string_view text) noexcept {
  std::size_t n = text.size() < room ? text.size() : room - 1;
  if (n < text.size())
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  std::memcpy(to, text.data(), n);
  to[n] = '\0';
}

// Fills the caller's error as far as the caller knows its fields; returns status for `return`.
inline nova_status report(nova_error* err, nova_status status, std::string_view text,
                          std::uint32_t flags = 0, std::uint32_t retry_after_ms = 0,
                          std::int64_t vendor_code = 0) noexcept {
  if (err == nullptr || !reaches(*err, &nova_error::code)) return status;
  err->code = status;
  if (reaches(*err, &nova_error::flags)) err->flags = flags;
  if (reaches(*err, &nova_error::retry_after_ms)) err->retry_after_ms = retry_after_ms;
  if (reaches(*err, &nova_error::vendor_code)) err->vendor_code = vendor_code;
  if (reaches(*err, &nova_error::message)) copy_message(err->message, sizeof err->message, text);
  return status;
}

// The exception being handled, as status and text. Called only inside a catch block.
template <class Tell>
void describe_current_exception(Tell&& tell) noexcept {
  try {
    throw;
  } catch (const Error& e) {
    tell(e.status() == NOVA_OK ? NOVA_INTERNAL : e.status(), e.what(), &e);
  } catch (const std::bad_alloc&) {
    tell(NOVA_RESOURCE_EXHAUSTED, "out of memory", nullptr);
  } catch (const std::exception& e) {
    tell(NOVA_INTERNAL, e.what(), nullptr);
  } catch (...) {
    tell(NOVA_INTERNAL, "unknown exception", nullptr);
  }
}

}  // namespace detail

// Runs body() and turns whatever leaves it into a status and a message in *err.
// body returns void (OK) or a nova_status.
template <class Body>
nova_status guard(nova_error* err, Body&& body) noexcept {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return NOVA_OK;
    } else {
      const nova_status status = body();
      if (status != NOVA_OK && err != nullptr && detail::field(*err, &nova_error::code) == NOVA_OK)
        detail::report(err, status, "");
      return status;
    }
  } catch (...) {
    nova_status result = NOVA_INTERNAL;
    detail::describe_current_exception([&](nova_status status, const char* text, const Error* e) {
      result = e != nullptr ? detail::report(err, status, text, e->flags(), e->retry_after_ms(),
                                             e->vendor_code())
                            : detail::report(err, status, text);
    });
    return result;
  }
}

}  // namespace sdk_v1
}  // namespace nova
