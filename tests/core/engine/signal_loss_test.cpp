// Goal: what is done while a signal is lost, row by row as the operator is told.
// Method: a wave that models know, lost in its rising or its falling half, by a table. The other
// rows: repaired points in tests/plugins/metrics/replay_parts_test.cpp, prices in spend_test.cpp
// (WithoutBelievablePrices...), controllers in tests/host/loop/controller_errors_test.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <set>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/slot_fleet.hpp"

namespace nova {
namespace signal_loss_test {

constexpr Duration kStep = std::chrono::seconds(60);
const TimePoint kStart = from_unix_ns(1'000'000'800'000'000'000);
constexpr int kPeriod = 240;  // ticks

double truth(int i) { return 1000 - 800 * std::cos(2 * std::numbers::pi * i / kPeriod); }

SignalSpec signal(const std::string& name, std::uint64_t key) {
  SignalSpec s;
  s.name = name;
  s.per_machine = 50;
  s.forecast_step = kStep;
  s.key = key;
  return s;
}

struct World {
  Engine engine;
  SlotFleet fleet{6, 3};
  bool acted = false;
  std::set<std::string> broken;  // models
  int i = 0;

  explicit World(GroupSpec spec) : engine(one(std::move(spec)), kStep) {}
  static std::vector<GroupSpec> one(GroupSpec spec) {
    std::vector<GroupSpec> all;
    all.push_back(std::move(spec));
    return all;
  }
  // `values`: of each signal, what its source said.
  Decision tick(const std::vector<double>& values) {
    ++i;
    const auto now = kStart + kStep * i;
    const auto slot = static_cast<std::uint64_t>(unix_ns(now) / kStep.count());
    fleet.begin(slot);
    FleetView view;
    view.known = true;
    view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
    GroupInput input{now, {}, view, acted};
    for (const double value : values) input.samples.push_back({value});
    engine.observe({now, {input}});
    for (const auto& q : engine.questions()) engine.answer(answer(q));
    const auto d = engine.decide(0, default_offers(engine.specs()[0]));
    acted = d.action != Action::hold;
    if (acted) fleet.scale(slot, d.desired);
    return d;
  }
  ModelAnswer answer(const ModelQuestion& q) const {
    ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
    if (broken.contains(*q.plugin)) a.status = Error{ErrorCode::internal, "broken on purpose"};
    const auto at = static_cast<int>((q.origin - kStart) / kStep);
    for (const auto lead : *q.leads) a.mean.push_back(truth(at + static_cast<int>(lead) - 1));
    for (const double level : *q.levels)
      for (const double m : a.mean) a.quantiles.push_back(m * (1 + 0.02 * (level - 0.5)));
    return a;
  }
};

enum class What { adds, holds };

struct Row {
  const char* name;
  bool rising;
  OnMissing on_missing;
  std::size_t signals;  // the last one is lost
  int lost;             // steps
  What want;
};

TEST(SignalLoss, EachRowOfTheTable) {
  using enum OnMissing;
  const Row rows[] = {
      {"late, rising: the trusted forecast may add", true, hold, 1, 2, What::adds},
      {"late, falling: hold", false, hold, 1, 2, What::holds},
      {"dead, rising: hold", true, hold, 1, 25, What::holds},
      {"dead, falling: hold", false, hold, 1, 25, What::holds},
      {"dead, rising, hold_or_up: its forecast may add", true, hold_or_up, 1, 25, What::adds},
      {"dead, falling, hold_or_up: hold", false, hold_or_up, 1, 25, What::holds},
      {"dead, rising, last_forecast: adds as far as it reaches", true, last_forecast, 1, 25,
       What::adds},
      {"dead, falling, last_forecast: hold", false, last_forecast, 1, 25, What::holds},
      {"dead, falling, fallback_count: that many", false, fallback_count, 1, 25, What::adds},
      {"one of two, rising: the other may add", true, hold, 2, 25, What::adds},
      {"one of two, falling: never remove", false, hold, 2, 25, What::holds},
  };
  for (const auto& row : rows) {
    GroupSpec g;
    g.id = "web";
    g.max = 100;
    for (std::size_t s = 0; s < row.signals; ++s)
      g.signals.push_back(signal("s" + std::to_string(s), s + 1));
    PredictiveSpec p;
    p.models = {"good"};
    p.min_data_points = 10;
    p.confidence_threshold = 0;
    g.policies = {p};
    // Somebody must speak for the signal that is still there.
    for (std::size_t s = 0; s + 1 < row.signals; ++s)
      g.policies.emplace_back(TargetTrackingSpec{g.signals[s].name, {}});
    g.behaviour.on_missing = row.on_missing;
    if (row.on_missing == fallback_count) g.behaviour.fallback_count = 60;
    World world(g);
    const int from = 2 * kPeriod + (row.rising ? kPeriod / 5 : kPeriod * 7 / 10);
    bool moved = false;
    while (world.i < from)
      moved |= world.tick(std::vector<double>(row.signals, truth(world.i))).action != Action::hold;
    ASSERT_TRUE(moved) << row.name;
    ASSERT_EQ(world.engine.group(0).learning(), "") << row.name;
    auto before = world.fleet.desired();
    Decision last;
    for (int k = 0; k < row.lost; ++k) {
      std::vector<double> values(row.signals, truth(world.i));
      values.back() = std::nan("");
      const auto held = world.fleet.desired();
      last = world.tick(values);
      ASSERT_GE(last.desired, held) << row.name << ": never fewer, at " << k;
      if (k == 1 && row.lost > 2) before = world.fleet.desired();  // late until here, then dead
    }
    if (row.want == What::adds)
      EXPECT_GT(world.fleet.desired(), before) << row.name << "\n" << last.reason;
    else
      EXPECT_EQ(world.fleet.desired(), before) << row.name << "\n" << last.reason;
    if (row.on_missing == fallback_count) {
      EXPECT_EQ(world.fleet.desired(), 60u) << row.name;
    }
    // It is warned of as soon as it is more than late, and never before.
    const auto conditions = world.engine.group(0).conditions(
        Menu(default_offers(world.engine.specs()[0])), world.engine.market());
    const bool told = std::any_of(conditions.begin(), conditions.end(), [](const Condition& c) {
      return c.alert == "signal_lost" && c.raises;
    });
    EXPECT_EQ(told, row.lost >= 3) << row.name;
    // And when it is back, it may shrink again.
    if (row.rising) continue;
    for (int k = 0; k < 40; ++k) world.tick(std::vector<double>(row.signals, truth(world.i)));
    EXPECT_LT(world.fleet.desired(), before) << row.name;
  }
}

// A counter reset or a duplicate reaches the engine as a step without a value, or twice: the same.
TEST(SignalLoss, AStepThatComesTwiceIsTakenOnce) {
  GroupSpec g;
  g.id = "web";
  g.max = 100;
  g.signals = {signal("s", 1)};
  g.policies = {TargetTrackingSpec{"s", {}}};
  World once(g), twice(g);
  for (int k = 0; k < 60; ++k) {
    const auto a = once.tick({truth(k)});
    // The step before comes again in front of the new one, with another value.
    ++twice.i;
    const auto now = kStart + kStep * twice.i;
    const auto slot = static_cast<std::uint64_t>(unix_ns(now) / kStep.count());
    twice.fleet.begin(slot);
    FleetView view;
    view.known = true;
    view.rows.push_back(
        {"", twice.fleet.desired(), twice.fleet.booting(), twice.fleet.serving(), 0, 0});
    GroupInput input{now - kStep, {{1e6, truth(k)}}, view, twice.acted};
    if (k == 0) input = {now, {{truth(k)}}, view, false};
    twice.engine.observe({now, {input}});
    const auto b = twice.engine.decide(0, default_offers(twice.engine.specs()[0]));
    twice.acted = b.action != Action::hold;
    if (twice.acted) twice.fleet.scale(slot, b.desired);
    ASSERT_EQ(a.desired, b.desired) << k;
  }
}

// Law: a value that is no measurement is one that is missing, for every decision after it, for what
// was learned and for all that is kept.
TEST(SignalLoss, AnAbsurdValueIsAMissingOne) {
  GroupSpec g;
  g.id = "web";
  g.max = 100;
  g.signals = {signal("s", 1)};
  PredictiveSpec p;
  p.models = {"good"};
  p.min_data_points = 10;
  GroupSpec promising = g;
  g.policies = {p, TargetTrackingSpec{"s", {}}};
  p.promise = PromiseSpec{};
  p.promise->violations = 0.01;
  promising.policies = {p};
  for (const auto& spec : {g, promising}) {
    World missing(spec), absurd(spec);
    for (int k = 0; k < 3 * kPeriod; ++k) {
      const bool lost = k == 2 * kPeriod || k == 2 * kPeriod + 40 || k == 2 * kPeriod + 41;
      const auto a = missing.tick({lost ? std::nan("") : truth(k)});
      const auto b = absurd.tick({lost ? 1e300 : truth(k)});
      ASSERT_EQ(a.desired, b.desired) << k << ": " << b.reason;
      ASSERT_EQ(a.reason, b.reason) << k;
      const auto conditions = absurd.engine.group(0).conditions(
          Menu(default_offers(absurd.engine.specs()[0])), absurd.engine.market());
      const auto told = std::find_if(conditions.begin(), conditions.end(), [](const Condition& c) {
        return c.alert == "signal_doubted";
      });
      ASSERT_EQ(told != conditions.end(), lost) << k;
      if (lost) {
        EXPECT_EQ(
            told->text,
            "signal s came as 1e+300, a billion times all that is known of it: taken as missing");
      }
    }
    EXPECT_EQ(missing.engine.group(0).state(), absurd.engine.group(0).state());
  }
}

// A model fails: the next, then seasonal naive, then the reactive rule; nobody is left without one.
TEST(SignalLoss, WhenModelsFailSomebodyStillDecides) {
  GroupSpec g;
  g.id = "web";
  g.max = 100;
  g.signals = {signal("s", 1)};
  PredictiveSpec p;
  p.models = {"first", "second"};
  p.min_data_points = 10;
  g.policies = {p};
  World world(g);
  const auto who = [&] { return world.engine.group(0).panel(0).who(); };
  while (world.i < 2 * kPeriod) world.tick({truth(world.i)});
  world.broken = {"first"};
  for (int k = 0; k < 15; ++k) world.tick({truth(world.i)});
  EXPECT_EQ(who().find("first"), std::string::npos) << who();
  EXPECT_NE(who().find("second"), std::string::npos) << who();
  world.broken = {"first", "second"};
  std::uint32_t least = 100, most = 0;
  for (int k = 0; k < kPeriod; ++k) {
    const auto d = world.tick({truth(world.i)});
    least = std::min(least, d.desired);
    most = std::max(most, d.desired);
    ASSERT_TRUE(std::any_of(d.proposals.begin(), d.proposals.end(), [](const Proposal& q) {
      return q.active;
    })) << d.reason;
  }
  EXPECT_LT(least, 15u);
  EXPECT_GT(most, 45u);
}

}  // namespace signal_loss_test
}  // namespace nova
