// A plan: how many machines one demand signal asks for, now and over the windows that matter.
//
// In: the calibrated forecast (if any is trusted), the latest load, the capacity of a machine.
// Out: counts of reference machines; read by core/decide. Nothing here knows the present fleet.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/time.hpp"
#include "core/forecast/forecast.hpp"
#include "core/plan/need.hpp"

namespace nova {

struct PlanQuestion {
  TimePoint now;
  Duration lead_time;        // request to serving
  Duration scale_in_window;  // how long a removed machine must not be missed
  double quantile = 0.5;     // the sizing quantile
  Capacity capacity;
};

struct Plan {
  double quantile = 0.5;
  double peak_lead = 0;           // Q_q of demand, highest over [now, now + lead_time]
  double peak_window = 0;         // the same over [now, now + scale_in_window]
  double median_window = 0;       // highest median over that window
  TimePoint peak_time{};          // end of the step with peak_window
  std::uint32_t need_lead = 0;    // machines for peak_lead: scale-out size
  std::uint32_t need_window = 0;  // machines for peak_window: scale-in size
  std::uint32_t need_median = 0;  // machines for median_window: never fewer than these
};

// Errors: out_of_range if the forecast does not reach to the end of the scale-in window.
Result<Plan> make_plan(const Forecast& forecast, const PlanQuestion& question);

// Chance that `machines` are overloaded (demand above max_utilisation) at some step until `until`:
// the largest chance of a single step, which is a lower bound of the chance of any.
double overload_probability(const Forecast& forecast, const Capacity& capacity,
                            std::uint32_t machines, TimePoint from, TimePoint until);

// Expected machines short (of serving at target utilisation) in the worst step until `until`.
double expected_short(const Forecast& forecast, const Capacity& capacity, std::uint32_t machines,
                      TimePoint from, TimePoint until);

}  // namespace nova
