// The recursions of exponential smoothing: states, one step, a pass over a series, forecasts.
//
// With base = level + phi trend, the value expected is base (+ or x) season (+ carry), and its
// error e = y - expected moves the states (Hyndman, Koehler, Ord and Snyder 2008, tables 2.2 and
// 2.3):
//   additive season        level = base + alpha e     trend = phi trend + beta e      season +=
//   gamma e multiplicative season  level = base + alpha e/s   trend = phi trend + beta e/s season
//   += gamma e/base
// With a relative error e / expected the same states result (alpha base e/expected = alpha e/s), so
// one recursion serves both; only the likelihood and the spread differ. A season is kept by phase,
// so a step costs the same whatever its length. A missing value (NaN) moves the states on and
// changes nothing else.
#pragma once

#include <Eigen/Core>
#include <array>
#include <limits>
#include <span>
#include <vector>

#include "plugins/models/ets/form.hpp"
#include "plugins/models/numeric/minimise.hpp"

namespace nova::ets {

using numeric::kLanes;
using Lane = Eigen::Array<double, kLanes, 1>;

struct Parameters {
  double alpha = 0, beta = 0, phi = 1;  // beta counts in the trend's own unit: beta <= alpha
  double gamma[2] = {};
  double rho = 0;  // of AR(1) errors
  // Errors beyond this size count as if they had it: one spike must not become the level.
  double clip = std::numeric_limits<double>::infinity();
};

struct State {
  double level = 0, trend = 0;
  double carry = 0;                           // deviation expected at the next step
  std::array<std::vector<double>, 2> season;  // by phase; empty = none
  std::array<std::uint32_t, 2> phase{};       // of the next step
};

// Moves `state` over y in time. errors[t] = y[t] - expected, 0 where y is missing, and
// expected[t] (unless empty) what was expected; both as long as y.
void filter(Season season, const Parameters& p, State& state, std::span<const double> y,
            std::span<double> errors, std::span<double> expected = {});

// The same for kLanes parameters and states at once, which takes hardly longer than for one: all
// have the same seasons and phases. errors and expected hold kLanes numbers a point, side by side.
struct LaneParameters {
  LaneParameters() { clip.setConstant(std::numeric_limits<double>::infinity()); }
  void set(std::size_t lane, const Parameters& p);
  Lane alpha = Lane::Zero(), beta = Lane::Zero(), phi = Lane::Ones(), rho = Lane::Zero(), clip;
  Lane gamma[2] = {Lane::Zero(), Lane::Zero()};
};
struct LaneState {
  explicit LaneState(const State& all);  // the same in each lane
  void set(std::size_t lane, const State& one);
  Lane level, trend, carry;
  std::array<std::vector<Lane>, 2> season;  // by phase
  std::array<std::uint32_t, 2> phase;
};
void filter(Season season, const LaneParameters& p, LaneState& state, std::span<const double> y,
            std::span<double> errors, std::span<double> expected = {});

// Expected values 1, 2, ... steps after `state` if no error came.
void project(Season season, const Parameters& p, const State& state, std::span<double> out);

// Weights c_j of an error in the value j = 1, 2, ... steps later, for a linear spec: the variance h
// steps ahead is sigma^2 (1 + c_1^2 + ... + c_{h-1}^2) (same source, chapter 6, class 1).
std::vector<double> error_weights(const Spec& spec, const Parameters& p, std::size_t steps);

}  // namespace nova::ets
