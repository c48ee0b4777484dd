#include "core/cost/spot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nova {

double month_share_of_band(int band) {
  static constexpr double kShare[] = {0.025, 0.075, 0.125, 0.175, 0.30};
  return kShare[band >= 0 && band < 4 ? band : 4];
}

Result<double> hazard_of_month_share(double share) {
  if (std::isnan(share)) share = month_share_of_band(-1);
  if (!(share >= 0 && share < 1))
    return Error{ErrorCode::invalid_argument,
                 "share interrupted in a month: must be in [0, 1), got " + std::to_string(share)};
  return -std::log1p(-share) / kHoursPerMonth;
}

double interruption_probability(double hazard, double hours) {
  return -std::expm1(-hazard * hours);
}

bool admits(double max_risk, double hazard) {
  return interruption_probability(hazard, kHoursPerMonth) <= max_risk;
}

void PoolHazard::observe(double machine_hours, std::uint32_t interruptions) {
  if (machine_hours > 0 && std::isfinite(machine_hours)) machine_hours_ += machine_hours;
  interruptions_ += interruptions;
}

double PoolHazard::learned() const {
  return (strength_ + interruptions_) / (strength_ / prior_ + machine_hours_);
}

double PoolHazard::at(TimePoint now) const {
  if (!warned_) return learned();
  const double age = std::max(0.0, hours(now - *warned_));
  return learned() * (1 + (kRebalanceFactor - 1) * std::exp(-age));
}

UsdPerHour expected_cost(UsdPerHour spot, UsdPerHour on_demand, double hazard,
                         const InterruptionCost& cost) {
  const double extra =
      hazard * (static_cast<double>(spot.nanos) * (cost.lost_hours + cost.boot_hours) +
                static_cast<double>(on_demand.nanos) * cost.on_demand_hours +
                static_cast<double>(cost.money.nanos));
  const double total = static_cast<double>(spot.nanos) + extra;
  return {std::llround(std::clamp(total, -9e18, 9e18))};
}

void expected_costs(std::span<const UsdPerHour> spot, std::span<const UsdPerHour> on_demand,
                    std::span<const double> hazard, const InterruptionCost& cost,
                    std::span<UsdPerHour> out) {
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = expected_cost(spot[i], on_demand[i], hazard[i], cost);
}

double break_even_hazard(UsdPerHour spot, UsdPerHour on_demand, const InterruptionCost& cost) {
  const double saving = on_demand.dollars() - spot.dollars();
  if (saving <= 0) return 0;
  const double per_interruption = spot.dollars() * (cost.lost_hours + cost.boot_hours) +
                                  cost.on_demand_hours * on_demand.dollars() + cost.money.dollars();
  return per_interruption > 0 ? saving / per_interruption : std::numeric_limits<double>::infinity();
}

SpotVerdict judge(const SpotPool& pool, const SpotRules& rules, TimePoint now) {
  if (pool.blocked_until && now < *pool.blocked_until) return SpotVerdict::blocked;
  if (!admits(rules.max_risk, pool.hazard)) return SpotVerdict::too_risky;
  const auto cost = expected_cost(pool.price, pool.on_demand, pool.hazard, rules.cost);
  const double limit = static_cast<double>(pool.on_demand.nanos) * (1 - rules.min_saving);
  return static_cast<double>(cost.nanos) < limit ? SpotVerdict::fine : SpotVerdict::too_dear;
}

std::vector<std::size_t> shortlist(std::span<const SpotPool> pools, const SpotRules& rules,
                                   std::uint32_t machines, TimePoint now) {
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < pools.size(); ++i)
    if (judge(pools[i], rules, now) == SpotVerdict::fine) kept.push_back(i);
  std::stable_sort(kept.begin(), kept.end(), [&](auto a, auto b) {
    return pools[a].capacity_score > pools[b].capacity_score;
  });
  const auto most = std::max<std::size_t>({5, (machines + 3u) / 4u, (kept.size() + 3) / 4});
  if (kept.size() > most) kept.resize(most);
  std::vector<std::int64_t> cost(pools.size());
  for (const auto i : kept)
    cost[i] = expected_cost(pools[i].price, pools[i].on_demand, pools[i].hazard, rules.cost).nanos;
  std::stable_sort(kept.begin(), kept.end(), [&](auto a, auto b) { return cost[a] < cost[b]; });
  return kept;
}

}  // namespace nova
