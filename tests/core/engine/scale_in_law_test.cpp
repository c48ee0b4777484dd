// Goal: never fewer machines than what the latest load needs, nor than what the median forecast of
// any step of the window needs, whatever the units, sizes, policies and traces.
// Method: seeded random groups walk random traces through the engine; each scale-in is held against
// arithmetic of its own.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/slot_fleet.hpp"

namespace nova {
namespace scale_in_law_test {

using Random = std::mt19937_64;

double uniform(Random& random, double a, double b) {
  return std::uniform_real_distribution<double>{a, b}(random);
}
bool chance(Random& random, double p) { return uniform(random, 0, 1) < p; }

GroupSpec any_group(Random& random, Duration step) {
  GroupSpec g;
  g.id = "any";
  g.min = static_cast<std::uint32_t>(random() % 3);
  g.max = g.min + 1 + static_cast<std::uint32_t>(std::exp(uniform(random, 1, 9)));
  g.lead_time = step * static_cast<std::int64_t>(random() % 6);
  const auto signals = 1 + random() % 2;
  for (std::size_t i = 0; i < signals; ++i) {
    SignalSpec s;
    s.name = "s" + std::to_string(i);
    s.per_machine = std::exp(uniform(random, -9, 14));  // a millionth to a million
    s.target_utilisation = uniform(random, 0.2, 0.95);
    s.max_utilisation = std::min(1.0, s.target_utilisation + uniform(random, 0, 0.3));
    s.forecast_step = step * static_cast<std::int64_t>(1 + random() % 3);
    s.key = i + 1;
    g.signals.push_back(s);
  }
  PredictiveSpec p;
  p.models = {"m"};
  p.min_data_points = 5;
  p.confidence_threshold = uniform(random, 0, 0.9);
  const double cost = uniform(random, 0, 1);
  p.weights = {cost, 1 - cost, 0};
  const auto kind = random() % 4;
  if (kind == 3) p.promise = PromiseSpec{0.05, uniform(random, 0.5, 1), false};
  if (kind != 0) g.policies.emplace_back(p);
  if (kind != 2) g.policies.emplace_back(TargetTrackingSpec{"s0", {}});
  if (chance(random, 0.3)) {
    ThresholdSpec t;
    t.signal = g.signals.back().name;
    t.scale_up_above = 0.9;
    t.scale_down_below = uniform(random, 0.1, 0.8);
    t.steps = {{{}, *t.scale_down_below / 2, StepLimit{{}, 0.9}}};
    g.policies.emplace_back(t);
  }
  if (chance(random, 0.3))
    g.behaviour.stabilisation_window = step * static_cast<std::int64_t>(random() % 9);
  if (chance(random, 0.3)) g.behaviour.max_step_down = {{}, uniform(random, 0.1, 1)};
  if (kind != 3 && chance(random, 0.3))
    g.behaviour.headroom = StepLimit{{}, uniform(random, 0, 0.5)};
  return g;
}

TEST(ScaleInLaw, NeverBelowWhatTheLoadOrItsMedianForecastNeeds) {
  constexpr Duration kStep = std::chrono::seconds(60);
  std::size_t scale_ins = 0, forecast = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random{seed};
    std::vector<GroupSpec> specs;
    specs.push_back(any_group(random, kStep));
    const auto spec = specs[0];
    Engine engine(std::move(specs), kStep);
    SlotFleet fleet(spec.min + 1, static_cast<std::uint32_t>(spec.lead_time / kStep));
    std::vector<double> level(spec.signals.size());
    for (auto& l : level) l = uniform(random, 0, 0.4) * spec.max;  // in machines
    bool acted = false;
    for (int i = 1; i <= 240; ++i) {
      const auto now = from_unix_ns(1'000'000'800'000'000'000) + kStep * i;
      const auto slot = static_cast<std::uint64_t>(unix_ns(now) / kStep.count());
      fleet.begin(slot);
      FleetView view;
      view.known = true;
      view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
      GroupInput input{now, {}, view, acted};
      for (std::size_t s = 0; s < level.size(); ++s) {
        level[s] = std::max(0.0, level[s] * uniform(random, 0.93, 1.07) + uniform(random, -1, 1));
        if (chance(random, 0.02)) level[s] = uniform(random, 0, 1.2) * spec.max;
        const double load = level[s] * spec.signals[s].per_machine;
        input.samples.push_back({chance(random, 0.03) ? std::nan("") : load});
      }
      engine.observe({now, {input}});
      for (const auto& q : engine.questions()) {
        ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
        const double last =
            q.history.empty() || std::isnan(q.history.back()) ? 0 : q.history.back();
        for (const auto lead : *q.leads) a.mean.push_back(last * (1 + 0.01 * std::sin(lead + i)));
        for (const double at : *q.levels)
          for (const double m : a.mean) a.quantiles.push_back(m * (0.8 + 0.4 * at));
        engine.answer(a);
      }
      const auto d = engine.decide(0, default_offers(spec));
      if (d.action == Action::scale_in) {
        ++scale_ins;
        const auto* predictive = predictive_in(spec);
        const auto* promise = engine.group(0).promised();
        const bool promised = predictive && predictive->promise && promise && promise->learned();
        for (std::size_t s = 0; s < level.size(); ++s) {
          const auto& signal = spec.signals[s];
          const double at =
              promised ? predictive->promise->at_utilisation : signal.target_utilisation;
          const double serves = d.desired * signal.per_machine * at * (1 + 1e-6);
          ASSERT_FALSE(std::isnan(input.samples[s][0]))
              << "seed " << seed << ": a signal is missing";
          ASSERT_GE(serves, input.samples[s][0])
              << "seed " << seed << " at " << i << ": " << d.reason;
          const auto& said = engine.group(0).panel(s).forecast();
          if (promised || !predictive || !said || now - said->origin() > 3 * signal.forecast_step)
            continue;
          const auto window =
              std::max(stabilisation_window(spec, false), spec.lead_time + signal.forecast_step);
          for (std::size_t k = 0; k < said->leads().size(); ++k) {
            if (said->time_of(k) <= now || said->time_of(k) > now + window) continue;
            ++forecast;
            ASSERT_GE(serves, said->quantile(0.5, k)) << "seed " << seed << " at " << i << ", lead "
                                                      << said->leads()[k] << ": " << d.reason;
          }
        }
      }
      acted = d.action != Action::hold;
      if (acted) fleet.scale(slot, d.desired);
    }
  }
  EXPECT_GT(scale_ins, 300u) << "a law that is never put to the test";
  EXPECT_GT(forecast, 300u);
}

}  // namespace scale_in_law_test
}  // namespace nova
