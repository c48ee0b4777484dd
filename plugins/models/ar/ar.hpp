// Short-horizon forecasts by a pool of ridge autoregressions and robust baselines.
//
// Each candidate looks at the series in levels or logarithms, as it is or in steps, with few, some
// or many lags (pool.hpp). All are put to the test on refit rolling origins, the best are combined
// by their median (rolling.hpp), and what that median got wrong at those origins gives the
// intervals (numeric/conformal.hpp). The idea that plain autoregressions on well-chosen lags beat
// richer models at such horizons is that of Doornik, Castle and Hendry, "Card forecasts for M4",
// 2020.
//
// observe() is O(1) a point on average: a value is pushed, and every few points one forecast is
// laid down; what becomes true is compared with it and corrects the intervals at once (adaptive
// conformal inference; Gibbs and Candes, "Adaptive Conformal Inference Under Distribution Shift",
// 2021).
//
// Values that are missing are never the target of a fit, nor a lag of one, unless that would leave
// too few rows (fits.cpp). As later lags they are filled: inside the history by a straight line
// between their neighbours, after it by the forecast of that step. Used by plugin.cpp. A State may
// be read by several threads at once.
#pragma once

#include <novascale/state.hpp>
#include <string>

#include "plugins/models/ar/rolling.hpp"
#include "plugins/models/numeric/conformal.hpp"

namespace nova::ar {

struct Options {
  std::vector<std::uint32_t> season_lengths;  // none: those the host found
  bool plain = false;        // levels only: answers move and stretch with the series
  std::size_t horizon = 0;   // leads that are judged and calibrated; 0 = by season and length
  std::size_t best = 13;     // members combined, a band of leads
  std::size_t origins = 48;  // about so many, evenly over the calibration stretch
};

// A forecast laid down to be compared with what comes.
struct Promise {
  std::uint64_t origin = 0;     // count of values known when it was made
  std::vector<double> centres;  // by lead, on the working scale
  std::vector<numeric::Conformal::Bounds> bounds;
};

struct State {
  Scales scales;
  Views views;                  // of the newest values: as many as the members look back, or more
  std::size_t keep = 1;         // values that the members look back, present or not
  double bound = 1.5;           // of extrapolation, on every scale
  std::vector<Member> members;  // at least one
  numeric::Conformal errors;    // on the working scale; no leads: the spread is not known
  std::uint64_t count = 0;      // values seen
  std::vector<Promise> promises;

  void save(StateWriter& w) const;
  static State load(StateReader& r);  // throws nova::Error where it is none
};

class Forecaster {
 public:
  explicit Forecaster(Options options) : options_(std::move(options)) {}

  // values: oldest first, non-finite = missing. remark gets what was left out and why.
  // Throws nova::Error(NOVA_FAILED_PRECONDITION) when nothing is known.
  State fit(std::span<const double> values, std::span<const std::uint32_t> host_seasons,
            std::string& remark) const;
  // New coefficients from a newer window, whose points the state has observed, for the members that
  // have a vote; what was learned of errors stays. False, and the state as it was, where a band of
  // leads would be left without a member.
  bool refit(State& state, std::span<const double> values) const;
  void observe(State& state, std::span<const double> values) const;

 private:
  static void learn(State& state);
  static void lay_down_promises(State& state);
  Options options_;
};

// Centres of leads 1..leads on the working scale.
std::vector<double> centres(const State& state, std::size_t leads);
// A number of the working scale as a value of the series.
double value_of(const State& state, double z);

}  // namespace nova::ar
