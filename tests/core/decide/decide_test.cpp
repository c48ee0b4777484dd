// Goal: policies propose what their rule says, and the arbiter keeps every promise it makes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <random>

#include "core/decide/arbiter.hpp"
#include "core/decide/propose.hpp"
#include "core/plan/plan.hpp"
#include "tests/core/decide/world.hpp"

namespace nova {
namespace decide_test {

TEST(TargetTracking, FollowsTheLoadOutsideItsBand) {
  const TargetTrackingSpec policy{"requests", {}};
  const std::tuple<double, std::uint32_t, std::uint32_t> cases[] = {
      {100, 10, 20},  // ratio 2
      {54, 10, 10},   // 1.08: within 10 %
      {56, 10, 12},   // 1.12
      {44, 10, 10},   // 0.88: within 15 %
      {40, 10, 8},    // 0.80
      {0, 10, 0},
  };
  for (const auto& [load, current, want] : cases) {
    World w(load, current);
    const auto p = propose(policy, w.ready());
    EXPECT_TRUE(p.active) << load;
    EXPECT_EQ(p.machines, want) << load;
  }
  World lost(kNaN, 10);
  EXPECT_FALSE(propose(policy, lost.ready()).active);
  World w(50, 10);
  EXPECT_FALSE(propose(TargetTrackingSpec{"other", {}}, w.ready()).active);
}

TEST(Predictive, AddsOnlyWhenOverloadIsLikelyEnough) {
  PredictiveSpec policy;
  policy.confidence_threshold = 0.8;
  policy.weights = {0.5, 0.3, 0.2};  // quantile 0.5
  World sure(50, 10);
  // 10 machines are overloaded above 80; the 0.05 quantile is 90.
  const auto grows = propose(policy, sure.with(100, 10));
  EXPECT_EQ(grows.machines, 20u);
  EXPECT_DOUBLE_EQ(grows.confidence, 1);
  World unsure(50, 10);
  const auto waits = propose(policy, unsure.with(75, 20));
  EXPECT_EQ(waits.machines, 10u);
  EXPECT_LT(waits.confidence, 0.8);
  EXPECT_NE(waits.reason.find("confidence_threshold"), std::string::npos);
}

TEST(Predictive, RemovesAsFarAsConfidenceHolds) {
  PredictiveSpec policy;
  policy.confidence_threshold = 0.8;
  World calm(50, 30);
  EXPECT_EQ(propose(policy, calm.with(50, 1)).machines, 10u);  // the plan's need binds
  World wide(50, 30);
  // Its 0.8 quantile is 50 + 0.5 * 120 = 110; 14 machines serve 112 at 0.8.
  const auto p = propose(policy, wide.with(50, 120));
  EXPECT_EQ(p.machines, 14u);
  EXPECT_GE(p.confidence, 0.8);
  EXPECT_NE(p.reason.find("asks for 14"), std::string::npos);
}

TEST(Predictive, HasNoOpinionWithoutATrustedForecast) {
  World w(50, 10);
  const auto p = propose(PredictiveSpec{}, w.ready());
  EXPECT_FALSE(p.active);
  EXPECT_NE(p.reason.find("learning"), std::string::npos);
  World dead(kNaN, 10);
  dead.now.signals[0].steps_missing = 3;
  EXPECT_FALSE(propose(PredictiveSpec{}, dead.with(50, 1)).active);
  World late(kNaN, 10);
  late.now.signals[0].steps_missing = 2;
  EXPECT_TRUE(propose(PredictiveSpec{}, late.with(50, 1)).active);
}

TEST(Predictive, WeightsAndPenaltiesMoveTheQuantile) {
  PredictiveSpec careful, thrifty, fined;
  careful.weights = {0.1, 0.6, 0.3};
  thrifty.weights = {0.6, 0.3, 0.1};
  fined.slo_penalty = UsdPerHour::from_dollars(5);
  const auto price = UsdPerHour::from_dollars(0.1);
  EXPECT_NEAR(sizing_quantile(prices_of(careful, price)), 0.9, 1e-9);
  EXPECT_NEAR(sizing_quantile(prices_of(thrifty, price)), 0.5, 1e-9);
  // Cu = 5 x (0.3 + 0.2), Co = 0.1 x 0.5
  EXPECT_NEAR(sizing_quantile(prices_of(fined, price)), 2.5 / 2.55, 1e-9);
  World a(50, 1), b(50, 1);
  careful.confidence_threshold = thrifty.confidence_threshold = 0;
  EXPECT_GT(propose(careful, a.with(50, 20)).machines, propose(thrifty, b.with(50, 20)).machines);
}

Proposal wants(std::uint32_t machines) { return {"test", true, machines, kNaN, "wants"}; }

ArbiterMemory settled() {
  ArbiterMemory m;
  m.first_seen = kNow - std::chrono::hours(24);
  return m;
}

std::string names(const Decision& d) {
  std::string all;
  for (const auto& limit : d.limits) all += limit.name + " ";
  return all;
}

TEST(Arbiter, AnybodyAddsOnlyAllRemove) {
  World w(5, 10);
  auto memory = settled();
  EXPECT_EQ(arbitrate(w.ready(), {wants(12), wants(5)}, {}, memory).desired, 12u);
  memory = settled();
  EXPECT_EQ(arbitrate(w.ready(), {wants(8), wants(5)}, {}, memory).desired, 8u);
  memory = settled();
  const auto none = arbitrate(w.ready(), {Proposal::none("p", "why")}, {}, memory);
  EXPECT_EQ(none.action, Action::hold);
  EXPECT_EQ(none.cause, "no_opinion");
  EXPECT_NE(none.reason.find("why"), std::string::npos);
}

TEST(Arbiter, EachLimitNamesItself) {
  struct Case {
    const char* name;
    double load;
    std::uint32_t wanted, want;
    std::function<void(World&, Behaviour&, ArbiterMemory&)> arrange;
  };
  const Case cases[] = {
      {"signal_missing", kNaN, 5, 10, [](auto&, auto&, auto&) {}},
      {"latest_load", 40, 5, 8, [](auto&, auto&, auto&) {}},
      {"median_forecast", 5, 5, 9, [](World& w, auto&, auto&) { w.with(45, 1); }},
      {"first_start", 5, 5, 10, [](auto&, auto&, ArbiterMemory& m) { m.first_seen = kNow; }},
      {"stabilisation_window", 5, 5, 7,
       [](auto&, auto&, ArbiterMemory& m) {
         m.recommendations.push_back({kNow - std::chrono::minutes(9), 7});
       }},
      {"cooldown_down", 5, 5, 10,
       [](auto&, Behaviour& b, ArbiterMemory& m) {
         b.cooldown_down = std::chrono::minutes(5);
         m.last_change = kNow - std::chrono::minutes(4);
       }},
      {"max_step_down", 5, 5, 8, [](auto&, Behaviour& b, auto&) { b.max_step_down.count = 2; }},
      {"max_step_down", 5, 5, 7, [](auto&, Behaviour& b, auto&) { b.max_step_down.share = 0.25; }},
      {"cooldown_up", 5, 15, 10,
       [](auto&, Behaviour& b, ArbiterMemory& m) {
         b.cooldown_up = std::chrono::minutes(5);
         m.last_up = kNow - std::chrono::minutes(4);
       }},
      {"max_step_up", 5, 15, 13, [](auto&, Behaviour& b, auto&) { b.max_step_up.count = 3; }},
      {"max", 5, 150, 100, [](auto&, auto&, auto&) {}},
      {"min", 5, 0, 4, [](World& w, auto&, auto&) { w.now.min = 4; }},
  };
  for (const auto& c : cases) {
    World w(c.load, 10);
    w.ready();
    Behaviour behaviour;
    auto memory = settled();
    c.arrange(w, behaviour, memory);
    const auto d = arbitrate(w.ready(), {wants(c.wanted)}, behaviour, memory);
    EXPECT_EQ(d.desired, c.want) << c.name;
    EXPECT_NE(names(d).find(c.name), std::string::npos) << c.name << " not in " << names(d);
    EXPECT_NE(d.reason.find(c.name), std::string::npos);
  }
}

TEST(Arbiter, LimitsThatAreOverDoNotBind) {
  World w(5, 10);
  Behaviour behaviour;
  behaviour.cooldown_down = behaviour.cooldown_up = std::chrono::minutes(5);
  auto memory = settled();
  memory.last_change = memory.last_up = kNow - std::chrono::minutes(5);
  memory.recommendations.push_back({kNow - std::chrono::minutes(10), 9});
  EXPECT_EQ(arbitrate(w.ready(), {wants(5)}, behaviour, memory).desired, 5u);
}

TEST(Arbiter, CooldownsStartWithWhatWasDone) {
  ArbiterMemory memory;
  Decision d;
  d.time = kNow;
  acted(d, std::chrono::minutes(3), memory);
  EXPECT_FALSE(memory.last_change);
  d.action = Action::scale_in;
  acted(d, std::chrono::minutes(3), memory);
  EXPECT_EQ(memory.last_change, kNow);
  EXPECT_FALSE(memory.last_up);
  d.action = Action::scale_out;
  acted(d, std::chrono::minutes(3), memory);
  EXPECT_EQ(memory.last_up, kNow);
}

// Law: over random situations the outcome lies within bounds, and a scale-in never goes below what
// the latest load or the median forecast needs, whatever policies propose.
TEST(Arbiter, NeverRemovesWhatIsNeeded) {
  std::mt19937_64 random{42};
  std::uniform_real_distribution<double> any(0, 400);
  for (int round = 0; round < 5000; ++round) {
    World w(random() % 10 == 0 ? kNaN : any(random), 1 + static_cast<std::uint32_t>(random() % 99));
    w.spec.per_machine = 1 + any(random) / 40;
    if (random() % 2) w.with(any(random), any(random) / 4);
    auto& now = w.ready();
    now.min = 1 + static_cast<std::uint32_t>(random() % 5);
    Behaviour behaviour;
    if (random() % 2) behaviour.max_step_down.count = 1 + static_cast<std::uint32_t>(random() % 9);
    auto memory = settled();
    const auto d = arbitrate(
        now, {wants(static_cast<std::uint32_t>(random() % 120)), propose(PredictiveSpec{}, now)},
        behaviour, memory);
    ASSERT_GE(d.desired, now.min);
    ASSERT_LE(d.desired, now.max);
    if (d.desired >= now.current || now.current > now.max) continue;
    ASSERT_FALSE(std::isnan(now.signals[0].load));
    const auto need = [&](double demand) {
      return std::min(now.max, machines_for(demand, w.spec.per_machine, 0.5));
    };
    ASSERT_GE(d.desired, std::min(now.current, need(now.signals[0].load)));
    if (now.signals[0].forecast) {
      ASSERT_GE(d.desired, std::min(now.current, need(now.signals[0].forecast->quantile(0.5, 0))));
    }
  }
}

TEST(Weigh, PutsThePriceOfAShortfallBesideThatOfMachines) {
  World w(50, 10);
  auto& now = w.with(60, 20);
  const auto all = weigh(now, {.over = 1, .under = 9}, 14, {wants(16), wants(200)});
  ASSERT_FALSE(all.empty());
  EXPECT_LE(all.size(), 6u);
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_LE(all[i - 1].score_usd_per_hour, all[i].score_usd_per_hour);
  for (const auto& a : all) {
    EXPECT_NEAR(a.score_usd_per_hour, 0.1 * a.machines + 0.9 * a.expected_short, 1e-9);
    EXPECT_LE(a.machines, now.max);
  }
  // Q_0.9 of demand is 76.7, so 15.3 machines; of whole ones 15 is cheapest: the 16th costs 0.1 and
  // saves 0.9 x 0.0875, the mean chance of a demand between 75 and 80.
  EXPECT_EQ(all.front().machines, 15u);
}

TEST(Weigh, WithoutAForecastOnlyTheLoadOfNowIsKnown) {
  World w(100, 10);  // 10 machines serve 80 at most, and 50 as they should
  for (const auto& a : weigh(w.ready(), {.over = 1, .under = 9}, 13, {})) {
    const bool overloaded = a.machines < 13;
    EXPECT_EQ(a.overload_probability == 1, overloaded) << a.machines;
    EXPECT_EQ(std::isnan(a.overload_probability), !overloaded) << a.machines;
    EXPECT_DOUBLE_EQ(a.expected_short, 20 - a.machines) << a.machines;
    EXPECT_NEAR(a.score_usd_per_hour, 0.1 * a.machines + 0.9 * (20 - a.machines), 1e-9);
  }
  World idle(10, 10);
  for (const auto& a : weigh(idle.ready(), {}, 10, {})) {
    EXPECT_TRUE(std::isnan(a.overload_probability)) << a.machines;
    EXPECT_TRUE(std::isnan(a.expected_short)) << a.machines;
    EXPECT_NEAR(a.score_usd_per_hour, 0.1 * a.machines, 1e-9);
  }
  World lost(kNaN, 10);
  for (const auto& a : weigh(lost.ready(), {}, 10, {}))
    EXPECT_TRUE(std::isnan(a.score_usd_per_hour)) << a.machines;
}

}  // namespace decide_test
}  // namespace nova
