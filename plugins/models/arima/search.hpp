// The order with the least AICc, found stepwise (Hyndman and Khandakar, "Automatic time series
// forecasting: the forecast package for R", Journal of Statistical Software 27(3), 2008, 3.2).
//
// Differences and harmonics are given; p, q and, for each season, P and Q are looked for, with and
// without a constant. All orders of a search count the same errors, so that their AICc compare:
// conditional ones after the longest lags allowed, or, for short series, those of the exact
// likelihood. A neighbour starts from the parameters of the order it is next to, and one that two
// steps leave far behind is given up. Orders with roots near 1 are refused.
#pragma once

#include "plugins/models/arima/estimate.hpp"

namespace nova::arima {

struct Limits {
  std::uint32_t p = 5, q = 5;                    // of the first block
  std::uint32_t seasonal_p = 2, seasonal_q = 2;  // of each season
  int models = 94;                               // at most, as in R
  bool constant = true;                          // may have one
};

// `differences`: blocks with their d, and harmonics; its p, q and constant are ignored. Always
// finds an order that can be estimated, if need be without any coefficient; ok() is false only
// where nothing is left after differencing.
Estimate search(const Sample& sample, const Order& differences, const Limits& limits);

}  // namespace nova::arima
