// What an ARIMA model of a series is made of before its order is looked for: the transform, the
// seasons, where it is differenced, and harmonics in place of seasonal terms.
//
// AICc cannot compare models of different differences or transforms, so each candidate is fitted
// quickly, with a usual order, to the part before the last quarter and judged by the mean absolute
// error of its forecasts inside that quarter.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "plugins/models/arima/estimate.hpp"
#include "plugins/models/arima/state.hpp"

namespace nova::arima {

// What the operator allows.
struct Shape {
  bool log = true, level = true;          // transforms
  bool seasonal = true, harmonic = true;  // kinds of seasonal terms
};

struct Structure {
  Order differences;  // blocks with d, harmonics; p and q of a usual model of this kind
  Transform transform = Transform::none;
  double error = std::numeric_limits<double>::infinity();  // held-out, in the unit of the series
};

// A series transformed, centred and scaled; `values` starts with a known point.
struct Scaled {
  Sample sample;
  double centre = 0, scale = 1;
};
Scaled scaled(std::span<const double> values, Transform transform);

// seasons: usable ones, ascending. trend: a drift or a second difference may be found; what rises
// within less than a season is the season.
Structure choose_structure(std::span<const double> values, std::span<const std::uint32_t> seasons,
                           const Shape& shape, bool constant, bool trend);

// Mean absolute error of forecasts within the last quarter by a quick fit to what is before it, in
// the unit of the series. `from`: parameters to start at, or empty. Infinite where it cannot be
// had.
double held_out_error(const Scaled& s, const Structure& structure, std::size_t season,
                      std::vector<double> from);

// One forecast error: observed less forecast, scaled, for the point t; sd as the model has it.
struct RolledError {
  std::size_t origin, t;  // lead = t - origin
  double error, sd;
};
// Errors for the points known within `horizon` of the origins first, first + stride, ...; an origin
// is the last point known to its forecasts.
std::vector<RolledError> roll(const Estimate& estimate, const Sample& sample, std::size_t first,
                              std::size_t stride, std::size_t horizon);

}  // namespace nova::arima
