// What a fleet did, slot by slot.
#pragma once

#include <cstdint>
#include <vector>

#include "core/engine/slot_fleet.hpp"

namespace nova {

// All of one length.
struct FleetLog {
  std::vector<std::uint32_t> serving, billed, desired;

  void append(const SlotFleet& fleet) {
    serving.push_back(fleet.serving());
    billed.push_back(fleet.desired());
    desired.push_back(fleet.desired());
  }
};

}  // namespace nova
