// Goal: what is said to have changed a decision would have changed it, and a little less would not.
// Method: the line worked out by hand for target tracking; for the others the load that is told is
// given to the engine itself.
#include "core/engine/flip.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"

namespace nova {
namespace flip_test {

constexpr Duration kStep = std::chrono::seconds(60);
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);

GroupSpec group(std::vector<PolicySpec> policies) {
  GroupSpec g;
  g.id = "web";
  g.max = 100;
  SignalSpec s;
  s.name = "requests";
  s.unit = "1/s";
  s.per_machine = 50;
  g.signals.push_back(s);
  g.policies = std::move(policies);
  return g;
}

// Ten machines under a steady load, for some hours.
struct Steady {
  Engine engine;
  Menu menu;
  TimePoint now = kStart;
  bool acted = false;  // on the decision before

  explicit Steady(GroupSpec spec)
      : engine(one(std::move(spec)), kStep), menu(default_offers(engine.specs()[0])) {}
  static std::vector<GroupSpec> one(GroupSpec spec) {
    std::vector<GroupSpec> all;
    all.push_back(std::move(spec));
    return all;
  }
  Decision tick(double load) {
    now += kStep;
    FleetView view;
    view.known = true;
    view.rows.push_back({"", 10, 0, 10, 0, 0});
    engine.observe({now, {{now, {{load}}, view, acted}}});
    return engine.decide(0, menu);
  }
  std::optional<Flip> flip(bool out) const {
    return find_flip(engine.group(0), 0, out, menu, nullptr);
  }
};

TEST(Flip, IsTheLineThatTheRuleHas) {
  Steady world(group({TargetTrackingSpec{"requests", 0.65}}));
  for (int i = 0; i < 60; ++i) ASSERT_EQ(world.tick(320).action, Action::hold);
  const auto out = world.flip(true);
  ASSERT_TRUE(out && out->flips);
  EXPECT_NEAR(out->load, 1.1 * 0.65 * 500, 0.1);  // tolerance_up 0.1
  EXPECT_EQ(out->desired, 12u);                   // eleven would be full to the last request
  EXPECT_EQ(out->cause, "target_tracking");
  EXPECT_EQ(out->within, std::chrono::minutes(3));
  EXPECT_EQ(to_string(*out, true),
            "at 358 1/s of requests (now 320) within 3m it would have added 2, by target_tracking");
  const auto in = world.flip(false);
  ASSERT_TRUE(in && in->flips);
  EXPECT_NEAR(in->load, 0.85 * 0.65 * 500, 0.1);
  EXPECT_EQ(in->within, std::chrono::minutes(3 + 6));
  EXPECT_LT(in->desired, 10u);
  // Asking changed nothing.
  EXPECT_EQ(world.flip(true)->load, out->load);
  EXPECT_EQ(world.tick(320).action, Action::hold);
}

TEST(Flip, IsWhatTheEngineThenDoes) {
  ThresholdSpec lines;
  lines.signal = "requests";
  lines.scale_up_above = 0.8;
  lines.scale_down_below = 0.3;
  lines.lasting = std::chrono::minutes(2);
  PredictiveSpec promise;
  promise.confidence_threshold = 0;
  promise.promise = PromiseSpec{0.01, 1.0, false};
  for (const PolicySpec& policy : {PolicySpec(lines), PolicySpec(promise)}) {
    Steady world(group({policy}));
    for (int i = 0; i < 500; ++i) world.tick(300 + i * 7919 % 17);
    const auto out = world.flip(true);
    ASSERT_TRUE(out) << type_of(policy);
    if (!out->flips) continue;  // it asks for more already
    const auto acts = [&](double load) {
      Steady twin(group({policy}));
      for (int i = 0; i < 500; ++i) twin.tick(300 + i * 7919 % 17);
      for (auto t = kStep; t <= out->within + kStep; t += kStep)
        if (twin.tick(load).action == Action::scale_out) return true;
      return false;
    };
    EXPECT_TRUE(acts(out->load)) << type_of(policy);
    if (out->load > out->load_now * 1.02) {
      EXPECT_FALSE(acts(out->load - 0.01 * (out->load - out->load_now))) << type_of(policy);
    }
  }
}

// A limit of time alone holds it back: no other load is named than the one there is.
TEST(Flip, SaysWhatTheLoadOfNowDoesByItself) {
  auto spec = group({TargetTrackingSpec{"requests", 0.65}});
  spec.behaviour.cooldown_up = std::chrono::minutes(5);
  Steady world(spec);
  EXPECT_EQ(world.tick(450).action, Action::scale_out);
  world.acted = true;
  EXPECT_EQ(world.tick(450).cause, "cooldown_up");
  world.acted = false;
  world.tick(450);
  const auto flip = world.flip(true);
  ASSERT_TRUE(flip);
  EXPECT_TRUE(flip->anyway);
  EXPECT_EQ(to_string(*flip, true),
            "with the load of now, 450 1/s of requests, within 3m it adds 4, by target_tracking");
}

TEST(Flip, NamesTheLimitThatNoLoadOvercomes) {
  auto paused = group({TargetTrackingSpec{"requests", 0.65}});
  paused.behaviour.pause = Pause{};
  auto small = group({TargetTrackingSpec{"requests", 0.65}});
  small.max = 10;
  for (const auto& [spec, cause] : {std::pair(paused, "pause"), std::pair(small, "max")}) {
    Steady world(spec);
    for (int i = 0; i < 60; ++i) world.tick(320);
    const auto flip = world.flip(true);
    ASSERT_TRUE(flip);
    EXPECT_FALSE(flip->flips);
    EXPECT_EQ(flip->cause, cause);
    EXPECT_EQ(to_string(*flip, true),
              std::string("no load of requests would have added a machine within 3m: ") + cause);
  }
  Steady lost(group({TargetTrackingSpec{"requests", 0.65}}));
  lost.tick(320);
  lost.tick(std::nan(""));
  EXPECT_FALSE(lost.flip(true));
}

}  // namespace flip_test
}  // namespace nova
