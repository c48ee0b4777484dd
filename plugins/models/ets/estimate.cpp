#include "plugins/models/ets/estimate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "plugins/models/numeric/classical.hpp"
#include "plugins/models/numeric/minimise.hpp"

namespace nova::ets {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kUnknowns = 6;     // alpha, beta / alpha, phi, two gamma, rho
constexpr std::size_t kRefineMost = 32;  // unknowns including initial states
constexpr std::size_t kRobustClip = 3;   // robust standard deviations
constexpr std::array<double, kLanes> kStarts{0.1, 0.3, 0.6, 0.9};  // of alpha

class Problem {
 public:
  Problem(std::span<const double> y, const Spec& spec) : y_(y), spec_(spec) {
    const std::size_t longest = std::max(spec.seasons[0], spec.seasons[1]);
    back_ = std::min(y.size(), std::max<std::size_t>(3 * longest, 60));
    reversed_.assign(y.rend() - static_cast<std::ptrdiff_t>(back_), y.rend());
    if (spec.form.relative_error) expected_.resize(y.size() * kLanes);
    errors_.resize(back_ * kLanes);
    guess();
  }

  static std::array<double, kUnknowns> lower() { return {1e-4, 1e-4, 0.8, 1e-4, 1e-4, 0}; }
  static std::array<double, kUnknowns> upper() {
    return {0.9999, 0.9999, 0.98, 0.9999, 0.9999, 0.99};
  }

  // The unknowns are shares of what the usual region allows: 0 < beta < alpha, 0 < gamma < 1 -
  // alpha.
  Parameters parameters(std::span<const double> x) const {
    Parameters p;
    p.alpha = x[0];
    if (spec_.form.trend != Trend::none) p.beta = x[1] * x[0];
    if (spec_.form.trend == Trend::damped) p.phi = x[2];
    if (spec_.seasons[0] != 0) p.gamma[0] = x[3] * (1 - x[0]);
    if (spec_.seasons[1] != 0) p.gamma[1] = x[4] * (1 - x[0]);
    if (spec_.carry) p.rho = x[5];
    p.clip = clip;
    return p;
  }
  LaneParameters lanes(numeric::Points at) const {
    LaneParameters p;
    for (std::size_t i = 0; i < kLanes; ++i) p.set(i, parameters(at[std::min(i, at.size() - 1)]));
    return p;
  }
  std::array<double, kUnknowns> unknowns(const Parameters& p) const {
    const double rest = std::max(1 - p.alpha, 1e-9);
    return {p.alpha, p.beta / std::max(p.alpha, 1e-9), p.phi, p.gamma[0] / rest, p.gamma[1] / rest,
            p.rho};
  }

  // States before the first point, by lane.
  LaneState backcast(const LaneParameters& p) const {
    LaneState s(end_);
    filter(spec_.form.season, p, s, reversed_, std::span(errors_).first(back_ * kLanes));
    LaneState start = s;
    start.level = s.level + p.phi * s.trend;
    start.trend = -s.trend;
    start.carry = p.rho * s.carry;
    start.phase = {};
    for (int i = 0; i < 2; ++i) {
      const std::size_t m = s.season[i].size();
      for (std::size_t j = 0; j < m; ++j) start.season[i][phase_back(j, m)] = s.season[i][j];
    }
    return start;
  }
  State backcast(const Parameters& p) const {
    LaneParameters lanes;
    lanes.set(0, p);
    const LaneState s = backcast(lanes);
    State start;
    start.level = s.level[0], start.trend = s.trend[0], start.carry = s.carry[0];
    for (int i = 0; i < 2; ++i)
      for (const Lane& v : s.season[i]) start.season[i].push_back(v[0]);
    return start;
  }

  // Residuals whose sum of squares is exp(-2 logL / n) for both kinds of error: a relative one is
  // scaled by the geometric mean of what was expected.
  void residuals(const LaneParameters& p, LaneState state, std::span<double> r) const {
    const bool relative = spec_.form.relative_error;
    filter(spec_.form.season, p, state, y_, r,
           relative ? std::span(expected_) : std::span<double>());
    const auto lane = [](std::span<double> all, std::size_t t) {
      return Eigen::Map<Lane>(all.data() + t * kLanes);
    };
    if (relative) {
      const Lane scale = mean_log_expected().exp();
      for (std::size_t t = 0; t < y_.size(); ++t) lane(r, t) *= scale / lane(expected_, t);
    }
    if (clip < kInfinity)
      for (std::size_t t = 0; t < y_.size(); ++t) lane(r, t) = lane(r, t).max(-clip).min(clip);
  }

  // NaN where an expected value is not positive: such a model is none.
  Lane mean_log_expected() const {
    Lane sum = Lane::Zero(), product = Lane::Ones(), least = Lane::Ones();
    std::size_t known = 0;
    for (std::size_t t = 0; t < y_.size(); ++t) {
      if (std::isnan(y_[t])) continue;
      const Lane expected = Eigen::Map<const Lane>(expected_.data() + t * kLanes);
      least = (expected > 0).select(least, -1);
      product *= expected;
      if (++known % 8 == 0) sum += product.log(), product.setOnes();
    }
    sum = (sum + product.log()) / static_cast<double>(known);
    return (least > 0).select(sum, std::numeric_limits<double>::quiet_NaN());
  }

  std::span<const double> y() const { return y_; }
  double clip = kInfinity;

 private:
  std::size_t phase_back(std::size_t j, std::size_t m) const {
    return (back_ - 1 + m * (back_ / m + 1) - j) % m;
  }

  // Where backcasting starts, `back_` points in: seasons of the whole series, the level around
  // there and the slope before it. In reversed order.
  void guess() {
    std::vector<double> left(y_.begin(), y_.end());
    const bool ratios = spec_.form.season == Season::multiplicative;
    for (int i = 0; i < 2; ++i) {
      const std::size_t m = spec_.seasons[i];
      if (m == 0) continue;
      const auto index = numeric::seasonal_indices(left, m, ratios);
      for (std::size_t t = 0; t < left.size(); ++t) {
        const double s = index[t % m];
        left[t] = ratios ? left[t] / s : left[t] - s;
      }
      end_.season[i].resize(m);
      for (std::size_t j = 0; j < m; ++j) end_.season[i][j] = index[phase_back(j, m)];
    }
    const std::size_t w = std::clamp<std::size_t>(spec_.seasons[0], 4, 48);
    double mean = 0, count = 0;
    for (std::size_t t = back_ > w ? back_ - w : 0; t < std::min(left.size(), back_ + w); ++t)
      if (std::isfinite(left[t])) mean += (left[t] - mean) / ++count;
    double st = 0, sy = 0, n = 0;  // means, then the slope of the first points
    for (std::size_t t = 0; t < back_; ++t)
      if (std::isfinite(left[t])) ++n, st += static_cast<double>(t), sy += left[t];
    st /= n, sy /= n;
    double tt = 0, ty = 0;
    for (std::size_t t = 0; t < back_; ++t) {
      if (!std::isfinite(left[t])) continue;
      tt += (static_cast<double>(t) - st) * (static_cast<double>(t) - st);
      ty += (static_cast<double>(t) - st) * (left[t] - sy);
    }
    end_.level = count > 0 ? mean : sy;
    if (spec_.form.trend != Trend::none && tt > 0) end_.trend = -ty / tt;
  }

  std::span<const double> y_;
  Spec spec_;
  std::size_t back_ = 0;
  std::vector<double> reversed_;
  State end_;
  mutable std::vector<double> errors_, expected_;
};

// The state as numbers to be searched, and back.
void pack(const Spec& spec, const State& s, std::vector<double>& x) {
  x.push_back(s.level);
  if (spec.form.trend != Trend::none) x.push_back(s.trend);
  x.insert(x.end(), s.season[0].begin(), s.season[0].end());
}
State unpack(const Spec& spec, std::span<const double> x) {
  State s;
  s.level = x[0];
  x = x.subspan(1);
  if (spec.form.trend != Trend::none) s.trend = x[0], x = x.subspan(1);
  s.season[0].assign(x.begin(), x.end());
  return s;
}

// Sum over the season is its neutral element; the level takes the rest.
void normalise(Season season, State& s) {
  auto& index = s.season[0];
  if (index.empty()) return;
  double mean = 0;
  for (const double v : index) mean += v / static_cast<double>(index.size());
  if (season == Season::multiplicative && mean > 0) {
    for (double& v : index) v /= mean;
    s.level *= mean;
    s.trend *= mean;
  } else if (season == Season::additive) {
    for (double& v : index) v -= mean;
    s.level += mean;
  }
}

struct Count {
  std::size_t unknowns, states;
};
Count count(const Spec& spec, bool fixed_alpha) {
  Count c{fixed_alpha ? 0u : 1u, 1};
  if (spec.form.trend != Trend::none) ++c.unknowns, ++c.states;
  if (spec.form.trend == Trend::damped) ++c.unknowns;
  for (const auto m : spec.seasons)
    if (m != 0) ++c.unknowns, c.states += m - 1;
  if (spec.carry) ++c.unknowns;
  return c;
}

// Of the first lane's errors.
double median_size(std::span<const double> errors) {
  std::vector<double> sizes;
  for (std::size_t i = 0; i < errors.size(); i += kLanes)
    if (errors[i] != 0) sizes.push_back(std::fabs(errors[i]));
  if (sizes.empty()) return 0;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

}  // namespace

std::size_t points_needed(const Spec& spec) {
  const std::size_t longest = std::max(spec.seasons[0], spec.seasons[1]);
  return longest == 0 ? 4 : 2 * longest + 3;
}

std::optional<Fit> estimate(std::span<const double> y, const Spec& spec,
                            const EstimateOptions& options) {
  Fit fit;
  fit.spec = spec;
  for (const double v : y) fit.known += std::isfinite(v) ? 1 : 0;
  if (y.size() < points_needed(spec) || fit.known < 4) return std::nullopt;
  Problem problem(y, spec);

  // The search over the parameters, those that the spec has not held at one point.
  auto lower = Problem::lower(), upper = Problem::upper();
  std::array<double, kUnknowns> x{0.3, 0.05, 0.95, 0.1, 0.1, spec.carry ? 0.6 : 0};
  const bool used[] = {true,
                       spec.form.trend != Trend::none,
                       spec.form.trend == Trend::damped,
                       spec.seasons[0] != 0,
                       spec.seasons[1] != 0,
                       spec.carry};
  const numeric::Residuals of_parameters = [&](numeric::Points at, std::span<double> into) {
    const LaneParameters p = problem.lanes(at);
    problem.residuals(p, problem.backcast(p), into);
  };
  std::vector<double> r;
  if (options.start != nullptr) {
    x = problem.unknowns(*options.start);
  } else {
    std::array<std::array<double, kUnknowns>, kLanes> starts;
    std::array<std::span<const double>, kLanes> at;
    for (std::size_t i = 0; i < kLanes; ++i) {
      starts[i] = x;
      starts[i][0] = kStarts[i];
      at[i] = starts[i];
    }
    r.resize(y.size() * kLanes);
    of_parameters(at, r);
    Lane sums = Lane::Zero();
    for (std::size_t t = 0; t < y.size(); ++t)
      sums += Eigen::Map<const Lane>(r.data() + t * kLanes).square();
    double least = kInfinity;
    for (std::size_t i = 0; i < kLanes; ++i)
      if (sums[static_cast<Eigen::Index>(i)] < least)
        least = sums[static_cast<Eigen::Index>(i)], x = starts[i];
  }
  if (options.alpha) lower[0] = upper[0] = x[0] = *options.alpha;
  for (std::size_t j = 0; j < kUnknowns; ++j)
    if (!used[j]) lower[j] = upper[j] = x[j];
  numeric::LeastSquaresOptions search;
  search.iterations = options.iterations;
  search.tolerance = options.tolerance;
  numeric::least_squares(of_parameters, y.size(), x, lower, upper, search);
  if (options.robust) {
    const std::span<const double> at(x);
    r.resize(y.size() * kLanes);
    of_parameters({&at, 1}, r);
    problem.clip = kRobustClip * 1.4826 * median_size(r);
    if (!(problem.clip > 0)) problem.clip = kInfinity;
    numeric::least_squares(of_parameters, y.size(), x, lower, upper, search);
  }
  fit.parameters = problem.parameters(x);
  fit.start = problem.backcast(fit.parameters);

  // Parameters and initial states together.
  const Count parts = count(spec, options.alpha.has_value());
  const auto total = static_cast<double>(parts.unknowns + parts.states);
  const bool refined = spec.seasons[1] == 0 && !spec.carry && total <= kRefineMost &&
                       static_cast<double>(y.size()) * total * total <= options.refine_work;
  if (refined) {
    std::vector<double> all(x.begin(), x.end());
    pack(spec, fit.start, all);
    std::vector<double> low(all.size(), -kInfinity), high(all.size(), kInfinity);
    std::copy(lower.begin(), lower.end(), low.begin());
    std::copy(upper.begin(), upper.end(), high.begin());
    search.tolerance = 1e-8;
    numeric::least_squares(
        [&](numeric::Points at, std::span<double> into) {
          LaneState states(unpack(spec, at[0].subspan(kUnknowns)));
          for (std::size_t i = 1; i < at.size(); ++i)
            states.set(i, unpack(spec, at[i].subspan(kUnknowns)));
          problem.residuals(problem.lanes(at), std::move(states), into);
        },
        y.size(), all, low, high, search);
    fit.parameters = problem.parameters(std::span(all).first(kUnknowns));
    fit.start = unpack(spec, std::span(all).subspan(kUnknowns));
    normalise(spec.form.season, fit.start);
  }

  fit.unknowns = parts.unknowns + parts.states;
  if (!evaluate(y, fit)) return std::nullopt;
  // Backcast states are hardly free: the variance need not pay for all of them.
  if (!refined) {
    const auto n = static_cast<double>(fit.known), k = static_cast<double>(parts.unknowns);
    fit.sigma *=
        std::sqrt(std::max(n - static_cast<double>(fit.unknowns), 1.0) / std::max(n - k - 1, 1.0));
  }
  return fit;
}

bool evaluate(std::span<const double> y, Fit& fit) {
  const bool relative = fit.spec.form.relative_error;
  std::vector<double> errors(y.size()), expected(y.size());
  fit.end = fit.start;
  filter(fit.spec.form.season, fit.parameters, fit.end, y, errors, expected);
  double squares = 0, logs = 0, n = 0;
  for (std::size_t t = 0; t < y.size(); ++t) {
    if (std::isnan(y[t])) continue;
    ++n;
    if (relative && !(expected[t] > 0)) return false;
    const double e = relative ? errors[t] / expected[t] : errors[t];
    if (relative) logs += std::log(expected[t]);
    squares += e * e;
  }
  if (!std::isfinite(squares) || !std::isfinite(fit.end.level)) return false;
  // An exact fit has no likelihood; a huge one will do.
  fit.log_likelihood = -0.5 * n * std::log(std::max(squares, 1e-300)) - logs;
  const double k = static_cast<double>(fit.unknowns) + 1;  // and the variance
  fit.aicc =
      n - k - 1 > 0 ? -2 * fit.log_likelihood + 2 * k + 2 * k * (k + 1) / (n - k - 1) : kInfinity;
  fit.sigma = std::sqrt(squares / std::max(n - k + 1, 1.0));
  return true;
}

}  // namespace nova::ets
