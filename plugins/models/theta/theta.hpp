// The theta method on a series without a season: exponential smoothing that drifts with a share of
// the linear trend.
//
// With the least squares line A + B t of the points and a level l smoothed by alpha,
//   expected[t] = l[t-1] + w g[t],  g[t] = (1-alpha)^(t-1) A + (1 - (1-alpha)^t) / alpha B,
// where w = 1 - 1/theta (Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, "Models for
// optimising the theta method and their relationship to state space models", International Journal
// of Forecasting 32, 2016, equations 12-20). The variants:
//   standard   theta = 2 and alpha by simple smoothing alone: smoothing with half the slope as
//              drift (Hyndman and Billah, "Unmasking the Theta method", 2003)
//   optimised  theta by least squares, the line that of all points (OTM)
//   dynamic    theta by least squares, the line that of the points so far (DOTM)
// The expected value is linear in the first level and in w, so both have a closed form for every
// alpha, and the search is over alpha alone. A missing value (NaN) counts as the one expected.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace nova::theta {

enum class Variant : std::uint8_t { standard, optimised, dynamic };

struct Line {
  Variant variant = Variant::standard;
  double alpha = 0.5;
  double weight = 0.5;  // w; drift as a share of the slope
  double level = 0;
  double intercept = 0, slope = 0;  // A and B, at t = 0
  double mean = 0;                  // of the points so far
  double power = 1;                 // (1 - alpha)^t
  double t = 0;                     // points so far

  double expected() const;  // the next value
  void advance(double y);   // moves to the next point
};

// Expected values 1, 2, ... steps ahead; O(out.size()).
void project(const Line& line, std::span<double> out);

// Standard deviation of the error `lead` steps ahead, for one of `sigma` one step ahead: the
// smoothed level's (same source, equation 16); the wandering of a dynamic line is left out.
double spread(const Line& line, double sigma, double lead);

struct Fit {
  Line line;         // after the last point
  double sigma = 0;  // standard deviation of one step's errors; NaN for one point
  double squares = 0;
};

// z: at least one value that is there, |z| about 1. `alpha` = given instead of searched, else it is
// found to about `tolerance`.
Fit fit(std::span<const double> z, Variant variant, std::optional<double> alpha = {},
        double tolerance = 1e-5);

}  // namespace nova::theta
