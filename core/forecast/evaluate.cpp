#include "core/forecast/evaluate.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace nova {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The mean over the points at which `term` is a number.
template <class Term>
double mean_over(std::size_t points, Term term) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < points; ++i) {
    const double value = term(i);
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? kNaN : sum / static_cast<double>(count);
}

double mean_difference(std::span<const double> history, std::size_t lag) {
  if (lag == 0 || history.size() <= lag) return kNaN;
  return mean_over(history.size() - lag,
                   [&](std::size_t i) { return std::abs(history[i + lag] - history[i]); });
}

}  // namespace

double naive_scale(std::span<const double> history, std::size_t season) {
  const double scale = mean_difference(history, std::max<std::size_t>(season, 1));
  return std::isnan(scale) ? mean_difference(history, 1) : scale;
}

double mase(std::span<const double> actual, std::span<const double> forecast, double scale) {
  assert(actual.size() == forecast.size());
  const double error =
      mean_over(actual.size(), [&](std::size_t i) { return std::abs(actual[i] - forecast[i]); });
  return error == 0 ? 0 : error / scale;
}

double smape(std::span<const double> actual, std::span<const double> forecast) {
  assert(actual.size() == forecast.size());
  return mean_over(actual.size(), [&](std::size_t i) {
    const double size = std::abs(actual[i]) + std::abs(forecast[i]);
    return size == 0 ? 0 : 200 * std::abs(actual[i] - forecast[i]) / size;
  });
}

double pinball(std::span<const double> actual, std::span<const double> quantile, double level) {
  assert(actual.size() == quantile.size());
  return mean_over(actual.size(), [&](std::size_t i) {
    const double above = actual[i] - quantile[i];
    return above >= 0 ? level * above : (level - 1) * above;
  });
}

double coverage(std::span<const double> actual, std::span<const double> lower,
                std::span<const double> upper) {
  assert(actual.size() == lower.size() && actual.size() == upper.size());
  return mean_over(actual.size(), [&](std::size_t i) {
    if (std::isnan(actual[i]) || std::isnan(lower[i]) || std::isnan(upper[i])) return kNaN;
    return actual[i] >= lower[i] && actual[i] <= upper[i] ? 1.0 : 0.0;
  });
}

std::vector<std::size_t> rolling_origins(std::size_t points, std::size_t horizon,
                                         std::size_t spacing, std::size_t count,
                                         std::size_t least) {
  std::vector<std::size_t> lengths;
  if (horizon == 0 || points < horizon) return lengths;
  const std::size_t last = points - horizon;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t back = k * std::max<std::size_t>(spacing, 1);
    if (back > last || last - back < std::max<std::size_t>(least, 1)) break;
    lengths.push_back(last - back);
  }
  std::reverse(lengths.begin(), lengths.end());
  return lengths;
}

}  // namespace nova
