// How wide a model's intervals must be, learned from forecasts it made of points it did not see.
//
// Split conformal prediction by lead (Lei, G'Sell, Rinaldo, Tibshirani and Wasserman,
// "Distribution-Free Predictive Inference for Regression", 2018): held-out errors, each in units
// of the standard deviation the model states for its lead, give a factor for each band of leads
// and one shape for all. Symmetric. With few errors the factor stays near 1 and the shape normal.
#pragma once

#include <array>
#include <vector>

#include "plugins/models/numeric/sample.hpp"

namespace nova::numeric {

class Spread {
 public:
  static constexpr std::size_t kBands = 8;  // leads 1, 2, 3-4, 5-8, ..., 65 and beyond
  static std::size_t band(std::size_t lead);

  Spread() { factor_.fill(1); }  // as the model says, normal
  // errors[b]: standardised errors of the leads in band b, any order and sign, from `origins`
  // origins: errors of one origin are nearly one error.
  Spread(const std::array<std::vector<double>, kBands>& errors, double origins);
  // From saved parts; throws std::invalid_argument when they cannot have come from here.
  Spread(const std::array<double, kBands>& factor, ErrorSample shape);

  // The p-quantile of an error at `lead`, in standard deviations stated by the model.
  double quantile(double p, std::size_t lead) const;

  const std::array<double, kBands>& factor() const { return factor_; }
  const ErrorSample& shape() const { return shape_; }

 private:
  std::array<double, kBands> factor_;
  ErrorSample shape_;  // of errors over their band's factor
};

}  // namespace nova::numeric
