#include "core/backtest/misfortune.hpp"

#include <cmath>

namespace nova {

Misfortune::Misfortune(const std::optional<MisfortuneRules>& rules, Duration slot)
    : random_(rules ? rules->seed : 0) {
  if (!rules) return;
  boot_failure_ = rules->boot_failure;
  lost_a_slot_ = -std::expm1(std::log1p(-rules->lost_per_hour) * hours(slot));
}

void Misfortune::begin(SlotFleet& fleet, std::uint64_t slot) {
  const auto before = fleet.serving();
  fleet.begin(slot);
  const auto fresh = fleet.serving() - before;
  fleet.lose(of(fresh, boot_failure_) + of(before, lost_a_slot_));
}

// How many of them it strikes. (Not of std's distributions, whose numbers differ between
// libraries.)
std::uint32_t Misfortune::of(std::uint32_t machines, double chance) {
  if (chance <= 0) return 0;
  std::uint32_t struck = 0;
  for (std::uint32_t i = 0; i < machines; ++i)
    struck += static_cast<double>(random_() >> 11) * 0x1p-53 < chance;
  lost_ += struck;
  return struck;
}

}  // namespace nova
