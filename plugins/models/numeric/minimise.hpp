// Small minimisers for the parameters of forecasting models: at most a few dozen unknowns in a box.
//
// Deterministic, never outside the box, and never worse than where they started: a point whose
// value is not finite counts as infinitely bad. No derivatives are asked for.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace nova::numeric {

// Residuals at up to kLanes points of the box at once: residual t at points[i] is r[t * kLanes +
// i]. A recursion over time waits for its own results, so it takes hardly longer for four than for
// one.
inline constexpr std::size_t kLanes = 4;
using Points = std::span<const std::span<const double>>;
using Residuals = std::function<void(Points points, std::span<double> r)>;

struct LeastSquaresOptions {
  std::size_t iterations = 25;  // each costs a call for kLanes unknowns, and one or two for trials
  double tolerance = 1e-8;      // stop when the sum falls by less than this share of itself
};

// Least sum of squares of `residuals` values over the box [lower, upper]; x is start and answer,
// and the sum is returned. Levenberg-Marquardt with Marquardt's scaling and forward differences
// (Marquardt, "An Algorithm for Least-Squares Estimation of Nonlinear Parameters", 1963), trying
// kLanes dampings at once; unknowns at a bound that the gradient would push out are held, and steps
// are cut at the box.
double least_squares(const Residuals& f, std::size_t residuals, std::span<double> x,
                     std::span<const double> lower, std::span<const double> upper,
                     const LeastSquaresOptions& options = {});

struct Minimum {
  double x, value;
};

// A local minimum of f on [lower, upper], to about `tolerance` in x: golden sections sped up by
// parabolas (Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 5).
Minimum brent_minimum(const std::function<double(double)>& f, double lower, double upper,
                      double tolerance = 1e-5, int evaluations = 60);

}  // namespace nova::numeric
