#include "core/decide/promise/odds.hpp"

#include <algorithm>
#include <cmath>

namespace nova::promise {
namespace {

// Sizes are weighed one by one near the smallest, farther up in steps of at most 1/16 of the way.
constexpr std::uint32_t kSingly = 16;

double overload(std::span<const Outlook> outlooks, std::uint32_t machines) {
  double most = 0;
  for (const auto& outlook : outlooks)
    most = std::max(most, outlook.overload(static_cast<double>(machines)));
  return most;
}

}  // namespace

void Odds::weigh(std::span<const Outlook> outlooks, const Bounds& bounds) {
  sizes_.clear();
  double load = 0;
  for (const auto& outlook : outlooks) load = std::max(load, outlook.load_at(bounds.floor));
  auto machines =
      static_cast<std::uint32_t>(std::clamp<double>(std::floor(load), bounds.min, bounds.max));
  double chance = overload(outlooks, machines);
  while (chance > bounds.floor && machines < bounds.max) chance = overload(outlooks, ++machines);
  const auto first = machines;
  sizes_.push_back({machines, chance});
  // One more machine costs 1 a slot and saves at most dearest * chance.
  while (machines < bounds.max && chance * bounds.dearest >= 1) {
    const auto step = std::max(1u, (machines - first) / kSingly);
    machines = std::min(bounds.max, machines + step);
    chance = std::min(chance, overload(outlooks, machines));
    sizes_.push_back({machines, chance});
  }
  find_hull();
}

double Odds::chance(std::uint32_t machines) const {
  if (machines < smallest()) return 1;
  const auto above =
      std::upper_bound(sizes_.begin(), sizes_.end(), machines,
                       [](std::uint32_t m, const Size& size) { return m < size.machines; });
  return std::prev(above)->chance;
}

void Odds::find_hull() {
  hull_.clear();
  const auto turns_up = [](const Size& a, const Size& b, const Size& c) {
    return (b.chance - a.chance) * (c.machines - b.machines) <
           (c.chance - b.chance) * (b.machines - a.machines);
  };
  for (std::uint32_t i = 0; i < sizes_.size(); ++i) {
    while (hull_.size() >= 2 &&
           !turns_up(sizes_[hull_[hull_.size() - 2]], sizes_[hull_.back()], sizes_[i]))
      hull_.pop_back();
    hull_.push_back(i);
  }
}

}  // namespace nova::promise
