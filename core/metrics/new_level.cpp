#include "core/metrics/new_level.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/median.hpp"
#include "core/base/number.hpp"

namespace nova {
namespace {

constexpr std::size_t kFewestOnIt = 6;  // an excursion of fewer is nothing unusual
constexpr std::size_t kBefore = 72;     // values that say where the old level was
constexpr std::size_t kShare = 14;      // of all values, on the new one
constexpr std::size_t kLonger = 2;      // times than ever before
constexpr double kApart = 5;            // robust standard deviations
constexpr double kMostStretched = 4;    // beyond it, noise would become load

double deviation_of(std::vector<double> values, double centre) {
  for (double& x : values) x = std::abs(x - centre);
  return kSdOfMedianAbsolute * median_of(std::move(values));
}

// Most known values in a row that `is_there` says of.
template <typename IsThere>
std::size_t longest_stay(std::span<const double> values, const IsThere& is_there) {
  std::size_t longest = 0, now = 0;
  for (const double x : values) {
    if (!std::isfinite(x)) continue;
    now = is_there(x) ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return longest;
}

// Has it begun at `first`, after a value of `last`? `nearest` to that is the value on it.
std::optional<NewLevel> level_from(std::span<const double> values, std::size_t first, double last,
                                   double nearest) {
  std::vector<double> was, is;
  was.reserve(kBefore);
  for (std::size_t t = first; t-- > 0 && was.size() < kBefore;)
    if (std::isfinite(values[t])) was.push_back(values[t]);
  if (was.size() < kBefore) return std::nullopt;
  // A quick look first, as there is mostly nothing to find: the old median must lie on the side of
  // `last`, outside of all that are on the new level.
  const auto outside = [&](double x) { return last < nearest ? x < nearest : x > nearest; };
  if (2 * static_cast<std::size_t>(std::count_if(was.begin(), was.end(), outside)) < kBefore)
    return std::nullopt;
  for (const double x : values.subspan(first))
    if (std::isfinite(x)) is.push_back(x);
  const double before = median_of(was), after = median_of(is), middle = before / 2 + after / 2;
  const auto beyond = [&](double x) { return after > before ? x > middle : x < middle; };
  if (beyond(last) || !beyond(nearest)) return std::nullopt;
  const auto stay = is.size();
  const double noise =
      std::max(deviation_of(std::move(was), before), deviation_of(std::move(is), after));
  if (std::abs(after - before) < kApart * noise ||
      stay < kLonger * longest_stay(values.first(first), beyond))
    return std::nullopt;
  return NewLevel{first, before, after};
}

}  // namespace

std::optional<NewLevel> find_new_level(std::span<const double> values) {
  double low = kInfinity, high = -kInfinity;
  std::size_t on_it = 0, first = values.size();
  for (std::size_t t = values.size(); t-- > 0 && kShare * on_it <= values.size();) {
    const double x = values[t];
    if (!std::isfinite(x)) continue;
    // It can only have begun where the value before it lies outside of all that are on it.
    if (on_it >= kFewestOnIt && !(x >= low && x <= high))
      if (const auto found = level_from(values, first, x, x < low ? low : high)) return found;
    low = std::min(low, x);
    high = std::max(high, x);
    first = t;
    ++on_it;
  }
  return std::nullopt;
}

std::vector<double> on_new_level(std::span<const double> values, const NewLevel& level) {
  std::vector<double> told(values.begin(), values.end());
  const bool negative = std::any_of(told.begin(), told.end(), [](double x) { return x < 0; });
  const bool stretched = !negative && level.after <= kMostStretched * level.before;
  for (std::size_t t = 0; t < level.first; ++t)
    told[t] =
        stretched ? told[t] * (level.after / level.before) : told[t] + (level.after - level.before);
  return told;
}

}  // namespace nova
