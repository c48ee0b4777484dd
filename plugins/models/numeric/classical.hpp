// Classical decomposition: the trend by a centred moving average over one season, the seasonal
// indices as means by phase of what is left (Kendall and Stuart, "The Advanced Theory of
// Statistics", volume 3, 1983; as R's decompose does it), and the test of the M4 competition for a
// season. Missing values (NaN) are left out of every mean. O(n), whatever the season.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nova::numeric {

// Means over m neighbours (the outermost of an even m count half); NaN within m/2 of the ends and
// where fewer than half of the neighbours are known.
std::vector<double> centred_mean(std::span<const double> y, std::size_t m);

// Index of each phase t % m: deviations with mean 0, or ratios with mean 1 (y must be > 0 then).
// A phase without a value gets the neutral index. Wants two seasons of points.
std::vector<double> seasonal_indices(std::span<const double> y, std::size_t m, bool ratios);

// Is the autocorrelation at lag m beyond the 90 % limit of a process that is white from lag m on?
// False with less than three seasons or no variance.
bool has_season(std::span<const double> y, std::size_t m);

}  // namespace nova::numeric
