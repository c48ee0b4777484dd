// One call: its deadline, its cancel word, and remarks on single items.
//
// Every method of a component gets one, as `nova::Call` or as the plain `const nova_call&`. Long
// work calls check() every few thousand items and simply stops by the exception.
#pragma once

#include <novascale/text.hpp>

#include <cstdint>
#include <ctime>

namespace nova {
inline namespace sdk_v1 {

class Call {
 public:
  Call(const nova_call& call) : call_(&call) {}  // NOLINT: both forms mean the same
  operator const nova_call&() const noexcept { return *call_; }

  bool cancelled() const noexcept {
    const auto word = detail::field(*call_, &nova_call::cancel);
    return word != nullptr && __atomic_load_n(word, __ATOMIC_RELAXED) != 0;
  }
  // Real time, also in a replay: CLOCK_MONOTONIC.
  bool late() const noexcept {
    const auto deadline = detail::field(*call_, &nova_call::deadline_ns);
    return deadline != 0 && monotonic_ns() >= deadline;
  }
  // Throws NOVA_CANCELLED or NOVA_DEADLINE_EXCEEDED; about 30 ns.
  void check() const {
    if (cancelled()) throw Error(NOVA_CANCELLED, "cancelled by the caller");
    if (late()) throw Error(NOVA_DEADLINE_EXCEEDED, "the deadline of the call has passed");
  }

  // Why item i failed, or with NOVA_OK a remark on it. Kept by the host for `explain`. [any-thread]
  void note(std::uint64_t item, nova_status status, std::string_view text) const noexcept {
    if (NOVA_HAS(call_, note)) call_->note(call_, item, status, str(text));
  }
  void note(std::uint64_t item, std::string_view text) const noexcept { note(item, NOVA_OK, text); }
  void note(std::string_view text) const noexcept { note(UINT64_MAX, NOVA_OK, text); }

  static std::int64_t monotonic_ns() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }

 private:
  const nova_call* call_;
};

namespace detail {

// A rule of base.h: an unknown bit of the high half must not be overlooked.
template <class Struct>
void refuse_unknown_flags(const Struct* s) {
  if (s != nullptr && (field(*s, &Struct::flags) & kMustUnderstand) != 0)
    throw Error(NOVA_UNIMPLEMENTED, "the call needs a feature this plugin does not know (flags)");
}

// Every thunk begins with this: a call, a known argument struct, no feature we would overlook.
template <class Struct>
Call enter(const nova_call* call, const Struct* io) {
  if (call == nullptr || io == nullptr) throw Error(NOVA_INVALID_ARGUMENT, "null argument");
  refuse_unknown_flags(call);
  refuse_unknown_flags(io);
  return Call(*call);
}
inline Call enter(const nova_call* call) {
  if (call == nullptr) throw Error(NOVA_INVALID_ARGUMENT, "null argument");
  refuse_unknown_flags(call);
  return Call(*call);
}

// item_status and notes, the part that all batch views share.
class Items {
 public:
  Items(Call call, std::uint64_t count, std::int32_t* item_status)
      : call_(call), count_(static_cast<std::size_t>(count)), item_status_(item_status) {}

  std::size_t count() const noexcept { return count_; }
  const Call& call() const noexcept { return call_; }
  void set_status(std::size_t i, nova_status status) const noexcept {
    if (item_status_ != nullptr) item_status_[i] = status;
  }
  // Item i cannot be answered; the others are not touched by that.
  void fail(std::size_t i, nova_status status, std::string_view why) const noexcept {
    set_status(i, status);
    call_.note(i, status, why);
  }
  void note(std::size_t i, std::string_view text) const noexcept { call_.note(i, text); }

 protected:
  Call call_;

 private:
  std::size_t count_;
  std::int32_t* item_status_;
};

template <class T>
T at_or(const T* column, std::size_t i, T absent) noexcept {
  return column == nullptr ? absent : column[i];
}
template <class T>
void set(T* column, std::size_t i, T value) noexcept {
  if (column != nullptr) column[i] = value;
}

}  // namespace detail

}  // namespace sdk_v1
}  // namespace nova
