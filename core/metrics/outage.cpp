#include "core/metrics/outage.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/base/median.hpp"
#include "core/base/number.hpp"

namespace nova {
namespace {

constexpr std::size_t kFewestKnown = 72, kFewestInIt = 6, kFewestSince = 6;
constexpr std::size_t kFractionOfAll = 14;  // half a day of a week
constexpr std::size_t kTimesAnyOther = 2;
constexpr std::size_t kLookedAt = 128;  // values, to see what is usual
constexpr double kBelow = 5;            // robust standard deviations

// Below which nothing is usual; minus infinity where that cannot be said.
double least_usual(std::span<const double> values) {
  const auto every = std::max<std::size_t>(1, values.size() / kLookedAt);
  std::vector<double> known;
  for (std::size_t t = 0; t < values.size(); t += every)
    if (std::isfinite(values[t])) known.push_back(values[t]);
  if (known.size() < kFewestKnown) return -kInfinity;
  const double median = median_of(known);
  if (!(median > 0)) return -kInfinity;
  for (double& x : known) x = std::abs(x - median);
  return std::min(median / 2, median - kBelow * kSdOfMedianAbsolute * median_of(std::move(known)));
}

struct Stretch {
  std::size_t first, last, known;
};

std::vector<Stretch> stretches_below(double least, std::span<const double> values) {
  std::vector<Stretch> all;
  bool below = false;
  for (std::size_t t = 0; t < values.size(); ++t) {
    if (!std::isfinite(values[t])) continue;
    const bool was = std::exchange(below, values[t] < least);
    if (!below) continue;
    if (!was) all.push_back({t, t, 0});
    all.back().last = t;
    ++all.back().known;
  }
  return all;
}

}  // namespace

std::optional<Outage> find_outage(std::span<const double> values) {
  const double least = least_usual(values);
  std::size_t below = 0;  // mostly there is nothing to look for, and this loop is a quick one
  for (const double x : values) below += x < least ? 1 : 0;
  if (below < kFewestInIt) return std::nullopt;
  const auto all = stretches_below(least, values);
  const auto longest = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.known < b.known; });
  if (longest == all.end() || longest->known < kFewestInIt ||
      longest->known * kFractionOfAll > values.size())
    return std::nullopt;
  for (const auto& other : all)
    if (&other != &*longest && other.known * kTimesAnyOther > longest->known) return std::nullopt;
  const auto after = values.subspan(longest->last + 1);
  const auto since =
      std::count_if(after.begin(), after.end(), [](double x) { return std::isfinite(x); });
  if (static_cast<std::size_t>(since) < kFewestSince) return std::nullopt;
  return Outage{longest->first, longest->last + 1 - longest->first};
}

}  // namespace nova
