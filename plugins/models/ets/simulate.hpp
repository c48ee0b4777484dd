// Simulated futures of a form whose forecast distribution has no closed form (multiplicative error;
// Hyndman, Koehler, Ord and Snyder 2008, section 6.1).
//
// Deterministic: one seed, one answer. Paths run side by side, so that the compiler may vectorise
// over them; shocks come from a table of equally likely normal quantiles with variance 1.
#pragma once

#include <cstdint>
#include <vector>

#include "plugins/models/ets/smoother.hpp"

namespace nova::ets {

class Paths {
 public:
  static constexpr std::size_t kPaths = 2048;
  Paths(const Spec& spec, const Parameters& p, const State& state, double sigma, std::size_t leads,
        std::uint64_t seed);

  // lead: from 0. Both sort or scan one lead's values: O(kPaths).
  double quantile(double level, std::size_t lead);
  double standard_deviation(std::size_t lead) const;

 private:
  std::vector<double> values_;     // [lead][path]
  std::size_t sorted_ = SIZE_MAX;  // the lead whose values are in order
};

}  // namespace nova::ets
