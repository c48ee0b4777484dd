// Season: the lengths after which a series repeats itself, found in its own past.
//
// Input: weeks of values on a regular grid, NaN where one is missing. Output: season lengths in
// steps, ascending, each with its strength; several where there are several (hour, day, week), none
// where there is none. Called by the engine once a day and by `forecast` for series without a
// stated season. Pure; 4 weeks of 5-minute points take some milliseconds.
//
// How: peaks of the periodogram, each moved to the peak of the autocorrelation it points at
// (Vlachos, Yu and Castelli, "On periodicity detection and structural periodic similarity", 2005),
// and the highest peaks of the autocorrelation itself are candidates. From the shortest on, a
// candidate is moved to the whole step at which it is strongest, and accepted by the share of the
// variance its profile explains once a moving average of its length is taken out: the seasonal
// strength of Wang, Smith and Hyndman, "Characteristic-based clustering for time series data",
// 2006, here with each variance divided by its degrees of freedom, so that noise has strength 0
// however few cycles there are. Its profile is taken out before the next one is tried. So a
// multiple of a season must explain what the season left over; and a divisor (a harmonic) must
// repeat nearly as well as the longer candidate it divides. A resistant line (Tukey, "Exploratory
// Data Analysis", 1977) is taken out first, and spikes are cut.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nova {

struct Season {
  std::size_t length = 0;  // steps
  double strength = 0;     // 0 = none, 1 = nothing but this season; against what all leave over

  bool operator==(const Season&) const = default;
};

struct SeasonRules {
  std::vector<std::size_t> hints;  // lengths tried whatever the spectrum says (hour, day, week),
                                   // and preferred to a neighbour within 2 %
  double least_strength = 0.3;     // of a season
  double least_share = 0.02;       // of the variance that a further season must explain
  double least_cycles = 2;         // that the values must hold
  std::size_t most = 3;            // seasons
};

// Errors do not exist: a series too short, too sparse (less than half of it known) or constant has
// no season. Values that are not finite count as missing.
std::vector<Season> find_seasons(std::span<const double> values, const SeasonRules& rules = {});

}  // namespace nova
