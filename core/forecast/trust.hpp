// Trust: what a model has earned on one series, by forecasts it made before the truth was known.
//
// Forecasts are remembered at one lead (core/forecast/panel keeps one Trust a model and scored
// lead); when the value arrives, the model's error is compared with that of seasonal naive at the
// same lead, and the quantiles with where the value fell. Both are discounted with a half-life, so
// a model that stops being good loses its trust, and one that recovers regains it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/forecast/forecast.hpp"

namespace nova {

struct TrustRules {
  double half_life_points = 144;     // of a score; half a day of 5-minute points
  double min_points = 12;            // scored forecasts before anything is believed
  double level = 0.9;                // quantile whose coverage is watched
  double coverage_tolerance = 0.08;  // how far below `level` coverage may fall
  double skill_least = -0.02;        // a model as good as its judge must not flutter
  std::size_t most_pending = 8;      // forecasts remembered: farther leads are scored less often
};

class Trust {
 public:
  explicit Trust(TrustRules rules = {}) : rules_(rules) {}

  // A forecast was made; `judge` is what seasonal naive says for the same step. `lead` is the index
  // in forecast.leads() to be scored. Ignored for a step already remembered, or too near to one.
  void expect(const Forecast& forecast, std::size_t lead, double judge);

  // The value of the step that ended at `time`; NaN scores nothing.
  void arrive(TimePoint time, double value);

  double points() const { return weight_; }  // discounted count of scored forecasts
  bool enough() const;                       // scored forecasts to judge by
  double level() const { return rules_.level; }
  double skill() const;     // 1 - error / judge's error; 0 while unknown
  double coverage() const;  // share of values at or below the watched quantile
  // 1 - sum of absolute errors / sum of absolute values (WAPE), at least 0; NaN while unknown.
  double accuracy() const;
  // Mean of the pinball losses of the median and of the quantile at `level`; 0 while unknown.
  double loss() const { return weight_ > 0 ? (pinball_ + 0.5 * error_) / 2 / weight_ : 0; }

  // Has it earned to act? `why_not` says what is missing: "skill -0.12 against seasonal naive".
  bool earned() const { return why_not().empty(); }
  std::string why_not() const;

  struct Pending {
    std::int64_t time_ns;
    double median, upper, judge;
  };
  struct State {
    std::vector<Pending> pending;
    double error = 0, judge_error = 0, covered = 0, pinball = 0, weight = 0, magnitude = 0;
  };
  State state() const;
  void restore(const State& state);

 private:
  TrustRules rules_;
  std::vector<Pending> pending_;  // ascending in time
  double error_ = 0, judge_error_ = 0, covered_ = 0, pinball_ = 0, weight_ = 0, magnitude_ = 0;
};

}  // namespace nova
