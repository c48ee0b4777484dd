#include "core/forecast/drift.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/base/median.hpp"
#include "core/base/number.hpp"

namespace nova {
namespace {

constexpr double kMeanAbsoluteOfSd = 0.7979;  // of a normal distribution

}  // namespace

bool Cusum::add(double error) {
  if (!std::isfinite(error)) return false;
  const double size = std::abs(error);
  const double sd = kSdOfMeanAbsolute * s_.scale;
  ++s_.seen;
  ++s_.quiet;
  // A scale from few errors is the plain mean; later one error moves it by little.
  const double share =
      std::max(1 - std::exp2(-1 / rules_.half_life), 1 / static_cast<double>(s_.seen));
  const double bounded = s_.scale > 0 ? std::min(size, rules_.largest * sd) : size;
  if (sd > 0 && s_.quiet > rules_.settle) {
    const double z = std::clamp(error / sd, -rules_.largest, rules_.largest);
    s_.up = std::max(0.0, s_.up + z - rules_.allowance);
    s_.down = std::max(0.0, s_.down - z - rules_.allowance);
    s_.growth = std::max(0.0, s_.growth + std::abs(z) - kMeanAbsoluteOfSd - rules_.allowance);
  }
  s_.scale += share * (bounded - s_.scale);
  if (std::max({s_.up, s_.down, s_.growth}) <= rules_.threshold) return false;
  refitted();
  return true;
}

void Cusum::refitted() {
  s_.up = s_.down = s_.growth = 0;
  s_.quiet = 0;
}

bool LevelShift::add(double difference) {
  if (!std::isfinite(difference)) return false;
  const auto size = rules_.before + rules_.after;
  if (values_.size() == size) values_.erase(values_.begin());
  values_.push_back(difference);
  if (values_.size() < size) return false;
  const auto split = values_.begin() + static_cast<std::ptrdiff_t>(rules_.before);
  const std::vector<double> before(values_.begin(), split), after(split, values_.end());
  const double old_level = median_of(before), new_level = median_of(after);
  std::vector<double> away(before);
  for (auto& x : away) x = std::abs(x - old_level);
  const double sd = kSdOfMedianAbsolute * median_of(std::move(away));
  const double shift = std::abs(new_level - old_level);
  // All of the new ones must lie beyond, or a few spikes would be a level.
  const auto beyond = [&](double x) { return std::abs(x - old_level) > rules_.least * sd; };
  if (!(shift > rules_.least * sd) || !std::all_of(after.begin(), after.end(), beyond))
    return false;
  values_.clear();
  return true;
}

}  // namespace nova
