#include "host/cli/forecast_auto.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/forecast/blend.hpp"

namespace nova::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Scaled errors of one candidate, or of a blend, `leads` of each origin in turn.
std::vector<double> errors_of(std::span<const HeldOut> origins, std::span<const Share> shares) {
  std::vector<double> errors;
  for (const auto& origin : origins) {
    const auto leads = origin.truth.size();
    const auto mixed = mix(shares, origin.said, leads, 0);
    for (std::size_t h = 0; h < leads; ++h)
      errors.push_back(mixed.mean.empty() ? kNaN
                                          : (mixed.mean[h] - origin.truth[h]) / origin.scale);
  }
  return errors;
}

// NaN where nothing could be compared.
double mean_absolute(std::span<const double> errors) {
  double sum = 0, count = 0;
  for (const double e : errors)
    if (!std::isnan(e)) sum += std::abs(e), ++count;
  return count > 0 ? sum / count : kNaN;
}

}  // namespace

Choice choose(std::span<const HeldOut> origins, std::size_t candidates) {
  Choice choice;
  if (origins.empty()) {
    choice.errors.assign(candidates, kNaN);
    return choice;
  }
  std::vector<std::vector<double>> errors;
  for (std::size_t m = 0; m < candidates; ++m) {
    errors.push_back(errors_of(origins, std::vector<Share>{{m, 1}}));
    choice.errors.push_back(mean_absolute(errors.back()));
  }
  const auto blend = blend_by_origins(errors, origins.front().truth.size());
  for (std::size_t m = 0; m < blend.weights.size(); ++m)
    if (blend.weights[m] > 0) choice.shares.push_back({m, blend.weights[m]});
  std::stable_sort(choice.shares.begin(), choice.shares.end(),
                   [](const Share& a, const Share& b) { return a.weight > b.weight; });
  if (!choice.shares.empty()) choice.error = mean_absolute(errors_of(origins, choice.shares));
  return choice;
}

Distribution mix(std::span<const Share> shares, std::span<const View> said, std::size_t leads,
                 std::size_t levels) {
  std::vector<std::span<const double>> means, quantiles;
  std::vector<double> weights;
  double sum = 0;
  for (const auto& share : shares) {
    const auto& view = said[share.model];
    if (view.mean == nullptr) continue;
    means.emplace_back(view.mean, leads);
    quantiles.emplace_back(view.quantiles, leads * levels);
    weights.push_back(share.weight);
    sum += share.weight;
  }
  if (weights.empty()) return {};
  for (double& weight : weights) weight /= sum;
  Distribution out{std::vector<double>(leads), std::vector<double>(leads * levels)};
  combine(means, weights, out.mean);
  combine(quantiles, weights, out.quantiles);
  return out;
}

}  // namespace nova::cli
