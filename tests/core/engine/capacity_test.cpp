// Goal: what a machine serves is learned from demand and utilisation while the group runs, and the
// group is sized by it; a stop and a start change nothing. Method: machines of a known capacity
// under a daily load; the fleet is what was decided.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"

namespace nova {
namespace capacity_test {

constexpr Duration kStep = std::chrono::seconds(60);
const TimePoint kStart = from_unix_ns(1'000'080'000'000'000'000);
constexpr double kServes = 80, kIdle = 0.05;  // requests/s of a full machine; cpu of an idle one

GroupSpec group(bool learned) {
  GroupSpec g;
  g.id = "web";
  g.min = 1;
  g.max = 100;
  SignalSpec requests, cpu;
  requests.name = "requests";
  requests.per_machine = 120;  // wrong, unless it is learned
  requests.learn_capacity = learned;
  requests.key = 1;
  cpu.name = "cpu";
  cpu.role = Role::utilisation;
  cpu.max_utilisation = 0.95;
  cpu.target_utilisation = 0.9;  // so that the requests set the size
  cpu.key = 2;
  g.signals = {requests, cpu};
  g.policies = {TargetTrackingSpec{"requests", {}, 0, 0}, TargetTrackingSpec{"cpu", {}, 0.1, 0.15}};
  g.behaviour.stabilisation_window = Duration{0};
  return g;
}

struct Story {
  Engine engine;
  Menu menu;
  std::uint32_t machines = 10;
  int minute = 0;
  std::mt19937_64 random{5};

  explicit Story(bool learned = true)
      : engine({group(learned)}, kStep), menu(default_offers(engine.specs()[0])) {}

  double load() const { return 1000 - 600 * std::cos(2 * std::numbers::pi * minute / 1440); }
  Decision tick(bool blind = false) {
    const auto now = kStart + kStep * ++minute;
    std::normal_distribution<double> noise(0, 0.01);
    FleetView fleet;
    fleet.known = true;
    fleet.rows.push_back({"", machines, 0, machines, 0, 0});
    const double used =
        std::min(1.0, kIdle + (1 - kIdle) * load() / machines / kServes + noise(random));
    engine.observe({now, {{now, {{load()}, {blind ? std::nan("") : used}}, fleet, false}}});
    auto decision = engine.decide(0, menu);
    machines = decision.desired;
    return decision;
  }
};

TEST(LearnedCapacity, SizesTheGroupWithinADay) {
  Story run;
  for (int i = 0; i < 1440; ++i) run.tick();
  const auto known = run.engine.group(0).learned_capacity(0);
  ASSERT_TRUE(known.ok()) << known.error().message;
  EXPECT_EQ(known->from, "cpu");
  EXPECT_NEAR(known->fit.per_machine, kServes, 4 * known->fit.sd + 0.5);
  EXPECT_TRUE(known->fit.sure());
  const auto& spec = run.engine.group(0).signal(0);
  EXPECT_NEAR(spec.per_machine, known->fit.per_machine - known->fit.sd, 1e-9);
  for (int i = 0; i < 600; ++i) {
    const auto decision = run.tick();
    const double want = run.load() / (spec.per_machine * 0.65);
    EXPECT_NEAR(decision.desired, want, 2.0) << i;
  }
}

// The first estimate is the ratio of the newest steps; before that nothing moves for its sake.
TEST(LearnedCapacity, MovesNothingBeforeAnythingIsKnown) {
  Story run;
  run.machines = 37;
  for (int i = 0; i < 30; ++i) EXPECT_EQ(run.tick(true).desired, 37u) << i;
  run.tick();
  const auto& spec = run.engine.group(0).signal(0);
  const double used = kIdle + 0.95 * run.load() / 37 / kServes;
  EXPECT_NEAR(spec.per_machine, run.load() / 37 / used, 6);
}

TEST(LearnedCapacity, IsShownWhereANumberIsConfiguredAndDoesNotReplaceIt) {
  Story run(false);
  for (int i = 0; i < 1440; ++i) run.tick();
  EXPECT_EQ(run.engine.group(0).signal(0).per_machine, 120);
  const auto plan = run.engine.group(0).plan(run.menu, nullptr, {});
  ASSERT_TRUE(plan.plan.resources[0].learned);
  EXPECT_NEAR(plan.plan.resources[0].learned->per_machine, kServes, 4);
  EXPECT_FALSE(plan.plan.resources[1].learned);
}

TEST(LearnedCapacity, GoesOnAfterAStop) {
  Story run;
  for (int i = 0; i < 800; ++i) run.tick();
  const auto saved = run.engine.state();
  Story other;
  std::vector<std::string> problems;
  other.engine.restore(saved, problems);
  EXPECT_TRUE(problems.empty());
  other.minute = run.minute;
  other.machines = run.machines;
  other.random = run.random;
  for (int i = 0; i < 120; ++i) {
    const auto a = run.tick(), b = other.tick();
    ASSERT_EQ(a.desired, b.desired) << i;
    ASSERT_EQ(a.reason, b.reason) << i;
  }
}

}  // namespace capacity_test
}  // namespace nova
