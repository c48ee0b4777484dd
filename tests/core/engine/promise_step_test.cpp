// Goal: a group with a promise learns, decides, explains itself, survives gaps, stops and replays.
// Method: days of three-minute steps of a noisy load, on the exact fleet.
#include "core/engine/promise_step.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "core/backtest/backtest.hpp"
#include "core/backtest/score.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"

namespace nova {
namespace engine_promise_step_test {

constexpr Duration kStep = std::chrono::minutes(3);
constexpr std::size_t kDay = 480;
const TimePoint kStart = from_unix_ns(1'000'000'800'000'000'000);
const double kNaN = std::nan("");

std::vector<double> load_of(std::size_t slots, std::uint64_t seed = 5) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise(0, 0.1);
  std::vector<double> load;
  for (std::size_t t = 0; t < slots; ++t)
    load.push_back((500 + 300 * std::sin(2 * std::numbers::pi * static_cast<double>(t) / kDay)) *
                   std::exp(noise(random)));
  return load;
}

PredictiveSpec& predictive(GroupSpec& g) { return std::get<PredictiveSpec>(g.policies[0]); }

GroupSpec group(double violations = 0.02) {
  GroupSpec g;
  g.id = "web";
  g.controller = "fleet";
  g.max = 100;
  g.lead_time = std::chrono::minutes(9);
  SignalSpec s;
  s.name = "requests";
  s.source = "trace";
  s.per_machine = 50;
  s.key = 17;
  s.forecast_step = kStep * 2;
  g.signals.push_back(s);
  PredictiveSpec p;
  p.confidence_threshold = 0;
  p.promise = PromiseSpec{violations, 1.0, false};
  g.policies = {p, TargetTrackingSpec{"requests", {}}};
  return g;
}

// What a host does, in memory.
struct Host {
  Engine engine;
  SlotFleet fleet{16, 3};
  std::vector<Entry> journal;
  bool acted = false;
  std::uint64_t slot = 0;

  explicit Host(const GroupSpec& spec) : engine({spec}, kStep) {}

  void write(EntryType type, TimePoint now, Json body) {
    const auto& spec = engine.specs()[0];
    Entry e{journal.size() + 1, now, type, spec.tenant, spec.id, std::move(body)};
    journal.push_back(Entry::from_line(e.to_line()).value());
  }

  Decision tick(double load) {
    const auto now = kStart + kStep * static_cast<std::int64_t>(++slot);
    fleet.begin(slot);
    FleetView view;
    view.known = true;
    view.rows.push_back({"", fleet.desired(), fleet.booting(), fleet.serving(), 0, 0});
    const TickInput input{now, {{now, {{load}}, view, acted}}};
    write(EntryType::input, now, to_json(input));
    engine.observe(input);
    auto decision = engine.decide(0, default_offers(engine.specs()[0]));
    write(EntryType::decision, now, to_json(decision));
    acted = decision.action != Action::hold;
    if (acted) fleet.scale(slot, decision.desired);
    return decision;
  }
};

struct Totals {
  double hours = 0, violations = 0;
};
Totals run(const GroupSpec& spec, std::size_t days, std::uint64_t seed = 5) {
  const auto load = load_of(days * kDay, seed);
  const auto out = run_backtest(spec, kStart, kStep, load, nullptr, nullptr);
  ScoreRules rules;
  rules.per_machine = spec.signals[0].per_machine;
  rules.slot = kStep;
  rules.score_from = kDay;
  if (const auto& promise = std::get<PredictiveSpec>(spec.policies[0]).promise)
    rules.slo_utilisation = promise->at_utilisation;
  const auto s = score(load, out.log, rules);
  return {s.machine_hours, s.slo_violation_share};
}

TEST(PromiseStep, LearnsWhileTheOthersReactThenTheyStandBy) {
  Host host(group());
  const auto load = load_of(2 * kDay);
  for (std::size_t t = 0; t < 29; ++t) {
    const auto d = host.tick(load[t]);
    EXPECT_FALSE(d.proposals[0].active);
    EXPECT_TRUE(d.proposals[1].active);
    EXPECT_NE(d.proposals[0].reason.find("of 30 steps"), std::string::npos);
  }
  EXPECT_NE(host.engine.group(0).learning(), "");
  for (std::size_t t = 29; t < load.size(); ++t) {
    const auto d = host.tick(load[t]);
    ASSERT_TRUE(d.proposals[0].active);
    ASSERT_FALSE(d.proposals[1].active);
    if (d.action != Action::scale_in) continue;
    EXPECT_GE(d.desired, std::ceil(load[t] / 50)) << t;
  }
  EXPECT_EQ(host.engine.group(0).learning(), "");
}

TEST(PromiseStep, SaysWhatItPromisedSpentAndWeighed) {
  Host host(group());
  const auto load = load_of(3 * kDay);
  Decision d;
  for (const double x : load) d = host.tick(x);
  const auto& reason = d.proposals[0].reason;
  for (const auto* part : {"promised 2 % violated steps", "spent ", "permitted from now on",
                           "with probability", "a violated step is worth"})
    EXPECT_NE(reason.find(part), std::string::npos) << part << " in " << reason;
  ASSERT_GE(d.alternatives.size(), 3u);
  for (std::size_t i = 1; i < d.alternatives.size(); ++i)
    EXPECT_LE(d.alternatives[i - 1].score_usd_per_hour, d.alternatives[i].score_usd_per_hour);
  const auto& engine = host.engine.group(0);
  for (const auto& a : d.alternatives)
    EXPECT_NEAR(a.score_usd_per_hour,
                0.1 * (a.machines + engine.promised()->price() * a.overload_probability), 1e-9);
}

TEST(PromiseStep, EveryKeyOfThePromiseHasItsEffect) {
  const auto plain = run(group(), 8);
  EXPECT_LE(plain.violations, 0.02);
  const auto strict = run(group(0.002), 8);
  EXPECT_LE(strict.violations, 0.002);
  EXPECT_GT(strict.hours, 1.05 * plain.hours);
  auto half = group();
  predictive(half).promise->at_utilisation = 0.5;
  const auto emptier = run(half, 8);
  EXPECT_NEAR(emptier.hours / plain.hours, 2, 0.1);
  EXPECT_LE(emptier.violations, 0.02);
  auto bill = group(0);
  predictive(bill).promise->same_bill_as_hpa = true;
  bill.signals[0].target_utilisation = 0.5;
  const auto rich = run(bill, 8);
  bill.signals[0].target_utilisation = 0.8;
  const auto poor = run(bill, 8);
  EXPECT_GT(rich.hours, 1.1 * poor.hours);
  EXPECT_LT(rich.violations, poor.violations);
  auto sure = group(0.2);
  predictive(sure).confidence_threshold = 0.999;
  EXPECT_GT(run(sure, 3).hours, 1.02 * run(group(0.2), 3).hours);
}

TEST(PromiseStep, AddsOnSignalsThatAreLateAndHoldsWhenTheyAreLost) {
  Host host(group());
  const auto load = load_of(2 * kDay + kDay / 2);  // ends in the afternoon: the load falls
  for (const double x : load) host.tick(x);
  for (int i = 1; i <= 6; ++i) {
    const auto d = host.tick(kNaN);
    EXPECT_NE(d.action, Action::scale_in) << i;
    EXPECT_EQ(d.proposals[0].active, i < 3) << i;
    if (i >= 3) {
      EXPECT_EQ(d.action, Action::hold);
      EXPECT_NE(d.proposals[0].reason.find("has no value"), std::string::npos);
    }
  }
  EXPECT_TRUE(host.tick(load.back()).proposals[0].active);
}

TEST(PromiseStep, LearnsFromHistoryBeforeTheFirstDecision) {
  const auto load = load_of(3 * kDay);
  Engine engine({group()}, kStep);
  const auto now = kStart + kStep * static_cast<std::int64_t>(load.size());
  FleetView view;
  view.known = true;
  view.rows.push_back({"", 16, 0, 16, 0, 0});
  engine.observe({now, {{kStart + kStep, {load}, view, false}}});
  const auto d = engine.decide(0, default_offers(engine.specs()[0]));
  EXPECT_TRUE(d.proposals[0].active);
  EXPECT_EQ(engine.group(0).promised()->known(), load.size());
  EXPECT_EQ(engine.group(0).promised()->spent().slots, 0);  // of a fleet that was not ours
}

TEST(PromiseStep, BridgesHolesAndIgnoresWhatItKnows) {
  PromiseStep step(group(), {0.01, 1.0, false}, kStep);
  step.take(kStart, {{100, 100}}, {1});
  step.take(kStart, {{900, 900, 100}}, {1});       // only the last is new
  step.take(kStart + kStep * 5, {{100}}, {1});     // two are missing
  step.take(kStart + kStep * 5000, {{100}}, {1});  // a day at most is bridged
  step.run(4);
  EXPECT_EQ(step.engine().known(), 5u);
  EXPECT_NEAR(step.engine().outlook(0).next(), 2, 0.2);
}

TEST(PromiseStep, ReplaysBitForBit) {
  Host host(group());
  const auto load = load_of(2 * kDay);
  for (std::size_t t = 0; t < load.size(); ++t) host.tick(t % 97 == 0 ? kNaN : load[t]);
  Engine fresh({group()}, kStep);
  Replay replay(fresh);
  for (const auto& entry : host.journal) ASSERT_TRUE(replay.take(entry).ok());
  replay.finish();
  EXPECT_EQ(replay.decisions(), load.size());
  EXPECT_TRUE(replay.differences().empty());
}

TEST(PromiseStep, GoesOnFromASnapshotAsIfNothingHappened) {
  const auto load = load_of(2 * kDay);
  Host whole(group());
  for (std::size_t t = 0; t < kDay; ++t) whole.tick(load[t]);
  const auto snapshot = Json::parse(whole.engine.state().dump());
  Host resumed(group());
  std::vector<std::string> problems;
  resumed.engine.restore(snapshot, problems);
  EXPECT_TRUE(problems.empty());
  resumed.fleet = whole.fleet;
  resumed.slot = whole.slot;
  resumed.acted = whole.acted;
  for (std::size_t t = kDay; t < load.size(); ++t)
    ASSERT_EQ(to_json(resumed.tick(load[t])).dump(), to_json(whole.tick(load[t])).dump()) << t;

  auto other = group();
  other.lead_time = std::chrono::minutes(30);
  Engine engine({other}, kStep);
  engine.restore(snapshot, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("promise"), std::string::npos) << problems[0];
}

TEST(Base64, GoesThereAndBack) {
  // RFC 4648, section 10.
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(from_base64(to_base64(all)), all);
  for (const auto* text : {"Zg=", "Zg", "Z===", "Zm9v*A==", "====", "Zg==Zg=="})
    EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace engine_promise_step_test
}  // namespace nova
