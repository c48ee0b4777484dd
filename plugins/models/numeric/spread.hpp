// How wide a model's intervals must be, learned from forecasts it made of points it did not see.
//
// Split conformal prediction by lead (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman,
// "Distribution-Free Predictive Inference for Regression", 2018): held-out errors, each in units
// of the standard deviation the model states for its lead, give a factor for each band of leads
// and one shape for all. Symmetric. With few errors the factor stays nearer to 1 and the shape
// normal; and as a scale from few errors is itself uncertain, it is widened by that.
#pragma once

#include <array>
#include <novascale/model.hpp>
#include <vector>

#include "plugins/models/numeric/sample.hpp"

namespace nova::numeric {

// Scale of the normal distribution around 0 that has these errors' sizes at 80 % and 95 %, the
// levels most asked for; non-finite ones are left out; 0 without any.
double normal_scale(std::vector<double> errors);

// Standard deviation of one step's errors: that of held-out ones, with few of them as much the
// model's own.
double held_out_sigma(double own, std::vector<double> errors);

// The same by exponential forgetting, after one more error came; known: points behind sigma, which
// may be NaN or 0 (one point, a constant series). A wild error counts as a large one.
double updated_sigma(double sigma, double& known, double error);

class Spread {
 public:
  static constexpr std::size_t kBands = 8;  // leads 1, 2, 3-4, 5-8, ..., 65 and beyond
  static std::size_t band(std::size_t lead);

  Spread() { factor_.fill(1); }  // as the model says, normal
  // errors[b]: standardised errors of the leads in band b, any order and sign, from origins all
  // through a stretch of `held` points: only so many tell something new as fit side by side.
  Spread(const std::array<std::vector<double>, kBands>& errors, double held);
  void save(StateWriter& w) const;
  static Spread load(StateReader& r);  // refuses what cannot have come from here

  // The p-quantile of an error at `lead`, in standard deviations stated by the model.
  double quantile(double p, std::size_t lead) const;

  const std::array<double, kBands>& factor() const { return factor_; }
  const ErrorSample& shape() const { return shape_; }

 private:
  std::array<double, kBands> factor_;
  ErrorSample shape_;  // of errors over their band's factor
};

}  // namespace nova::numeric
