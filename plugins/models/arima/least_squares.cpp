#include "plugins/models/arima/least_squares.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

namespace nova::arima {
namespace {

constexpr double kBound = 4;

double sum_of_squares(std::span<const double> e) {
  const double s = Eigen::Map<const Eigen::VectorXd>(e.data(), static_cast<Eigen::Index>(e.size()))
                       .squaredNorm();
  return std::isfinite(s) ? s : std::numeric_limits<double>::infinity();
}

}  // namespace

Minimum minimise(const Problem& problem, std::size_t bounded, std::span<double> u,
                 std::vector<double>& e, const Effort& effort) {
  Minimum out;
  const auto k = static_cast<Eigen::Index>(u.size());
  const auto n = static_cast<Eigen::Index>(e.size());
  ++out.evaluations;
  if (!problem.residuals(u, e)) return out;
  out.sum_of_squares = sum_of_squares(e);
  if (k == 0 || !(out.sum_of_squares > 0) || !std::isfinite(out.sum_of_squares)) return out;

  Eigen::MatrixXd j(n, k), normal(k, k);
  Eigen::VectorXd gradient(k), step(k);
  std::vector<double> tried(u.size()), tried_e(e.size());
  double damping = 1e-3;
  for (int round = 0; round < effort.iterations; ++round) {
    if (round == 2 && out.sum_of_squares > effort.hopeless) {
      out.given_up = true;
      return out;
    }
    problem.jacobian(u, e, j);
    normal.setZero();
    normal.selfadjointView<Eigen::Lower>().rankUpdate(j.transpose());
    gradient.noalias() = j.transpose() * Eigen::Map<const Eigen::VectorXd>(e.data(), n);
    // A direction without any effect must not make the system singular.
    const double least = 1e-12 * std::max(normal.diagonal().maxCoeff(), 1e-300);
    double decrease = 0;
    for (; damping < 1e8; damping *= 8) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() += damping * normal.diagonal();
      damped.diagonal().array() += least;
      step = damped.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
      if (!step.allFinite()) continue;
      for (Eigen::Index i = 0; i < k; ++i) {
        const auto at = static_cast<std::size_t>(i);
        tried[at] = u[at] - step[i];
        if (at < bounded) tried[at] = std::clamp(tried[at], -kBound, kBound);
      }
      ++out.evaluations;
      if (!problem.residuals(tried, tried_e)) continue;
      const double s = sum_of_squares(tried_e);
      if (s >= out.sum_of_squares) {
        if (s - out.sum_of_squares <= effort.tolerance * out.sum_of_squares) return out;
        continue;
      }
      decrease = (out.sum_of_squares - s) / out.sum_of_squares;
      out.sum_of_squares = s;
      std::copy(tried.begin(), tried.end(), u.begin());
      e.swap(tried_e);
      damping = std::max(damping / 8, 1e-9);
      break;
    }
    if (!(decrease > effort.tolerance)) return out;
  }
  return out;
}

}  // namespace nova::arima
