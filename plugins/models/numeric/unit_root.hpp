// How often a series must be differenced before it is stationary.
#pragma once

#include <cstdint>
#include <span>

namespace nova::numeric {

// The level-stationarity statistic of Kwiatkowski, Phillips, Schmidt and Shin ("Testing the null
// hypothesis of stationarity against the alternative of a unit root", Journal of Econometrics 54,
// 1992, eq. 13) with Bartlett weights over 3 sqrt(n) / 13 lags, as R's ndiffs takes it. Missing
// values are left out. 0 for fewer than three points or a constant.
double kpss(std::span<const double> y);
constexpr double kKpss5Percent = 0.463;  // its critical value, table 1

// Differences (0 to `most`) until the test no longer rejects at 5 %.
std::uint32_t differences_needed(std::span<const double> y, std::uint32_t most = 2);

// max(0, 1 - Var(R) / Var(S + R)), the strength of a season of m steps (Wang, Smith and Hyndman,
// "Characteristic-based clustering for time series data", 2006). Trend: centred moving average over
// one season; seasonal part: each phase smoothed over the seasons by tricube weights of span 11 and
// degree 0 (Cleveland et al., "STL", 1990), which lets it evolve. 0 for less than two seasons.
double seasonal_strength(std::span<const double> y, std::uint32_t m);
// Above it a seasonal difference is taken (Hyndman, in R's nsdiffs).
constexpr double kStrongSeason = 0.64;

}  // namespace nova::numeric
