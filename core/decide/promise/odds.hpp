// Odds: the fleet sizes worth weighing in one slot, each with the chance that it is too small.
//
// From the smallest size whose chance is at most the floor up to where even the dearest violation
// could not pay for one more machine.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/decide/promise/outlook.hpp"

namespace nova::promise {

class Odds {
 public:
  struct Bounds {
    std::uint32_t min = 1, max = 1;
    double floor = 0.5;      // never a size more likely too small than this
    double dearest = 40000;  // highest price of a violation that is asked about, in machine-slots
  };
  // Chances never rise with size; over several signals the largest counts.
  void weigh(std::span<const Outlook> outlooks, const Bounds& bounds);

  struct Size {
    std::uint32_t machines = 0;
    double chance = 1;
    double cost(double price) const { return machines + price * chance; }
  };
  std::span<const Size> sizes() const { return sizes_; }
  std::uint32_t smallest() const { return sizes_.front().machines; }

  // Chance of the largest weighed size not above `machines`; 1 below the smallest.
  double chance(std::uint32_t machines) const;

  // Indices of the sizes that are cheapest for some price: the lower hull of chance over size, from
  // small to large (prices ascend along it).
  std::span<const std::uint32_t> hull() const { return hull_; }

 private:
  void find_hull();

  std::vector<Size> sizes_;
  std::vector<std::uint32_t> hull_;
};

}  // namespace nova::promise
