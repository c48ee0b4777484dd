#include "core/forecast/reach.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/base/number.hpp"

namespace nova {

Reach Reach::of(std::span<const double> history) {
  Reach r;
  for (const double x : history) {
    r.points += x == x ? 1 : 0;
    r.low = x < r.low ? x : r.low;  // false for NaN
    r.high = x > r.high ? x : r.high;
  }
  return r;
}

double Reach::beyond(double lead) const {
  if (!(high > low)) return kInfinity;
  return (high - low) * (1 + 3 * lead / static_cast<double>(points));
}

void keep_within(const Reach& reach, std::span<const std::uint32_t> leads, std::span<double> mean,
                 std::span<double> quantiles) {
  assert(mean.size() == leads.size() && quantiles.size() % leads.size() == 0);
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const double least = reach.least(leads[i]), most = reach.most(leads[i]);
    if (!(least <= most)) continue;  // nothing was seen
    const auto keep = [&](double& x) { x = std::isfinite(x) ? std::clamp(x, least, most) : x; };
    keep(mean[i]);
    for (std::size_t q = i; q < quantiles.size(); q += leads.size()) keep(quantiles[q]);
  }
}

}  // namespace nova
