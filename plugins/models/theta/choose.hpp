// The theta method on a series with seasons: which to take out, and which variant serves best.
//
// Seasons are taken out by classical decomposition where the M4 competition's test finds them, as
// ratios where no value is negative and no phase always 0, else as differences; then the theta
// method forecasts the rest. Where the history can spare a stretch to be held out, the seasons, the
// variant and how fast the level is followed are those with the least error of forecasts into it.
#pragma once

#include <string>
#include <vector>

#include "plugins/models/numeric/spread.hpp"
#include "plugins/models/theta/theta.hpp"

namespace nova::theta {

struct Options {
  std::optional<Variant> variant;  // absent = the one that serves best
  std::optional<double> alpha;     // given instead of searched
  bool calibrate = true;           // intervals by held-out errors
};

struct Chosen {
  Line line;
  double sigma = 0;  // of one step, in the unit of the line
  double scale = 1;  // values are kept divided by it
  double known = 0;  // points behind sigma
  bool ratios = false;
  std::vector<double> index;  // of each phase; empty = no season
  std::uint32_t phase = 0;    // of the next step
  std::uint32_t seasons[2] = {};
  bool held_alpha = false;  // the line's alpha was chosen, not searched
  numeric::Spread spread;

  // The season `ahead` steps on, from 1; and values without and with it.
  double season(std::size_t ahead) const;
  double without(double value, double s) const { return ratios ? value / s : value - s; }
  double with(double rest, double s) const { return ratios ? rest * s : rest + s; }
  std::string name() const;  // such as "dynamic theta [24,168]"
};

// seasons: lengths to try, in steps, the first is the main one; 0 counts as none. Throws
// nova::Error if there is no value.
Chosen choose(std::span<const double> values, std::span<const std::uint32_t> seasons,
              const Options& options);

// The variant and seasons chosen before, fitted to a newer window; the spread and the size of
// errors stay. False, and `c` as it was, where the window is too short for the seasons or negative
// where they are ratios.
bool refit(Chosen& c, std::span<const double> values, const Options& options);

}  // namespace nova::theta
