#include "core/metrics/lone.hpp"

#include <algorithm>

#include "core/base/number.hpp"

namespace nova {
namespace {

constexpr std::size_t kFewest = 24;  // others to compare with
constexpr std::size_t kNewest = 2;   // values that may be the beginning of something

struct Range {
  double low = kInfinity, high = -kInfinity;
  std::size_t count = 0;

  void add(std::span<const double> values) {
    for (const double x : values) {
      count += x == x ? 1 : 0;
      low = x < low ? x : low;  // false for NaN
      high = x > high ? x : high;
    }
  }
  bool far_outside(double x) const { return x - high > high - low || low - x > high - low; }
};

std::optional<Lone> lone_at(std::span<const double> values, std::size_t at) {
  const auto from = at - std::min<std::size_t>(at, 1), to = std::min(at + 2, values.size());
  Range others;
  others.add(values.first(from));
  others.add(values.subspan(to));
  if (others.count < kFewest || !(others.high > others.low)) return std::nullopt;
  auto first = at, end = at;
  for (auto i = to; i-- > from;)
    if (others.far_outside(values[i])) first = i, end = std::max(end, i + 1);
  if (first == end || end + kNewest > values.size()) return std::nullopt;
  return Lone{first, end - first};
}

}  // namespace

std::optional<Lone> find_lone(std::span<const double> values) {
  if (values.size() < kFewest) return std::nullopt;
  std::size_t low = 0, high = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= values[low])) low = values[i] == values[i] ? i : low;
    if (!(values[i] <= values[high])) high = values[i] == values[i] ? i : high;
  }
  const auto lone = lone_at(values, high);
  return lone ? lone : lone_at(values, low);
}

}  // namespace nova
