// Prediction intervals from past errors: split conformal prediction, one table of quantiles a lead.
//
// Errors are those of forecasts from origins that the fit had not seen, on the scale on which they
// are most alike. The quantile p of the error at a lead is the order statistic of the errors at
// that and the neighbouring leads, both signs alike, with the (n + 1) / n correction of split
// conformal prediction (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005;
// Lei et al., "Distribution-Free Predictive Inference for Regression", 2018, section 2.2). Spreads
// never fall with the lead. Between the levels kept quantiles are interpolated in the normal score
// of p; beyond the outermost level, and beyond what the sample can know, the tail goes on as that
// of a normal distribution through it.
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

  // From a saved table(); throws std::invalid_argument when it cannot be one.
  explicit Conformal(std::vector<double> table);

  std::size_t leads() const { return leads_; }
  // p-quantile of the error `lead` steps ahead, p in (0, 1).
  double quantile(double p, std::size_t lead) const;
  std::span<const double> row(std::size_t lead) const {
    return {table_.data() + (lead - 1) * kCoverage.size(), kCoverage.size()};
  }
  // An error `lead` steps ahead has come to be known: quantiles of that and the neighbouring leads
  // move towards it.
  void learn(std::size_t lead, double error);
  std::span<const double> table() const { return table_; }

 private:
  std::size_t leads_ = 0;
  std::vector<double> table_;
};

}  // namespace nova::numeric
