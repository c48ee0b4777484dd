#include "core/decide/promise/price.hpp"

#include <algorithm>

namespace nova::promise {

double permitted_rate(const PriceRules& rules, const Spent& spent, std::size_t day) {
  const double aim = rules.reserve * rules.share;
  const double horizon = std::max(static_cast<double>(day), 0.3 * spent.slots);
  const double rate = aim + (aim * spent.slots - spent.violations) / horizon;
  return std::clamp(rate, 0.35 * rules.share, rules.share);
}

std::size_t choose_shadow(const PriceRules& rules, const Shadows& shadows, double permitted) {
  std::size_t chosen = kShadows - 1;
  while (chosen > 0 && shadows.violation_rate(chosen - 1, rules.prior_days) <= permitted) --chosen;
  const double affordable = (1 + rules.nearly_free) * shadows.bill(chosen);
  while (chosen + 1 < kShadows && shadows.bill(chosen + 1) < affordable) ++chosen;
  return chosen;
}

double permitted_bill(const Bill& bill, double matched_a_slot, std::size_t day) {
  constexpr double kShare = 1.05 * 0.99, kMost = 0.15, kAheadDays = 3;
  const double aim = kShare * matched_a_slot;
  const double horizon = std::max(kAheadDays * static_cast<double>(day), bill.slots);
  const double back = (kShare * bill.matched - bill.own) / horizon;
  return aim + std::clamp(back, -kMost * aim, kMost * aim);
}

std::size_t choose_by_bill(const Shadows& shadows, double permitted) {
  std::size_t chosen = kShadows - 1;
  while (chosen > 0 && shadows.recent_bill(chosen) > permitted) --chosen;
  return chosen;
}

}  // namespace nova::promise
