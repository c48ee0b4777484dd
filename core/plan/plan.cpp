#include "core/plan/plan.hpp"

#include <algorithm>

namespace nova {

Result<Plan> make_plan(const Forecast& forecast, const PlanQuestion& q) {
  // A machine asked for now serves from now + lead_time until the next one could: one step later.
  const auto ready = q.now + q.lead_time + forecast.step();
  const auto window_end = std::max(ready, q.now + q.scale_in_window);
  const auto peak_lead = forecast.peak(q.now, ready, q.quantile);
  if (!peak_lead) return peak_lead.error();
  const auto peak_window = forecast.peak(q.now, window_end, q.quantile);
  if (!peak_window) return peak_window.error();

  Plan plan;
  plan.quantile = q.quantile;
  plan.peak_lead = *peak_lead;
  plan.peak_window = *peak_window;
  plan.median_window = forecast.peak(q.now, window_end, 0.5).value();
  const auto window = forecast.window(q.now, window_end);
  for (std::size_t i = window.first; i < window.last; ++i)
    if (forecast.quantile(q.quantile, i) == plan.peak_window) {
      plan.peak_time = forecast.time_of(i);
      break;
    }
  const auto need = [&](double demand) {
    return machines_for(demand, q.capacity.per_machine, q.capacity.target_utilisation);
  };
  plan.need_lead = need(plan.peak_lead);
  plan.need_window = need(plan.peak_window);
  plan.need_median = need(plan.median_window);
  return plan;
}

double overload_probability(const Forecast& forecast, const Capacity& capacity,
                            std::uint32_t machines, TimePoint from, TimePoint until) {
  const double limit = served_at(machines, capacity.per_machine, capacity.max_utilisation);
  const auto window = forecast.window(from, until);
  double worst = 0;
  for (std::size_t i = window.first; i < window.last; ++i)
    worst = std::max(worst, forecast.probability_above(limit, i));
  return worst;
}

double expected_short(const Forecast& forecast, const Capacity& capacity, std::uint32_t machines,
                      TimePoint from, TimePoint until) {
  const double unit = capacity.per_machine * capacity.target_utilisation;
  const auto window = forecast.window(from, until);
  double worst = 0;
  for (std::size_t i = window.first; i < window.last; ++i)
    worst = std::max(worst, forecast.expected_above(machines * unit, i));
  return worst / unit;
}

}  // namespace nova
