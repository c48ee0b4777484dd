// Seasonal ARIMA of one series, from its history to a state: with the order given, or chosen.
//
// Chosen, one after the other:
//   1. structure: transform, seasons, where to difference, or harmonics instead, by the absolute
//      error of forecasts from origins that a quick fit of each did not see (structure.hpp);
//   2. order within the structure, by AICc (search.hpp);
//   3. the exact likelihood of the winner where it can be had (likelihood.hpp);
//   4. how wide its intervals must be, from its errors at past origins.
// Used by plugin.cpp.
#pragma once

#include <optional>
#include <string>

#include "plugins/models/arima/search.hpp"
#include "plugins/models/arima/state.hpp"
#include "plugins/models/arima/structure.hpp"

namespace nova::arima {

struct Options {
  std::vector<std::uint32_t> season_lengths;  // none: those the host found
  std::optional<Block> order, seasonal;       // given p, d, q and P, D, Q; none = chosen
  bool constant = true;                       // may have a mean or a drift; with an order: has one
  Shape shape;
  bool empirical = true;  // intervals from past errors, else normal from psi weights
};

// values: oldest first, non-finite = missing. remark gets what was chosen, and dropped, and why.
// Throws nova::Error(NOVA_FAILED_PRECONDITION) when nothing can be said.
State fit(const Options& options, std::span<const double> values,
          std::span<const std::uint32_t> host_seasons, std::string& remark);

// The order and transform chosen before, estimated from a newer window; what its forecasts have
// been worth stays. False, and `state` as it was, where the window does not carry that order.
bool refit(State& state, std::span<const double> values);

}  // namespace nova::arima
