#include "plugins/models/numeric/minimise.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace nova::numeric {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double sum_of_squares(std::span<const double> r) {
  double parts[4] = {};  // four sums, so that the additions need not wait for each other
  std::size_t i = 0;
  for (; i + 4 <= r.size(); i += 4)
    for (std::size_t j = 0; j < 4; ++j) parts[j] += r[i + j] * r[i + j];
  for (; i < r.size(); ++i) parts[0] += r[i] * r[i];
  const double sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
  return std::isfinite(sum) ? sum : kInfinity;
}

}  // namespace

double least_squares(const Residuals& f, std::size_t residuals, std::span<double> x,
                     std::span<const double> lower, std::span<const double> upper,
                     const LeastSquaresOptions& options) {
  const std::size_t k = x.size();
  for (std::size_t j = 0; j < k; ++j) x[j] = std::clamp(x[j], lower[j], upper[j]);
  const auto rows = static_cast<Eigen::Index>(residuals);
  Eigen::VectorXd r(rows), trial_r(rows);
  Eigen::MatrixXd jacobian(rows, static_cast<Eigen::Index>(k));
  const auto evaluate = [&](std::span<const double> at, Eigen::VectorXd& into) {
    f(at, {into.data(), residuals});
    return sum_of_squares({into.data(), residuals});
  };
  double cost = evaluate(x, r), damping = 1e-3;
  std::vector<double> trial(x.begin(), x.end());
  std::vector<std::size_t> free;
  for (std::size_t iteration = 0; iteration < options.iterations; ++iteration) {
    if (!std::isfinite(cost) || cost == 0) break;
    // Derivatives, each by a step towards the inside; then drop what the bounds hold.
    free.clear();
    for (std::size_t j = 0; j < k; ++j) {
      if (!(upper[j] > lower[j])) continue;
      double step = 1e-6 * std::max(std::fabs(x[j]), 1e-2);
      if (x[j] + step > upper[j]) step = -step;
      std::copy(x.begin(), x.end(), trial.begin());
      trial[j] = x[j] + step;
      step = trial[j] - x[j];
      if (!std::isfinite(evaluate(trial, trial_r))) continue;
      auto column = jacobian.col(static_cast<Eigen::Index>(free.size()));
      column = (trial_r - r) / step;
      const double slope = column.dot(r);
      const bool held = (x[j] <= lower[j] && slope >= 0) || (x[j] >= upper[j] && slope <= 0);
      if (!held && column.squaredNorm() > 0) free.push_back(j);
    }
    if (free.empty()) break;
    const auto p = static_cast<Eigen::Index>(free.size());
    const auto used = jacobian.leftCols(p);
    Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(p, p);
    gram.selfadjointView<Eigen::Lower>().rankUpdate(used.transpose());
    const Eigen::VectorXd gradient = used.transpose() * r;
    const double before = cost;
    bool better = false;
    for (int attempt = 0; attempt < 8 && !better; ++attempt, damping *= 8) {
      Eigen::MatrixXd damped = gram;
      damped.diagonal() *= 1 + damping;
      const Eigen::VectorXd step = -damped.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
      if (!step.allFinite()) continue;
      std::copy(x.begin(), x.end(), trial.begin());
      for (std::size_t i = 0; i < free.size(); ++i)
        trial[free[i]] = std::clamp(x[free[i]] + step[static_cast<Eigen::Index>(i)], lower[free[i]],
                                    upper[free[i]]);
      const double value = evaluate(trial, trial_r);
      if (value < cost) {
        cost = value;
        std::copy(trial.begin(), trial.end(), x.begin());
        std::swap(r, trial_r);
        better = true;
        damping /= 80;  // the loop multiplies by 8 once more
      }
    }
    damping = std::max(damping, 1e-9);
    if (!better || before - cost <= options.tolerance * before) break;
  }
  return cost;
}

Minimum brent_minimum(const std::function<double(double)>& f, double lower, double upper,
                      double tolerance, int evaluations) {
  constexpr double kGolden = 0.38196601125010515;  // (3 - sqrt 5) / 2
  const auto value_at = [&](double x) {
    const double v = f(x);
    return std::isfinite(v) ? v : kInfinity;
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
