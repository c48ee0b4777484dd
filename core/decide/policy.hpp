// Policies: the rules that propose how many machines a group should have, as the operator states
// them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"

namespace nova {

// n = ceil(serving * utilisation / target), unless the ratio is within the tolerance band.
struct TargetTrackingSpec {
  std::string signal;            // name of the signal it watches
  std::optional<double> target;  // utilisation; none = the signal's target_utilisation
  double tolerance_up = 0.10;    // ratios in [1 - down, 1 + up] change nothing
  double tolerance_down = 0.15;
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
  Weights weights;
  std::optional<UsdPerHour> slo_penalty;  // per machine-hour short; overrides weights for the count
  std::optional<PromiseSpec> promise;     // overrides both
};

using PolicySpec = std::variant<TargetTrackingSpec, PredictiveSpec>;

// "target_tracking" or "predictive", as in the config.
inline const char* type_of(const PolicySpec& policy) noexcept {
  return std::holds_alternative<PredictiveSpec>(policy) ? "predictive" : "target_tracking";
}

}  // namespace nova
