#include "plugins/models/arima/structure.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/models/numeric/unit_root.hpp"

namespace nova::arima {
namespace {

constexpr std::size_t kShortestHeldOut = 40;  // points, below which nothing can be held out
constexpr std::size_t kOrigins = 24;
constexpr Effort kQuick{10, 1e-4};

// (1 - B^m)^D y, for the tests on what is left.
std::vector<double> differenced(std::span<const double> y, std::uint32_t m) {
  std::vector<double> out;
  for (std::size_t t = m; t < y.size(); ++t) out.push_back(y[t] - y[t - m]);
  return out;
}

// A block list for seasons with their differences; d of the first block by KPSS on what they leave.
Structure seasonal(const Scaled& s, Transform transform, std::span<const std::uint32_t> seasons,
                   std::uint32_t difference_at) {
  Structure out;
  out.transform = transform;
  std::vector<double> w(s.sample.y);
  for (const std::uint32_t m : seasons) {
    const bool here = m == difference_at;
    if (here) w = differenced(w, m);
    out.differences.blocks.push_back({m, here ? 0u : 1u, here ? 1u : 0u, 1u});
  }
  const std::uint32_t d = numeric::differences_needed(w, difference_at == 0 ? 2 : 1);
  out.differences.blocks[0] = {1, 2, d, 1};
  return out;
}

}  // namespace

Scaled scaled(std::span<const double> values, Transform transform) {
  Scaled out;
  out.sample.y.assign(values.begin(), values.end());
  double largest = 0, count = 0;
  for (double& v : out.sample.y) {
    if (transform == Transform::log) v = v > 0 ? std::log(v) : std::nan("");
    if (!std::isfinite(v)) {
      v = std::nan("");
      continue;
    }
    ++count;
    out.centre += v / count - out.centre / count;  // the difference of two may overflow
  }
  for (const double v : out.sample.y)
    if (std::isfinite(v)) largest = std::max(largest, std::fabs(v / 2 - out.centre / 2));
  // A power of two: scaling then costs no digit.
  if (largest > 0) out.scale = std::exp2(std::min(std::floor(std::log2(largest)) + 1, 1023.0));
  for (double& v : out.sample.y) v = v / out.scale - out.centre / out.scale;
  out.sample.known = static_cast<std::size_t>(count);
  return out;
}

std::vector<RolledError> roll(const Estimate& estimate, const Sample& sample, std::size_t first,
                              std::size_t stride, std::size_t horizon) {
  std::vector<RolledError> out;
  const Order& order = estimate.order;
  const Sparse ar = ar_product(order, estimate.coefficients, true),
               ma = ma_product(order, estimate.coefficients);
  std::vector<double> sd = psi_weights(ar, ma, horizon);
  double sum = 0;
  for (double& v : sd) v = std::sqrt(estimate.variance() * (sum += v * v));
  const std::span<const double> z = estimate.series, e = estimate.errors;
  const std::size_t n = z.size();
  std::vector<double> ahead(horizon);
  for (std::size_t origin = std::max(first, ar.span()); origin + 1 < n; origin += stride) {
    const std::size_t h = std::min(horizon, n - 1 - origin);
    for (std::size_t k = 0; k < h; ++k) {
      double x = 0;
      const std::size_t t = origin + 1 + k;
      for (std::size_t i = 0; i < ar.lag.size(); ++i)
        x -= ar.value[i] * (ar.lag[i] > k ? z[t - ar.lag[i]] : ahead[k - ar.lag[i]]);
      for (std::size_t i = 0; i < ma.lag.size(); ++i)
        if (ma.lag[i] > k && ma.lag[i] <= t) x += ma.value[i] * e[t - ma.lag[i]];
      ahead[k] = x;
      if (std::isfinite(sample.y[t])) out.push_back({origin, t, z[t] - x, sd[k]});
    }
  }
  return out;
}

double held_out_error(const Scaled& s, const Structure& structure, std::size_t season,
                      std::vector<double> from) {
  const std::size_t n = s.sample.y.size(), train = n - n / 4;
  const std::size_t horizon = std::clamp<std::size_t>(2 * season, 12, 96);
  Order order = structure.differences;
  Sample head;
  head.y.assign(s.sample.y.begin(), s.sample.y.begin() + static_cast<std::ptrdiff_t>(train));
  for (const double v : head.y) head.known += std::isfinite(v);
  const Eigen::MatrixXd x = regressors_of(order, n);
  const Eigen::MatrixXd x_head = x.topRows(static_cast<Eigen::Index>(train));
  if (head.known < 2 * (order.arma() + static_cast<std::size_t>(x.cols())) + 4)
    return std::numeric_limits<double>::infinity();
  // Regressors by least squares, then the ARMA part of what they leave.
  const Start start(head, x_head, order);
  if (from.empty()) from = start.parameters(order);
  from.resize(order.arma());
  order.constant = false;
  order.seasons.clear();
  order.pairs.clear();
  const Eigen::MatrixXd none(static_cast<Eigen::Index>(n), 0);
  Estimate e = fit_conditional(start.rest(head, x_head), none, order, std::move(from), 0, kQuick);
  if (e.series.empty()) return std::numeric_limits<double>::infinity();
  const Sample rest = start.rest(s.sample, x);
  e = fit_conditional(rest, none, order, e.parameters, 0, {0, 1});
  if (e.series.empty()) return std::numeric_limits<double>::infinity();
  const std::size_t stride = std::max<std::size_t>(1, (n - train) / kOrigins);
  const auto original = [&](double v) {
    v = s.centre + s.scale * v;
    return structure.transform == Transform::log ? std::exp(v) : v;
  };
  double sum = 0, count = 0;
  for (const RolledError& r : roll(e, rest, train - 1, stride, horizon)) {
    const double y = s.sample.y[r.t];
    sum += std::fabs(original(y) - original(y - r.error));
    ++count;
  }
  return count > 0 && std::isfinite(sum) ? sum / count : std::numeric_limits<double>::infinity();
}

Structure choose_structure(std::span<const double> values, std::span<const std::uint32_t> seasons,
                           const Shape& shape, bool constant, bool trend) {
  std::vector<Structure> trials;
  const bool positive =
      std::all_of(values.begin(), values.end(), [](double v) { return !(v <= 0); });
  const std::size_t season = seasons.empty() ? 12 : seasons.front();
  for (const Transform transform : {Transform::none, Transform::log}) {
    if (transform == Transform::none ? !shape.level && (positive || !shape.log)
                                     : !shape.log || !positive)
      continue;
    const Scaled s = scaled(values, transform);
    std::vector<Structure> candidates;
    const auto add = [&](Structure structure) {
      auto& order = structure.differences;
      if (!trend) order.blocks[0].d = std::min(order.blocks[0].d, 1u);
      order.constant = constant && order.differences() <= (trend ? 1u : 0u);
      candidates.push_back(std::move(structure));
    };
    if (shape.seasonal && !seasons.empty()) {
      const auto short_one = seasons.first(1);
      const bool strong = numeric::seasonal_strength(s.sample.y, season) > numeric::kStrongSeason;
      add(seasonal(s, transform, short_one, strong ? seasons[0] : 0));
      if (seasons.size() > 1) {
        const auto both = seasons.first(2);
        for (const std::uint32_t at : {0u, seasons[0], seasons[1]})
          add(seasonal(s, transform, both, at));
      }
    }
    if (shape.harmonic && !seasons.empty())
      for (const std::uint32_t pairs : {2u, 6u, 12u}) {
        Structure structure = seasonal(s, transform, {}, 0);
        for (std::size_t i = 0; i < std::min<std::size_t>(seasons.size(), 2); ++i) {
          structure.differences.seasons.push_back(seasons[i]);
          structure.differences.pairs.push_back(std::min(pairs, seasons[i] / 2));
        }
        add(std::move(structure));
      }
    if (candidates.empty() || seasons.empty()) add(seasonal(s, transform, {}, 0));
    for (Structure& c : candidates) {
      if (values.size() >= kShortestHeldOut) c.error = held_out_error(s, c, season, {});
      trials.push_back(std::move(c));
    }
  }
  return *std::min_element(
      trials.begin(), trials.end(),
      [](const Structure& a, const Structure& b) { return a.error < b.error; });
}

}  // namespace nova::arima
