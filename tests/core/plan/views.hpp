// Outlooks and resources that plans are tried on.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "core/plan/capacity_plan.hpp"

namespace nova::plan_views {

inline constexpr Duration kStep = std::chrono::minutes(5);
inline constexpr std::size_t kDay = 288;
// A Monday, 00:00 UTC.
inline const TimePoint kNow = from_unix_ns(1'711'929'600'000'000'000);

// `demand` of hours after kNow at every step of four days, with quantiles at +- `spread` of it.
inline Forecast sure(const std::function<double(double)>& demand, double spread = 0) {
  Forecast::Parts p{kNow, kStep, {}, {0.1, 0.5, 0.9}, {}, {}};
  for (std::uint32_t lead = 1; lead <= 4 * kDay; ++lead) {
    p.leads.push_back(lead);
    p.mean.push_back(demand(lead / 12.0));
  }
  for (const double side : {-1.0, 0.0, 1.0})
    for (const double m : p.mean) p.quantiles.push_back(m * (1 + side * spread));
  return Forecast::make(p).value();
}

// Values of `demand` (of hours, 0 at kNow) for the steps of `days` up to kNow.
inline std::vector<double> past(double days, const std::function<double(double)>& demand) {
  std::vector<double> values;
  const auto n = static_cast<int>(days * kDay);
  for (int t = 1; t <= n; ++t) values.push_back(demand((t - n) / 12.0));
  return values;
}

// Day and night: `low` at 00:00 UTC, `high` at noon.
inline double daily(double hour, double low = 100, double high = 300) {
  return (low + high) / 2 - (high - low) / 2 * std::cos(hour / 24 * 2 * 3.14159265358979323846);
}

inline ResourceView view(const char* name, std::span<const double> history, double per_machine,
                         std::span<const Season> seasons = {}) {
  ResourceView v;
  v.name = v.resource = name;
  v.capacity = {per_machine, 0.65, 0.8};
  v.load = history.empty() ? std::nan("") : history.back();
  v.history = history;
  v.end = kNow;
  v.step = kStep;
  v.seasons = seasons;
  v.season = seasons.empty() ? 0 : seasons[0].length;
  return v;
}

inline PlanFor asked(std::uint32_t machines, std::uint32_t max = 100) {
  PlanFor p;
  p.now = kNow;
  p.lead_time = std::chrono::minutes(3);
  p.fleet.serving = p.fleet.current = machines;
  p.fleet.max = max;
  return p;
}

}  // namespace nova::plan_views
