#include "core/plan/saturation.hpp"

#include <algorithm>

namespace nova {
namespace {

constexpr double kMoreLikelyThanNot = 0.5;

// Where the median passes `limit` between the leads i - 1 and i.
TimePoint crossing(const Forecast& outlook, double limit, std::size_t i, TimePoint now) {
  const auto end = outlook.time_of(i);
  if (i == 0) return std::max(now, end - outlook.step());
  const auto begin = std::max(now, outlook.time_of(i - 1));
  const double before = outlook.quantile(0.5, i - 1), after = outlook.quantile(0.5, i);
  if (before >= limit || after <= before) return begin;
  const double share = std::clamp((limit - before) / (after - before), 0.0, 1.0);
  const auto from = outlook.time_of(i - 1);
  return std::max(now, from + Duration(static_cast<std::int64_t>(
                                  share * static_cast<double>((end - from).count()))));
}

}  // namespace

Saturation find_saturation(const Forecast& outlook, double limit, TimePoint now,
                           const PlanningRules& rules) {
  Saturation s;
  const auto horizons = rules.horizons();
  double most = 0;
  for (std::size_t i = 0; i < outlook.leads().size(); ++i) {
    const auto end = outlook.time_of(i);
    if (end <= now) continue;
    const double chance = outlook.probability_above(limit, i);
    most = std::max(most, chance);
    // A sparse lead stands for the time since the one before it, too.
    const auto begin = i == 0 ? end - outlook.step() : outlook.time_of(i - 1);
    for (std::size_t h = 0; h < horizons.size(); ++h)
      if (begin < now + horizons[h]) s.chance[h] = std::max(s.chance[h], chance);
    if (!s.at && chance >= kMoreLikelyThanNot) {
      s.at = crossing(outlook, limit, i, now);
      s.probability = chance;
    }
  }
  if (!s.at) s.probability = most;
  return s;
}

}  // namespace nova
