// An outage: a stretch far below all else that is over and had no like.
//
// Input: values oldest first, NaN where missing; output: the stretch. What was asked for in it is
// not known, only that it was not served or not counted. A model that learns of it expects the fall
// again, and the rise at its end from wherever the load is now. Asked by core/metrics/window and by
// `novascale forecast` before anything learns from the values, as find_lone() is; unless one more
// comes. A burst is no such thing: who scales must expect it again. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace nova {

struct Outage {
  std::size_t first = 0, count = 0;  // indices [first, first + count), from a known value to one
  friend bool operator==(const Outage&, const Outage&) = default;
};

// Six known values or more, a fourteenth of all at most, each below half of what is usual and five
// robust standard deviations below it; no other stretch has half as many, and six came since. Usual
// is the median of 128 to 255 values evenly over all (of fewer where there are fewer); none where
// it is not above 0 or fewer than 72 of these are known. O(values).
std::optional<Outage> find_outage(std::span<const double> values);

}  // namespace nova
