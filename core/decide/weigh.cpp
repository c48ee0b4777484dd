#include <algorithm>
#include <cmath>
#include <set>

#include "core/decide/propose.hpp"
#include "core/plan/plan.hpp"

namespace nova {

namespace {

// n + price * Q(n), in money: a violated slot costs `price` machine-slots.
Alternative weigh_promised(const Situation& now, std::uint32_t machines) {
  Alternative a;
  a.machines = machines;
  a.price = now.price * machines;
  a.overload_probability = now.promise_overload(machines);
  a.expected_short = std::nan("");
  a.score_usd_per_hour =
      a.price.dollars() + now.price.dollars() * now.promise->price() * a.overload_probability;
  return a;
}

}  // namespace

std::vector<Alternative> weigh(const Situation& now, const Prices& prices, std::uint32_t desired,
                               const std::vector<Proposal>& proposals) {
  constexpr std::size_t kMost = 6;
  std::set<std::uint32_t> sizes{desired, now.current};
  if (desired > now.min) sizes.insert(desired - 1);
  if (desired < now.max) sizes.insert(desired + 1);
  for (const auto& proposal : proposals)
    if (proposal.active) sizes.insert(std::clamp(proposal.machines, now.min, now.max));

  std::vector<Alternative> all;
  for (const auto machines : sizes) {
    if (now.promise_rules()) {
      all.push_back(weigh_promised(now, machines));
      continue;
    }
    Alternative a;
    a.machines = machines;
    a.price = now.price * machines;
    for (const auto& signal : now.signals) {
      if (!signal.forecast) continue;
      const auto until = now.now + now.lead_time + signal.forecast->step();
      a.overload_probability = std::max(
          a.overload_probability,
          overload_probability(*signal.forecast, signal.capacity(), machines, now.now, until));
      a.expected_short =
          std::max(a.expected_short,
                   expected_short(*signal.forecast, signal.capacity(), machines, now.now, until));
    }
    // `over` and `under` share one scale, so the ratio turns a shortfall into money.
    a.score_usd_per_hour =
        a.price.dollars() + now.price.dollars() * prices.under / prices.over * a.expected_short;
    all.push_back(a);
  }
  std::stable_sort(all.begin(), all.end(), [](const Alternative& a, const Alternative& b) {
    return a.score_usd_per_hour < b.score_usd_per_hour;
  });
  if (all.size() > kMost) all.resize(kMost);
  return all;
}

}  // namespace nova
