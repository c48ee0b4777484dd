// Need: how many machines a demand asks for, and how much demand a fleet serves.
//
// n = ceil(D / (target_utilisation x per_machine)), DESIGN "Need". Counts are of reference
// machines.
#pragma once

#include <cstdint>

namespace nova {

// What one machine serves of one signal.
struct Capacity {
  double per_machine = 1.0;  // demand at 100 %
  double target_utilisation = 0.65;
  double max_utilisation = 0.80;
};

// Machines that serve `demand` at `utilisation` or below: 0 for no demand, never negative, capped
// at 2^31 so that an absurd forecast cannot wrap around. `demand` is finite.
std::uint32_t machines_for(double demand, double per_machine, double utilisation);

inline double served_at(std::uint32_t machines, double per_machine, double utilisation) {
  return machines * per_machine * utilisation;
}

// Weights of what is feared, as they bear on the number of machines. (Ratios only.)
struct Prices {
  double over = 1.0;   // Co: one machine-hour too many
  double under = 1.0;  // Cu: one machine-hour short
};

// The newsvendor quantile Cu / (Cu + Co) (Arrow, Harris and Marschak, "Optimal Inventory Policy",
// 1951), at least 0.5: sizing below the median would plan to fail.
double sizing_quantile(const Prices& prices);

}  // namespace nova
