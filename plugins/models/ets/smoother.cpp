#include "plugins/models/ets/smoother.hpp"

#include <algorithm>
#include <cmath>

namespace nova::ets {
namespace {

// Season kinds as the inner loop needs them: `two` is additive with a second season.
enum class Kind { none, one, two, ratio };

Kind kind_of(Season season, const State& state) {
  if (season == Season::multiplicative) return Kind::ratio;
  if (season == Season::none || state.season[0].empty()) return Kind::none;
  return state.season[1].empty() ? Kind::one : Kind::two;
}

// One buffer for "no season", so that its reads need no branch.
struct Ring {
  double* values;
  std::uint32_t at, size;
  explicit Ring(State& state, int which)
      : values(state.season[which].data()),
        at(state.phase[which]),
        size(static_cast<std::uint32_t>(state.season[which].size())) {}
  double& now() const { return values[at]; }
  void next() { at = at + 1 == size ? 0 : at + 1; }
};

template <Kind K>
void run(const Parameters& p, State& state, std::span<const double> y, double* errors,
         double* expected) {
  double level = state.level, trend = state.trend, carry = state.carry;
  Ring first(state, 0), second(state, 1);
  for (std::size_t t = 0; t < y.size(); ++t) {
    const double base = level + p.phi * trend;
    double mu = base + carry;
    if constexpr (K == Kind::one) mu = base + first.now() + carry;
    if constexpr (K == Kind::two) mu = base + first.now() + second.now() + carry;
    if constexpr (K == Kind::ratio) mu = base * first.now();
    const double raw = std::isnan(y[t]) ? 0 : y[t] - mu;
    const double e = std::clamp(raw, -p.clip, p.clip);
    if constexpr (K == Kind::ratio) {
      const double share = e / first.now();
      level = base + p.alpha * share;
      trend = p.phi * trend + p.beta * share;
      first.now() += p.gamma[0] * e / base;
    } else {
      level = base + p.alpha * e;
      trend = p.phi * trend + p.beta * e;
      carry = p.rho * (carry + e);
      if constexpr (K != Kind::none) first.now() += p.gamma[0] * e;
      if constexpr (K == Kind::two) second.now() += p.gamma[1] * e;
    }
    if constexpr (K != Kind::none) first.next();
    if constexpr (K == Kind::two) second.next();
    errors[t] = raw;
    if (expected != nullptr) expected[t] = mu;
  }
  state.level = level;
  state.trend = trend;
  state.carry = carry;
  state.phase[0] = first.at;
  state.phase[1] = second.at;
}

}  // namespace

void filter(Season season, const Parameters& p, State& state, std::span<const double> y,
            std::span<double> errors, std::span<double> expected) {
  double* mu = expected.empty() ? nullptr : expected.data();
  switch (kind_of(season, state)) {
    case Kind::none:
      return run<Kind::none>(p, state, y, errors.data(), mu);
    case Kind::one:
      return run<Kind::one>(p, state, y, errors.data(), mu);
    case Kind::two:
      return run<Kind::two>(p, state, y, errors.data(), mu);
    case Kind::ratio:
      return run<Kind::ratio>(p, state, y, errors.data(), mu);
  }
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
