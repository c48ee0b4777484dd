#include "core/plan/pattern.hpp"

#include <algorithm>
#include <cmath>

#include "core/plan/outlook.hpp"

namespace nova {
namespace {

constexpr Duration kDay = std::chrono::hours(24);
constexpr double kProminent = 0.25;  // of the swing: what stands out less is no peak
constexpr std::size_t kMostExtremes = 3;
constexpr std::size_t kSmoothed = 24;   // a course is smoothed over this part of its season ...
constexpr double kTrending = 0.1;       // strength from which on a trend is one
constexpr double kDaysThatMatter = 30;  // ... that moves the level by a tenth in so many days
constexpr double kMoves = 0.1;

struct Phase {
  std::int64_t first = 0;  // phase of history[0]
  Duration origin{};       // of phase 0 after the Unix epoch
};

// 1970 began on a Thursday: weeks are counted from the Monday after.
Phase phase_of(TimePoint end, Duration step, std::size_t points, std::size_t length) {
  const auto season = step * static_cast<std::int64_t>(length);
  const Duration origin = season == kDay * 7 ? Duration(kDay * 4) : Duration{0};
  // A value stands for the step that ends at its time; its place is where that step begins.
  const auto begin = end.time_since_epoch() - step * static_cast<std::int64_t>(points) - origin;
  const auto m = static_cast<std::int64_t>(length);
  const auto index = begin / step - (begin % step < Duration{0});
  return {((index % m) + m) % m, origin};
}

// Mean of each phase above the mean of all; 0 where nothing is known.
std::vector<double> course_of(std::span<const double> values, std::size_t m, std::int64_t first) {
  std::vector<double> sums(m, 0.0), counts(m, 0.0);
  auto phase = static_cast<std::size_t>(first);
  for (const double x : values) {
    if (std::isfinite(x)) {
      sums[phase] += x;
      counts[phase] += 1;
    }
    phase = phase + 1 == m ? 0 : phase + 1;
  }
  double mean = 0;
  std::size_t known = 0;
  for (std::size_t p = 0; p < m; ++p)
    if (counts[p] > 0) {
      sums[p] /= counts[p];
      mean += sums[p];
      ++known;
    }
  if (known > 0) mean /= static_cast<double>(known);
  for (std::size_t p = 0; p < m; ++p) sums[p] = counts[p] > 0 ? sums[p] - mean : 0;
  return sums;
}

// Round the circle, over `width` phases (made odd).
std::vector<double> smoothed(const std::vector<double>& course, std::size_t width) {
  const auto m = course.size();
  const auto half = std::min(width, m - 1) / 2;
  if (half == 0) return course;
  std::vector<double> out(m);
  double sum = 0;
  for (std::size_t k = 0; k <= 2 * half; ++k) sum += course[(m - half + k) % m];
  for (std::size_t p = 0; p < m; ++p) {
    out[p] = sum / static_cast<double>(2 * half + 1);
    sum += course[(p + half + 1) % m] - course[(p + m - half) % m];
  }
  return out;
}

struct Summit {
  std::size_t phase = 0, width = 0;
  double height = 0;
};

// How far down one must go from `phase` before one can go higher: its prominence.
double prominence(const std::vector<double>& c, std::size_t phase) {
  const auto m = c.size();
  double down[2];
  for (const int way : {0, 1}) {
    double least = c[phase];
    for (std::size_t k = 1; k < m; ++k) {
      const double x = c[(phase + (way ? k : m - k)) % m];
      if (x > c[phase]) break;
      least = std::min(least, x);
    }
    down[way] = c[phase] - least;
  }
  return std::min(down[0], down[1]);
}

std::vector<Summit> summits(const std::vector<double>& c) {
  const auto m = c.size();
  const auto [low, high] = std::minmax_element(c.begin(), c.end());
  const double swing = *high - *low;
  std::vector<Summit> found;
  if (swing <= 0) return found;
  for (std::size_t p = 0; p < m; ++p) {
    if (!(c[p] > c[(p + m - 1) % m])) continue;
    // A flat top is one summit, in its middle.
    std::size_t flat = 0;
    while (flat + 1 < m && c[(p + flat + 1) % m] == c[p]) ++flat;
    if (!(c[p] > c[(p + flat + 1) % m])) continue;
    const double stands_out = prominence(c, p);
    if (stands_out < kProminent * swing) continue;
    Summit s{(p + flat / 2) % m, flat + 1, c[p]};
    const double line = c[p] - stands_out / 2;
    for (std::size_t k = 1; k < m && c[(p + flat + k) % m] >= line; ++k) ++s.width;
    for (std::size_t k = 1; k < m && c[(p + m - k) % m] >= line; ++k) ++s.width;
    s.width = std::min(s.width, m);
    found.push_back(s);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Summit& a, const Summit& b) { return a.height > b.height; });
  if (found.size() > kMostExtremes) found.resize(kMostExtremes);
  return found;
}

double mean_of(std::span<const double> values) {
  double sum = 0, count = 0;
  for (const double x : values)
    if (std::isfinite(x)) {
      sum += x;
      ++count;
    }
  return count > 0 ? sum / count : 0;
}

double variance_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double sum = 0, count = 0;
  for (const double x : values)
    if (std::isfinite(x)) {
      sum += (x - mean) * (x - mean);
      ++count;
    }
  return count > 1 ? sum / (count - 1) : 0;
}

std::vector<Extreme> extremes(const std::vector<double>& course, double sign, double mean,
                              TimePoint end, Duration step, Duration origin) {
  std::vector<double> up(course);
  for (auto& x : up) x *= sign;
  const auto season = step * static_cast<std::int64_t>(course.size());
  std::vector<Extreme> out;
  for (const auto& s : summits(up)) {
    Extreme e;
    e.offset = step * static_cast<std::int64_t>(s.phase);
    e.level = mean + sign * s.height;
    e.ratio = mean != 0 ? e.level / mean : 1;
    e.lasting = step * static_cast<std::int64_t>(s.width);
    const auto shift = origin + e.offset;
    e.next = floor_to(end - shift, season) + shift;
    while (e.next < end) e.next += season;
    out.push_back(e);
  }
  return out;
}

Trend trend_of(std::span<const double> rest, double slope, Duration step, double mean) {
  Trend trend;
  const double days = seconds(step) / 86400;
  trend.per_day = slope / days;
  std::vector<double> left(rest.begin(), rest.end());
  for (std::size_t t = 0; t < left.size(); ++t) left[t] -= slope * static_cast<double>(t);
  const double all = variance_of(rest);
  trend.strength = all > 0 ? std::clamp(1 - variance_of(left) / all, 0.0, 1.0) : 0;
  const double moved = std::abs(trend.per_day) * kDaysThatMatter;
  if (trend.strength >= kTrending && moved >= kMoves * std::abs(mean))
    trend.heading = slope > 0 ? Heading::rising : Heading::falling;
  return trend;
}

}  // namespace

const char* to_string(Heading heading) noexcept {
  constexpr const char* kNames[] = {"steady", "rising", "falling"};
  return kNames[static_cast<std::size_t>(heading)];
}

Course find_course(std::span<const double> history, TimePoint end, Duration step,
                   std::span<const Season> seasons) {
  Course out;
  std::vector<double> rest(history.begin(), history.end());
  const double mean = mean_of(rest);
  const double slope = drift_a_step(history, seasons.empty() ? 0 : seasons.back().length);
  for (std::size_t t = 0; t < rest.size(); ++t) rest[t] -= slope * static_cast<double>(t);
  std::size_t shorter = 0;
  for (const auto& season : seasons) {
    const auto m = season.length;
    if (m < 2 || m > rest.size()) continue;
    const auto phase = phase_of(end, step, rest.size(), m);
    const auto course = course_of(rest, m, phase.first);
    // What a shorter season explains is out of `rest`; what is left of it is no peak of this one.
    const auto calm = smoothed(course, std::max(m / kSmoothed, shorter));
    Pattern p;
    p.length = step * static_cast<std::int64_t>(m);
    p.strength = season.strength;
    const auto [low, high] = std::minmax_element(calm.begin(), calm.end());
    p.low = mean + *low;
    p.high = mean + *high;
    p.peaks = extremes(calm, 1, mean, end, step, phase.origin);
    p.valleys = extremes(calm, -1, mean, end, step, phase.origin);
    out.patterns.push_back(std::move(p));
    auto at = static_cast<std::size_t>(phase.first);
    for (auto& x : rest) {
      x -= course[at];
      at = at + 1 == m ? 0 : at + 1;
    }
    shorter = m;
  }
  for (std::size_t t = 0; t < rest.size(); ++t) rest[t] += slope * static_cast<double>(t);
  out.trend = trend_of(rest, slope, step, mean);
  return out;
}

}  // namespace nova
