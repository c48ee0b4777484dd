// Goal: what an operator says of a group's behaviour binds, names itself, and ends when it should.
#include "core/decide/behaviour.hpp"

#include <gtest/gtest.h>

#include "core/decide/arbiter.hpp"
#include "core/decide/propose.hpp"
#include "tests/core/decide/world.hpp"

namespace nova {
namespace behaviour_test {

using decide_test::kNaN;
using decide_test::kNow;
using decide_test::World;
using std::chrono::minutes;

Proposal wants(std::uint32_t machines) { return {"target_tracking", true, machines, kNaN, "so"}; }

// One that has seen enough to remove.
ArbiterMemory settled() {
  ArbiterMemory memory;
  memory.first_seen = kNow - std::chrono::hours(1);
  return memory;
}

Decision decide(World& world, std::vector<Proposal> proposals, const Behaviour& behaviour,
                ArbiterMemory memory = settled()) {
  return arbitrate(world.ready(), std::move(proposals), behaviour, memory);
}

TEST(Headroom, IsAddedOnceAndHeldWithoutDrift) {
  for (const StepLimit& limit : {StepLimit{3, {}}, StepLimit{{}, 0.1}, StepLimit{{}, 0.5}}) {
    Behaviour b;
    b.headroom = limit;
    for (std::uint32_t n = 1; n < 200; ++n) {
      const auto held = n + b.headroom_of(n);
      EXPECT_EQ(b.without_headroom(held), n) << held;
    }
  }
}

TEST(Headroom, GoesOnTopOfWhatPoliciesAskFor) {
  Behaviour b;
  b.headroom = StepLimit{2, {}};
  World world(100, 10);  // needs 20 at 0.5
  const auto grown = decide(world, {wants(20)}, b);
  EXPECT_EQ(grown.desired, 22u);
  ASSERT_EQ(grown.limits.size(), 1u);
  EXPECT_EQ(grown.limits[0], (Limit{"headroom", 20, 22}));
  World full(100, 22);
  EXPECT_EQ(decide(full, {wants(20)}, b).action, Action::hold);
  Behaviour none;
  EXPECT_EQ(decide(world, {wants(20)}, none).desired, 20u);
}

TEST(Pause, HoldsItsDirectionUntilItEnds) {
  Behaviour b;
  World up(100, 10), down(10, 10);
  b.pause = Pause{true, true, kNow + minutes(1)};
  EXPECT_EQ(decide(up, {wants(20)}, b).cause, "pause");
  EXPECT_EQ(decide(down, {wants(2)}, b).desired, 10u);
  b.pause = Pause{false, true, {}};
  EXPECT_EQ(decide(up, {wants(20)}, b).desired, 20u);
  EXPECT_EQ(decide(down, {wants(2)}, b).cause, "pause");
  b.pause = Pause{true, false, {}};
  EXPECT_EQ(decide(up, {wants(20)}, b).cause, "pause");
  EXPECT_EQ(decide(down, {wants(2)}, b).desired, 2u);
  b.pause = Pause{true, true, kNow};
  EXPECT_EQ(decide(up, {wants(20)}, b).desired, 20u);
  // Hands off comes before the bounds, too.
  b.pause = Pause{true, true, {}};
  World above(100, 200);
  EXPECT_EQ(decide(above, {wants(200)}, b).desired, 200u);
}

TEST(OnMissing, FallsBackToACountWhileASignalIsLost) {
  Behaviour b;
  b.on_missing = OnMissing::fallback_count;
  b.fallback_count = 15;
  World lost(kNaN, 10);
  lost.now.signals[0].steps_missing = Situation::kLateSteps;
  const auto decision = decide(lost, {}, b);
  EXPECT_EQ(decision.desired, 15u);
  EXPECT_EQ(decision.cause, "fallback_count");
  World large(kNaN, 20);
  large.now.signals[0].steps_missing = Situation::kLateSteps;
  EXPECT_EQ(decide(large, {}, b).desired, 20u);  // never fewer
  World late(kNaN, 10);
  EXPECT_EQ(decide(late, {}, b).desired, 10u);  // one step only
  b.on_missing = OnMissing::hold;
  EXPECT_EQ(decide(lost, {}, b).desired, 10u);
}

TEST(OnMissing, LetsAForecastAddWhereItMay) {
  PredictiveSpec policy;
  policy.confidence_threshold = 0.5;
  for (const auto rule : {OnMissing::hold, OnMissing::hold_or_up, OnMissing::last_forecast}) {
    World lost(kNaN, 10);
    lost.now.signals[0].steps_missing = Situation::kLateSteps;
    lost.now.on_missing = rule;
    const auto rising = propose(policy, lost.with(150, 1));
    EXPECT_EQ(rising.active, rule != OnMissing::hold);
    if (rule == OnMissing::hold) continue;
    EXPECT_GE(rising.machines, 30u);
    World calm(kNaN, 10);
    calm.now.signals[0].steps_missing = Situation::kLateSteps;
    calm.now.on_missing = rule;
    const auto falling = propose(policy, calm.with(10, 1));
    Behaviour b;
    b.on_missing = rule;
    EXPECT_EQ(decide(calm, {falling}, b).desired, 10u);  // but nothing goes
  }
}

// Scale-ins that are taken back within the lead time, `times` times, five minutes apart.
ArbiterMemory after_regrets(int times, TimePoint last) {
  auto memory = settled();
  Decision d;
  for (int i = times; i-- > 0;) {
    d.time = last - minutes(5 * i) - minutes(2);
    d.action = Action::scale_in;
    acted(d, minutes(3), memory);
    d.time += minutes(2);
    d.action = Action::scale_out;
    acted(d, minutes(3), memory);
  }
  memory.last_change.reset();
  return memory;
}

TEST(Thrashing, MakesScaleInBackOffAndEnds) {
  const auto scale_in = [](int regrets, Duration ago) {
    World calm(10, 10);
    return decide(calm, {wants(4)}, {}, after_regrets(regrets, kNow - ago));
  };
  EXPECT_EQ(scale_in(2, minutes(1)).desired, 4u);
  EXPECT_EQ(scale_in(3, minutes(1)).cause, "thrashing");
  EXPECT_EQ(scale_in(3, minutes(9)).cause, "thrashing");
  EXPECT_EQ(scale_in(3, minutes(10)).desired, 4u);
  EXPECT_EQ(scale_in(4, minutes(19)).cause, "thrashing");  // twice as long
  EXPECT_EQ(scale_in(4, minutes(20)).desired, 4u);
  World busy(100, 10);
  EXPECT_EQ(decide(busy, {wants(20)}, {}, after_regrets(5, kNow)).desired, 20u);  // may grow
}

TEST(Thrashing, IsOnlyWhatComesBackWithinALeadTime) {
  ArbiterMemory memory;
  Decision d;
  d.action = Action::scale_in;
  d.time = kNow;
  acted(d, minutes(3), memory);
  d.action = Action::scale_out;
  d.time = kNow + minutes(4);
  acted(d, minutes(3), memory);
  EXPECT_TRUE(memory.regrets.empty());
}

}  // namespace behaviour_test
}  // namespace nova
