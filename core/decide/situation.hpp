// A situation: all that policies and the arbiter may look at when they decide for one group.
//
// Assembled by the engine for one tick; borrowed for the call.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/decide/behaviour.hpp"
#include "core/decide/decision.hpp"
#include "core/decide/policy.hpp"
#include "core/decide/promise/promise.hpp"
#include "core/forecast/forecast.hpp"
#include "core/metrics/signal.hpp"
#include "core/plan/need.hpp"

namespace nova {

struct SignalSituation {
  const SignalSpec* spec = nullptr;
  double load = 0;                 // demand of the newest step; NaN if it is missing
  std::size_t steps_missing = 0;   // newest steps in a row without a value
  std::span<const double> recent;  // demand of the newest steps, oldest first; NaN = missing
  std::optional<double> scheduled_target;  // utilisation, instead of the signal's
  const Forecast* forecast = nullptr;      // the trusted one; null = none
  std::string model;                       // that made it
  std::string why_no_forecast;             // when null
  double accuracy = std::numeric_limits<double>::quiet_NaN();  // of the forecast at the lead time

  double target() const { return scheduled_target.value_or(spec->target_utilisation); }
  Capacity capacity() const {
    return {spec->per_machine, target(), std::max(target(), spec->max_utilisation)};
  }
};

// A signal that sizes nothing, of which a threshold policy knows lines.
struct WatchedSituation {
  const SignalSpec* spec = nullptr;
  std::span<const double> recent;  // values of the newest steps, oldest first; NaN = missing
  std::size_t steps_missing = 0;

  double value() const {
    return recent.empty() ? std::numeric_limits<double>::quiet_NaN() : recent.back();
  }
};

struct Situation {
  TimePoint now;
  std::uint32_t current = 0;  // reference machines asked for so far
  std::uint32_t serving = 0;  // of these, running, healthy and warmed up
  std::uint32_t min = 1, max = 1;
  const char* min_is = "min";  // whose bounds they are, for people
  const char* max_is = "max";
  Duration step{};
  Duration lead_time{};
  Duration stabilisation_window{};
  UsdPerHour price;  // of one more reference machine
  std::vector<SignalSituation> signals;
  std::vector<WatchedSituation> watched;      // only those that a policy names
  const promise::Promise* promise = nullptr;  // null = none was made
  double promised_utilisation = 1;            // at which it is kept
  double promise_unit = 1;                    // machines of its engine that one machine stands for
  std::string promise_measured;               // how that is known; "" = as was stated
  OnMissing on_missing = OnMissing::hold;
  std::span<const Proposal> from_plugins{};  // what policy plugins said in this tick

  // A signal without values for so long has no say, unless its forecast may stand in.
  bool lost(const SignalSituation& signal) const { return signal.steps_missing >= kLateSteps; }
  bool forecast_stands_in() const {
    return on_missing == OnMissing::hold_or_up || on_missing == OnMissing::last_forecast;
  }

  // The engine of the promise counts machines as they were taken to be; these are real ones.
  std::uint32_t promise_wants() const {
    return static_cast<std::uint32_t>(std::ceil(promise->wanted() / promise_unit - 1e-9));
  }
  double promise_overload(std::uint32_t machines) const {
    return promise->overload(static_cast<std::uint32_t>(machines * promise_unit + 1e-9));
  }

  // The promise's engine decides now: it has learned, and every signal is known or only late.
  bool promise_rules() const {
    if (!promise || !promise->learned()) return false;
    return std::none_of(signals.begin(), signals.end(), [&](const auto& s) { return lost(s); });
  }

  // A source that answered nothing for fewer steps than this is late, beyond it dead.
  static constexpr std::size_t kLateSteps = 3;
};

}  // namespace nova
