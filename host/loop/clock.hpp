// Clock: what the loop and its plugins mean by "now".
//
// Real: the system's clock. Virtual: an instant that only the loop moves, so a week of recorded
// load can be lived through in a minute. Read from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/base/time.hpp"

namespace nova {

class Clock {
 public:
  TimePoint now() const {
    const auto ns = virtual_ns_.load(std::memory_order_acquire);
    if (ns != kReal) return from_unix_ns(ns);
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  bool is_virtual() const { return virtual_ns_.load(std::memory_order_acquire) != kReal; }
  void set(TimePoint t) { virtual_ns_.store(unix_ns(t), std::memory_order_release); }

 private:
  static constexpr std::int64_t kReal = INT64_MIN;
  std::atomic<std::int64_t> virtual_ns_ = kReal;
};

}  // namespace nova
