#include "plugins/models/mstl/mstl.hpp"

#include <algorithm>
#include <cmath>
#include <novascale/error.hpp>
#include <optional>

#include "plugins/models/numeric/stl.hpp"

namespace nova::mstl {
namespace {

constexpr std::size_t kKnownLeast = 8;    // points; below them only the last value is carried on
constexpr std::size_t kHeldOutLeast = 4;  // points
constexpr std::size_t kHeldOutMost = 2016;
constexpr std::size_t kLeadsMost = 576;    // scored
constexpr std::size_t kTrialOrigins = 16;  // enough to rank
constexpr std::size_t kSpreadOrigins = 96;

struct Series {
  std::vector<double> u;  // value / unit, from the first known to the last known point
  double unit = 1;
  std::size_t known = 0, trailing = 0;  // missing ones after the last known point
  double least = 0;                     // of the known values
};

Series read(std::span<const double> values) {
  const auto finite = [](double v) { return std::isfinite(v); };
  const auto first = std::find_if(values.begin(), values.end(), finite);
  if (first == values.end())
    throw Error(NOVA_FAILED_PRECONDITION, "every point of the history is missing");
  const auto last = std::find_if(values.rbegin(), values.rend(), finite).base();
  Series out;
  out.trailing = static_cast<std::size_t>(values.end() - last);
  double largest = 0;
  for (auto v = first; v != last; ++v)
    if (finite(*v)) largest = std::max(largest, std::fabs(*v)), ++out.known;
  // A power of two, so that nothing is rounded.
  if (largest > 0) out.unit = std::ldexp(1.0, std::ilogb(largest));
  out.least = std::numeric_limits<double>::infinity();
  for (auto v = first; v != last; ++v) {
    out.u.push_back(finite(*v) ? *v / out.unit : std::numeric_limits<double>::quiet_NaN());
    if (finite(*v)) out.least = std::min(out.least, out.u.back());
  }
  return out;
}

// What is tried on the held-out part.
struct Trial {
  bool log = false;
  std::size_t seasons = 0;  // the shortest ones
  bool periodic = false;
  Rest::Kind kind = Rest::Kind::ar;
};

struct Parts {
  std::vector<std::vector<double>> turns;  // the last turn of each season, as State::seasonal
  std::vector<double> rest;                // missing where the series is
};

Parts take_apart(std::span<const double> z, std::span<const std::size_t> seasons, bool periodic) {
  Parts out;
  out.rest.assign(z.begin(), z.end());
  if (seasons.empty()) return out;
  numeric::MstlOptions options;
  options.seasons.assign(seasons.begin(), seasons.end());
  if (periodic) options.windows.assign(seasons.size(), numeric::StlOptions::kPeriodic);
  const auto parts = numeric::mstl(z, options);
  for (std::size_t t = 0; t < z.size(); ++t) out.rest[t] = parts.trend[t] + parts.remainder[t];
  for (std::size_t s = 0; s < seasons.size(); ++s) {
    const std::size_t m = seasons[s];
    auto& turn = out.turns.emplace_back(m);
    for (std::size_t t = z.size() - m; t < z.size(); ++t) turn[t % m] = parts.seasonal[s][t];
  }
  return out;
}

double seasonal_at(const State& state, std::uint64_t t) {
  double sum = 0;
  for (const auto& turn : state.seasonal) sum += turn[t % turn.size()];
  return sum;
}

void push(State& state, double z) {
  const double seasonal = seasonal_at(state, state.next);
  state.rest.push(z - seasonal);
  state.age = std::isfinite(z) ? 0 : std::min(state.age + 1, State::kAgeMost);
  ++state.next;
}

void expected(const State& state, std::span<double> mean) {
  state.rest.path(mean);
  for (std::size_t h = 0; h < mean.size(); ++h) mean[h] += seasonal_at(state, state.next + h);
}

// Forecasts z from every stride-th point of it on, up to its end, and tells take(lead - 1,
// forecast, z) what came.
template <class Take>
void roll(State state, std::span<const double> z, std::size_t leads, std::size_t stride,
          Take&& take) {
  std::vector<double> mean(leads);
  for (std::size_t origin = 0; origin < z.size(); origin += stride) {
    const std::size_t n = std::min(leads, z.size() - origin);
    expected(state, std::span(mean).first(n));
    for (std::size_t h = 0; h < n; ++h)
      if (std::isfinite(z[origin + h])) take(h, mean[h], z[origin + h]);
    for (std::size_t i = origin; i < std::min(origin + stride, z.size()); ++i) push(state, z[i]);
  }
}

class Fitter {
 public:
  Fitter(const Series& series, std::vector<std::size_t> seasons, std::size_t held_out)
      : series_(series), seasons_(std::move(seasons)), held_out_(held_out) {
    std::size_t leads = 24;
    if (!seasons_.empty()) leads = 2 * seasons_.front();
    leads_ = std::clamp<std::size_t>(std::min(leads, held_out / 2), 1, kLeadsMost);
  }

  // What was chosen before, of everything.
  State again(const State& former) {
    prepare(former.log);
    State state = made({former.log, seasons_.size(), former.periodic, former.rest.kind}, z_);
    const double unit = former.log ? 1 : former.unit / state.unit;  // of the spread
    for (const double s : former.spread) state.spread.push_back(s * unit);
    state.errors = former.errors;
    return state;
  }

  State run(Options::Transform transform) {
    const bool may_log = series_.least > 0 && transform != Options::Transform::none;
    std::vector<bool> logs;
    if (!may_log || transform == Options::Transform::automatic) logs.push_back(false);
    if (may_log) logs.push_back(true);
    for (const bool log : logs) {
      prepare(log);
      judge(Trial{log, seasons_.size(), false});
    }
    const bool log = best_.log;
    prepare(log);
    for (std::size_t n = seasons_.size() + 1; n-- > 0;)
      for (const bool periodic : {true, false})
        if (periodic ? n > 0 : n < seasons_.size()) judge(Trial{log, n, periodic});
    State state = made(best_, z_);
    calibrate(state);
    return state;
  }

 private:
  void prepare(bool log) {
    z_ = series_.u;
    if (log)
      for (double& v : z_) v = std::log(v);
    centre_ = 0;
    double count = 0;
    for (const double v : z_)
      if (std::isfinite(v)) centre_ += (v - centre_) / ++count;
    for (double& v : z_) v -= centre_;
  }
  std::span<const double> before() const { return std::span(z_).first(z_.size() - held_out_); }
  std::span<const double> after() const { return std::span(z_).last(held_out_); }

  State made(const Trial& trial, std::span<const double> z) const {
    auto parts = take_apart(z, std::span(seasons_).first(trial.seasons), trial.periodic);
    return assemble(trial, z.size(), parts.turns, fit_rest(trial.kind, parts.rest));
  }
  State assemble(const Trial& trial, std::size_t next, std::vector<std::vector<double>> turns,
                 Rest rest) const {
    State state;
    state.unit = series_.unit;
    state.log = trial.log;
    state.periodic = trial.periodic;
    state.least = trial.log ? series_.least / 2 : 0;
    state.centre = centre_;
    state.seasonal = std::move(turns);
    state.next = next;
    state.rest = std::move(rest);
    return state;
  }

  // One decomposition, with each way to carry on its rest.
  void judge(Trial trial) {
    const auto z = before();
    const auto parts = take_apart(z, std::span(seasons_).first(trial.seasons), trial.periodic);
    const std::size_t stride = std::max<std::size_t>(1, held_out_ / kTrialOrigins);
    for (const auto kind : {Rest::Kind::ar, Rest::Kind::steps, Rest::Kind::smooth}) {
      trial.kind = kind;
      const State state = assemble(trial, z.size(), parts.turns, fit_rest(kind, parts.rest));
      double sum = 0, count = 0;
      roll(state, after(), leads_, stride, [&](std::size_t, double mean, double came) {
        if (trial.log) mean = std::exp(mean + centre_), came = std::exp(came + centre_);
        sum += std::fabs(mean - came);
        ++count;
      });
      if (count > 0 && sum / count < least_) least_ = sum / count, best_ = trial, held_ = state;
    }
  }

  // The spread by lead, from the errors of the best trial on the held-out part.
  void calibrate(State& state) const {
    std::vector<std::vector<double>> errors(leads_);
    roll(held_, after(), leads_, std::max<std::size_t>(1, held_out_ / kSpreadOrigins),
         [&](std::size_t h, double mean, double came) { errors[h].push_back(came - mean); });
    constexpr std::size_t kNeighbours = 2;
    state.spread.assign(leads_, 0.0);
    std::vector<double> pooled;
    for (std::size_t h = 0; h < leads_; ++h) {
      double sum = 0, count = 0;
      for (std::size_t i = h - std::min(h, kNeighbours); i < std::min(leads_, h + kNeighbours + 1);
           ++i)
        for (const double e : errors[i]) sum += std::fabs(e), ++count;
      double& scale = state.spread[h];
      if (count > 0) scale = sum / count;
      if (h > 0) scale = std::max(scale, state.spread[h - 1]);
      for (const double e : errors[h]) pooled.push_back(scale > 0 ? e / scale : 0);
    }
    // Lead h has seen some held_out / h independent errors: their bias counts, too.
    for (std::size_t h = 0; h < leads_; ++h)
      state.spread[h] *= std::sqrt(1 + static_cast<double>(h + 1) / static_cast<double>(held_out_));
    state.errors = numeric::ErrorSample(std::move(pooled));
  }

  const Series& series_;
  std::vector<std::size_t> seasons_;
  std::size_t held_out_, leads_;
  std::vector<double> z_;  // working values
  double centre_ = 0, least_ = std::numeric_limits<double>::infinity();
  Trial best_;
  State held_;  // of the best, before the held-out part
};

// Too short to hold anything out: the last value, its spread that of a random walk's steps.
State last_value(const Series& series) {
  State state;
  state.unit = series.unit;
  state.next = series.u.size();
  state.rest.kind = Rest::Kind::smooth;
  state.rest.level = series.u.back();
  std::vector<double> steps;
  std::size_t before = 0;
  for (std::size_t t = 1; t < series.u.size(); ++t) {
    if (!std::isfinite(series.u[t])) continue;
    steps.push_back((series.u[t] - series.u[before]) / std::sqrt(static_cast<double>(t - before)));
    before = t;
  }
  if (steps.empty()) return state;
  state.spread = {1.0};
  state.errors = numeric::ErrorSample(std::move(steps));
  return state;
}

}  // namespace

State Mstl::fit(std::span<const double> values, std::span<const std::uint32_t> host_seasons,
                std::string& remark) const {
  const Series series = read(values);
  const std::size_t n = series.u.size();
  if (options_.transform == Options::Transform::log && !(series.least > 0))
    throw Error(NOVA_FAILED_PRECONDITION, "the transform log needs values > 0, got " +
                                              std::to_string(series.least * series.unit));
  std::size_t held_out = std::min(n / 5, kHeldOutMost);
  std::vector<std::size_t> seasons;
  const auto asked = options_.season_lengths.empty()
                         ? host_seasons
                         : std::span<const std::uint32_t>(options_.season_lengths);
  for (const std::uint32_t m : asked)
    if (m >= 2) seasons.push_back(m);
  std::sort(seasons.begin(), seasons.end());
  seasons.erase(std::unique(seasons.begin(), seasons.end()), seasons.end());
  while (!seasons.empty()) {
    const std::size_t needs = 2 * seasons.back() + 1;
    if (series.known >= needs && n >= needs + std::max(n / 10, kHeldOutLeast)) {
      held_out = std::min(held_out, n - needs);
      break;
    }
    remark += (remark.empty() ? "season " : "; season ") + std::to_string(seasons.back()) +
              " dropped: " + std::to_string(series.known) + " points";
    seasons.pop_back();
  }
  const auto known_of = [](std::span<const double> u) {
    return std::count_if(u.begin(), u.end(), [](double v) { return std::isfinite(v); });
  };
  const std::span<const double> u(series.u);
  const bool enough = held_out >= kHeldOutLeast &&
                      known_of(u.first(n - held_out)) >= static_cast<std::ptrdiff_t>(kKnownLeast) &&
                      known_of(u.last(held_out)) >= static_cast<std::ptrdiff_t>(kHeldOutLeast);
  State state = enough ? Fitter(series, std::move(seasons), held_out).run(options_.transform)
                       : last_value(series);
  for (std::size_t i = 0; i < series.trailing; ++i)
    push(state, std::numeric_limits<double>::quiet_NaN());
  return state;
}

bool Mstl::refit(State& state, std::span<const double> values) const {
  const Series series = read(values);
  std::vector<std::size_t> seasons;
  for (const auto& turn : state.seasonal) seasons.push_back(turn.size());
  const std::size_t needs = seasons.empty() ? kKnownLeast : 2 * seasons.back() + 1;
  if (state.errors.count() == 0 || series.known < std::max(needs, kKnownLeast) ||
      (state.log && !(series.least > 0)))
    return false;
  state = Fitter(series, std::move(seasons), 1).again(state);
  for (std::size_t i = 0; i < series.trailing; ++i)
    push(state, std::numeric_limits<double>::quiet_NaN());
  return true;
}

void Mstl::observe(State& state, std::span<const double> values) const {
  for (const double y : values) push(state, transformed(state, y));
}

void Mstl::ahead(const State& state, std::span<double> mean, std::span<double> spread) const {
  expected(state, mean);
  const std::size_t scored = state.spread.size(), age = state.age;
  if (scored == 0) return;
  const std::size_t farthest = mean.size() + age;
  std::vector<double> variance(std::max(farthest, scored));
  if (farthest > scored) state.rest.variances(variance);
  for (std::size_t h = 0; h < mean.size(); ++h) {
    const std::size_t lead = h + age;
    spread[h] = lead < scored
                    ? state.spread[lead]
                    : state.spread.back() * std::sqrt(variance[lead] / variance[scored - 1]);
  }
}

double Mstl::transformed(const State& state, double y) const {
  const double u = y / state.unit;
  return (state.log && std::isfinite(u) ? std::log(std::max(u, state.least)) : u) - state.centre;
}

double Mstl::untransformed(const State& state, double z) const {
  return state.unit * (state.log ? std::exp(z + state.centre) : z + state.centre);
}

}  // namespace nova::mstl
