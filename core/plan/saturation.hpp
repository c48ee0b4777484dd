// Saturation: when a demand will have outgrown what serves it, and how sure that is.
//
// In: the quantiles of an outlook and a limit. Out: the chance that it is passed within each of
// some horizons, and the instant at which passing it becomes more likely than not. Pure.
#pragma once

#include <array>
#include <optional>

#include "core/base/time.hpp"
#include "core/forecast/forecast.hpp"
#include "core/plan/rules.hpp"

namespace nova {

struct Saturation {
  std::optional<TimePoint> at;  // from here on more likely than not; none = within no horizon
  double probability = 0;       // in the step that holds it; else the largest of any step
  // By the end of each horizon: the largest chance of a single step, which is a lower bound of the
  // chance of any.
  std::array<double, 3> chance{};
};

// Of demand above `limit` after `now`. Between two leads the chance is taken to grow in proportion
// to time, so of a straight ramp the instant comes out exact.
Saturation find_saturation(const Forecast& outlook, double limit, TimePoint now,
                           const PlanningRules& rules);

}  // namespace nova
