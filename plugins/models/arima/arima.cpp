#include "plugins/models/arima/arima.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <novascale/error.hpp>

#include "plugins/models/numeric/unit_root.hpp"

namespace nova::arima {
namespace {

constexpr double kWork = 3e7;  // multiplications that the exact likelihood of the winner may cost
constexpr double kAsGood = 1.02;
constexpr std::size_t kCalibrationOrigins = 64;
constexpr std::size_t kShortestJudged = 40;  // points, below which intervals are the model's own

void say(std::string& remark, const std::string& what) {
  remark += (remark.empty() ? "" : "; ") + what;
}

// Seasons with enough points, ascending.
std::vector<std::uint32_t> usable(std::span<const std::uint32_t> asked, std::size_t points,
                                  std::string& remark) {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t m : asked) {
    if (m < 2 || std::find(out.begin(), out.end(), m) != out.end()) continue;
    if (points < 3 * std::size_t{m})
      say(remark,
          "season " + std::to_string(m) + " dropped: " + std::to_string(points) + " points");
    else
      out.push_back(m);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// The order as given: one season at most.
Structure given(const Options& options, std::span<const std::uint32_t> seasons) {
  Structure out;
  if (!options.shape.level) out.transform = Transform::log;
  if (options.order) out.differences.blocks[0] = *options.order;
  out.differences.blocks[0].lag = 1;
  if (options.seasonal && !seasons.empty()) {
    out.differences.blocks.push_back(*options.seasonal);
    out.differences.blocks.back().lag = seasons.front();
  }
  out.differences.constant = options.constant && out.differences.differences() <= 1;
  return out;
}

Estimate fit_order(const Sample& sample, const Order& order) {
  const Eigen::MatrixXd x = regressors_of(order, sample.y.size());
  return fit_conditional(sample, x, order, Start(sample, x, order).parameters(order), 0,
                         {12, 1e-6});
}

void polish(const Sample& sample, Estimate& estimate) {
  fit_exact(sample, regressors_of(estimate.order, sample.y.size()), estimate, {6, 1e-5}, kWork);
}

State state_of(const Estimate& estimate, const Scaled& s, Transform transform) {
  const std::size_t n = s.sample.y.size();
  State state = State::of(estimate, n);
  state.known = s.sample.known;
  state.centre = s.centre;
  state.scale = s.scale;
  state.transform = transform;
  while (state.missing < n && !std::isfinite(s.sample.y[n - 1 - state.missing])) ++state.missing;
  return state;
}

// From the first known value on; none: throws.
std::span<const double> known_part(std::span<const double> values) {
  const auto begin =
      std::find_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  if (begin == values.end())
    throw Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
  return values.subspan(static_cast<std::size_t>(begin - values.begin()));
}

// Without any coefficient: what is left when nothing else can be estimated.
Estimate naive(const Sample& sample) {
  Order order;
  order.blocks[0].d = sample.known > 1 ? 1 : 0;
  return fit_conditional(sample, Eigen::MatrixXd(static_cast<Eigen::Index>(sample.y.size()), 0),
                         order, {}, 0, {});
}

// Errors over the last quarter, by coefficients from before it.
Calibration calibrate(const Estimate& estimate, const Sample& sample) {
  Calibration out;
  const std::size_t n = sample.y.size(), train = n - n / 4;
  if (!(estimate.variance() > 0) || n < kShortestJudged) return out;
  const Order& order = estimate.order;
  Sample head;
  head.y.assign(sample.y.begin(), sample.y.begin() + static_cast<std::ptrdiff_t>(train));
  for (const double v : head.y) head.known += std::isfinite(v);
  if (head.known < order.lost() + order.ar_span() + 2 * estimate.coefficients.size() + 10)
    return out;
  const Eigen::MatrixXd x = regressors_of(order, n);
  const Eigen::MatrixXd x_head = x.topRows(static_cast<Eigen::Index>(train));
  Estimate before = fit_conditional(head, x_head, order, estimate.parameters, 0, {5, 1e-4});
  if (before.series.empty()) return out;
  before = fit_conditional(sample, x, order, before.parameters, 0, {0, 1});
  if (before.series.empty()) return out;
  std::uint32_t season = 12;
  for (const Block& b : order.blocks) season = std::max(season, b.lag);
  const std::size_t horizon = std::min<std::size_t>({2 * std::size_t{season}, n - train, 576});
  const std::size_t stride = std::max<std::size_t>(1, (n - train) / kCalibrationOrigins);
  const auto rolled = roll(before, sample, train - 1, stride, horizon);
  // roll() knows the spread of `before`; what is wanted is in units of the estimate's own.
  const double ratio = std::sqrt(before.variance() / estimate.variance());
  // Mean absolute error in standard deviations per octave, drawn towards a normal's where few
  // independent errors speak: those of overlapping spans count as one.
  constexpr double kNormal = 0.79788456080286535588, kPrior = 2;
  const auto octaves = static_cast<std::size_t>(std::bit_width(horizon));
  std::vector<double> sum(octaves, 0.0), count(octaves, 0.0);
  const auto octave = [](const RolledError& r) {
    return static_cast<std::size_t>(std::bit_width(r.t - r.origin) - 1);
  };
  for (const RolledError& r : rolled) {
    sum[octave(r)] += ratio * std::fabs(r.error) / r.sd;
    ++count[octave(r)];
  }
  for (std::size_t o = 0; o < octaves; ++o) {
    const double lead = std::exp2(static_cast<double>(o));
    const double independent = std::min(count[o], static_cast<double>(n - train) / lead);
    const double mean = count[o] > 0 ? sum[o] / count[o] / kNormal : 1;
    out.factor.push_back((mean * independent + kPrior) / (independent + kPrior));
  }
  std::vector<double> rest;
  for (const RolledError& r : rolled)
    rest.push_back(ratio * r.error / r.sd / out.factor[octave(r)]);
  out.shape = numeric::ErrorSample(std::move(rest));
  // What lies beyond says that the fit to the head failed, not how wide intervals are.
  for (double& f : out.factor) f = std::clamp(f, 0.5, 2.0);
  return out;
}

}  // namespace

State fit(const Options& options, std::span<const double> values,
          std::span<const std::uint32_t> host_seasons, std::string& remark) {
  values = known_part(values);
  const std::size_t n = values.size();
  const auto asked = options.season_lengths.empty()
                         ? host_seasons
                         : std::span<const std::uint32_t>(options.season_lengths);
  const auto seasons = usable(asked, n, remark);
  const bool trend = !seasons.empty() || asked.empty() || *std::ranges::max_element(asked) < 2;
  const std::size_t season = seasons.empty() ? 12 : seasons.front();
  const bool automatic = !options.order && !options.seasonal;
  const Structure structure =
      automatic ? choose_structure(values, seasons, options.shape, options.constant, trend)
                : given(options, seasons);
  const Scaled s = scaled(values, structure.transform);
  if (s.sample.known == 0)
    throw Error(NOVA_FAILED_PRECONDITION, "the transform log needs values > 0");

  Estimate estimate;
  if (automatic) {
    Limits limits;
    limits.constant = options.constant && (trend || structure.differences.differences() == 0);
    estimate = search(s.sample, structure.differences, limits);
    // AICc is for one step ahead; the order it prefers must be as good as a usual one farther on.
    if (!estimate.series.empty() && std::isfinite(structure.error) &&
        held_out_error(s, {estimate.order, structure.transform}, season, estimate.parameters) >
            kAsGood * structure.error)
      estimate = fit_order(s.sample, structure.differences);
    if (!estimate.series.empty() && !estimate.exact) polish(s.sample, estimate);
  } else {
    const Order& order = structure.differences;
    estimate = fit_given(s.sample, regressors_of(order, n), order, {60, 1e-12}, kWork);
    if (estimate.series.empty()) say(remark, "too few points for " + order.text());
  }
  if (estimate.series.empty()) estimate = naive(s.sample);
  say(remark, estimate.order.text() + (structure.transform == Transform::log ? " of logs" : ""));
  if (!estimate.exact) say(remark, "by conditional least squares");

  State state = state_of(estimate, s, structure.transform);
  if (options.empirical) state.calibration = calibrate(estimate, s.sample);
  return state;
}

bool refit(State& state, std::span<const double> values) {
  const Scaled s = scaled(known_part(values), state.transform);
  const Order& order = state.order;
  if (s.sample.known <
      order.lost() + order.ar_span() + 2 * state.coefficients.size() + kShortestJudged)
    return false;
  Estimate estimate = fit_order(s.sample, order);
  if (estimate.series.empty()) return false;
  polish(s.sample, estimate);
  State made = state_of(estimate, s, state.transform);
  made.calibration = std::move(state.calibration);
  state = std::move(made);
  return true;
}

}  // namespace nova::arima
