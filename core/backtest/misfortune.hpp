// Misfortune: machines that never come up, and machines that are lost while they serve.
//
// A backtest's fleet is perfect; with this it is not, by chance that has a seed: the same for every
// policy that is compared, as far as their fleets are alike, and for every run.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "core/base/time.hpp"
#include "core/engine/slot_fleet.hpp"

namespace nova {

struct MisfortuneRules {
  double boot_failure = 0.05;   // share of machines that never serve; billed until they should
  double lost_per_hour = 0.01;  // chance of a serving machine, as of a spot market
  std::uint64_t seed = 1;
};

class Misfortune {
 public:
  Misfortune(const std::optional<MisfortuneRules>& rules, Duration slot);

  // The slot begins: as SlotFleet::begin, but for those that fail.
  void begin(SlotFleet& fleet, std::uint64_t slot);

  std::uint64_t lost() const { return lost_; }  // so far, both ways

 private:
  std::uint32_t of(std::uint32_t machines, double chance);

  double boot_failure_ = 0, lost_a_slot_ = 0;
  std::mt19937_64 random_;
  std::uint64_t lost_ = 0;
};

}  // namespace nova
