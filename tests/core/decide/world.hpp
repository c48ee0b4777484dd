// A group of one signal, as tests of deciding set it up.
#pragma once

#include <cmath>
#include <ctime>
#include <optional>

#include "core/decide/situation.hpp"

namespace nova::decide_test {

inline constexpr Duration kStep = std::chrono::minutes(5);
inline const double kNaN = std::nan("");
inline const TimePoint kNow = from_unix_ns(1'000'000'000'000'000'000);

// Of an instant written as "2026-06-05T08:00:00Z".
inline TimePoint at(const char* iso) {
  std::tm parts{};
  strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return from_unix_ns(timegm(&parts) * 1'000'000'000);
}

// Twelve leads of one distribution: median m, symmetric spread.
inline Forecast flat_forecast(double median, double spread, TimePoint origin = kNow) {
  Forecast::Parts p{origin, kStep, {}, {0.05, 0.5, 0.8, 0.95}, {}, {}};
  for (std::uint32_t h = 1; h <= 12; ++h) p.leads.push_back(h);
  p.mean.assign(12, median);
  for (const double z : {-1.0, 0.0, 0.5, 1.0})
    p.quantiles.insert(p.quantiles.end(), 12, median + z * spread);
  return Forecast::make(p).value();
}

struct World {
  SignalSpec spec;
  std::optional<Forecast> forecast;
  Situation now;

  explicit World(double load, std::uint32_t current) {
    spec.name = "requests";
    spec.per_machine = 10;
    spec.target_utilisation = 0.5;
    spec.max_utilisation = 0.8;
    now.now = kNow;
    now.current = now.serving = current;
    now.min = 1;
    now.max = 100;
    now.lead_time = std::chrono::minutes(3);
    now.stabilisation_window = std::chrono::minutes(10);
    now.price = UsdPerHour::from_dollars(0.1);
    SignalSituation s;
    s.load = load;
    s.steps_missing = std::isnan(load) ? 1 : 0;
    s.why_no_forecast = "learning";
    now.signals.push_back(s);
  }
  Situation& with(double median, double spread) {
    forecast = flat_forecast(median, spread);
    return ready();
  }
  Situation& ready() {
    now.signals[0].spec = &spec;
    now.signals[0].forecast = forecast ? &*forecast : nullptr;
    now.signals[0].model = "m";
    return now;
  }
};

}  // namespace nova::decide_test
