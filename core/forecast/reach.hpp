// Reach: how far from all that was seen a forecast may go.
//
// A trend fitted to the morning of a first day, in logarithms and three days ahead, ends at numbers
// no load ever has; and a blend, a plan and a score take one such answer for weeks.
// In: what models said, and the history they knew; out: the same, with nothing beyond the lowest
// and highest value seen by more than
//     span * (1 + 3 h / n),    span = highest - lowest, 0 being among the values seen,
// at lead h after n known points: a plateau that begins to rise, a trend three times as steep as
// any in n points, and for h <= n what trebles in n points, pass untouched.
// Called by core/engine on each answer of a model and by `novascale forecast` on its own. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nova {

struct Reach {
  double low = 0, high = 0;  // seen, or 0
  std::size_t points = 0;    // known; where none is or all are 0, nothing is bounded

  static Reach of(std::span<const double> history);  // NaN = missing
  double least(double lead) const { return low - beyond(lead); }
  double most(double lead) const { return high + beyond(lead); }

 private:
  double beyond(double lead) const;
};

// Keeps means and quantiles within `reach`, those that are finite; quantiles that did not cross do
// not cross.
void keep_within(const Reach& reach, std::span<const std::uint32_t> leads, std::span<double> mean,
                 std::span<double> quantiles);  // [lead], [level][lead]

}  // namespace nova
