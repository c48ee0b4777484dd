// Goal: what is only tried never acts, is what it would have been had it acted, and decisions are
// judged by what came.
// Method: twins: the same rule in the shadow and in charge, on the same load and the exact fleet.
#include "core/engine/hindsight.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/engine/engine.hpp"
#include "core/engine/group.hpp"
#include "core/engine/outcome_json.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/slot_fleet.hpp"
#include "core/engine/trial_fleet.hpp"

namespace nova {
namespace hindsight_test {

constexpr Duration kStep = std::chrono::seconds(60);
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);

GroupSpec group(std::vector<PolicySpec> policies) {
  GroupSpec g;
  g.id = "web";
  g.max = 100;
  SignalSpec s;
  s.name = "requests";
  s.per_machine = 50;
  g.signals.push_back(s);
  g.policies = std::move(policies);
  return g;
}

// A wave of two hours with a peak that nobody foresees.
double load(int i) {
  return 600 + 400 * std::sin(i / 19.0) + (i % 137 < 9 ? 300 : 0) + (i * 7919 % 31);
}

struct Walk {
  Engine engine;
  SlotFleet fleet{12, 3};
  bool acted = false;
  int i = 0;
  std::vector<Outcome> outcomes;
  std::function<void(Engine&)> ask;  // the models

  explicit Walk(GroupSpec spec) : engine(one(std::move(spec)), kStep) {}
  static std::vector<GroupSpec> one(GroupSpec spec) {
    std::vector<GroupSpec> all;
    all.push_back(std::move(spec));
    return all;
  }
  Decision tick() {
    ++i;
    const auto now = kStart + kStep * i;
    const auto slot = static_cast<std::uint64_t>(unix_ns(now) / kStep.count());
    fleet.begin(slot);
    FleetView view;
    view.known = true;
    view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
    engine.observe({now, {{now, {{load(i)}}, view, acted}}});
    if (ask) ask(engine);
    const auto d = engine.decide(0, default_offers(engine.specs()[0]));
    acted = d.action != Action::hold;
    if (acted) fleet.scale(slot, d.desired);
    for (const auto& o : hindsight().outcomes()) outcomes.push_back(o);
    return d;
  }
  const Hindsight& hindsight() const { return engine.group(0).hindsight(); }
};

TargetTrackingSpec tracking(double target, bool shadow) {
  TargetTrackingSpec p{"requests", target};
  p.shadow = shadow;
  return p;
}

ThresholdSpec lines(bool shadow) {
  ThresholdSpec p;
  p.signal = "requests";
  p.scale_up_above = 0.7;
  p.scale_down_below = 0.4;
  p.shadow = shadow;
  return p;
}

PredictiveSpec promise(bool shadow) {
  PredictiveSpec p;
  p.confidence_threshold = 0;
  p.promise = PromiseSpec{0.01, 1.0, false};
  p.shadow = shadow;
  return p;
}

TEST(Shadow, NeverActsWhateverItWants) {
  Walk alone(group({lines(false)}));
  Walk watched(group({lines(false), tracking(0.2, true), promise(true)}));
  bool differs = false;
  for (int i = 0; i < 600; ++i) {
    const auto a = alone.tick(), b = watched.tick();
    ASSERT_EQ(a.desired, b.desired) << i;
    ASSERT_EQ(a.reason, b.reason) << i;
    ASSERT_EQ(b.proposals.size(), 1u);
    ASSERT_EQ(b.shadows.size(), 2u);
    EXPECT_EQ(b.shadows[0].policy, "target_tracking");
    EXPECT_EQ(b.shadows[1].policy, "predictive");
    differs = differs || b.shadows[0].desired != b.desired;
  }
  EXPECT_TRUE(differs);
}

// The law: a rule in the shadow decides and is scored as if it were in charge.
TEST(Shadow, IsWhatItWouldHaveBeenInCharge) {
  const std::pair<PolicySpec, PolicySpec> twins[] = {{tracking(0.5, true), tracking(0.5, false)},
                                                     {lines(true), lines(false)},
                                                     {promise(true), promise(false)}};
  for (const auto& [shadow, acting] : twins) {
    Walk watched(group({tracking(0.3, false), shadow})), charged(group({acting}));
    // In charge from the first tick on the same fleet.
    for (int i = 0; i < 900; ++i) {
      const auto a = watched.tick(), b = charged.tick();
      ASSERT_EQ(a.shadows[0].desired, b.desired) << type_of(acting) << " at " << i;
    }
    const auto& tried = watched.hindsight().shadows()[0].account();
    const auto& own = charged.hindsight().own();
    EXPECT_EQ(tried.steps, own.steps);
    EXPECT_EQ(tried.violations, own.violations);
    EXPECT_EQ(tried.spend, own.spend);
    EXPECT_GT(own.violations, 0u) << "a load that violates nobody proves nothing";
  }
}

TEST(Hindsight, ReactiveOnlyIsWhatTheRuleItselfWouldHaveDone) {
  Walk reactive(group({tracking(0.65, false)}));
  for (int i = 0; i < 900; ++i) reactive.tick();
  const auto& h = reactive.hindsight();
  EXPECT_EQ(h.own().steps, h.reactive().steps);
  EXPECT_EQ(h.own().violations, h.reactive().violations);
  EXPECT_EQ(h.own().spend, h.reactive().spend);
  // And one that keeps twice the machines is seen to cost twice as much, and to violate less.
  Walk roomy(group({tracking(0.325, false)}));
  for (int i = 0; i < 900; ++i) roomy.tick();
  const auto& twice = roomy.hindsight();
  EXPECT_EQ(twice.reactive().spend, h.own().spend);
  EXPECT_NEAR(twice.own().machine_hours / twice.reactive().machine_hours, 2, 0.2);
  EXPECT_LT(twice.own().violations, twice.reactive().violations);
}

TEST(Hindsight, PenaltyIsOfTheMachinesThatWereShort) {
  PredictiveSpec priced;
  priced.slo_penalty = UsdPerHour::from_dollars(6);
  Walk walk(group({priced, tracking(0.9, false)}));
  for (int i = 0; i < 600; ++i) walk.tick();
  const auto& own = walk.hindsight().own();
  ASSERT_GT(own.violations, 0u);
  // At least one machine for each violated minute, at 0.10 a minute.
  EXPECT_GE(own.penalty.dollars(), 0.1 * static_cast<double>(own.violations) - 1e-9);
  Walk unpriced(group({tracking(0.9, false)}));
  for (int i = 0; i < 600; ++i) unpriced.tick();
  EXPECT_EQ(unpriced.hindsight().own().penalty, Usd{});
}

TEST(Outcome, SaysWhetherTheDecisionWasWarranted) {
  struct Case {
    const char* name;
    Action action;
    std::uint32_t current, desired, needed, least;
    std::uint64_t late, violations;
    bool success;
    const char* why;
  };
  const Case cases[] = {
      {"needed and enough", Action::scale_out, 4, 6, 6, 4, 0, 2, true, "needed 6 machines"},
      {"never needed", Action::scale_out, 4, 6, 4, 3, 0, 0, false, "no more than 4 machines"},
      {"not enough", Action::scale_out, 4, 6, 9, 7, 1, 3, false, "1 step was violated although"},
      {"spare indeed", Action::scale_in, 6, 4, 5, 4, 0, 0, true, "4 machines would have been"},
      {"missed", Action::scale_in, 6, 4, 7, 5, 0, 1, false, "overloaded fewer than 5 machines"},
      {"a quiet move", Action::move, 6, 6, 5, 4, 0, 0, true, "0 steps were violated"},
      {"a loud move", Action::move, 6, 6, 5, 4, 0, 1, false, "1 step was violated"},
  };
  for (const auto& c : cases) {
    Outcome o;
    o.action = c.action;
    o.current = c.current;
    o.desired = c.desired;
    o.needed = c.needed;
    o.least = c.least;
    o.late = c.late;
    o.own.violations = c.violations;
    EXPECT_EQ(o.success(), c.success) << c.name;
    EXPECT_NE(o.why().find(c.why), std::string::npos) << c.name << ": " << o.why();
  }
}

TEST(Outcome, ComesOnceForEachDecisionThatWasCarriedOut) {
  Walk walk(group({tracking(0.65, false)}));
  std::vector<Decision> done;
  for (int i = 0; i < 600; ++i)
    if (const auto d = walk.tick(); d.action != Action::hold) done.push_back(d);
  const auto horizon = walk.hindsight().horizon();
  EXPECT_EQ(horizon, std::chrono::minutes(3 + 6));  // lead time, and twice that to be sure of it
  ASSERT_GT(walk.outcomes.size(), 10u);
  for (std::size_t k = 0; k < walk.outcomes.size(); ++k) {
    const auto& o = walk.outcomes[k];
    EXPECT_EQ(o.decided, done[k].time);
    EXPECT_EQ(o.desired, done[k].desired);
    EXPECT_EQ(o.judged - o.decided, horizon);
    EXPECT_EQ(o.own.steps, 9u);
    EXPECT_EQ(o.own.spend, o.reactive.spend);  // it is the reactive rule
  }
}

TEST(Hindsight, GoesOnFromASnapshotBitForBit) {
  const auto spec = group({lines(false), tracking(0.5, true), promise(true)});
  Walk whole(spec), first(spec);
  for (int i = 0; i < 300; ++i) whole.tick(), first.tick();
  Walk second(spec);
  std::vector<std::string> problems;
  second.engine.restore(Json::parse(first.engine.state().dump()), problems);
  EXPECT_TRUE(problems.empty());
  second.fleet = first.fleet;
  second.acted = first.acted;
  second.i = first.i;
  for (int i = 0; i < 200; ++i) {
    const auto a = whole.tick(), b = second.tick();
    for (int s = 0; s < 2; ++s) ASSERT_EQ(a.shadows[s].reason, b.shadows[s].reason) << i;
  }
  EXPECT_EQ(whole.engine.state().dump(), second.engine.state().dump());
  // Another policy in the shadow: all accounts start anew, so that they compare.
  Walk other(group({lines(false), lines(true), promise(true)}));
  other.engine.restore(Json::parse(first.engine.state().dump()), problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(other.hindsight().own().steps, 0u);
  EXPECT_FALSE(other.hindsight().since());
}

TEST(Standing, SaysWhatTheAccountsSay) {
  Walk walk(group({lines(false), tracking(0.5, true)}));
  for (int i = 0; i < 300; ++i) walk.tick();
  const auto said = standing(walk.engine.group(0));
  EXPECT_EQ(said.at("since_ns"), unix_ns(kStart + kStep));
  EXPECT_EQ(account_from(said.at("own")).spend, walk.hindsight().own().spend);
  EXPECT_EQ(account_from(said.at("reactive")).violations, walk.hindsight().reactive().violations);
  ASSERT_EQ(said.at("shadows").size(), 1u);
  EXPECT_EQ(said.at("shadows")[0].at("policy"), "target_tracking");
}

// Forecasts that only a policy in the shadow asks for do not hold up what acts.
TEST(Shadow, ItsForecastsBindNobodyElse) {
  PredictiveSpec predictive;
  predictive.models = {"lofty"};
  predictive.min_data_points = 2;
  predictive.shadow = true;
  Walk watched(group({lines(false), predictive})), alone(group({lines(false)}));
  std::size_t asked = 0;
  watched.ask = [&](Engine& engine) {
    for (const auto& q : engine.questions()) {
      ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
      a.mean.assign(q.leads->size(), 1e5);
      a.quantiles.assign(q.leads->size() * q.levels->size(), 1e5);
      engine.answer(a);
      ++asked;
    }
  };
  for (int i = 0; i < 300; ++i) EXPECT_EQ(watched.tick().desired, alone.tick().desired) << i;
  EXPECT_GT(asked, 10u);
}

TEST(Hindsight, CountsNoStepWhileTheFleetIsNotKnown) {
  Walk walk(group({tracking(0.65, false)}));
  for (int i = 0; i < 100; ++i) walk.tick();
  const auto before = walk.hindsight().own().steps;
  const auto now = kStart + kStep * (walk.i + 1);
  walk.engine.observe({now, {{now, {{500.0}}, FleetView{}, false}}});
  walk.engine.decide(0, default_offers(walk.engine.specs()[0]));
  EXPECT_EQ(walk.hindsight().own().steps, before);
  EXPECT_EQ(walk.hindsight().reactive().steps, before);
}

}  // namespace hindsight_test
}  // namespace nova
