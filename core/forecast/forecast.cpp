#include "core/forecast/forecast.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace nova {
namespace {

Error bad(const std::string& what) { return {ErrorCode::invalid_argument, "forecast: " + what}; }

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

}  // namespace

Result<Forecast> Forecast::make(Parts p) {
  const auto n = p.leads.size();
  if (p.step.count() <= 0) return bad("step must be positive, got " + to_string(p.step));
  if (n == 0) return bad("must have at least one lead");
  if (p.leads.front() == 0 || !std::is_sorted(p.leads.begin(), p.leads.end(), std::less_equal<>{}))
    return bad("leads must ascend from 1");
  if (p.levels.empty() || p.levels.front() <= 0 || p.levels.back() >= 1 ||
      !std::is_sorted(p.levels.begin(), p.levels.end(), std::less_equal<>{}))
    return bad("levels must ascend within (0, 1)");
  if (!std::binary_search(p.levels.begin(), p.levels.end(), 0.5))
    return bad("levels must hold the median");
  if (p.mean.size() != n || p.quantiles.size() != n * p.levels.size())
    return bad("must have one mean a lead and one quantile a level and lead");
  if (!all_finite(p.mean) || !all_finite(p.quantiles)) return bad("values must be finite");
  for (std::size_t l = 1; l < p.levels.size(); ++l)
    for (std::size_t i = 0; i < n; ++i)
      if (p.quantiles[l * n + i] < p.quantiles[(l - 1) * n + i])
        return bad("quantiles must not cross, do at lead " + std::to_string(p.leads[i]));
  return Forecast(std::move(p));
}

double Forecast::quantile(double level, std::size_t i) const {
  const auto& levels = parts_.levels;
  const auto above = std::lower_bound(levels.begin(), levels.end(), level);
  if (above == levels.begin()) return at(0, i);
  if (above == levels.end()) return at(levels.size() - 1, i);
  const auto l = static_cast<std::size_t>(above - levels.begin());
  const double share = (level - levels[l - 1]) / (levels[l] - levels[l - 1]);
  return at(l - 1, i) + share * (at(l, i) - at(l - 1, i));
}

double Forecast::probability_above(double x, std::size_t i) const {
  const auto& levels = parts_.levels;
  if (x < at(0, i)) return 1.0;
  if (x >= at(levels.size() - 1, i)) return 0.0;
  std::size_t l = 1;
  while (at(l, i) <= x) ++l;  // ends: the last quantile is above x
  const double low = at(l - 1, i), high = at(l, i);
  const double level = levels[l - 1] + (levels[l] - levels[l - 1]) * (x - low) / (high - low);
  return 1.0 - level;
}

double Forecast::expected_above(double x, std::size_t i) const {
  // Integral over the levels of (Q(u) - x)+, piecewise linear in u; constant beyond the ends.
  const auto& levels = parts_.levels;
  const auto excess = [&](std::size_t l) { return at(l, i) - x; };
  double sum = levels.front() * std::max(0.0, excess(0)) +
               (1.0 - levels.back()) * std::max(0.0, excess(levels.size() - 1));
  for (std::size_t l = 1; l < levels.size(); ++l) {
    const double a = excess(l - 1), b = excess(l), width = levels[l] - levels[l - 1];
    if (a >= 0) {
      sum += width * (a + b) / 2;
    } else if (b > 0) {
      sum += width * b * b / (b - a) / 2;  // the triangle above x
    }
  }
  return sum;
}

Forecast::Window Forecast::window(TimePoint from, TimePoint to) const {
  Window w;
  const auto n = parts_.leads.size();
  while (w.first < n && time_of(w.first) <= from) ++w.first;
  w.last = w.first;
  while (w.last < n && time_of(w.last) - step() < to) ++w.last;
  return w;
}

Result<double> Forecast::peak(TimePoint from, TimePoint to, double level) const {
  const auto w = window(from, to);
  if (w.empty() || time_of(w.last - 1) < to)
    return Error{ErrorCode::out_of_range, "forecast: reaches to " +
                                              to_iso8601(time_of(parts_.leads.size() - 1)) +
                                              ", asked for " + to_iso8601(to)};
  double highest = quantile(level, w.first);
  for (std::size_t i = w.first + 1; i < w.last; ++i)
    highest = std::max(highest, quantile(level, i));
  return highest;
}

}  // namespace nova
