// One chunk of series through the models: judge them on held-out origins, choose, forecast.
//
// Every candidate is fitted once before the first held-out origin, observes up to each further one
// and forecasts there; forecast_auto.hpp chooses members by the errors. Only those are fitted
// again, on everything, from what they know. One that then fails is left out, or replaced by the
// next best. Called by forecast_run, one thread a bench.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/forecast_auto.hpp"
#include "host/cli/forecast_csv.hpp"
#include "host/cli/forecast_models.hpp"
#include "host/cli/forecast_score.hpp"
#include "host/cli/forecast_seasons.hpp"

namespace nova::cli {

struct ForecastTask {
  std::uint32_t horizon = 48;                // steps
  std::vector<double> coverages{0.8, 0.95};  // central; 0.8 asks for quantiles 0.1 and 0.9
  std::vector<std::uint32_t> seasons;        // in steps; empty = none, see detect_seasons
  bool detect_seasons = true;                // from timestamps and values, instead
  std::size_t evaluate = 0;                  // rolling origins to score every model on; 0 = none
  bool spare_heavy = true;  // heavy models only where every light one fails, see is_hard()
  Duration patience = std::chrono::seconds(60);  // for one call of a model, see Panel
};

// What is said of an answer that has no spread.
inline constexpr const char* kNoSpread =
    "one value tells nothing about the spread: it is the forecast and all its bounds";

struct SeriesAnswer {
  std::string error;                // why there is none; "" = there is one
  std::vector<std::size_t> models;  // whose blend it is, best first
  Distribution forecast;            // for the levels of quantile_levels()
  bool has_spread = true;           // false: of a single value, so its quantiles are its mean
  std::vector<SeriesSeason> seasons;
  std::vector<std::string> notes;  // "model: remark"
  std::vector<std::string>
      silent;  // [model] why it never had an answer; "" = it had, or nobody asked
  // How the choice was made: mean absolute scaled errors on `origins` held-out origins.
  std::size_t origins = 0;
  std::vector<double> errors;  // [model]; NaN = not judged
  double blend_error = 0;      // of the models used, together
  double width = 1;            // of their intervals: by width_factor()
  // With task.evaluate: of each model, and of the automatic choice last.
  std::vector<ModelScore> scores;
};

// The held-out origins of a series: how many, how far apart, and how far ahead each is scored. Only
// its length matters, so that a series is judged the same whatever stands beside it. At least half
// of the series comes before every origin.
struct HeldOutPlan {
  std::uint32_t horizon = 1;  // steps; shorter than asked for where the series is short
  std::uint32_t spacing = 1;  // steps between origins
  std::size_t choice = 0;     // origins to choose by; fewer than two would say nothing
  std::size_t evaluate = 0;   // origins to score and, before them, to choose by
  std::size_t scored = 0;     // of these, a horizon apart: as many as asked for, if there is room
  auto operator<=>(const HeldOutPlan&) const = default;
};
HeldOutPlan plan_of(std::size_t points, const ForecastTask& task);

// Numbers kept for each series and model while a chunk is worked on.
std::size_t numbers_per_model(const ForecastTask& task);

// One answer for each of `rows`, which share a grid, an end and a plan.
std::vector<SeriesAnswer> forecast_chunk(const std::vector<InputSeries>& series,
                                         const std::vector<std::size_t>& rows,
                                         const ForecastTask& task, ModelBench& bench);

}  // namespace nova::cli
