#include "host/cli/forecast_width.hpp"

#include <algorithm>
#include <cmath>

namespace nova::cli {
namespace {

constexpr double kTrust = 1.0 / 3;        // share of the logarithm that is taken
constexpr double kMostFactor = 2;         // either way, before that
constexpr std::size_t kLeastPoints = 10;  // fewer say nothing of a share
constexpr double kJudged = 0.1;           // the lower level of the pair

}  // namespace

double width_factor(std::span<const HeldOut> origins, std::span<const std::size_t> members,
                    std::span<const double> levels) {
  if (levels.size() < 3) return 1;
  const auto middle = levels.size() / 2;
  const auto nearest = std::min_element(
      levels.begin(), levels.begin() + static_cast<std::ptrdiff_t>(middle),
      [](double a, double b) { return std::abs(a - kJudged) < std::abs(b - kJudged); });
  const auto low = static_cast<std::size_t>(nearest - levels.begin());
  const auto high = levels.size() - 1 - low;
  std::vector<double> distances;  // of what came from the median, in those of the bounds
  for (const auto& origin : origins) {
    const auto leads = origin.truth.size();
    const auto said = blend(members, origin.said, leads, levels.size());
    if (said.mean.empty()) continue;
    for (std::size_t h = 0; h < leads; ++h) {
      const auto at = [&](std::size_t level) { return said.quantiles[level * leads + h]; };
      const double over = origin.truth[h] - at(middle);
      const double bound = (over > 0 ? at(high) : at(low)) - at(middle);
      const double distance = over / bound;
      if (bound != 0 && std::isfinite(distance)) distances.push_back(distance);
    }
  }
  if (distances.size() < kLeastPoints) return 1;
  const double share = levels[high] - levels[low];
  const auto at = distances.begin() +
                  static_cast<std::ptrdiff_t>(share * static_cast<double>(distances.size()));
  std::nth_element(distances.begin(), at, distances.end());
  return std::pow(std::clamp(*at, 1 / kMostFactor, kMostFactor), kTrust);
}

void scale_width(Distribution& forecast, std::size_t levels, double factor) {
  const auto leads = forecast.mean.size();
  std::vector<double> column(levels);
  for (std::size_t h = 0; h < leads; ++h) {
    const double median = forecast.quantiles[levels / 2 * leads + h];
    for (std::size_t l = 0; l < levels; ++l)
      column[l] = median + factor * (forecast.quantiles[l * leads + h] - median);
    const auto finite = [](double q) { return std::isfinite(q); };
    if (!std::all_of(column.begin(), column.end(), finite)) continue;
    for (std::size_t l = 0; l < levels; ++l) forecast.quantiles[l * leads + h] = column[l];
  }
}

}  // namespace nova::cli
