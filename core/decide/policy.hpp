// Policies: the rules that propose how many machines a group should have, as the operator states
// them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/period.hpp"
#include "core/decide/behaviour.hpp"
#include "core/decide/cron.hpp"

namespace nova {

// n = ceil(serving * utilisation / target), unless the ratio is within the tolerance band.
struct TargetTrackingSpec {
  std::string signal;            // name of the signal it watches
  std::optional<double> target;  // utilisation; none = the signal's target_utilisation
  double tolerance_up = 0.10;    // ratios in [1 - down, 1 + up] change nothing
  double tolerance_down = 0.15;
  bool shadow = false;  // it decides and is scored, and never acts
};

// Adds or gives up a step of machines once utilisation was beyond a line for `lasting`. Of a signal
// that is only watched it is the value that is beyond it, in seconds for a latency.
struct ThresholdSpec {
  struct Band {  // exactly one of the lines
    std::optional<double> above, below;
    StepLimit by{1, {}};
  };
  std::string signal;
  std::optional<double> scale_up_above, scale_down_below;  // none = never that way
  std::vector<Band> steps;  // farther out than these lines, where a step is one machine
  Duration lasting{0};      // every step of it must be beyond the line
  bool shadow = false;
};

// From each time of `cron` on and for `lasting`, other bounds or another target hold.
struct ScheduleSpec {
  Cron cron;
  TimeZone zone;
  Duration lasting = std::chrono::hours(1);
  std::optional<std::uint32_t> min, max;  // floor and ceiling within the group's
  std::optional<double> target;           // utilisation, of every signal
};

// What the operator fears, where he states no penalty in money. Sum is 1.
struct Weights {
  double cost = 0.5;
  double performance = 0.3;
  double risk = 0.2;
};

// What must hold, whatever the weights say: a share of violated steps, or a bill.
struct PromiseSpec {
  double violations = 0;        // share of steps that may be violated, 0..1; 0 = a bill is matched
  double at_utilisation = 1.0;  // load above this share of serving capacity violates
  bool same_bill_as_hpa = false;  // fewest violations at the bill of the HPA rule
  // Where set, at_utilisation is that at which one answer in twenty takes longer
  // (plan/queueing.hpp).
  std::optional<Duration> latency{};
  // A watched signal of what one answer in twenty takes longer than: where it is named, the
  // utilisation is the one at which that was seen to be reached, once it is known.
  std::string latency_signal{};
};

// Sizes the group from the quantiles of forecast demand over the time a new machine needs;
// where a promise is stated, its engine sizes the group instead (core/decide/promise).
struct PredictiveSpec {
  std::vector<std::string> models;  // model plugin names in order of preference; empty = all
  Duration training_window = std::chrono::hours(24 * 7);
  Duration prediction_horizon = std::chrono::hours(2);
  std::size_t min_data_points = 30;  // forecast steps with a value, below which it has no opinion
  Duration update_frequency = std::chrono::hours(1);  // between fits
  double confidence_threshold = 0.8;
  double min_accuracy = 0;          // of forecasts at the lead time; below, no opinion; 0 = any
  bool seasonal_adjustment = true;  // models are told the seasons that were found
  // Forecast demand as a share of what the present machines serve at 100 %, which it must exceed
  // before machines are added, or be below before they are given up.
  std::optional<double> scale_up_threshold, scale_down_threshold;
  Weights weights;
  std::optional<UsdPerHour> slo_penalty;  // per machine-hour short; overrides weights for the count
  std::optional<PromiseSpec> promise;     // overrides both
  bool shadow = false;
};

// A rule that a policy plugin knows. It is asked outside of core; what it proposes comes in with
// the tick (engine/tick.hpp), so that a replay needs no plugin.
struct PluginSpec {
  std::string plugin;                // its name in the config
  std::string settings_json = "{}";  // what it is told of this group
  std::uint64_t key = 0;             // of the group as the plugin knows it; series_key
  std::string name() const { return "plugin/" + plugin; }  // in decisions
};

using PolicySpec =
    std::variant<TargetTrackingSpec, PredictiveSpec, ThresholdSpec, ScheduleSpec, PluginSpec>;

// As in the config.
inline const char* type_of(const PolicySpec& policy) noexcept {
  constexpr const char* kNames[] = {"target_tracking", "predictive", "threshold", "schedule",
                                    "plugin"};
  return kNames[policy.index()];
}

inline bool is_shadow(const PolicySpec& policy) noexcept {
  return std::visit(
      [](const auto& p) {
        if constexpr (requires { p.shadow; }) return p.shadow;
        return false;
      },
      policy);
}

}  // namespace nova
