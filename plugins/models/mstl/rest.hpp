// What is left of a series without its seasons, carried on: an autoregression, one of the steps, or
// exponential smoothing with a damped trend. Small, linear and O(order) a step.
//
// Sources: Burg, "Maximum Entropy Spectral Analysis" (1975): reflection coefficients from forward
// and backward errors, always stationary; order by AICc, Hurvich and Tsai, Biometrika 76 (1989).
// Gardner and McKenzie, "Forecasting Trends in Time Series", Management Science 31 (1985): the
// damped trend.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nova::mstl {

struct Rest {
  enum class Kind : std::uint8_t { ar, steps, smooth };
  Kind kind = Kind::ar;
  // ar and steps: y(t) = intercept + sum lags[i] y(t - 1 - i).
  double intercept = 0;
  std::vector<double> lags, recent;  // recent: as many values, newest first
  // smooth: level and slope, both one step ahead of a damping by phi.
  double alpha = 1, beta = 0, phi = 0, level = 0, slope = 0;

  double next() const;
  void push(double y);  // not finite = missing: as if what was expected had come
  // out[h] = value h + 1 steps ahead.
  void path(std::span<double> out) const;
  // Variance of the error h + 1 steps ahead, where that of one step is 1.
  void variances(std::span<double> out) const;
};

// y: finite, oldest first, at least one. Throws nothing; a constant y carries on itself.
Rest fit_rest(Rest::Kind kind, std::span<const double> y);

}  // namespace nova::mstl
