// Which smoothing model serves a series best, and how wide its intervals must be.
//
// Where the history can spare a stretch to be held out, candidates are fitted before it and judged
// by their forecasts into it: AICc sees one step ahead only, and prefers models that take every
// deviation for a new level. From the simplest the choice walks by improvement: seasons and
// logarithms first, then trend, AR(1) errors and robustness. In short histories AICc decides over
// the family of Hyndman, Koehler, Ord and Snyder (2008), and its winner is judged with the rest.
#pragma once

#include <string>

#include "plugins/models/ets/estimate.hpp"
#include "plugins/models/numeric/spread.hpp"

namespace nova::ets {

struct Options {
  enum class Choice { held_out, aicc, given };
  Choice choice = Choice::held_out;
  Form form;                    // if given
  std::optional<double> alpha;  // given instead of estimated
  std::optional<bool> trend;    // must there be one; absent = whichever serves
  bool calibrate = true;        // intervals by held-out errors
};

// A model of one series, ready to forecast. Values are kept divided by `scale`.
struct Chosen {
  Spec spec;
  Parameters parameters;
  State state;
  double sigma = 0;
  double scale = 1;
  double least = 0;  // smallest value > 0 (scaled): what log takes values <= 0 for
  double known = 0;  // points behind sigma
  numeric::Spread spread;

  double scaled(double value) const;    // into the unit of the state
  double unscaled(double inner) const;  // and back
};

// seasons: lengths to try, in steps, the first is the main one; 0 counts as none. `remark` gets
// what was dropped and why. Throws nova::Error if there is no value, or if a form given needs
// values > 0 and they are not.
Chosen choose(std::span<const double> values, std::span<const std::uint32_t> seasons,
              const Options& options, std::string& remark);

// Fits the model chosen before to a newer window, from the parameters it had: form, spread and the
// size of errors stay, being learned from errors that no fit saw. False, and `c` as it was, where
// the window is none of that model's: of another size, not positive, too short.
bool refit(Chosen& c, std::span<const double> values, const Options& options);

}  // namespace nova::ets
