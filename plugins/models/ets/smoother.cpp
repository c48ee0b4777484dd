#include "plugins/models/ets/smoother.hpp"

#include <algorithm>
#include <cmath>

namespace nova::ets {
namespace {

// Season kinds as the inner loop needs them: `two` is additive with a second season.
enum class Kind { none, one, two, ratio };

template <class S>
Kind kind_of(Season season, const S& state) {
  if (season == Season::multiplicative) return Kind::ratio;
  if (season == Season::none || state.season[0].empty()) return Kind::none;
  return state.season[1].empty() ? Kind::one : Kind::two;
}

// Number is double, or a Lane of them.
template <class Number>
struct Ring {
  Number* values;
  std::uint32_t at, size;
  template <class S>
  Ring(S& state, int which)
      : values(state.season[which].data()),
        at(state.phase[which]),
        size(static_cast<std::uint32_t>(state.season[which].size())) {}
  Number& now() const { return values[at]; }
  void next() { at = at + 1 == size ? 0 : at + 1; }
};

double zero(double) { return 0; }
Lane zero(const Lane&) { return Lane::Zero(); }
double clipped(double e, double most) { return std::clamp(e, -most, most); }
Lane clipped(const Lane& e, const Lane& most) { return e.max(-most).min(most); }
void put(double* to, std::size_t t, double v) { to[t] = v; }
void put(double* to, std::size_t t, const Lane& v) { Eigen::Map<Lane>(to + t * kLanes) = v; }

// What a spec has not costs nothing: each step waits for the one before, so operations count.
template <Kind K, bool Trended, bool Clips, class Number, class P, class S>
[[gnu::flatten]] void run(const P& p, S& state, std::span<const double> y, double* errors,
                          double* expected) {
  Number level = state.level, trend = state.trend, carry = state.carry;
  Ring<Number> first(state, 0), second(state, 1);
  for (std::size_t t = 0; t < y.size(); ++t) {
    Number base = level;
    if constexpr (Trended) base += p.phi * trend;
    Number beside = carry;  // known before the level is  NOLINT: not every kind adds to it
    if constexpr (K == Kind::one) beside += first.now();
    if constexpr (K == Kind::two) beside += first.now() + second.now();
    Number mu = base + beside;
    if constexpr (K == Kind::ratio) mu = base * first.now();
    Number raw = zero(mu);
    if (!std::isnan(y[t])) raw = y[t] - mu;
    Number e = raw;
    if constexpr (Clips) e = clipped(raw, p.clip);
    if constexpr (K == Kind::ratio) {
      const Number share = e / first.now();
      level = base + p.alpha * share;
      if constexpr (Trended) trend = p.phi * trend + p.beta * share;
      first.now() += p.gamma[0] * e / base;
    } else {
      level = base + p.alpha * e;
      if constexpr (Trended) trend = p.phi * trend + p.beta * e;
      carry = p.rho * (carry + e);
      if constexpr (K != Kind::none) first.now() += p.gamma[0] * e;
      if constexpr (K == Kind::two) second.now() += p.gamma[1] * e;
    }
    if constexpr (K != Kind::none) first.next();
    if constexpr (K == Kind::two) second.next();
    put(errors, t, raw);
    if (expected != nullptr) put(expected, t, mu);
  }
  state.level = level;
  state.trend = trend;
  state.carry = carry;
  state.phase[0] = first.at;
  state.phase[1] = second.at;
}

template <class Number, class P, class S>
void filter_any(Season season, bool trended, bool clips, const P& p, S& state,
                std::span<const double> y, std::span<double> errors, std::span<double> expected) {
  double* mu = expected.empty() ? nullptr : expected.data();
  const auto with = [&]<Kind K>() {
    if (trended)
      clips ? run<K, true, true, Number>(p, state, y, errors.data(), mu)
            : run<K, true, false, Number>(p, state, y, errors.data(), mu);
    else
      clips ? run<K, false, true, Number>(p, state, y, errors.data(), mu)
            : run<K, false, false, Number>(p, state, y, errors.data(), mu);
  };
  switch (kind_of(season, state)) {
    case Kind::none:
      return with.template operator()<Kind::none>();
    case Kind::one:
      return with.template operator()<Kind::one>();
    case Kind::two:
      return with.template operator()<Kind::two>();
    case Kind::ratio:
      return with.template operator()<Kind::ratio>();
  }
}

}  // namespace

void LaneParameters::set(std::size_t lane, const Parameters& p) {
  const auto i = static_cast<Eigen::Index>(lane);
  alpha[i] = p.alpha, beta[i] = p.beta, phi[i] = p.phi, rho[i] = p.rho, clip[i] = p.clip;
  gamma[0][i] = p.gamma[0], gamma[1][i] = p.gamma[1];
}

LaneState::LaneState(const State& all)
    : level(Lane::Constant(all.level)),
      trend(Lane::Constant(all.trend)),
      carry(Lane::Constant(all.carry)),
      phase(all.phase) {
  for (std::size_t s = 0; s < season.size(); ++s)
    for (const double v : all.season[s]) season[s].push_back(Lane::Constant(v));
}

void LaneState::set(std::size_t lane, const State& one) {
  const auto i = static_cast<Eigen::Index>(lane);
  level[i] = one.level, trend[i] = one.trend, carry[i] = one.carry;
  for (std::size_t s = 0; s < season.size(); ++s)
    for (std::size_t j = 0; j < season[s].size(); ++j) season[s][j][i] = one.season[s][j];
}

void filter(Season season, const Parameters& p, State& state, std::span<const double> y,
            std::span<double> errors, std::span<double> expected) {
  filter_any<double>(season, p.beta != 0 || state.trend != 0, p.clip < kInfinity, p, state, y,
                     errors, expected);
}

void filter(Season season, const LaneParameters& p, LaneState& state, std::span<const double> y,
            std::span<double> errors, std::span<double> expected) {
  filter_any<Lane>(season, (p.beta != 0).any() || (state.trend != 0).any(),
                   (p.clip < kInfinity).any(), p, state, y, errors, expected);
}

void project(Season season, const Parameters& p, const State& state, std::span<double> out) {
  double level = state.level, trend = state.trend, carry = state.carry;
  const std::size_t m[2] = {state.season[0].size(), state.season[1].size()};
  std::size_t at[2] = {state.phase[0], state.phase[1]};
  for (double& value : out) {
    trend *= p.phi;
    level += trend;
    value = level + carry;
    carry *= p.rho;
    for (int i = 0; i < 2; ++i) {
      if (m[i] == 0) continue;
      const double s = state.season[i][at[i]];
      value = season == Season::multiplicative ? value * s : value + s;
      at[i] = at[i] + 1 == m[i] ? 0 : at[i] + 1;
    }
  }
}

std::vector<double> error_weights(const Spec& spec, const Parameters& p, std::size_t steps) {
  State impulse;  // what an error of 1 leaves behind in states that were 0
  impulse.level = p.alpha;
  impulse.trend = p.beta;
  impulse.carry = p.rho;
  for (int i = 0; i < 2; ++i) {
    if (spec.seasons[i] == 0) continue;
    impulse.season[i].assign(spec.seasons[i], 0);
    impulse.season[i].back() = p.gamma[i];
  }
  std::vector<double> weights(steps);
  project(spec.form.season, p, impulse, weights);
  return weights;
}

}  // namespace nova::ets
