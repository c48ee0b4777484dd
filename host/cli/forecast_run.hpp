// Many series through many models on all cores: batches, choice of the model, answers.
//
// A series is forecast by the model with the smallest mean absolute scaled error over a few rolling
// origins at the horizon asked for; when that model then fails, by the next. Called by `forecast`.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/forecast_csv.hpp"
#include "host/cli/forecast_models.hpp"

namespace nova::cli {

struct ForecastTask {
  std::uint32_t horizon = 48;                // steps
  std::vector<double> coverages{0.8, 0.95};  // central; 0.8 asks for quantiles 0.1 and 0.9
  std::vector<std::uint32_t> seasons;        // in steps; empty = from the spacing of timestamps
  std::size_t evaluate = 0;                  // rolling origins to score every model on; 0 = none
};

struct SeriesAnswer {
  std::string error;  // why there is none; "" = there is one
  std::size_t model = 0;
  std::vector<double> mean;      // [lead]
  std::vector<double> quantile;  // [level][lead]; levels ascending, see quantile_levels()
};

// How a model did on the origins it was scored on; sums over (series, origin) pairs.
struct ModelScore {
  double mase = 0, smape = 0, pinball = 0;
  std::vector<double> covered;  // one a coverage
  double scored = 0;            // pairs
  double unscaled = 0;          // pairs without a MASE: a history that never changes
  double failed = 0;            // pairs it could not forecast
};

struct ForecastResult {
  std::vector<SeriesAnswer> answers;  // as the series
  std::vector<ModelScore> scores;     // as the models; filled when task.evaluate > 0
};

// The quantile levels for central coverages, ascending: 0.8 and 0.95 are .025 .1 .9 .975.
std::vector<double> quantile_levels(const std::vector<double>& coverages);

// Where (1 - coverage) / 2 and its counterpart stand among those levels.
struct Bounds {
  std::size_t low = 0, high = 0;
};
Bounds bounds_of(double coverage, const std::vector<double>& levels);

// Season lengths that the spacing suggests: days and weeks, or years of months. Only those of which
// the series holds two. [pure]
std::vector<std::uint32_t> usual_seasons(const TimeGrid& grid, std::size_t points);

// `done` counts series as they are finished, for a progress bar. Error: a model that cannot be
// created.
Result<ForecastResult> forecast_all(const std::vector<InputSeries>& series,
                                    const std::vector<FoundModel>& models, const ForecastTask& task,
                                    const std::shared_ptr<loader::HostContext>& context,
                                    unsigned threads, std::atomic<std::size_t>& done);

}  // namespace nova::cli
