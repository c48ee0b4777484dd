// Conformal: quantiles that are right as often as they say, whatever the model thinks of itself.
//
// Input: each raw forecast of one forecaster for one series, and later what came; output: the same
// forecast with its quantiles moved to where past values say they belong. Kept by core/forecast/
// panel, one a model and one of the blend. O(levels) a scored value and corrected lead.
//
// A few leads are scored. At each, every level has an offset in units of the forecast's own spread
// (half of the way from its 0.1 to its 0.9 quantile), which rises a little when a value falls above
// the corrected quantile and falls a little when one does not: by rate * (above - (1 - level)). Its
// long-run frequency is then right for any sequence of values (Gibbs and Candes, "Adaptive
// conformal inference under distribution shift", 2021; in the space of scores as in Angelopoulos,
// Candes and Tibshirani, "Conformal PID control for time series prediction", 2023). A slow and a
// fast rate run side by side and are weighted by their recent pinball losses (Zaffran and others,
// "Adaptive conformal predictions for time series", 2022). What counts is the quantile of the time
// it was said, hours ago at a far lead: by the offset of now, which has seen more, the fast rate
// would look better than it is, and both would cover less than they say. Rates are those of the
// tails times |2 level - 1|: the median stays the model's own, unless the other quantiles leave it
// behind. Leads that are not scored take offsets between those of the scored ones, in proportion to
// the logarithm of the lead.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/time.hpp"
#include "core/forecast/forecast.hpp"

namespace nova {

struct ConformalRules {
  std::array<double, 2> rates{0.03, 0.15};  // spreads a miss, far out
  double half_life = 144;                   // scored values, of the rates' losses
  // Forecasts remembered a lead: farther leads are scored less often.
  std::size_t most_pending = 12;
};

class Conformal {
 public:
  // `leads` (steps, ascending) are scored; `levels` are those of every forecast.
  Conformal(std::vector<std::uint32_t> leads, std::vector<double> levels,
            ConformalRules rules = {});

  // As it should have been said. What the model put at or above zero stays there; quantiles
  // never cross; the mean moves with the median. An offset learned from nothing is 0.
  Forecast correct(const Forecast& raw) const;

  // `raw` was said: it will be scored at the leads it has. Origins ascend.
  void expect(const Forecast& raw);

  // The value of the step that ended at `time`; NaN scores nothing. Returns what it was above the
  // raw median at the first scored lead; NaN if there was none.
  double arrive(TimePoint time, double value);

  struct Pending {
    std::int64_t time_ns;
    double median, spread;  // as the model said
  };
  struct Lead {
    std::vector<Pending> pending;  // ascending in time
    // Of each pending one [rate][level]: how far from the model's median the quantile would have
    // been said by that rate alone, in spreads. Most of what a series remembers is this.
    std::vector<float> said;
    std::array<std::vector<double>, 2> offsets;  // [rate][level], spreads
    std::array<double, 2> losses{};              // discounted sums, in spreads
    double error = 0;                            // discounted mean |value - median|; 0 = none yet
  };
  // All that was learned, one an element of `leads`, for snapshots.
  const std::vector<Lead>& state() const { return learned_; }
  void restore(std::vector<Lead> state) { learned_ = std::move(state); }

 private:
  std::size_t width() const { return rules_.rates.size() * levels_.size(); }
  void forget_first(Lead& lead) const;
  void score(Lead& lead, double value) const;

  std::vector<std::uint32_t> leads_;
  std::vector<double> levels_;
  ConformalRules rules_;
  std::size_t middle_;  // of levels_: the median
  std::vector<Lead> learned_;
};

}  // namespace nova
