// Goal: thresholds move by their steps, for long enough only, and never into a scale-out.
#include <gtest/gtest.h>

#include <vector>

#include "core/decide/arbiter.hpp"
#include "core/decide/propose.hpp"
#include "tests/core/decide/world.hpp"

namespace nova {
namespace threshold_test {

using decide_test::kNaN;
using decide_test::World;
using std::chrono::minutes;

ThresholdSpec policy() {
  ThresholdSpec p;
  p.signal = "requests";
  p.scale_up_above = 0.8;
  p.scale_down_below = 0.3;
  return p;
}

// Of ten machines, each of which serves 10; a step is a minute.
Proposal after(const ThresholdSpec& p, const std::vector<double>& loads,
               std::uint32_t current = 10) {
  World world(loads.back(), current);
  world.now.step = minutes(1);
  world.now.signals[0].recent = loads;
  return propose(p, world.ready());
}

TEST(Threshold, TakesTheStepOfTheFarthestBand) {
  auto p = policy();
  p.steps = {{0.9, {}, {3, {}}}, {1.2, {}, {{}, 0.5}}, {{}, 0.1, {4, {}}}};
  const std::pair<double, std::uint32_t> cases[] = {{80, 10}, {81, 11}, {91, 13}, {121, 15},
                                                    {30, 10}, {29, 9},  {9, 6}};
  for (const auto& [load, want] : cases) EXPECT_EQ(after(p, {load}).machines, want) << load;
}

TEST(Threshold, MustBeCrossedAllTheTime) {
  auto p = policy();
  p.lasting = minutes(3);
  EXPECT_EQ(after(p, {90, 90}).machines, 10u);  // too short a memory
  EXPECT_EQ(after(p, {90, 90, 90}).machines, 11u);
  EXPECT_EQ(after(p, {90, 79, 90}).machines, 10u);
  EXPECT_EQ(after(p, {10, 90, 90, 90}).machines, 11u);
  EXPECT_EQ(after(p, {20, 20, 20}).machines, 9u);
  EXPECT_EQ(after(p, {20, 31, 20}).machines, 10u);
  // A gap is no sign of little load, but what is known may be enough to add.
  EXPECT_EQ(after(p, {20, kNaN, 20}).machines, 10u);
  EXPECT_EQ(after(p, {90, kNaN, 90}).machines, 11u);
  EXPECT_FALSE(after(p, {90, 90, kNaN}).active);
}

TEST(Threshold, DoesNotShrinkIntoItsOwnScaleOut) {
  auto p = policy();
  p.scale_down_below = 0.6;
  p.steps = {{{}, 0.59, {8, {}}}};
  const auto proposal = after(p, {55});  // two machines would be at 2.75
  EXPECT_EQ(proposal.machines, 7u);      // 55 of 70 is below 0.8, 55 of 60 is not
  EXPECT_NE(proposal.reason.find("fewer than 7"), std::string::npos) << proposal.reason;
  EXPECT_EQ(after(p, {5.5}, 1).machines, 1u);
}

TEST(Threshold, OneLineIsEnough) {
  ThresholdSpec up;
  up.signal = "requests";
  up.scale_up_above = 0.8;
  EXPECT_EQ(after(up, {0}).machines, 10u);
  ThresholdSpec down;
  down.signal = "requests";
  down.scale_down_below = 0.3;
  EXPECT_EQ(after(down, {500}).machines, 10u);
  EXPECT_EQ(after(down, {0}).machines, 9u);
  down.signal = "visits";
  EXPECT_FALSE(after(down, {0}).active);
}

// Ten machines behind an answer time, of which the newest minutes are told.
struct Answers {
  SignalSpec p95;
  std::vector<double> values;
  World world;

  explicit Answers(std::vector<double> seen, double load = 50)
      : values(std::move(seen)), world(load, 10) {
    p95.name = "p95";
    p95.role = Role::latency;
    world.now.step = minutes(1);
  }
  Situation& ready() {
    world.now.watched = {{&p95, values, std::isnan(values.back()) ? std::size_t{1} : 0}};
    return world.ready();
  }
};

ThresholdSpec slow() {
  ThresholdSpec p;
  p.signal = "p95";
  p.scale_up_above = 0.2;
  return p;
}

TEST(ThresholdOfAValue, AddsOneStepWhenAllServe) {
  Answers answers({0.31});
  EXPECT_EQ(propose(slow(), answers.ready()).machines, 11u);
  EXPECT_EQ(propose(slow(), answers.ready()).reason, "p95 is at 0.31 s, above 0.2: 1 more");
  auto steps = slow();
  steps.steps = {{0.3, {}, {4, {}}}};
  EXPECT_EQ(propose(steps, answers.ready()).machines, 14u);
  steps.lasting = minutes(2);
  EXPECT_FALSE(propose(steps, answers.ready()).active) << "for a minute only";
  answers.world.now.serving = 9;
  const auto waits = propose(slow(), answers.ready());
  EXPECT_TRUE(waits.active);
  EXPECT_EQ(waits.machines, 10u) << "nobody knows yet what the tenth makes of it";
  EXPECT_NE(waits.reason.find("9 of 10 machines serve"), std::string::npos) << waits.reason;
}

TEST(ThresholdOfAValue, KeepsMachinesOnlyUpToItsLineBelow) {
  Answers answers({0.15});
  EXPECT_FALSE(propose(slow(), answers.ready()).active);
  auto both = slow();
  both.scale_down_below = 0.1;
  EXPECT_EQ(propose(both, answers.ready()).machines, 10u);
  EXPECT_TRUE(propose(both, answers.ready()).active);
  answers.values = {0.05};
  EXPECT_EQ(propose(both, answers.ready()).machines, 9u);
}

TEST(ThresholdOfAValue, WithoutOneNoMachineIsRemoved) {
  ArbiterMemory memory;
  memory.first_seen = decide_test::kNow - std::chrono::hours(24);
  const PolicySpec line = slow();
  const PolicySpec* policies[] = {&line};
  const auto decide = [&](Answers answers) {
    answers.world.now.stabilisation_window = {};
    auto& now = answers.ready();
    return arbitrate(now, propose_all(policies, now), {}, memory);
  };
  // The load of 20 asks for 4 of them; who knows a size is target tracking, by default.
  EXPECT_EQ(decide(Answers({0.1}, 20)).desired, 4u);
  const auto unknown = decide(Answers({kNaN}, 20));
  EXPECT_EQ(unknown.desired, 10u);
  EXPECT_EQ(unknown.cause, "signal_missing");
  EXPECT_NE(unknown.proposals[0].reason.find("p95 has no value for 1 steps"), std::string::npos);
}

}  // namespace threshold_test
}  // namespace nova
