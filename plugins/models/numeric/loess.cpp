#include "plugins/models/numeric/loess.hpp"

#include <Eigen/Core>
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

bool Loess::weigh(std::size_t points, std::ptrdiff_t place, std::span<const double> weights) {
  const std::size_t count = work_.size();
  const double left = static_cast<double>(place),
               right = static_cast<double>(count - 1) - static_cast<double>(place);
  const double farthest = std::max(left, right);
  const std::size_t beyond = options_.span > points ? (options_.span - points) / 2 : 0;
  const double reach = farthest + static_cast<double>(beyond);
  if (reach <= 0) {
    work_[0] = 1;
    return weights.empty() || weights[0] > 0;
  }
  tabulate(reach, static_cast<std::size_t>(farthest) + 1);
  double total = 0;
  for (std::size_t j = 0; j < count; ++j) {
    const auto d = place - static_cast<std::ptrdiff_t>(j);
    work_[j] = table_[static_cast<std::size_t>(d < 0 ? -d : d)];
    if (!weights.empty()) work_[j] *= weights[j];
    total += work_[j];
  }
  if (!(total > 0)) return false;
  for (double& w : work_) w /= total;
  const bool even = weights.empty() && left == right;  // then the line is flat where x lies
  if (options_.degree == 0 || even) return true;
  double centre = 0, square = 0;
  for (std::size_t j = 0; j < count; ++j) centre += work_[j] * static_cast<double>(j);
  for (std::size_t j = 0; j < count; ++j) {
    const double d = static_cast<double>(j) - centre;
    square += work_[j] * d * d;
  }
  // Too narrow to carry a slope: all the weight lies on one point.
  if (std::sqrt(square) <= 0.001 * (static_cast<double>(points) - 1)) return true;
  for (std::size_t j = 0; j < count; ++j)
    work_[j] *= 1 + (left - centre) / square * (static_cast<double>(j) - centre);
  return true;
}

// Without weights of points the shares depend on the place in the window alone.
std::span<const double> Loess::shares(std::size_t points, std::ptrdiff_t place, std::size_t count) {
  auto kept =
      std::find_if(kept_.begin(), kept_.end(), [&](const Kept& k) { return k.points == points; });
  if (kept == kept_.end()) {
    if (kept_.size() == kKeptMost) kept_.erase(kept_.begin());
    kept_.push_back({points, std::vector<std::vector<double>>(count + 2)});
    kept = kept_.end() - 1;
  }
  auto& shares = kept->by_place[static_cast<std::size_t>(place + 1)];
  if (shares.empty()) {
    work_.resize(count);
    weigh(points, place, {});
    shares = work_;
  }
  return shares;
}

double Loess::at(std::span<const double> y, std::span<const double> weights, std::ptrdiff_t x,
                 std::size_t first, std::size_t count, double otherwise) {
  const std::ptrdiff_t place = x - static_cast<std::ptrdiff_t>(first);
  std::span<const double> shares;
  if (weights.empty()) {
    shares = this->shares(y.size(), place, count);
  } else {
    work_.resize(count);
    if (!weigh(y.size(), place, weights.subspan(first, count))) return otherwise;
    shares = work_;
  }
  const auto n = static_cast<Eigen::Index>(count);
  return Eigen::Map<const Eigen::VectorXd>(shares.data(), n)
      .dot(Eigen::Map<const Eigen::VectorXd>(y.data() + first, n));
}

double Loess::smoothed(std::span<const double> y, std::span<const double> weights, std::size_t i) {
  const std::size_t n = y.size(), count = std::min(options_.span, n);
  const std::size_t half = (options_.span - 1) / 2;
  const std::size_t first = count == n ? 0 : std::min(i > half ? i - half : 0, n - count);
  return at(y, weights, static_cast<std::ptrdiff_t>(i), first, count, y[i]);
}

double Loess::before(std::span<const double> y, std::span<const double> weights, double otherwise) {
  return at(y, weights, -1, 0, std::min(options_.span, y.size()), otherwise);
}

double Loess::after(std::span<const double> y, std::span<const double> weights, double otherwise) {
  const std::size_t n = y.size(), count = std::min(options_.span, n);
  return at(y, weights, static_cast<std::ptrdiff_t>(n), n - count, count, otherwise);
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
