// STL: a series as seasonal + trend + remainder, by loess; and its form for several seasons.
//
// Sources: Cleveland, Cleveland, McRae and Terpenning, "STL: A Seasonal-Trend Decomposition
// Procedure Based on Loess", Journal of Official Statistics 6 (1990); Bandara, Hyndman and
// Bergmeir, "MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with Multiple Seasonal
// Patterns" (2021), International Journal of Operational Research. On series without holes the
// results are those of R's stl and forecast::mstl to rounding. A value that is not finite is
// missing: it has no weight, its remainder is NaN, seasonal and trend are there nevertheless.
// O(n) a pass whatever the season. Reentrant.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nova::numeric {

// Windows are spans of loess in points (the seasonal one: in seasons), odd.
struct StlOptions {
  static constexpr std::size_t kPeriodic = 0;
  std::size_t seasonal_window = kPeriodic;  // kPeriodic: every season is the same
  std::size_t trend_window = 0;     // 0: the least odd one >= 1.5 m / (1 - 1.5 / seasonal_window)
  std::size_t low_pass_window = 0;  // 0: the least odd one >= m
  int seasonal_degree = 0, trend_degree = 1, low_pass_degree = 1;
  std::size_t jump = 0;  // smooth every jump-th point; 0: a tenth of each window
  int inner = 2;         // passes between seasonal and trend
  int outer = 0;         // robustness passes: outliers lose their weight (15 and inner = 1 in R)
};

struct Stl {
  std::vector<double> seasonal, trend, remainder;
  std::vector<double> weights;  // of robustness, in [0, 1]; 0 = missing
};

// season >= 2, and at least two seasons of points, some of them finite: the caller sees to it.
Stl stl(std::span<const double> y, std::size_t season, const StlOptions& options);

struct MstlOptions {
  std::vector<std::size_t> seasons;  // ascending, each with two seasons of points
  std::vector<std::size_t> windows;  // seasonal windows; empty: 11, 15, 19 ... as R
  int iterations = 2;                // rounds over the seasons; one season needs one
  int inner = 2, outer = 0;
};

struct Mstl {
  std::vector<std::vector<double>> seasonal;  // as MstlOptions::seasons
  std::vector<double> trend, remainder;
};

Mstl mstl(std::span<const double> y, const MstlOptions& options);

// How much of the variation beside the trend is seasonal, 0..1: max(0, 1 - Var(R) / Var(S + R)).
// Source: Wang, Smith and Hyndman, "Characteristic-Based Clustering for Time Series Data", Data
// Mining and Knowledge Discovery 13 (2006). 0 where nothing varies; missing remainders are left
// out.
double seasonal_strength(std::span<const double> seasonal, std::span<const double> remainder);

}  // namespace nova::numeric
