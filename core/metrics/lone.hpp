// A lone value: one that lies farther outside all others than those span, and does not last.
//
// Input: values oldest first, NaN where missing; output: the stretch of at most three that is such
// a value. Asked by core/metrics/window and by `novascale forecast` before anything learns from the
// values: a counter that jumped or a sum taken twice would be expected again one season later, and
// would be all that a scale is measured by. What has happened twice is not lone, nor are the newest
// two values, which may be the first of a new level. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace nova {

struct Lone {
  std::size_t first = 0, count = 0;  // indices [first, first + count)
  friend bool operator==(const Lone&, const Lone&) = default;
};

// None among fewer than 24 others, or where those are all equal: nothing is unusual there yet. Of
// two such stretches, one high and one low, the high one. O(values).
std::optional<Lone> find_lone(std::span<const double> values);

}  // namespace nova
