#include "core/engine/slot_fleet.hpp"

#include <algorithm>

namespace nova {

SlotFleet::SlotFleet(std::uint32_t serving, std::uint32_t boot_slots, std::deque<Launch> launches)
    : launches_(std::move(launches)), serving_(serving), boot_slots_(boot_slots) {
  for (const auto& launch : launches_) booting_ += launch.machines;
}

void SlotFleet::begin(std::uint64_t slot) {
  while (!launches_.empty() && launches_.front().ready <= slot) {
    serving_ += launches_.front().machines;
    booting_ -= launches_.front().machines;
    launches_.pop_front();
  }
}

void SlotFleet::scale(std::uint64_t slot, std::uint32_t desired) {
  const auto present = serving_ + booting_;
  if (desired > present) {
    const auto more = desired - present;
    if (boot_slots_ == 0) {
      serving_ += more;
    } else {
      launches_.push_back({slot + boot_slots_, more});
      booting_ += more;
    }
    return;
  }
  auto fewer = present - desired;
  while (fewer > 0 && !launches_.empty()) {
    auto& newest = launches_.back();
    const auto cancelled = std::min(fewer, newest.machines);
    newest.machines -= cancelled;
    booting_ -= cancelled;
    fewer -= cancelled;
    if (newest.machines == 0) launches_.pop_back();
  }
  serving_ -= fewer;
}

}  // namespace nova
