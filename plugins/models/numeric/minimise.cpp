#include "plugins/models/numeric/minimise.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace nova::numeric {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Lane = Eigen::Array<double, kLanes, 1>;
using Costs = std::array<double, kLanes>;

// Sums of squares of each lane; infinity where one is not finite.
Costs sums_of_squares(std::span<const double> lanes) {
  Lane even = Lane::Zero(), odd = Lane::Zero();
  const std::size_t n = lanes.size() / kLanes;
  for (std::size_t t = 0; t < n; ++t) {
    const Lane r = Eigen::Map<const Lane>(lanes.data() + t * kLanes);
    (t % 2 == 0 ? even : odd) += r * r;
  }
  Costs costs;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const double sum = even[static_cast<Eigen::Index>(i)] + odd[static_cast<Eigen::Index>(i)];
    costs[i] = kInfinity;
    if (std::isfinite(sum)) costs[i] = sum;
  }
  return costs;
}

// The work of one search: points side by side, their residuals, the derivatives of the present one.
class Search {
 public:
  Search(const Residuals& f, std::size_t residuals, std::span<double> x,
         std::span<const double> lower, std::span<const double> upper)
      : f_(f),
        x_(x),
        lower_(lower),
        upper_(upper),
        lanes_(residuals * kLanes),
        r_(static_cast<Eigen::Index>(residuals)),
        jacobian_(r_.size(), static_cast<Eigen::Index>(x.size())) {
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = std::clamp(x[j], lower[j], upper[j]);
    points_.assign(kLanes, {x.begin(), x.end()});
    cost = evaluate(1)[0];
    keep(0);
  }

  // Forward differences, each by a step towards the inside; what the bounds hold is dropped. False:
  // nothing is left to move.
  bool differentiate() {
    free_.clear();
    std::vector<std::size_t> asked;
    for (std::size_t j = 0; j < x_.size(); ++j) {
      if (!(upper_[j] > lower_[j])) continue;
      asked.push_back(j);
      if (asked.size() == kLanes) differentiate(asked);
    }
    if (!asked.empty()) differentiate(asked);
    if (free_.empty()) return false;
    const auto p = static_cast<Eigen::Index>(free_.size());
    const auto used = jacobian_.leftCols(p);
    gram_.setZero(p, p);
    if (p > 8)
      gram_.selfadjointView<Eigen::Lower>().rankUpdate(used.transpose());
    else
      for (Eigen::Index j = 0; j < p; ++j)
        for (Eigen::Index i = j; i < p; ++i) gram_(i, j) = used.col(i).dot(used.col(j));
    gradient_ = used.transpose() * r_;
    return true;
  }

  // Steps at the dampings given; true, and there, if the best of them is better.
  bool step(const Costs& dampings, double& damping) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      auto& to = points_[i];
      std::copy(x_.begin(), x_.end(), to.begin());
      Eigen::MatrixXd damped = gram_;
      damped.diagonal() *= 1 + dampings[i];
      const Eigen::VectorXd by = -damped.selfadjointView<Eigen::Lower>().ldlt().solve(gradient_);
      if (!by.allFinite()) continue;
      for (std::size_t k = 0; k < free_.size(); ++k) {
        const auto j = free_[k];
        to[j] = std::clamp(x_[j] + by[static_cast<Eigen::Index>(k)], lower_[j], upper_[j]);
      }
    }
    const auto costs = evaluate(kLanes);
    const auto best = std::min_element(costs.begin(), costs.end()) - costs.begin();
    const auto lane = static_cast<std::size_t>(best);
    if (!(costs[lane] < cost)) return false;
    cost = costs[lane];
    damping = dampings[lane];
    std::copy(points_[lane].begin(), points_[lane].end(), x_.begin());
    keep(lane);
    return true;
  }

  double cost = kInfinity;

 private:
  Costs evaluate(std::size_t count) {
    std::array<std::span<const double>, kLanes> at;
    for (std::size_t i = 0; i < count; ++i) at[i] = points_[i];
    f_({at.data(), count}, lanes_);
    auto costs = sums_of_squares(lanes_);
    std::fill(costs.begin() + static_cast<std::ptrdiff_t>(count), costs.end(), kInfinity);
    return costs;
  }

  void keep(std::size_t lane) {
    for (Eigen::Index t = 0; t < r_.size(); ++t)
      r_[t] = lanes_[static_cast<std::size_t>(t) * kLanes + lane];
  }

  void differentiate(std::vector<std::size_t>& asked) {
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto j = asked[i];
      double step = 1e-6 * std::max(std::fabs(x_[j]), 1e-2);
      if (x_[j] + step > upper_[j]) step = -step;
      std::copy(x_.begin(), x_.end(), points_[i].begin());
      points_[i][j] = x_[j] + step;
    }
    const auto costs = evaluate(asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto j = asked[i];
      const double share = 1 / (points_[i][j] - x_[j]);
      if (!std::isfinite(costs[i])) continue;
      auto column = jacobian_.col(static_cast<Eigen::Index>(free_.size()));
      for (Eigen::Index t = 0; t < r_.size(); ++t)
        column[t] = (lanes_[static_cast<std::size_t>(t) * kLanes + i] - r_[t]) * share;
      const double slope = column.dot(r_);
      const bool held = (x_[j] <= lower_[j] && slope >= 0) || (x_[j] >= upper_[j] && slope <= 0);
      if (!held && column.squaredNorm() > 0) free_.push_back(j);
    }
    asked.clear();
  }

  const Residuals& f_;
  std::span<double> x_;
  std::span<const double> lower_, upper_;
  std::vector<std::vector<double>> points_;  // [lane]
  std::vector<double> lanes_;
  Eigen::VectorXd r_, gradient_;
  Eigen::MatrixXd jacobian_, gram_;  // columns of free_ alone
  std::vector<std::size_t> free_;
};

}  // namespace

double least_squares(const Residuals& f, std::size_t residuals, std::span<double> x,
                     std::span<const double> lower, std::span<const double> upper,
                     const LeastSquaresOptions& options) {
  Search search(f, residuals, x, lower, upper);
  double damping = 1e-3;
  for (std::size_t iteration = 0; iteration < options.iterations; ++iteration) {
    if (!std::isfinite(search.cost) || search.cost == 0 || !search.differentiate()) break;
    const double before = search.cost;
    const double d = std::max(damping, 1e-9);
    if (!search.step({d / 10, d, d * 8, d * 64}, damping) &&
        !search.step({d * 512, d * 4e3, d * 3e4, d * 3e5}, damping))
      break;
    if (before - search.cost <= options.tolerance * before) break;
  }
  return search.cost;
}

Minimum brent_minimum(const std::function<double(double)>& f, double lower, double upper,
                      double tolerance, int evaluations) {
  constexpr double kGolden = 0.38196601125010515;  // (3 - sqrt 5) / 2
  const auto value_at = [&](double x) {
    const double v = f(x);
    if (std::isfinite(v)) return v;
    return kInfinity;
  };
  // best <= second <= third in value; step and the one before it guard the parabola.
  double best = lower + kGolden * (upper - lower), second = best, third = best;
  double f_best = value_at(best), f_second = f_best, f_third = f_best;
  double step = 0, step_before = 0;
  for (int i = 1; i < evaluations; ++i) {
    const double middle = 0.5 * (lower + upper);
    if (std::fabs(best - middle) + 0.5 * (upper - lower) <= 2 * tolerance) break;
    bool parabola = false;
    if (std::fabs(step_before) > tolerance && std::isfinite(f_third)) {
      const double a = (best - second) * (f_best - f_third);
      const double b = (best - third) * (f_best - f_second);
      double numerator = (best - third) * b - (best - second) * a, denominator = 2 * (b - a);
      if (denominator > 0) numerator = -numerator;
      denominator = std::fabs(denominator);
      parabola = std::fabs(numerator) < std::fabs(0.5 * denominator * step_before) &&
                 numerator > denominator * (lower - best) &&
                 numerator < denominator * (upper - best);
      if (parabola) {
        step_before = std::exchange(step, numerator / denominator);
        if (best + step - lower < 2 * tolerance || upper - (best + step) < 2 * tolerance)
          step = best < middle ? tolerance : -tolerance;
      }
    }
    if (!parabola) {
      step_before = best < middle ? upper - best : lower - best;
      step = kGolden * step_before;
    }
    const double x = best + (std::fabs(step) >= tolerance ? step : std::copysign(tolerance, step));
    const double v = value_at(x);
    if (v <= f_best) {
      (x < best ? upper : lower) = best;
      third = std::exchange(second, std::exchange(best, x));
      f_third = std::exchange(f_second, std::exchange(f_best, v));
      continue;
    }
    (x < best ? lower : upper) = x;
    if (v <= f_second || second == best) {
      third = std::exchange(second, x);
      f_third = std::exchange(f_second, v);
    } else if (v <= f_third || third == best || third == second) {
      third = x;
      f_third = v;
    }
  }
  return {best, f_best};
}

}  // namespace nova::numeric
