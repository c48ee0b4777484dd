// What is left of a series without its seasons, carried on: an autoregression, one of the steps, or
// exponential smoothing with a damped trend. Small, linear and O(order) a step.
//
// Source of the damped trend: Gardner and McKenzie, "Forecasting Trends in Time Series", Management
// Science 31 (1985).
#pragma once

#include <cstdint>
#include <span>

#include "plugins/models/numeric/autoregression.hpp"

namespace nova::mstl {

struct Rest {
  enum class Kind : std::uint8_t { ar, steps, smooth };
  Kind kind = Kind::ar;
  numeric::Autoregression ar;  // of ar and steps
  // smooth: level and slope, both one step ahead of a damping by phi.
  double alpha = 1, beta = 0, phi = 0, level = 0, slope = 0;

  double next() const;
  void push(double y);  // not finite = missing: as if what was expected had come
  // out[h] = value h + 1 steps ahead.
  void path(std::span<double> out) const;
  // Variance of the error h + 1 steps ahead, where that of one step is 1.
  void variances(std::span<double> out) const;
};

// y: oldest first, the first one known; not finite = missing. A constant y carries on itself.
Rest fit_rest(Rest::Kind kind, std::span<const double> y);

}  // namespace nova::mstl
