// Goal: the rows of the design's table "when a signal is lost" that are the engine's, for a load
// that rises and one that falls. Method: a load by rule and a model that knows it; then samples are
// withheld, or the model fails. What would be done with the signal is asked first, so that holding
// means something.
//
// The other rows: repaired points in tests/plugins/metrics/replay_parts_test.cpp, prices in
// spend_test.cpp (WithoutBelievablePrices...), the controller's in
// tests/host/loop/controller_errors_test.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "core/engine/engine.hpp"

namespace nova {
namespace engine_lost_signal_test {

constexpr Duration kStep = std::chrono::seconds(60);
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);
constexpr int kTurns = 360;  // minutes of a steady 200 before the load rises or falls

struct Story {
  double slope;  // a minute
  Engine engine;
  Menu menu;
  std::uint32_t machines = 7;
  int minute = 0;
  std::set<std::string> broken;

  explicit Story(double slope_a_minute, std::vector<std::string> models = {"good"},
                 std::size_t signals = 1)
      : slope(slope_a_minute),
        engine(groups(std::move(models), signals), kStep, {}, {}),
        menu(default_offers(engine.specs()[0])) {}

  static std::vector<GroupSpec> groups(std::vector<std::string> models, std::size_t signals) {
    GroupSpec g;
    g.id = "web";
    g.max = 40;
    for (std::size_t i = 0; i < signals; ++i) {
      SignalSpec s;
      s.name = "s" + std::to_string(i);
      s.per_machine = 50;
      s.key = 17 + i;
      g.signals.push_back(s);
    }
    PredictiveSpec p;
    p.models = std::move(models);
    p.training_window = std::chrono::hours(24);
    g.policies = {p};
    for (const auto& s : g.signals) g.policies.push_back(TargetTrackingSpec{s.name, {}});
    std::vector<GroupSpec> all;
    all.push_back(std::move(g));
    return all;
  }
  double truth(TimePoint t) const {
    const auto minutes = static_cast<double>((t - kStart) / kStep);
    return std::max(10.0, 200 + slope * std::max(0.0, minutes - kTurns));
  }
  // One tick with the signals that are present.
  Decision tick(std::vector<bool> present = {}) {
    const auto now = kStart + kStep * ++minute;
    const auto count = engine.specs()[0].signals.size();
    present.resize(count, true);
    GroupInput input{now, {}, {}, false};
    for (std::size_t i = 0; i < count; ++i)
      input.samples.push_back({present[i] ? truth(now) : kNone});
    input.fleet.known = true;
    input.fleet.rows.push_back({"", machines, 0, machines, 0, 0});
    engine.observe({now, {input}});
    for (const auto& q : engine.questions()) {
      ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
      if (broken.contains(*q.plugin)) a.status = Error{ErrorCode::internal, "broken on purpose"};
      for (const auto lead : *q.leads)
        a.mean.push_back(truth(q.origin + q.step * lead - kStep * 2));
      for (const double level : *q.levels)
        for (const double m : a.mean) a.quantiles.push_back(m * (1 + 0.04 * (level - 0.5)));
      engine.answer(a);
    }
    return engine.decide_all([this](std::size_t) -> const Menu& { return menu; }).decisions[0];
  }
  Decision until(int last) {
    Decision d;
    while (minute < last) d = tick();
    return d;
  }
};

// 200 needs 7 machines at 65 %; two hours on, twice that, or next to nothing.
constexpr double kRises = 2, kFalls = -2;

TEST(LostSignal, SourceLateWhileItRoseMayAddOnTheForecastAndNeverRemove) {
  Story run(kRises);
  run.until(kTurns + 20);
  run.machines = 6;  // fewer than the forecast wants
  const auto late = run.tick({false});
  EXPECT_EQ(late.action, Action::scale_out) << late.reason;
  EXPECT_GE(late.desired, 8u);
  run.machines = 30;
  EXPECT_EQ(run.tick({false}).action, Action::hold);
}

TEST(LostSignal, SourceLateWhileItFellHolds) {
  Story run(kFalls), there(kFalls);
  for (auto* one : {&run, &there}) one->until(kTurns + 60), one->machines = 30;
  EXPECT_EQ(there.tick().action, Action::scale_in);
  for (int late = 1; late < 3; ++late) EXPECT_EQ(run.tick({false}).action, Action::hold) << late;
}

TEST(LostSignal, SourceDeadHoldsAndAlerts) {
  for (const double slope : {kRises, kFalls}) {
    Story run(slope);
    run.until(kTurns + 30);
    run.tick({false}), run.tick({false});
    for (const auto machines : {3u, 30u}) {
      run.machines = machines;
      const auto dead = run.tick({false});
      EXPECT_EQ(dead.action, Action::hold) << slope << " " << machines << " " << dead.reason;
      const auto told = run.engine.group(0).conditions(run.menu, run.engine.market());
      EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const Condition& c) {
        return c.alert == "signal_lost" && c.raises;
      }));
    }
  }
}

TEST(LostSignal, SomeOfSeveralThePresentMayAddNobodyRemoves) {
  Story run(kRises, {"good"}, 2), falls(kFalls, {"good"}, 2);
  run.until(kTurns + 20), falls.until(kTurns + 60);
  for (int i = 0; i < 4; ++i) run.tick({true, false}), falls.tick({true, false});
  run.machines = 3;
  EXPECT_EQ(run.tick({true, false}).action, Action::scale_out);
  falls.machines = 30;
  EXPECT_EQ(falls.tick({true, false}).action, Action::hold);
  Decision back;  // both are there again, for as long as the stabilisation window
  for (int i = 0; i < 10; ++i) back = falls.tick();
  EXPECT_EQ(back.action, Action::scale_in) << back.reason;
}

TEST(LostSignal, AModelThatFailsIsFollowedByTheNextThenNaiveThenTheReactiveRule) {
  Story run(kRises, {"first", "second"});
  run.until(kTurns + 30);
  const auto who = [&] { return run.engine.group(0).panel(0).who(); };
  ASSERT_TRUE(run.engine.group(0).panel(0).forecast());
  run.broken = {"first"};
  run.until(run.minute + 15);
  EXPECT_EQ(who().find("first"), std::string::npos) << who();
  EXPECT_NE(who().find("second"), std::string::npos) << who();
  run.broken = {"first", "second"};
  run.until(run.minute + 15);
  EXPECT_EQ(who().find("second"), std::string::npos) << who();
  run.machines = 3;
  EXPECT_EQ(run.tick().action, Action::scale_out) << "whoever it is that decides";
}

}  // namespace engine_lost_signal_test
}  // namespace nova
