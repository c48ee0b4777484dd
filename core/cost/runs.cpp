#include "core/cost/runs.hpp"

#include <algorithm>

namespace nova {

std::uint32_t Runs::known(const std::string& offer) const {
  std::uint32_t sum = 0;
  if (const auto at = runs_.find(offer); at != runs_.end())
    for (const auto& run : at->second) sum += run.machines;
  return sum;
}

void Runs::see(const Counts& counts, TimePoint now) {
  std::erase_if(runs_, [&](const auto& one) { return !counts.contains(one.first); });
  for (const auto& [offer, count] : counts) {
    auto& runs = runs_[offer];
    auto have = known(offer);
    if (count > have) runs.push_back({last_.value_or(now), count - have});
    while (have > count) {
      const auto gone = std::min(have - count, runs.back().machines);
      have -= gone;
      if ((runs.back().machines -= gone) == 0) runs.pop_back();
    }
  }
  last_ = now;
}

std::uint32_t Runs::releasable(const std::string& offer, const ChargeRule& rule, TimePoint now,
                               Duration step) const {
  const auto at = runs_.find(offer);
  if (at == runs_.end()) return 0;
  std::uint32_t free = 0;
  for (auto run = at->second.rbegin(); run != at->second.rend(); ++run) {
    if (paid_rest(rule, run->since, now) > step) break;
    free += run->machines;
  }
  return free;
}

Usd Runs::rest(const std::string& offer, std::uint32_t machines, const ChargeRule& rule,
               UsdPerHour price, TimePoint now) const {
  Usd sum;
  const auto at = runs_.find(offer);
  if (at == runs_.end()) return sum;
  for (auto run = at->second.rbegin(); run != at->second.rend() && machines > 0; ++run) {
    const auto going = std::min(machines, run->machines);
    sum += cost_of(price * going, paid_rest(rule, run->since, now));
    machines -= going;
  }
  return sum;
}

}  // namespace nova
