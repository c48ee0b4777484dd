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

// Of a signal without a forecast the load of now is all there is: what that overloads is
// overloaded, and of larger sizes the chance is not known.
Alternative weigh_one(const Situation& now, const Prices& prices, std::uint32_t machines) {
  Alternative a;
  a.machines = machines;
  a.price = now.price * machines;
  bool foreseen = true, known = false, overloaded = false;
  for (const auto& signal : now.signals) {
    const auto capacity = signal.capacity();
    if (signal.forecast) {
      const auto until = now.now + now.lead_time + signal.forecast->step();
      a.overload_probability =
          std::max(a.overload_probability,
                   overload_probability(*signal.forecast, capacity, machines, now.now, until));
      a.expected_short = std::max(
          a.expected_short, expected_short(*signal.forecast, capacity, machines, now.now, until));
      known = true;
      continue;
    }
    foreseen = false;
    if (!std::isfinite(signal.load)) continue;
    known = true;
    a.expected_short =
        std::max(a.expected_short,
                 signal.load / (capacity.per_machine * capacity.target_utilisation) - machines);
    if (signal.load > served_at(machines, capacity.per_machine, capacity.max_utilisation))
      overloaded = true;
  }
  // `over` and `under` share one scale, so the ratio turns a shortfall into money.
  a.score_usd_per_hour = known ? a.price.dollars() + now.price.dollars() * prices.under /
                                                         prices.over * a.expected_short
                               : std::nan("");
  if (foreseen) return a;
  a.overload_probability = overloaded ? 1 : std::nan("");
  if (a.expected_short == 0) a.expected_short = std::nan("");
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
  for (const auto machines : sizes)
    all.push_back(now.promise_rules() ? weigh_promised(now, machines)
                                      : weigh_one(now, prices, machines));
  std::stable_sort(all.begin(), all.end(), [](const Alternative& a, const Alternative& b) {
    return a.score_usd_per_hour < b.score_usd_per_hour;
  });
  if (all.size() > kMost) all.resize(kMost);
  return all;
}

}  // namespace nova
