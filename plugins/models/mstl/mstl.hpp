// Seasons taken off by STL, the rest forecast, the seasons put back.
//
// Fit: the newest part of the history is held out; of a few decompositions (all seasons, all but
// the longest, none; steady or slowly changing; of the values or, where they are positive, their
// logarithms) and ways to carry on the rest (rest.hpp), the one with the least absolute error over
// the leads of the held-out part is taken and fitted again to the whole history. Its held-out
// errors by lead are the spread of forecasts: they hold the error of the seasonal part, too.
// Source: Bandara, Hyndman and Bergmeir, "MSTL" (2021); Hyndman and Athanasopoulos, "Forecasting:
// Principles and Practice", 3rd ed., section 13.1; held-out spread: Vovk, Gammerman and Shafer,
// "Algorithmic Learning in a Random World", 2005, ch. 4 (split conformal). Used by plugin.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plugins/models/mstl/rest.hpp"
#include "plugins/models/numeric/sample.hpp"

namespace nova::mstl {

struct Options {
  std::vector<std::uint32_t> season_lengths;  // none: those the host found
  enum class Transform : std::uint8_t { automatic, none, log } transform = Transform::automatic;
};

// What one series needs to be forecast. Working values are (value / unit), or its logarithm, less
// `centre`: near 1 whatever the series, so that squares of 1e300 do not overflow.
struct State {
  double unit = 1, centre = 0;
  bool log = false, periodic = false;  // periodic: seasons do not change
  double least = 0;                    // of value / unit, below which a logarithm is not taken
  std::vector<std::vector<double>> seasonal;  // one turn each; the entry of step t lies at t % m
  std::uint64_t next = 0;                     // step after the last known one
  std::uint64_t age = 0;                      // steps since the newest value, up to kAgeMost
  static constexpr std::uint64_t kAgeMost = 100'000;
  Rest rest;
  std::vector<double> spread;   // scale of the errors of each lead scored, never falling
  numeric::ErrorSample errors;  // of all leads, in units of their scale; none: no spread is known
};

class Mstl {
 public:
  explicit Mstl(Options options) : options_(std::move(options)) {}

  // values: oldest first, non-finite = missing. remark gets what was dropped and why.
  // Throws nova::Error(NOVA_FAILED_PRECONDITION) when nothing can be said.
  State fit(std::span<const double> values, std::span<const std::uint32_t> host_seasons,
            std::string& remark) const;
  // The decomposition chosen before, made anew of a newer window; its spread stays. False, and the
  // state as it was, where the window is too short for it or not positive.
  bool refit(State& state, std::span<const double> values) const;
  void observe(State& state, std::span<const double> values) const;
  // Working values and their spread, for 1 .. mean.size() steps ahead.
  void ahead(const State& state, std::span<double> mean, std::span<double> spread) const;
  double untransformed(const State& state, double z) const;

 private:
  double transformed(const State& state, double y) const;
  Options options_;
};

}  // namespace nova::mstl
