// Prediction intervals from past errors: split conformal prediction by lead, corrected online.
//
// Errors are those of forecasts from origins that the fit had not seen, on the scale on which they
// are most alike. For each lead the table keeps sizes that |error| stays below with given
// coverages: order statistics with the (n + 1) / n correction of split conformal prediction (Lei et
// al., "Distribution- Free Predictive Inference for Regression", 2018, section 2.2), later origins
// weighing more (Barber et al., "Conformal prediction beyond exchangeability", 2023), averaged over
// neighbouring leads and never falling with the lead. Fewer errors than quantiles need are taken as
// Student's t.
//
// Online, learn() moves the 80 % and the 95 % size of like leads by a factor after every hit or
// miss of what had been said, so that in the long run these coverages hold whatever the series does
// (Gibbs and Candes, "Adaptive Conformal Inference Under Distribution Shift", 2021, in the form
// that tracks the quantile: Angelopoulos, Candes, Tibshirani, "Conformal PID Control", 2023). Other
// levels follow.
//
// Three things calibrate, and share no code because each knows something else: this one errors
// alone, for a rule without a variance; spread.hpp errors in units of the variance that a model's
// equations state for each lead; core/forecast/conformal.hpp no errors of the past, but the
// quantiles that any forecaster, also one that is not of this tree, says as time goes on.
//
// Between the coverages kept sizes are interpolated in the normal score of the level; beyond the
// outermost, 98 %, the tail goes on as that of the normal distribution through it. Errors of either
// sign are alike, so the median of the error is 0. Quantiles of one lead never cross.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace nova::numeric {

class Conformal {
 public:
  // Central coverages kept: |error| lies below row(lead)[i] with probability kCoverage[i].
  static constexpr std::array<double, 10> kCoverage = {0.1, 0.25, 0.4, 0.5,  0.6,
                                                       0.7, 0.8,  0.9, 0.95, 0.98};
  Conformal() = default;
  // errors[(lead - 1) * count + j]: origin j; NaN = not known. effective: how many of the origins
  // count as independent.
  Conformal(std::span<const double> errors, std::size_t count, std::size_t leads);

  // From saved parts; throws std::invalid_argument when they cannot have come from here.
  Conformal(std::vector<double> table, std::vector<double> corrections);

  std::size_t leads() const { return leads_; }
  // The quantile of the error `lead` steps ahead, lead from 1, whose level has the normal score
  // `score`: normal_quantile(p) for level p. (A caller asks for few levels at many leads.)
  double quantile(double score, std::size_t lead) const;
  // Sizes that the error of a forecast made now stays below with probability 0.8 and 0.95.
  struct Bounds {
    double core, tail;
  };
  Bounds bounds(std::size_t lead) const;
  // An error has come to be known, of a forecast made when bounds() was `said`. share: how many
  // points it stands for, where not every point has an error of this lead.
  void learn(std::size_t lead, double error, const Bounds& said, double share);

  const std::vector<double>& table() const { return table_; }
  const std::vector<double>& corrections() const { return corrections_; }

 private:
  double growth(std::size_t lead) const;
  std::size_t leads_ = 0;
  std::vector<double> table_;        // [lead - 1][level]: size of the error
  std::vector<double> corrections_;  // [lead - 1][core, tail]: logarithm of a factor
};

}  // namespace nova::numeric
