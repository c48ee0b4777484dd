#include "plugins/models/numeric/loess.hpp"

#include <algorithm>
#include <cmath>

namespace nova::numeric {

void Loess::tabulate(double reach, std::size_t distances) {
  if (reach == reach_ && table_.size() >= distances) return;
  reach_ = reach;
  table_.assign(distances, 0.0);
  for (std::size_t d = 0; d < distances; ++d) {
    const double r = static_cast<double>(d) / reach;
    if (r <= 0.001) {
      table_[d] = 1;
    } else if (r <= 0.999) {
      const double rest = 1 - r * r * r;
      table_[d] = rest * rest * rest;
    }
  }
}

double Loess::at(std::span<const double> y, std::span<const double> weights, double x,
                 std::size_t first, std::size_t count, double otherwise) {
  const double left = x - static_cast<double>(first),
               right = static_cast<double>(first + count - 1) - x;
  const double farthest = std::max(left, right);
  const std::size_t beyond = options_.span > y.size() ? (options_.span - y.size()) / 2 : 0;
  const double reach = farthest + static_cast<double>(beyond);
  if (reach <= 0) return weights.empty() || weights[first] > 0 ? y[first] : otherwise;
  tabulate(reach, static_cast<std::size_t>(farthest) + 1);
  work_.resize(std::max(work_.size(), count));
  double total = 0, sum = 0;
  const auto start = static_cast<std::ptrdiff_t>(first);
  const auto place = static_cast<std::ptrdiff_t>(x);
  for (std::size_t j = 0; j < count; ++j) {
    const auto d = place - start - static_cast<std::ptrdiff_t>(j);
    double w = table_[static_cast<std::size_t>(d < 0 ? -d : d)];
    if (!weights.empty()) w *= weights[first + j];
    work_[j] = w;
    total += w;
    sum += w * y[first + j];
  }
  if (!(total > 0)) return otherwise;
  const double mean = sum / total;
  const bool even = weights.empty() && left == right;  // then the line is flat where x lies
  if (options_.degree == 0 || even) return mean;
  double centre = 0, square = 0, cross = 0;
  for (std::size_t j = 0; j < count; ++j) centre += work_[j] * static_cast<double>(j);
  centre /= total;
  for (std::size_t j = 0; j < count; ++j) {
    const double d = static_cast<double>(j) - centre;
    square += work_[j] * d * d;
    cross += work_[j] * d * y[first + j];
  }
  square /= total;
  // Too narrow to carry a slope: all the weight lies on one point.
  if (std::sqrt(square) <= 0.001 * (static_cast<double>(y.size()) - 1)) return mean;
  return mean + (left - centre) / square * (cross / total);
}

double Loess::smoothed(std::span<const double> y, std::span<const double> weights, std::size_t i) {
  const std::size_t n = y.size(), count = std::min(options_.span, n);
  const std::size_t half = (options_.span - 1) / 2;
  const std::size_t first = count == n ? 0 : std::min(i > half ? i - half : 0, n - count);
  return at(y, weights, static_cast<double>(i), first, count, y[i]);
}

double Loess::before(std::span<const double> y, std::span<const double> weights, double otherwise) {
  return at(y, weights, -1, 0, std::min(options_.span, y.size()), otherwise);
}

double Loess::after(std::span<const double> y, std::span<const double> weights, double otherwise) {
  const std::size_t n = y.size(), count = std::min(options_.span, n);
  return at(y, weights, static_cast<double>(n), n - count, count, otherwise);
}

void Loess::smooth(std::span<const double> y, std::span<const double> weights,
                   std::span<double> out) {
  const std::size_t n = y.size();
  if (n < 2) {
    if (n == 1) out[0] = y[0];
    return;
  }
  const std::size_t jump = std::clamp<std::size_t>(options_.jump, 1, n - 1);
  out[0] = smoothed(y, weights, 0);
  for (std::size_t from = 0; from + 1 < n;) {
    const std::size_t to = std::min(from + jump, n - 1);
    out[to] = smoothed(y, weights, to);
    const double slope = (out[to] - out[from]) / static_cast<double>(to - from);
    for (std::size_t i = from + 1; i < to; ++i)
      out[i] = out[from] + slope * static_cast<double>(i - from);
    from = to;
  }
}

}  // namespace nova::numeric
