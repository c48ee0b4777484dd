// A forecast: the demand one model expects after one origin, as a distribution at each lead.
//
// Made here from what a model plugin returns; read by core/plan. Values keep the unit of the series
// (for example requests/s). Lead h, from 1, lies at origin + h * step and stands for the step that
// ends there, as in "Forecasting: Principles and Practice", 3rd ed., section 5.5. Immutable, so
// safe to read from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova {

class Forecast {
 public:
  struct Parts {
    TimePoint origin;                  // last instant the model knew
    Duration step;                     // of the series
    std::vector<std::uint32_t> leads;  // steps ahead, ascending, from 1
    std::vector<double> levels;        // of the quantiles, ascending, in (0, 1); holds 0.5
    std::vector<double> mean;          // [lead]
    std::vector<double> quantiles;     // [level][lead]
  };
  // The only way in, so later rooms need not re-check: a positive step, leads and levels as above,
  // all values finite and quantiles that never cross. Errors: invalid_argument.
  static Result<Forecast> make(Parts parts);

  TimePoint origin() const noexcept { return parts_.origin; }
  Duration step() const noexcept { return parts_.step; }
  std::span<const std::uint32_t> leads() const noexcept { return parts_.leads; }
  const Parts& parts() const noexcept { return parts_; }
  TimePoint time_of(std::size_t i) const { return origin() + step() * parts_.leads[i]; }
  double mean(std::size_t i) const { return parts_.mean[i]; }

  // Quantile at `level` of the i-th lead: linear between the levels the model gave, and the
  // outermost one beyond them (a guess farther out would look like knowledge).
  double quantile(double level, std::size_t i) const;

  // Chance that the i-th lead exceeds x, from the same piecewise linear distribution; 0 above and 1
  // below the outermost quantiles, never between: what lies there is not known.
  double probability_above(double x, std::size_t i) const;

  // E[(D - x)+] of the i-th lead under the same distribution, with the outermost quantiles as its
  // ends, so a lower bound where the tail is long.
  double expected_above(double x, std::size_t i) const;

  // Indices [first, last) of the leads whose step overlaps (from, to]; empty when there are none.
  struct Window {
    std::size_t first = 0, last = 0;
    bool empty() const { return first == last; }
  };
  Window window(TimePoint from, TimePoint to) const;

  // Highest quantile at `level` over the window: the demand to be ready for while a machine
  // requested now is still booting. Errors: out_of_range if no lead reaches to `to`.
  Result<double> peak(TimePoint from, TimePoint to, double level) const;

 private:
  explicit Forecast(Parts parts) : parts_(std::move(parts)) {}
  double at(std::size_t level, std::size_t lead) const {
    return parts_.quantiles[level * parts_.leads.size() + lead];
  }
  Parts parts_;
};

}  // namespace nova
