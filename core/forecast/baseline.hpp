// Baseline: seasonal naive, the forecaster every model must beat and that stands in for all.
//
// Input: the history of a series and a season length; output: what came a season before (or the
// last known value, without a season), as a distribution as wide as its own errors in that history.
// It needs no plugin and no fit. Called by core/forecast/panel as judge and as last resort.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/forecast/forecast.hpp"

namespace nova {

// The newest known value a whole number of seasons before the step `lead` ahead; where there is no
// season (0), or none of those is known, the newest known value. NaN if nothing is known.
double seasonal_naive(std::span<const double> history, std::size_t season, std::size_t lead);

// Mean absolute error of seasonal naive at `lead`, over at most `most` origins spread evenly over
// the history. NaN if there is no pair of values so far apart.
double naive_error(std::span<const double> history, std::size_t season, std::size_t lead,
                   std::size_t most = 128);

// Seasonal naive with normal errors at each of `leads`, whose spread is measured at the leads
// `measured` (ascending) and taken in between in proportion to the logarithm of the lead.
// Errors: failed_precondition if there is too little history.
Result<Forecast> baseline_forecast(std::span<const double> history, TimePoint origin, Duration step,
                                   std::size_t season, const std::vector<std::uint32_t>& leads,
                                   const std::vector<double>& levels,
                                   std::span<const std::uint32_t> measured);

// Of the standard normal distribution, to 4.5e-4.
double normal_quantile(double level);

}  // namespace nova
