#include "core/plan/need.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"

namespace nova {

std::uint32_t machines_for(double demand, double per_machine, double utilisation) {
  // A demand that is a whole number of machines but for rounding must not cost one more.
  constexpr double kMost = 2147483648.0;
  const double machines = std::ceil(demand / (per_machine * utilisation) - kRounding);
  return static_cast<std::uint32_t>(std::clamp(machines, 0.0, kMost));
}

double sizing_quantile(const Prices& prices) {
  return std::max(0.5, prices.under / (prices.under + prices.over));
}

}  // namespace nova
