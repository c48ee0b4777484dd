// Loess: locally weighted regression of evenly spaced points, as STL uses it.
//
// The value at x is that of a weighted mean (degree 0) or line (degree 1) through the `span` points
// nearest to x, with tricube weights of their distance and, times these, weights of their own: 0
// leaves a point out, so a missing value is a point of weight 0.
// Source: Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition
// Procedure Based on Loess", Journal of Official Statistics 6 (1990), section 2 and, for the span
// beyond the number of points and the jumps, section 3.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nova::numeric {

struct LoessOptions {
  std::size_t span = 7;  // points, odd; beyond the number of points the weights grow more even
  int degree = 1;        // 0 or 1
  std::size_t jump = 1;  // every jump-th point is smoothed, those between lie on lines
};

// What is smoothed is a sum of the points in a window with shares that depend, without weights, on
// the place in the window and the number of points alone: those are kept.
// Not for two threads at once.
class Loess {
 public:
  explicit Loess(LoessOptions options) : options_(options) {}

  // out = y smoothed. weights: one a point, or empty = all 1. A window without any weight gives y
  // itself, so y must hold a number everywhere.
  void smooth(std::span<const double> y, std::span<const double> weights, std::span<double> out);

  // The value at x, counted from the first point, from the points [first, first + count), as many
  // as a window of this y holds; x may lie one step outside. `otherwise` where they have no weight.
  double at(std::span<const double> y, std::span<const double> weights, std::ptrdiff_t x,
            std::size_t first, std::size_t count, double otherwise);

  // One step before the first point and one after the last.
  double before(std::span<const double> y, std::span<const double> weights, double otherwise);
  double after(std::span<const double> y, std::span<const double> weights, double otherwise);

 private:
  double smoothed(std::span<const double> y, std::span<const double> weights, std::size_t i);
  void tabulate(double reach, std::size_t distances);
  // The shares of a window of work_.size() points, into work_; false: they have no weight.
  bool weigh(std::size_t points, std::ptrdiff_t place, std::span<const double> weights);
  std::span<const double> shares(std::size_t points, std::ptrdiff_t place, std::size_t count);

  struct Kept {
    std::size_t points;
    std::vector<std::vector<double>> by_place;  // from -1
  };
  static constexpr std::size_t kKeptMost = 4;

  LoessOptions options_;
  double reach_ = -1;                 // of table_
  std::vector<double> table_, work_;  // weights by distance; of the points of one window
  std::vector<Kept> kept_;
};

}  // namespace nova::numeric
