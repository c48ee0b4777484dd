// Goal: a schedule moves bounds and targets when it says, early enough, and nothing else.
#include <gtest/gtest.h>

#include "core/decide/arbiter.hpp"
#include "core/decide/propose.hpp"
#include "tests/core/decide/world.hpp"

namespace nova {
namespace schedule_test {

using decide_test::at;
using decide_test::World;
using std::chrono::hours;
using std::chrono::minutes;

ScheduleSpec daily(const char* cron, Duration lasting) {
  ScheduleSpec s;
  s.cron = Cron::parse(cron).value();
  s.lasting = lasting;
  return s;
}

Situation seen(World& world, TimePoint t, const std::vector<PolicySpec>& policies) {
  world.now.now = t;
  world.now.lead_time = minutes(5);
  auto now = world.ready();
  now.min = 2;
  now.max = 20;
  scheduled(policies, now);
  return now;
}

TEST(Schedule, RaisesTheFloorALeadTimeEarlyAndLowersTheCeilingOnTime) {
  auto s = daily("0 8 * * *", hours(2));
  s.min = 6;
  s.max = 9;
  World world(30, 4);
  const struct {
    const char* t;
    std::uint32_t min, max;
  } cases[] = {{"2026-06-05T07:54:00Z", 2, 20},
               {"2026-06-05T07:55:00Z", 6, 20},
               {"2026-06-05T08:00:00Z", 6, 9},
               {"2026-06-05T09:59:00Z", 6, 9},
               {"2026-06-05T10:00:00Z", 2, 20}};
  for (const auto& c : cases) {
    const auto now = seen(world, at(c.t), {s});
    EXPECT_EQ(now.min, c.min) << c.t;
    EXPECT_EQ(now.max, c.max) << c.t;
  }
}

TEST(Schedule, OfSeveralTheSafestFloorAndTheLowestCeilingHold) {
  auto one = daily("0 8 * * *", hours(2)), two = daily("0 7 * * *", hours(4));
  one.min = 6;
  two.min = 8;
  one.max = 15;
  two.max = 12;
  World world(30, 4);
  auto now = seen(world, at("2026-06-05T09:00:00Z"), {one, two});
  EXPECT_EQ(now.min, 8u);
  EXPECT_EQ(now.max, 12u);
  // Contradicting ones: enough machines come before fewer.
  one.max = 5;
  now = seen(world, at("2026-06-05T09:00:00Z"), {one, two});
  EXPECT_EQ(now.min, 8u);
  EXPECT_EQ(now.max, 8u);
}

TEST(Schedule, ChangesTheTargetOfTheOtherPolicies) {
  auto s = daily("0 8 * * *", hours(2));
  s.target = 0.25;
  World world(30, 4);  // per_machine 10
  const TargetTrackingSpec tracking{"requests", {}};
  const auto calm = seen(world, at("2026-06-05T12:00:00Z"), {s});
  EXPECT_EQ(propose(tracking, calm).machines, 6u);  // 0.5
  const auto busy = seen(world, at("2026-06-05T08:30:00Z"), {s});
  EXPECT_EQ(propose(tracking, busy).machines, 12u);
}

TEST(Schedule, NamesItselfWhereItBinds) {
  auto s = daily("0 8 * * *", hours(2));
  s.min = 9;
  World world(30, 6);
  const auto now = seen(world, at("2026-06-05T08:30:00Z"), {s});
  ArbiterMemory memory;
  const auto decision =
      arbitrate(now, {propose(TargetTrackingSpec{"requests", {}}, now)}, {}, memory);
  EXPECT_EQ(decision.desired, 9u);
  ASSERT_EQ(decision.limits.size(), 1u);
  EXPECT_EQ(decision.limits[0].name, "schedule_min");
  const auto proposal = propose(s, now);
  EXPECT_FALSE(proposal.active);
  EXPECT_EQ(proposal.reason, "\"0 8 * * *\" UTC: min 9 until 2026-06-05T10:00:00Z");
}

}  // namespace schedule_test
}  // namespace nova
