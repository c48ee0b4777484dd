#include "host/cli/forecast_auto.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/forecast/evaluate.hpp"

namespace nova::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostMembers = 4;  // beyond, a blend gains little
constexpr double kWorthIt = 0.99;        // a further member must make the error so much smaller

// Mean scaled error over the origins of `said(origin)`; NaN when one has no answer or none a truth.
template <class Said>
double error_of(std::span<const HeldOut> origins, Said said) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& origin : origins) {
    const double* mean = said(origin);
    if (mean == nullptr) return kNaN;
    const double error = mase(origin.truth, std::span(mean, origin.truth.size()), origin.scale);
    if (std::isnan(error)) continue;
    sum += error;
    ++count;
  }
  return count == 0 ? kNaN : sum / static_cast<double>(count);
}

std::vector<Share> weigh(std::span<const std::size_t> members, const std::vector<double>& errors) {
  std::vector<Share> shares;
  double sum = 0;
  for (const auto m : members) {
    // Relative to the best, so that nothing overflows; a perfect member takes all.
    const double ratio = errors[members[0]] / errors[m];
    const double weight = m == members[0] ? 1 : std::isfinite(ratio) ? ratio * ratio : 0;
    if (weight > 0) shares.push_back({m, weight});
    sum += weight;
  }
  for (auto& share : shares) share.weight /= sum;
  return shares;
}

}  // namespace

Choice choose(std::span<const HeldOut> origins, std::size_t candidates) {
  Choice choice;
  std::vector<std::size_t> ranked;
  for (std::size_t m = 0; m < candidates; ++m) {
    choice.errors.push_back(
        error_of(origins, [m](const HeldOut& origin) { return origin.said[m].mean; }));
    if (!std::isnan(choice.errors[m])) ranked.push_back(m);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [&](std::size_t a, std::size_t b) {
    return choice.errors[a] < choice.errors[b];
  });
  for (std::size_t k = 1; k <= std::min(kMostMembers, ranked.size()); ++k) {
    auto shares = weigh(std::span(ranked).first(k), choice.errors);
    Distribution mixed;
    const double error = error_of(origins, [&](const HeldOut& origin) {
      mixed = blend(shares, origin.said, origin.truth.size(), 0);
      return mixed.mean.data();
    });
    if (k > 1 && !(error < choice.error * kWorthIt)) continue;
    choice.shares = std::move(shares);
    choice.error = error;
  }
  return choice;
}

Distribution blend(std::span<const Share> shares, std::span<const View> said, std::size_t leads,
                   std::size_t levels) {
  Distribution out{std::vector<double>(leads, 0), std::vector<double>(leads * levels, 0)};
  for (const auto& share : shares) {
    const auto& view = said[share.model];
    for (std::size_t h = 0; h < leads; ++h) out.mean[h] += share.weight * view.mean[h];
    for (std::size_t i = 0; i < leads * levels; ++i)
      out.quantiles[i] += share.weight * view.quantiles[i];
  }
  return out;
}

}  // namespace nova::cli
