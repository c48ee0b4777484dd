#include "plugins/models/arima/estimate.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace nova::arima {
namespace {

constexpr double kRootRadius = 1.01, kSeasonalRootRadius = 1.001;
constexpr std::size_t kLongAr = 20;  // lags of the long autoregression beside the seasons
constexpr double kRidge = 1e-6;      // relative, so that a singular system has an answer

// Least squares of y on lagged columns, rows from `first`.
Eigen::VectorXd regress(const std::vector<std::pair<const Eigen::VectorXd*, std::size_t>>& columns,
                        const Eigen::VectorXd& y, std::size_t first, Eigen::MatrixXd& x) {
  const auto rows = y.size() - static_cast<Eigen::Index>(first);
  const auto k = static_cast<Eigen::Index>(columns.size());
  x.resize(rows, k);
  for (Eigen::Index c = 0; c < k; ++c) {
    const auto& [from, lag] = columns[static_cast<std::size_t>(c)];
    x.col(c) = from->segment(static_cast<Eigen::Index>(first - lag), rows);
  }
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(k, k);
  gram.selfadjointView<Eigen::Lower>().rankUpdate(x.transpose());
  gram.diagonal() *= 1 + kRidge;
  gram.diagonal().array() += 1e-300;
  return gram.selfadjointView<Eigen::Lower>().ldlt().solve(x.transpose() * y.tail(rows));
}

void difference(const Order& order, Eigen::Ref<Eigen::VectorXd> x) {
  for (const Block& b : order.blocks)
    for (std::uint32_t i = 0; i < b.d; ++i)
      for (Eigen::Index t = x.size() - 1; t >= b.lag; --t) x[t] -= x[t - b.lag];
}

}  // namespace

std::shared_ptr<const numeric::Basis> basis_of(const Order& order, std::size_t points) {
  numeric::BasisSpec spec;
  spec.points = points;
  spec.trend = order.constant && order.differences() == 1;
  spec.seasons = order.seasons;
  spec.pairs = order.pairs;
  return std::make_shared<const numeric::Basis>(std::move(spec));
}

void regressors_at(const Order& order, const numeric::Basis& basis, std::int64_t t,
                   std::span<double> full, std::span<double> row) {
  basis.fill(t, full);
  std::size_t at = 0;
  if (order.constant) row[at++] = full[basis.spec().trend ? 1 : 0];
  for (std::size_t i = basis.fixed(); i < full.size(); ++i) row[at++] = full[i];
}

Eigen::MatrixXd regressors_of(const Order& order, std::size_t points) {
  const auto made = basis_of(order, points);
  const numeric::Basis& basis = *made;
  std::vector<double> full(basis.size()),
      row(basis.size() - basis.fixed() + (order.constant ? 1 : 0));
  Eigen::MatrixXd x(static_cast<Eigen::Index>(points), static_cast<Eigen::Index>(row.size()));
  if (row.empty()) return x;
  for (Eigen::Index t = 0; t < x.rows(); ++t) {
    regressors_at(order, basis, t, full, row);
    x.row(t) = Eigen::Map<const Eigen::RowVectorXd>(row.data(), x.cols());
  }
  return x;
}

Start::Start(const Sample& sample, const Eigen::MatrixXd& regressors, const Order& order) {
  const auto n = static_cast<Eigen::Index>(sample.y.size());
  const auto lost = static_cast<Eigen::Index>(std::min(order.lost(), sample.y.size()));
  w_ = Eigen::Map<const Eigen::VectorXd>(sample.y.data(), n);
  difference(order, w_);
  w_ = w_.tail(n - lost).eval();
  const auto known = w_.array().isFinite();
  if (regressors.cols() > 0) {
    Eigen::MatrixXd x = regressors;
    for (Eigen::Index k = 0; k < x.cols(); ++k) difference(order, x.col(k));
    x = x.bottomRows(n - lost).eval();
    Eigen::VectorXd y = known.select(w_, 0.0);
    for (Eigen::Index t = 0; t < x.rows(); ++t)
      if (!std::isfinite(w_[t])) x.row(t).setZero();
    Eigen::MatrixXd gram = x.transpose() * x;
    gram.diagonal() *= 1 + 1e-10;
    gram.diagonal().array() += 1e-300;
    // Least in size where several fit: what holes hide of a season must not be made up.
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
    solver.setThreshold(1e-9);
    const Eigen::VectorXd beta = solver.compute(gram).solve(x.transpose() * y);
    w_ -= x * beta;
    beta_.assign(beta.begin(), beta.end());
    for (double& b : beta_)
      if (!std::isfinite(b)) b = 0;
  }
  w_ = w_.array().isFinite().select(w_, 0.0).eval();  // a start only: the fit leaves them out

  const auto rows = static_cast<std::size_t>(w_.size());
  std::vector<std::size_t> lags;
  for (std::size_t i = 1; i <= std::min(kLongAr, rows / 10); ++i) lags.push_back(i);
  for (const Block& b : order.blocks)
    if (b.lag > 1)
      for (const std::size_t lag :
           {std::size_t{b.lag}, b.lag + std::size_t{1}, 2 * std::size_t{b.lag}})
        if (lag < rows / 2 && std::find(lags.begin(), lags.end(), lag) == lags.end())
          lags.push_back(lag);
  e_ = w_;
  if (lags.empty()) return;
  const std::size_t first = *std::max_element(lags.begin(), lags.end());
  std::vector<std::pair<const Eigen::VectorXd*, std::size_t>> columns;
  for (const std::size_t lag : lags) columns.emplace_back(&w_, lag);
  Eigen::MatrixXd x;
  const Eigen::VectorXd phi = regress(columns, w_, first, x);
  e_.tail(x.rows()) -= x * phi;
  e_.head(static_cast<Eigen::Index>(first)).setZero();
}

std::vector<double> Start::parameters(const Order& order) const {
  std::vector<std::pair<const Eigen::VectorXd*, std::size_t>> columns;
  std::size_t first = 0;
  for (const Block& b : order.blocks) {
    for (std::uint32_t i = 1; i <= b.p; ++i) columns.emplace_back(&w_, std::size_t{i} * b.lag);
    for (std::uint32_t i = 1; i <= b.q; ++i) columns.emplace_back(&e_, std::size_t{i} * b.lag);
  }
  for (const auto& c : columns) first = std::max(first, c.second);
  std::vector<double> c(columns.size(), 0.0);
  if (!columns.empty() && first + 2 * columns.size() < static_cast<std::size_t>(w_.size())) {
    Eigen::MatrixXd x;
    const Eigen::VectorXd solved = regress(columns, w_, first, x);
    if (solved.allFinite()) c.assign(solved.begin(), solved.end());
  }
  c.insert(c.end(), beta_.begin(), beta_.end());
  c.resize(order.arma() + beta_.size());
  auto u = parameters_of(order, c);
  // Away from the edge, where every direction is flat.
  for (std::size_t i = 0; i < order.arma(); ++i) u[i] = std::clamp(u[i], -1.5, 1.5);
  return u;
}

std::vector<double> Start::plain_parameters(const Order& order, double ar, double ma) const {
  std::vector<double> u;
  for (const Block& b : order.blocks) {
    u.insert(u.end(), b.p, ar);
    u.insert(u.end(), b.q, ma);
  }
  u.insert(u.end(), beta_.begin(), beta_.end());
  return u;
}

Sample Start::rest(const Sample& sample, const Eigen::MatrixXd& regressors) const {
  Sample out = sample;
  if (beta_.empty()) return out;
  Eigen::Map<Eigen::VectorXd>(out.y.data(), static_cast<Eigen::Index>(out.y.size())) -=
      regressors *
      Eigen::Map<const Eigen::VectorXd>(beta_.data(), static_cast<Eigen::Index>(beta_.size()));
  return out;
}

double Estimate::variance() const {
  const std::size_t k = coefficients.size();
  if (count == 0) return 0;
  return sum_of_squares / static_cast<double>(count > k ? count - k : 1);
}

double aicc_of(double log_likelihood, std::size_t k, std::size_t count) {
  const auto parameters = static_cast<double>(k + 1), n = static_cast<double>(count);
  if (n - parameters - 1 <= 0) return std::numeric_limits<double>::infinity();
  return -2 * log_likelihood + 2 * parameters +
         2 * parameters * (parameters + 1) / (n - parameters - 1);
}

namespace {

// Concentrated over sigma: sum of squares s of count errors, sum of log f.
double log_likelihood(double s, std::size_t count, double log_variances) {
  const auto n = static_cast<double>(count);
  return -0.5 * (n * (std::log(std::max(s, 1e-280) / n) + 1 + kLogTwoPi) + log_variances);
}

}  // namespace

Estimate fit_conditional(const Sample& sample, const Eigen::MatrixXd& regressors,
                         const Order& order, std::vector<double> start, std::size_t skip,
                         const Effort& effort) {
  Estimate out;
  out.order = order;
  Css css(sample, regressors, order, skip);
  out.count = css.count();
  out.first = order.lost() + order.ar_span();
  if (out.count == 0 || css.size() == 0) return out;
  std::vector<double> e(css.size());
  const Minimum found = minimise(css.problem(), order.arma(), start, e, effort);
  if (!std::isfinite(found.sum_of_squares) || found.given_up) return out;
  css.residuals(start, e);
  out.sum_of_squares = found.sum_of_squares;
  out.log_likelihood = log_likelihood(found.sum_of_squares, out.count, 0);
  out.aicc = aicc_of(out.log_likelihood, start.size(), out.count);
  out.coefficients = coefficients_of(order, start);
  out.parameters = std::move(start);
  out.series.assign(css.series().begin(), css.series().end());
  out.errors.assign(css.errors().begin(), css.errors().end());
  return out;
}

void fit_exact(const Sample& sample, const Eigen::MatrixXd& regressors, Estimate& estimate,
               const Effort& effort, double work) {
  const Order& order = estimate.order;
  if (sample.gaps() &&
      (order.lost() > 0 || std::max(order.ar_span(), order.ma_span() + 1) > kDenseStates))
    return;
  Likelihood likelihood(sample, regressors, order);
  const std::size_t k = estimate.parameters.size();
  if (likelihood.count() <= k) return;
  const double each = likelihood.cost() * static_cast<double>(k + 2);
  if (each > work) return;
  Effort bounded = effort;
  bounded.iterations = std::min(effort.iterations, static_cast<int>(std::min(work / each, 1e6)));
  std::vector<double> u = estimate.parameters, e(likelihood.size());
  const Minimum found = minimise(likelihood.problem(), order.arma(), u, e, bounded);
  if (!std::isfinite(found.sum_of_squares) || !likelihood.residuals(u, e)) return;
  estimate.exact = true;
  estimate.count = likelihood.count();
  estimate.sum_of_squares = likelihood.sum_of_squares();
  estimate.log_likelihood =
      log_likelihood(estimate.sum_of_squares, estimate.count, likelihood.log_variances());
  estimate.aicc = aicc_of(estimate.log_likelihood, k, estimate.count);
  estimate.coefficients = coefficients_of(order, u);
  estimate.parameters = std::move(u);
  estimate.first = order.lost();
  // Points are filled by their predictions given the past, which the innovations know.
  Css css(sample, regressors, order, 0);
  std::vector<double> conditional(css.size());
  css.residuals(estimate.parameters, conditional);
  estimate.series.assign(css.series().begin(), css.series().end());
  estimate.errors.assign(sample.y.size(), 0.0);
  std::copy(likelihood.innovation().begin(), likelihood.innovation().end(),
            estimate.errors.begin() + static_cast<std::ptrdiff_t>(order.lost()));
}

Estimate fit_given(const Sample& sample, const Eigen::MatrixXd& regressors, const Order& order,
                   const Effort& effort, double work) {
  const Start start(sample, regressors, order);
  Estimate best;
  // Near nothing; and what a difference too many leaves behind, an MA part near -1.
  for (auto& from : {start.parameters(order), start.plain_parameters(order, 0.1, 0),
                     start.plain_parameters(order, 0.5, 1)}) {
    Estimate e = fit_conditional(sample, regressors, order, from, 0, effort);
    if (!e.series.empty()) fit_exact(sample, regressors, e, effort, work);
    if (best.series.empty() ||
        (e.exact == best.exact && e.log_likelihood > best.log_likelihood && !e.series.empty()))
      best = std::move(e);
    if (order.arma() == 0) break;
  }
  return best;
}

bool far_from_unit_roots(const Order& order, std::span<const double> coefficients) {
  std::size_t at = 0;
  for (const Block& b : order.blocks) {
    const double radius = b.lag == 1 ? kRootRadius : kSeasonalRootRadius;
    if (!roots_outside(coefficients.subspan(at, b.p), radius)) return false;
    std::vector<double> negative;
    for (std::size_t j = 0; j < b.q; ++j) negative.push_back(-coefficients[at + b.p + j]);
    if (!roots_outside(negative, radius)) return false;
    at += b.p + b.q;
  }
  return true;
}

}  // namespace nova::arima
