// Goal: one group walks through all rooms, learns, can be stopped and replayed bit for bit.
// Method: a day of sinusoidal load on the exact fleet, with a model that knows the sinusoid.
#include "core/engine/engine.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <set>

#include "core/backtest/fleet.hpp"
#include "core/engine/replay.hpp"
#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"

namespace nova {
namespace engine_test {

constexpr Duration kStep = std::chrono::seconds(60);
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);

double truth(TimePoint t) {
  return 500 + 400 * std::sin(2 * std::numbers::pi * hours(t.time_since_epoch()) / 6);
}

GroupSpec group() {
  GroupSpec g;
  g.id = "web";
  g.controller = "fleet";
  g.max = 100;
  SignalSpec s;
  s.name = "requests";
  s.source = "trace";
  s.per_machine = 50;
  s.key = 17;
  g.signals.push_back(s);
  PredictiveSpec p;
  p.models = {"good", "bad"};
  p.training_window = std::chrono::hours(24);
  g.policies = {p, TargetTrackingSpec{"requests", {}}};
  return g;
}

FleetView serving(const std::string& offer, std::uint32_t machines) {
  FleetView view;
  view.known = true;
  view.rows.push_back({offer, machines, 0, machines, 0, 0});
  return view;
}

// "good" knows the truth to 2 %, "bad" answers nonsense, "broken" fails.
ModelAnswer answer(const ModelQuestion& q) {
  ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
  if (*q.plugin == "broken") {
    a.status = Error{ErrorCode::internal, "broken on purpose"};
    return a;
  }
  for (const auto lead : *q.leads)
    a.mean.push_back(*q.plugin == "good" ? truth(q.origin + q.step * lead - kStep * 2) : 1.0);
  for (const double level : *q.levels)
    for (const double m : a.mean) a.quantiles.push_back(m * (1 + 0.1 * (level - 0.5)));
  return a;
}

// What a host does, in memory: a fleet, a journal, no plugins.
struct Host {
  Engine engine;
  SlotFleet fleet{8, 3};
  std::vector<Entry> journal;
  bool acted = false;
  std::uint64_t slot = 0;
  std::size_t fits_from_nothing = 0;  // of "good"
  std::vector<double> told;           // the past, in the newest question

  explicit Host(GroupSpec spec) : engine(make(std::move(spec)), kStep) {}
  static std::vector<GroupSpec> make(GroupSpec spec) {
    std::vector<GroupSpec> all;
    all.push_back(std::move(spec));
    return all;
  }

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
    engine.observe(input);
    write(EntryType::input, now, to_json(input));
    for (const auto& q : engine.questions()) {
      const auto a = answer(q);
      told.assign(q.history.begin(), q.history.end());
      fits_from_nothing += q.anew && *q.plugin == "good";
      engine.answer(a);
      write(EntryType::forecast, now, to_json(a, engine.group(0)));
    }
    const auto d = engine.decide(0, default_offers(engine.specs()[0]));
    write(EntryType::decision, now, to_json(d));
    acted = d.action != Action::hold;
    if (acted) fleet.scale(slot, d.desired);
    return d;
  }
  double load_now() const { return truth(kStart + kStep * static_cast<std::int64_t>(slot)); }
};

TEST(Engine, LearnsBeforeItActsOnForecasts) {
  Host host(group());
  int first_predictive = -1;
  for (int i = 0; i < 8 * 60; ++i) {
    const auto d = host.tick(host.load_now());
    if (d.proposals[0].active && first_predictive < 0) first_predictive = i;
    if (i == 30) {
      EXPECT_NE(host.engine.group(0).learning().find("of 30 points"), std::string::npos);
    }
  }
  // 30 points of five minutes, then 12 scored forecasts.
  EXPECT_GE(first_predictive, 30 * 5);
  EXPECT_LE(first_predictive, (30 + 12 + 3) * 5);
  EXPECT_EQ(host.engine.group(0).learning(), "");
  ASSERT_TRUE(host.engine.group(0).forecast_at_lead(0));
  EXPECT_NEAR(*host.engine.group(0).forecast_at_lead(0), truth(kStart + kStep * 485), 60);
}

TEST(Engine, SaysWhatModelsAreNotToldOf) {
  Host host(group());
  Decision last;
  for (int i = 0; i < 8 * 60; ++i) last = host.tick(i / 5 == 80 ? 1e6 : host.load_now());
  ASSERT_EQ(last.forecasts.size(), 1u);
  EXPECT_NE(last.forecasts[0].find("; left out, being unlike all else: what ended at "),
            std::string::npos)
      << last.forecasts[0];
  Host usual(group());
  for (int i = 0; i < 8 * 60; ++i) last = usual.tick(usual.load_now());
  EXPECT_EQ(last.forecasts[0].find("left out"), std::string::npos);
}

TEST(Engine, TellsModelsThePastAsOnANewLevel) {
  Host host(group());
  Decision last;
  const auto load = [](int i) { return (i < 8 * 60 ? 100.0 : 300.0) + i % 5; };
  for (int i = 0; i < 8 * 60 + 25; ++i) last = host.tick(load(i));
  EXPECT_NEAR(host.told.front(), 102, 1);
  EXPECT_EQ(last.forecasts[0].find("the past told"), std::string::npos);
  for (int i = 8 * 60 + 25; i < 8 * 60 + 35; ++i) last = host.tick(load(i));
  EXPECT_NEAR(host.told.front(), 302, 1);
  EXPECT_NEAR(host.told.back(), 302, 1);
  EXPECT_NE(last.forecasts[0].find("; the past told as on the level since "), std::string::npos)
      << last.forecasts[0];
  EXPECT_NE(last.forecasts[0].find("Z: 302 in place of 102"), std::string::npos)
      << last.forecasts[0];
  for (int i = 8 * 60 + 35; i < 10 * 60; ++i) last = host.tick(load(i));  // enough is known of it
  EXPECT_NEAR(host.told.front(), 102, 1);
  EXPECT_EQ(last.forecasts[0].find("the past told"), std::string::npos);
}

TEST(Engine, GoesFromNothingToNaiveWhileModelsFailAndSaysWhy) {
  auto spec = group();
  std::get<PredictiveSpec>(spec.policies[0]).models = {"broken"};
  spec.policies.pop_back();  // nobody reacts but the rule that stands in
  Host host(spec);
  std::uint64_t changes = 0;
  for (int i = 0; i < 200; ++i) {  // 40 points; 30 are asked for, and 12 forecasts scored
    const auto d = host.tick(host.load_now());
    changes += d.action != Action::hold;
    EXPECT_FALSE(d.proposals[0].active);
  }
  EXPECT_GT(changes, 3u);
  EXPECT_NE(host.engine.group(0).learning().find("broken on purpose"), std::string::npos);
  Decision last;
  for (int i = 0; i < 160; ++i) last = host.tick(host.load_now());
  EXPECT_TRUE(last.proposals[0].active);
  EXPECT_NE(last.proposals[0].reason.find("seasonal naive expects"), std::string::npos);
  ASSERT_EQ(last.forecasts.size(), 1u);
  EXPECT_NE(last.forecasts[0].find("seasonal naive; at 5m skill"), std::string::npos)
      << last.forecasts[0];
}

// Twenty groups of two models each, whose fleets nobody knows.
struct Crowd {
  static constexpr std::size_t kGroups = 20;
  Engine engine;
  TimePoint now = kStart;

  explicit Crowd(EngineRules rules) : engine(make(), kStep, rules) {}
  static std::vector<GroupSpec> make() {
    std::vector<GroupSpec> specs(kGroups, group());
    for (std::size_t g = 0; g < kGroups; ++g) {
      specs[g].id = "g" + std::to_string(g);
      specs[g].signals[0].key = g + 1;
    }
    return specs;
  }
  // What is asked in the next tick; all of it is answered.
  std::vector<ModelQuestion> tick() {
    now += kStep;
    engine.observe(
        {now, std::vector<GroupInput>(kGroups, GroupInput{now, {{truth(now)}}, {}, false})});
    auto questions = engine.questions();
    for (const auto& q : questions) engine.answer(answer(q));
    for (std::size_t g = 0; g < kGroups; ++g) engine.decide(g, {});
    return questions;
  }
};

// At most so many fits a tick, and everybody gets his turn.
TEST(Engine, FitsNoMoreInATickThanItMay) {
  constexpr std::size_t kMost = 7;
  Crowd crowd({.fits_per_tick = kMost});
  std::set<std::pair<std::size_t, std::size_t>> fitted;
  // Ticks with fits.
  const auto live = [&](int ticks) {
    std::size_t busy = 0;
    for (int i = 0; i < ticks; ++i) {
      std::size_t fits = 0;
      for (const auto& q : crowd.tick()) {
        EXPECT_TRUE(q.fit || fitted.contains({q.group, q.model})) << "asked before it was fitted";
        if (q.fit) fitted.insert({q.group, q.model});
        fits += q.fit;
      }
      EXPECT_LE(fits, kMost);
      busy += fits > 0;
    }
    return busy;
  };
  // 40 fits an hour in 12 steps of at most 7 each.
  EXPECT_GT(live(120 * 5), 6u);
  EXPECT_EQ(fitted.size(), 2 * Crowd::kGroups);

  // After a restart the plugins' heads are empty: everybody is fitted again, so many a tick.
  crowd.engine.forget_fits();
  fitted.clear();
  live(60);
  EXPECT_EQ(fitted.size(), 2 * Crowd::kGroups);
}

// Of 20 groups with two models each, four have their turn in a tick: within the five ticks of a
// forecast step everybody is asked once, also where the limit is too low for all.
void expect_spread(std::size_t forecasts_per_tick) {
  constexpr std::size_t kMost = 8;
  Crowd crowd({.forecasts_per_tick = forecasts_per_tick});
  std::vector<int> asked(Crowd::kGroups, 0);
  for (int i = 1; i < 60 * 5; ++i) {
    const auto questions = crowd.tick();
    EXPECT_LE(questions.size(), kMost);
    for (const auto& q : questions) {
      EXPECT_LT(crowd.now - q.origin, kStep * 5) << "of the step that ended last";
      asked[q.group] += q.model == 0;
    }
  }
  for (const auto times : asked) EXPECT_EQ(times, asked[0]);
  EXPECT_GT(asked[0], 20);
  for (std::size_t g = 0; g < Crowd::kGroups; ++g)
    EXPECT_TRUE(crowd.engine.group(g).forecast_at_lead(0));
}

TEST(Engine, ForecastsAreSpreadOverTheTicksOfAStep) {
  expect_spread(8);
  expect_spread(3);
}

TEST(Engine, AModelIsFittedFromNothingOnceTheWorldIsAnother) {
  Host host(group());
  for (int i = 0; i < 10 * 60; ++i) host.tick(host.load_now());
  const auto before = host.fits_from_nothing;
  EXPECT_LE(before, 1u);  // its errors go up and down with the load
  for (int i = 0; i < 4 * 60; ++i) host.tick(host.load_now() + 3000);
  EXPECT_GT(host.fits_from_nothing, before);
  EXPECT_LE(host.fits_from_nothing, before + 3);  // an alarm is followed by calm
}

TEST(Engine, ReplayGivesTheSameDecisionsBitForBit) {
  Host host(group());
  for (int i = 0; i < 10 * 60; ++i) host.tick(i % 97 == 0 ? std::nan("") : host.load_now());
  Engine fresh(Host::make(group()), kStep);
  Replay replay(fresh);
  for (const auto& entry : host.journal) ASSERT_TRUE(replay.take(entry).ok());
  replay.finish();
  EXPECT_EQ(replay.decisions(), 600u);
  EXPECT_TRUE(replay.differences().empty());
}

TEST(Engine, ReplaySeesWhatWasTamperedWith) {
  Host host(group());
  for (int i = 0; i < 60; ++i) host.tick(host.load_now());
  for (auto& entry : host.journal)
    if (entry.type == EntryType::input && entry.seq > 60)
      entry.body["groups"][0]["samples"][0][0] = 5000.0;
  Engine fresh(Host::make(group()), kStep);
  Replay replay(fresh);
  for (const auto& entry : host.journal) ASSERT_TRUE(replay.take(entry).ok());
  replay.finish();
  EXPECT_FALSE(replay.differences().empty());
}

TEST(Engine, GoesOnFromASnapshotAsIfNothingHappened) {
  Host whole(group());
  for (int i = 0; i < 400; ++i) whole.tick(whole.load_now());
  const auto snapshot = Json::parse(whole.engine.state().dump());
  Host resumed(group());
  std::vector<std::string> problems;
  resumed.engine.restore(snapshot, problems);
  EXPECT_TRUE(problems.empty());
  resumed.fleet = whole.fleet;
  resumed.slot = whole.slot;
  resumed.acted = whole.acted;
  for (int i = 0; i < 200; ++i) {
    const auto a = to_json(whole.tick(whole.load_now())).dump();
    ASSERT_EQ(to_json(resumed.tick(resumed.load_now())).dump(), a) << i;
  }
}

TEST(Engine, RefusesAForeignSnapshotAndStartsAnew) {
  Host host(group());
  for (int i = 0; i < 200; ++i) host.tick(host.load_now());
  const auto state = host.engine.state();
  auto other = group();
  other.signals[0].name = "visits";
  std::get<TargetTrackingSpec>(other.policies[1]).signal = "visits";
  Engine engine(Host::make(other), kStep);
  std::vector<std::string> problems;
  engine.restore(state, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("visits"), std::string::npos);
  auto broken = state;
  broken["default/web"].erase("arbiter");
  Engine same(Host::make(group()), kStep);
  problems.clear();
  same.restore(broken, problems);
  EXPECT_EQ(problems.size(), 1u);
}

TEST(Engine, ChangesNothingItDoesNotKnow) {
  const std::pair<const char*, std::function<void(FleetView&)>> cases[] = {
      {"fleet_unknown", [](FleetView& f) { f.known = false; }},
      {"operation_unknown", [](FleetView& f) { f.operation_unknown = true; }},
      {"fleet_not_ready", [](FleetView& f) { f.problem = "updating"; }},
  };
  for (const auto& [name, spoil] : cases) {
    Engine engine(Host::make(group()), kStep);
    auto view = serving("", 2);
    spoil(view);
    engine.observe({kStart, {{kStart, {{5000.0}}, view, false}}});
    const auto d = engine.decide(0, default_offers(engine.specs()[0]));
    EXPECT_EQ(d.action, Action::hold) << name;
    EXPECT_EQ(d.cause, name);
  }
}

TEST(Engine, SaysNothingOfMachinesThatNobodyTellsOf) {
  Engine engine(Host::make(group()), kStep);
  FleetView view;
  view.problem = "the controller is away";
  engine.observe({kStart, {{kStart, {{5000.0}}, view, false}}});
  const auto d = engine.decide(0, default_offers(engine.specs()[0]));
  EXPECT_EQ(d.reason, "the fleet is not known: the controller is away");
  EXPECT_TRUE(d.proposals.empty() && d.alternatives.empty() && d.limits.empty());
  EXPECT_FALSE(knew_fleet(to_json(d)));
  EXPECT_FALSE(knew_fleet({{"cause", "fleet_unknown"}})) << "as older journals say it";
  EXPECT_TRUE(knew_fleet({{"cause", "steady"}}));
}

TEST(Engine, UtilisationBecomesDemandByTheMachinesThatBoreIt) {
  auto spec = group();
  spec.policies.clear();
  auto& signal = spec.signals[0];
  signal.role = Role::utilisation;
  signal.per_machine = 1;
  signal.scale = 0.01;  // percent
  signal.target_utilisation = 0.5;
  Engine engine(Host::make(spec), kStep);
  auto view = serving("", 10);
  engine.observe({kStart, {{kStart, {{80.0}}, view, false}}});
  EXPECT_DOUBLE_EQ(engine.group(0).load(0), 8.0);  // 10 machines at 80 %
  EXPECT_EQ(engine.decide(0, default_offers(spec)).desired, 16u);
}

// A machine that counts two cannot give up one.
TEST(Engine, HoldsWhereNoWholeMachineCanGo) {
  auto spec = group();
  spec.policies.clear();
  spec.behaviour.stabilisation_window = Duration{0};
  spec.cost = {"prices"};
  Engine engine(Host::make(spec), kStep);
  const std::vector<PricedOffer> offers{{"big", UsdPerHour::from_dollars(0.2), 2.0}};
  auto view = serving("big", 1);
  engine.observe({kStart, {{kStart, {{1 * 50 * 0.65}}, view, false}}});
  const auto odd = engine.decide(0, offers);
  EXPECT_EQ(odd.action, Action::hold);
  EXPECT_EQ(odd.desired, 2u);
  EXPECT_EQ(odd.cause, "machine_size");
  view = serving("big", 4);
  engine.observe({kStart + kStep, {{kStart + kStep, {{6 * 50 * 0.65}}, view, false}}});
  EXPECT_EQ(engine.decide(0, offers).mix.rows, (std::vector<MixRow>{{"big", 3}}));
}

TEST(Engine, ANamedLimitStandsWhereNothingCanBeBought) {
  auto spec = group();
  spec.cost = {"clouds"};
  Engine engine(Host::make(spec), kStep);
  auto view = serving("x", 2);
  engine.observe({kStart, {{kStart, {{5000.0}}, view, false}}});
  const auto d = engine.decide(0, {});
  EXPECT_EQ(d.cause, "no_offer");
  EXPECT_EQ(d.desired, 2u);
}

}  // namespace engine_test
}  // namespace nova
