#include "core/forecast/baseline.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"

namespace nova {
namespace {

// Steps from the value that seasonal naive repeats to the step `lead` ahead.
std::size_t distance(std::size_t season, std::size_t lead) {
  return season == 0 ? lead : (lead + season - 1) / season * season;
}

}  // namespace

double seasonal_naive(std::span<const double> history, std::size_t season, std::size_t lead) {
  const auto n = history.size();
  if (season > 0)
    for (auto back = distance(season, lead); back - lead < n; back += season)
      if (const double x = history[n - 1 - (back - lead)]; std::isfinite(x)) return x;
  for (auto at = history.rbegin(); at != history.rend(); ++at)
    if (std::isfinite(*at)) return *at;
  return std::nan("");
}

double naive_error(std::span<const double> history, std::size_t season, std::size_t lead,
                   std::size_t most) {
  const auto back = distance(season, lead);
  if (history.size() <= back) return std::nan("");
  const auto stride = std::max<std::size_t>(1, (history.size() - back) / most);
  double sum = 0, count = 0;
  for (auto t = history.size(); t > back; t -= std::min(t, stride)) {
    const double error = std::abs(history[t - 1] - history[t - 1 - back]);
    if (!std::isfinite(error)) continue;
    sum += error;
    count += 1;
  }
  return count > 0 ? sum / count : std::nan("");
}

Result<Forecast> baseline_forecast(std::span<const double> history, TimePoint origin, Duration step,
                                   std::size_t season, const std::vector<std::uint32_t>& leads,
                                   const std::vector<double>& levels,
                                   std::span<const std::uint32_t> measured) {
  std::vector<std::pair<double, double>> spread;  // (log lead, mean absolute error)
  for (const auto lead : measured)
    if (const double error = naive_error(history, season, lead); !std::isnan(error))
      spread.emplace_back(std::log(lead), error);
  if (spread.empty())
    return Error{ErrorCode::failed_precondition, "baseline: no two values a season apart"};
  // Beyond the last lead that could be measured it grows as that of a random walk.
  const auto sd_at = [&](std::uint32_t lead) {
    const double x = std::log(lead);
    std::size_t k = 0;
    while (k < spread.size() && spread[k].first < x) ++k;
    if (k == 0) return spread.front().second;
    const auto& [from, low] = spread[k - 1];
    if (k == spread.size()) return low * std::exp((x - from) / 2 * (season == 0));
    return low + (spread[k].second - low) * (x - from) / (spread[k].first - from);
  };
  Forecast::Parts parts{origin, step, leads, levels, {}, {}};
  std::vector<double> sds;
  for (const auto lead : leads) {
    parts.mean.push_back(seasonal_naive(history, season, lead));
    sds.push_back(kSdOfMeanAbsolute * sd_at(lead));
  }
  for (const double level : levels) {
    const double z = normal_quantile(level);
    for (std::size_t i = 0; i < leads.size(); ++i) {
      const double x = parts.mean[i] + z * sds[i];
      parts.quantiles.push_back(parts.mean[i] >= 0 ? std::max(0.0, x) : x);
    }
  }
  return Forecast::make(std::move(parts));
}

// Hastings' rational approximation (Abramowitz and Stegun, "Handbook of Mathematical Functions",
// 1964, 26.2.23).
double normal_quantile(double level) {
  if (level == 0.5) return 0;
  const double t = std::sqrt(-2 * std::log(std::min(level, 1 - level)));
  const double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                           (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return level < 0.5 ? -z : z;
}

}  // namespace nova
