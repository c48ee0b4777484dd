// Goal: conditions say what is so: a signal is lost, nobody is trusted, all that can be had will
// not serve the load, and by which limit; budgets at each level. Method: a load that climbs by
// rule, with a model that knows it; each limit is made the one that binds.
#include "core/engine/condition.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"

namespace nova {
namespace engine_conditions_test {

using testing::HasSubstr;
constexpr Duration kStep = std::chrono::seconds(60);
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);

// 100 for six hours, then 2 more a minute.
double truth(TimePoint t) {
  const auto minutes = (t - kStart) / kStep;
  return 100 + 2.0 * static_cast<double>(std::max<std::int64_t>(0, minutes - 360));
}

GroupSpec group(const std::string& model) {
  GroupSpec g;
  g.id = "web";
  g.max = 8;
  SignalSpec s;
  s.name = "requests";
  s.per_machine = 50;
  s.key = 17;
  g.signals.push_back(s);
  PredictiveSpec p;
  p.models = {model};
  p.training_window = std::chrono::hours(24);
  g.policies = {p};
  return g;
}

struct Story {
  Engine engine;
  Menu menu;
  FleetView fleet;
  int minute = 0;

  explicit Story(const std::string& model = "good", MarketSpec market = {})
      : Story(group(model), std::move(market)) {}
  explicit Story(GroupSpec spec, MarketSpec market = {})
      : engine(one(std::move(spec)), kStep, {}, std::move(market)),
        menu(default_offers(engine.specs()[0])) {
    fleet.known = true;
    fleet.rows.push_back({"", 4, 0, 4, 0, 0});
  }
  static std::vector<GroupSpec> one(GroupSpec spec) {
    std::vector<GroupSpec> all;
    all.push_back(std::move(spec));
    return all;
  }
  void tick(bool missing = false) {
    const auto now = kStart + kStep * ++minute;
    engine.observe({now, {{now, {{missing ? std::nan("") : truth(now)}}, fleet, false}}});
    for (const auto& q : engine.questions()) {
      ModelAnswer a{q.group, q.signal, q.model, q.origin, q.fit, {}, {}, {}, {}};
      if (*q.plugin == "broken") a.status = Error{ErrorCode::internal, "broken on purpose"};
      for (const auto lead : *q.leads)
        a.mean.push_back(truth(q.origin + q.step * lead - kStep * 2));
      for (const double level : *q.levels)
        for (const double m : a.mean) a.quantiles.push_back(m * (1 + 0.04 * (level - 0.5)));
      engine.answer(a);
    }
    engine.decide_all([this](std::size_t) -> const Menu& { return menu; });
  }
  std::map<std::string, Condition> conditions() const {
    std::map<std::string, Condition> all;
    for (auto& c : engine.group(0).conditions(menu, engine.market()))
      if (c.raises) all[c.alert] = c;
    return all;
  }
  // Ticks until the alert is raised; its condition.
  Condition until(const std::string& alert) {
    for (int i = 0; i < 1000; ++i) {
      tick();
      if (const auto now = conditions(); now.contains(alert)) return now.at(alert);
    }
    ADD_FAILURE() << "never " << alert;
    return {};
  }
};

TEST(Conditions, ASignalIsLostAfterThreeSteps) {
  Story run;
  for (int i = 0; i < 20; ++i) run.tick();
  EXPECT_TRUE(run.conditions().empty());
  run.tick(true);
  run.tick(true);
  EXPECT_TRUE(run.conditions().empty()) << "late, not lost";
  run.tick(true);
  const auto lost = run.conditions().at("signal_lost");
  EXPECT_EQ(lost.about, "signal requests");
  EXPECT_EQ(lost.severity, "critical");
  EXPECT_EQ(lost.tenant + "/" + lost.group, "default/web");
  EXPECT_THAT(lost.text, HasSubstr("no value for 3 min"));
  run.tick();
  EXPECT_TRUE(run.conditions().empty());
}

// The load passes 8 x 50 x 0.8 = 320 at minute 470, 240 at 430 and 160 at 390.
TEST(Conditions, SaturationIsForeseenAndItsLimitNamed) {
  const auto minutes_ahead = [](const Story& run, int passes) { return passes - run.minute; };
  {
    Story run;
    const auto c = run.until("will_saturate");
    EXPECT_GT(minutes_ahead(run, 470), 30);
    EXPECT_NEAR(
        static_cast<double>(c.more.at("at_ns").get<std::int64_t>() - unix_ns(kStart)) / 60e9, 470,
        12);
    EXPECT_THAT(c.text, HasSubstr("will exceed 320, which is all that 8 machines serve (max)"));
    EXPECT_GE(c.more.at("probability"), 0.9);
    run.tick(true);
    EXPECT_FALSE(run.conditions().contains("will_saturate"));
    const auto kept = run.engine.group(0).conditions(run.menu, run.engine.market());
    EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](const Condition& one) {
      return one.alert == "will_saturate" && !one.raises;
    })) << "a value that is late takes nothing back";
  }
  {
    Story run;
    run.fleet.max = 6;
    EXPECT_THAT(run.until("will_saturate").text,
                HasSubstr("6 machines serve (the controller's max)"));
    EXPECT_LT(run.minute, 430);
  }
  {
    Story run;
    auto offers = default_offers(run.engine.specs()[0]);
    offers[0].available = 2;  // more than the 4 that run
    run.menu = Menu(offers);
    EXPECT_THAT(run.until("will_saturate").text, HasSubstr("6 machines serve (sold out)"));
  }
  {
    BudgetSpec budget;
    budget.name = "b";
    budget.max_hourly = UsdPerHour::from_dollars(0.65);  // 6 machines of 10 cents
    Story run("good", {{budget}, {}});
    EXPECT_THAT(run.until("will_saturate").text, HasSubstr("6 machines serve (budget)"));
  }
}

// Without any forecast: the load is 60 at first, and rises by one every two minutes.
TEST(Conditions, ALoadThatAllMachinesDoNotServeIsTold) {
  auto spec = group("good");
  spec.policies = {TargetTrackingSpec{}};
  spec.max = 4;
  Story run(spec);
  const auto c = run.until("saturated");
  EXPECT_GT(run.minute, 30);
  EXPECT_EQ(c.severity, "critical");
  EXPECT_EQ(c.ticks, 3u);
  EXPECT_THAT(c.text, HasSubstr("exceeds 160, which is all that 4 machines serve (max)"));
  run.tick(true);
  EXPECT_FALSE(run.conditions().contains("saturated"));
  const auto kept = run.engine.group(0).conditions(run.menu, run.engine.market());
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](const Condition& one) {
    return one.alert == "saturated" && !one.raises;
  })) << "a value that is late takes nothing back";
}

TEST(Conditions, ModelsWithoutTrustAreTold) {
  Story run("broken");
  const auto c = run.until("model_untrusted");
  EXPECT_EQ(c.severity, "warning");
  EXPECT_EQ(c.ticks, 15u) << "three forecast steps";
  EXPECT_THAT(c.text, HasSubstr("no forecast of signal requests may be acted on: "));
  EXPECT_THAT(c.text, HasSubstr("broken on purpose"));
  Story good;
  for (int i = 0; i < 300; ++i) {
    good.tick();
    EXPECT_FALSE(good.conditions().contains("model_untrusted")) << i << ": still learning";
  }
}

TEST(Conditions, AFleetBelowItsLeastIsTold) {
  auto spec = group("good");
  spec.min = 2;
  Story run(spec);
  run.tick();
  EXPECT_FALSE(run.conditions().contains("below_min"));
  run.fleet.rows = {{"", 2, 1, 1, 0, 0}};
  run.tick();
  EXPECT_FALSE(run.conditions().contains("below_min")) << "one serves, one boots";
  run.fleet.rows = {{"", 2, 0, 1, 1, 0}};
  run.tick();
  EXPECT_THAT(run.conditions().at("below_min").text,
              HasSubstr("1 machines serve or boot, and min is 2; wanted are 4: target_tracking"))
      << "one is ill";
  run.fleet.rows.clear();
  run.menu = Menu(std::vector<PricedOffer>{});
  run.tick();
  const auto c = run.conditions().at("below_min");
  EXPECT_EQ(c.severity, "critical");
  EXPECT_EQ(c.ticks, 3u);
  EXPECT_THAT(
      c.text,
      HasSubstr("0 machines serve or boot, and min is 2; wanted are 0: no_offer: no usable offer"));
  run.fleet.known = false;
  run.tick();
  EXPECT_FALSE(run.conditions().contains("below_min")) << "nobody knows how many there are";
}

TEST(Conditions, APromiseIsBrokenAfterADayAndMendedWithMargin) {
  auto spec = group("good");
  std::get<PredictiveSpec>(spec.policies[0]).promise = PromiseSpec{.violations = 0.5};
  Story run(spec);
  run.fleet.rows[0] = {"", 1, 0, 1, 0, 0};  // of the two that are needed at least
  const auto slots = [&](int count) {
    for (int i = 0; i < count; ++i) run.tick();
    const auto all = run.engine.group(0).conditions(run.menu, run.engine.market());
    const auto at = std::find_if(
        all.begin(), all.end(), [](const Condition& one) { return one.alert == "promise_broken"; });
    return at == all.end() ? std::string() : (at->raises ? "broken: " : "mending: ") + at->text;
  };
  EXPECT_EQ(slots(2870), "") << "of two days, the first of which does not count";
  EXPECT_THAT(slots(20), HasSubstr("broken: 100 % of 14"));
  run.fleet.rows[0] = {"", 1000, 0, 1000, 0, 0};
  EXPECT_THAT(slots(1400), HasSubstr("broken: 5"));
  EXPECT_THAT(slots(100), HasSubstr("mending: 49."));
  EXPECT_EQ(slots(300), "");
}

TEST(Conditions, BudgetsAtEachLevel) {
  BudgetSpec spec;
  spec.name = "acme/b";
  spec.max_hourly = UsdPerHour::from_dollars(1);
  auto book = BudgetBook::make({spec}).value();
  const auto at = [&](double usd) {
    book.set_rate("acme", "web", UsdPerHour::from_dollars(usd), kStart);
    book.observe(kStart);
    const auto all = budget_conditions(book, kStart);
    if (all.empty()) return std::string();
    EXPECT_EQ(all[0].tenant, "acme");
    EXPECT_EQ(all[0].about, "budget acme/b an hour");
    return all[0].severity + " " + all[0].more.value("level", "");
  };
  EXPECT_EQ(at(0.5), "");
  EXPECT_EQ(at(0.85), "warning warning");
  EXPECT_EQ(at(0.97), "critical alert");
  EXPECT_EQ(at(1.2), "critical exceeded");
  EXPECT_EQ(at(0.79), "warning warning") << "within the hysteresis";
  EXPECT_EQ(at(0.5), "");
}

// An alert that stands is told again when what is doubted is of another kind.
TEST(Conditions, ADoubtSaysOfWhichKindItIs) {
  SignalWindow window(kStep, kStep, 8, 100, true);
  std::vector<Condition> out;
  for (int k = 0; k < 60; ++k) window.push(kStart + kStep * k, 100.0 + k);
  window.push(kStart + kStep * 60, -5);
  add_doubt(window, "default", "web", "signal requests", out);
  window.push(kStart + kStep * 61, 1e300);
  add_doubt(window, "default", "web", "signal requests", out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_NE(out[0].more.at("level"), out[1].more.at("level"));
}

}  // namespace engine_conditions_test
}  // namespace nova
