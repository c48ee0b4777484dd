#include "plugins/models/ar/transform.hpp"

#include <vector>

namespace nova::ar {
namespace {

constexpr double kShift = 0.1;  // of the median; also how far below it a value is "nearly zero"

void standardise(std::span<const double> values, Transform& t) {
  const auto plain = [&](double x) { return t.log ? std::log(x + t.shift) : x; };
  double count = 0, largest = 0;
  for (const double x : values) t.centre += (plain(x) - t.centre) / ++count;  // no sum of 1e300
  for (const double x : values) largest = std::max(largest, std::fabs(plain(x) - t.centre));
  if (largest > 0) t.spread = largest;
}

}  // namespace

Transform level_scale(std::span<const double> values) {
  Transform t;
  standardise(values, t);
  return t;
}

std::optional<Transform> log_scale(std::span<const double> values) {
  constexpr std::size_t kFewest = 8;  // fewer do not tell how they spread
  if (values.size() < kFewest) return std::nullopt;
  std::vector<double> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double median = *middle, lowest = *std::min_element(sorted.begin(), middle + 1);
  if (lowest < 0 || !(median > 0) || lowest == *std::max_element(middle, sorted.end()))
    return std::nullopt;
  Transform t;
  t.log = true;
  t.shift = lowest >= kShift * median ? 0 : kShift * median;
  t.least = 0.5 * (lowest + t.shift);
  standardise(values, t);
  return t;
}

}  // namespace nova::ar
