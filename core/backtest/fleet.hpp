// SlotFleet: the exact fleet of a backtest, in whole slots.
//
// New machines are billed from launch and serve `boot_slots` later; scale-in cancels booting
// machines first, newest first, then stops serving ones at once. No failures, one kind of machine.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace nova {

class SlotFleet {
 public:
  SlotFleet(std::uint32_t serving, std::uint32_t boot_slots)
      : serving_(serving), boot_slots_(boot_slots) {}

  // The slot begins: machines whose boot ends now serve.
  void begin(std::uint64_t slot);
  // Be `desired` from this slot on.
  void scale(std::uint64_t slot, std::uint32_t desired);

  std::uint32_t serving() const { return serving_; }
  std::uint32_t booting() const { return booting_; }
  std::uint32_t desired() const { return serving_ + booting_; }  // also what is billed

 private:
  struct Launch {
    std::uint64_t ready;
    std::uint32_t machines;
  };
  std::deque<Launch> launches_;  // oldest first
  std::uint32_t serving_, booting_ = 0, boot_slots_;
};

// What a fleet did, slot by slot; all of one length.
struct FleetLog {
  std::vector<std::uint32_t> serving, billed, desired;

  void append(const SlotFleet& fleet) {
    serving.push_back(fleet.serving());
    billed.push_back(fleet.desired());
    desired.push_back(fleet.desired());
  }
};

}  // namespace nova
