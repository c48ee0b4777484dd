// Fits one exponential smoothing spec to one series.
//
// Initial states are not searched: for given parameters they come from running the same recursion
// backwards over the oldest points (backcasting; Box and Jenkins, "Time Series Analysis", 1970;
// for smoothing Svetunkov, "Forecasting and Analytics with ADAM", 2023, section 11.4), so a search
// has 1 to 6 unknowns whatever the season. Where it is cheap they are refined together with the
// parameters by a few Gauss-Newton steps, which gives the maximum likelihood of the literature.
#pragma once

#include <optional>

#include "plugins/models/ets/smoother.hpp"

namespace nova::ets {

struct EstimateOptions {
  std::optional<double> alpha;        // given instead of estimated
  const Parameters* start = nullptr;  // a fit of nearly the same: search from there
  double refine_work = 1e7;           // points x unknowns^2 up to which initial states are refined
  bool robust = false;                // errors beyond 3 robust deviations count as if at 3
  std::size_t iterations = 20;
  double tolerance = 1e-6;  // of the search over parameters; see numeric/minimise.hpp
};

struct Fit {
  Spec spec;
  Parameters parameters;
  State start, end;           // before the first point, after the last
  double log_likelihood = 0;  // as Hyndman et al. 2008, chapter 5, and R's ets define it
  double aicc = 0;            // +inf where there are too few points for the spec
  double sigma = 0;           // standard deviation of an error; a share of the value if relative
  std::size_t unknowns = 0;   // parameters and initial states searched
  std::size_t known = 0;      // points that are there
};

// y: oldest first, NaN = missing, in a unit where |y| <= 1 (or logarithms); > 0 for a spec with
// relative error, multiplicative season. Empty when the spec cannot be fitted to it.
std::optional<Fit> estimate(std::span<const double> y, const Spec& spec,
                            const EstimateOptions& options = {});

// Completes a fit whose spec, parameters, start and unknowns are set: runs it over y. False when
// the model is none of y: an expected value <= 0 under a relative error, or not finite.
bool evaluate(std::span<const double> y, Fit& fit);

// Points a spec needs at the least.
std::size_t points_needed(const Spec& spec);

}  // namespace nova::ets
