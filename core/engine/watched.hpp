// WatchedSignal: a signal that sizes nothing, as it stands and was.
//
// In: its values as the metrics plugin says them. Out: a line for people, conditions, and its past
// for plans and for a promised latency that is measured. Kept by the engine, one a signal of the
// roles latency and custom; moves no decision but through that latency. Deterministic.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/engine/condition.hpp"
#include "core/forecast/season_watch.hpp"
#include "core/metrics/signal.hpp"
#include "core/metrics/window.hpp"

namespace nova {

class WatchedSignal {
 public:
  // `spec` must outlive this object. `points` forecast steps are kept.
  WatchedSignal(const SignalSpec& spec, Duration step, std::size_t points);

  // `steps` steps, of which the first ended at `first_end`; values that are not there are unknown.
  void take(TimePoint first_end, std::size_t steps, std::span<const double> values);

  const SignalWindow& window() const { return window_; }
  const SeasonWatch& seasons() const { return seasons_; }

  // "p95: 0.31 s, 62 % of its limit 0.5"
  std::string line() const;
  // It has no value or a doubted one, or is over its limit.
  void add_conditions(const std::string& tenant, const std::string& group,
                      std::vector<Condition>& out) const;

  Json state() const;
  // Of another signal, or of other steps, nothing is taken: it starts anew. Errors:
  // Json::exception.
  void restore(const Json& state);

 private:
  const SignalSpec* spec_;
  SignalWindow window_;
  SeasonWatch seasons_;
};

}  // namespace nova
