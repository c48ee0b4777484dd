// Outlook: the demand of one resource as far as plans look, for days, whoever forecasts it.
//
// In: the history of a demand, the season that repeats best, and the forecast that is trusted, if
// there is one. Out: a forecast at leads dense enough to see every peak of the horizon. Where
// models are trusted it is theirs at their leads, which lie ever farther apart; between them it
// takes the shape of the past. Without them it is seasonal naive with a drift ("Forecasting:
// Principles and Practice", 3rd ed., section 5.2), as wide as its own errors were. Read by the
// planner alone: no decision rests on it. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/time.hpp"
#include "core/forecast/forecast.hpp"

namespace nova {

struct OutlookQuestion {
  std::span<const double> history;  // demand of each step, oldest first; NaN = missing
  TimePoint end;                    // of the newest of them
  Duration step{};
  std::size_t season = 0;             // steps; 0 = none
  const Forecast* trusted = nullptr;  // of the same step; may end before `reach`
  Duration reach{};                   // how far to look from `end`
};

// Errors: failed_precondition if there is too little history.
Result<Forecast> make_outlook(const OutlookQuestion& question);

// Demand added a step, by a line that few outliers do not turn: the median difference of values
// half the history apart, whole seasons where there are any. 0 where too little is known.
double drift_a_step(std::span<const double> history, std::size_t season);

}  // namespace nova
