#include "core/plan/capacity_fit.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/median.hpp"

namespace nova {
namespace {

constexpr std::size_t kFewestToFit = 30;
constexpr double kLeastRange = 0.1;  // of the loads, to their median: else a line says nothing
constexpr double kHuber = 1.345;     // efficiency of 95 % on normal errors
constexpr int kRounds = 20;

struct Pair {
  double load, used;
};

struct Line {
  double idle = 0, slope = 0;
  double at(double load) const { return idle + slope * load; }
};

Line median_line(const std::vector<Pair>& pairs) {  // ascending in load
  const auto half = pairs.size() / 2;
  std::vector<double> slopes, rests;
  for (std::size_t i = 0; i < half; ++i) {
    const auto& a = pairs[i];
    const auto& b = pairs[pairs.size() - half + i];
    if (b.load > a.load) slopes.push_back((b.used - a.used) / (b.load - a.load));
  }
  Line line;
  line.slope = slopes.empty() ? 0 : median_of(std::move(slopes));
  for (const auto& p : pairs) rests.push_back(p.used - line.slope * p.load);
  line.idle = median_of(std::move(rests));
  return line;
}

// Robust spread of the residuals: the scaled median of their sizes.
double spread_around(const Line& line, const std::vector<Pair>& pairs) {
  std::vector<double> sizes;
  for (const auto& p : pairs) sizes.push_back(std::abs(p.used - line.at(p.load)));
  return kSdOfMedianAbsolute * median_of(std::move(sizes));
}

struct Sums {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0;
  double mean_x() const { return x / w; }
  double across() const { return xx - x * x / w; }  // weighted sum of squares of the loads
};

Sums weighted(const Line& line, double spread, const std::vector<Pair>& pairs) {
  Sums s;
  for (const auto& p : pairs) {
    const double away = std::abs(p.used - line.at(p.load));
    const double w = away <= kHuber * spread ? 1 : kHuber * spread / away;
    s.w += w;
    s.x += w * p.load;
    s.y += w * p.used;
    s.xx += w * p.load * p.load;
    s.xy += w * p.load * p.used;
  }
  return s;
}

}  // namespace

Result<CapacityFit> fit_capacity(std::span<const double> loads, std::span<const double> used) {
  const auto refuse = [](const std::string& why) {
    return Error{ErrorCode::failed_precondition, "capacity: " + why};
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < std::min(loads.size(), used.size()); ++i)
    if (std::isfinite(loads[i]) && std::isfinite(used[i])) pairs.push_back({loads[i], used[i]});
  if (pairs.size() < kFewestToFit)
    return refuse(std::to_string(pairs.size()) + " of " + std::to_string(kFewestToFit) +
                  " pairs of load and utilisation");
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    return a.load != b.load ? a.load < b.load : a.used < b.used;
  });
  const auto at = [&](double share) {
    return pairs[static_cast<std::size_t>(share * static_cast<double>(pairs.size() - 1))].load;
  };
  if (!(at(0.95) - at(0.05) > kLeastRange * std::abs(at(0.5))))
    return refuse("the load of a machine hardly changed");
  auto line = median_line(pairs);
  double spread = spread_around(line, pairs);
  Sums s;
  for (int round = 0; round < kRounds; ++round) {
    // A perfect line has no spread; rounding is what is left.
    s = weighted(line, std::max(spread, 1e-12), pairs);
    if (!(s.across() > 0)) break;
    const Line next{(s.y - (s.xy - s.x * s.y / s.w) / s.across() * s.x) / s.w,
                    (s.xy - s.x * s.y / s.w) / s.across()};
    const bool settled = std::abs(next.slope - line.slope) <= 1e-10 * std::abs(next.slope);
    line = next;
    spread = spread_around(line, pairs);
    if (settled) break;
  }
  if (!(line.slope > 0)) return refuse("utilisation does not rise with load");
  CapacityFit fit;
  fit.idle = line.idle;
  fit.per_machine = (1 - line.idle) / line.slope;
  if (!(fit.per_machine > 0)) return refuse("utilisation is above 100 % without load");
  // By the delta method: the line's error where it reaches 1, over its slope.
  const double reach = fit.per_machine - s.mean_x();
  fit.sd = spread * std::sqrt(1 / s.w + reach * reach / s.across()) / line.slope;
  fit.points = static_cast<double>(pairs.size());
  return fit;
}

}  // namespace nova
