// SlotFleet: a fleet that boots and goes exactly as it should, in whole slots.
//
// New machines are billed from launch and serve `boot_slots` later; scale-in cancels booting
// machines first, newest first, then stops serving ones at once. No failures, one kind of machine.
// The fleet of a backtest, and of every policy that is only tried.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

namespace nova {

class SlotFleet {
 public:
  struct Launch {
    std::uint64_t ready;  // slot from which on they serve
    std::uint32_t machines;
  };

  // `launches`: on their way, oldest first.
  SlotFleet(std::uint32_t serving, std::uint32_t boot_slots, std::deque<Launch> launches = {});

  // The slot begins: machines whose boot ends now serve.
  void begin(std::uint64_t slot);
  // So many that serve are gone by themselves; at most all.
  void lose(std::uint32_t machines) { serving_ -= std::min(machines, serving_); }
  // Be `desired` from this slot on.
  void scale(std::uint64_t slot, std::uint32_t desired);

  std::uint32_t serving() const { return serving_; }
  std::uint32_t booting() const { return booting_; }
  std::uint32_t desired() const { return serving_ + booting_; }  // also what is billed
  const std::deque<Launch>& launches() const { return launches_; }

 private:
  std::deque<Launch> launches_;  // oldest first
  std::uint32_t serving_, booting_ = 0, boot_slots_;
};

}  // namespace nova
