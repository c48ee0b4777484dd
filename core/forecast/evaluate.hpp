// Evaluate: how good forecasts were, on data the model did not see.
//
// Input: what came and what was forecast for it; output: errors that compare across series. Missing
// values (NaN) are left out of every mean; a mean of nothing is NaN. Called by `forecast` to choose
// a model per series and by the backtest.
//
// Sources: MASE: Hyndman and Koehler, "Another look at measures of forecast accuracy", 2006. sMAPE
// as in the M4 competition, in percent. Pinball loss: Koenker and Bassett, "Regression quantiles",
// 1978.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nova {

// Mean absolute difference between values one season apart: the unit of MASE. Falls back to
// differences of neighbours where the history is not longer than a season. NaN for a history
// without any pair, 0 for one that repeats itself exactly.
double naive_scale(std::span<const double> history, std::size_t season);

// Mean absolute error over `scale`. A perfect forecast is 0 whatever the scale; any other of a
// series with scale 0 is infinite.
double mase(std::span<const double> actual, std::span<const double> forecast, double scale);

// Mean of 200 |a - f| / (|a| + |f|), 0 where both are 0.
double smape(std::span<const double> actual, std::span<const double> forecast);

// Mean pinball loss of a quantile forecast at `level` in (0, 1), in the unit of the series.
double pinball(std::span<const double> actual, std::span<const double> quantile, double level);

// Share of values inside [lower, upper].
double coverage(std::span<const double> actual, std::span<const double> lower,
                std::span<const double> upper);

// Lengths of the training parts of a rolling-origin evaluation, ascending: the last leaves exactly
// `horizon` points to forecast, each before it `spacing` fewer, at most `count` of them and none
// shorter than `least`. Empty when the series is too short for one.
std::vector<std::size_t> rolling_origins(std::size_t points, std::size_t horizon,
                                         std::size_t spacing, std::size_t count, std::size_t least);

}  // namespace nova
