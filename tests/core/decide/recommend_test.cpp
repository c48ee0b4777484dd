// Goal: a recommendation says what to do, by when, and what it is worth; alternatives are a Pareto
// front. Method: demands with known crossings, prices with known sums, laws over random ones.
#include "core/decide/recommend.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "tests/core/plan/views.hpp"

namespace nova {
namespace recommend_test {

using namespace plan_views;
using testing::HasSubstr;

struct Asking {
  std::vector<ResourceView> views;
  std::vector<std::optional<Forecast>> outlooks;
  CapacityPlan plan;
  RecommendQuestion q;

  Asking(const PlanFor& asked, std::vector<ResourceView> these, const PlanningRules& rules = {})
      : views(std::move(these)), outlooks(outlooks_of(views, rules)) {
    plan = make_capacity_plan(asked, views, outlooks, rules);
    q.plan = &plan;
    q.views = views;
    q.outlooks = outlooks;
    q.prices = {0.1, 0.9};
    q.price_of = [](std::uint32_t n) { return UsdPerHour::from_dollars(0.1 * n); };
  }
  Asking(const Asking&) = delete;
  const Recommendation& first() {
    answer = recommend(q);
    return answer.all.front();
  }
  const Recommendation* of(Remedy remedy) {
    answer = recommend(q);
    for (const auto& r : answer.all)
      if (r.remedy == remedy) return &r;
    return nullptr;
  }
  Recommendations answer;
};

const std::vector<double> kHistory(600, 100.0);

ResourceView trusted(const Forecast& outlook, double each = 10, const char* name = "load") {
  auto v = view(name, kHistory, each);
  v.trusted = &outlook;
  v.source = "model";
  return v;
}

// 100 + 10 an hour on 20 machines of 10 at 0.65 and 0.8: above target at 3 h, overloaded at 6 h.
TEST(Recommend, ScaleOutBeforeTheOverloadLessTheLeadTime) {
  const auto ramp = sure([](double h) { return 100 + 10 * h; });
  auto asked_for = asked(20);
  asked_for.lead_time = std::chrono::minutes(30);
  Asking a(asked_for, {trusted(ramp)});
  const auto& r = a.first();
  EXPECT_EQ(r.remedy, Remedy::scale_out);
  EXPECT_EQ(r.machines, 28u);  // for 180 in eight hours: 180 / 6.5
  ASSERT_TRUE(r.implement_by);
  EXPECT_NEAR(hours(*r.implement_by - kNow), 5.5, 0.01);
  EXPECT_EQ(r.priority, Urgency::medium);
  EXPECT_THAT(r.reason, HasSubstr("load may reach 180 (quantile 0.9, model)"));
  ASSERT_TRUE(r.cost);
  EXPECT_NEAR(r.cost->share(), 0.4, 1e-9);
  // 6.4 USD for eight hours, half an hour of 0.8 while they boot; avoided is what was short:
  // from 3 h on, 10 an hour more, of 6.5 a machine: 125 / 6.5 machine-hours, but for the grid.
  ASSERT_TRUE(r.roi);
  EXPECT_NEAR(r.roi->added_spend.dollars(), 6.4, 1e-9);
  EXPECT_NEAR(r.roi->transition.dollars(), 0.4, 1e-9);
  EXPECT_NEAR(r.roi->avoided_penalty.dollars(), 0.9 * 125 / 6.5, 0.5);
  // With a lead time of six hours it is too late already.
  asked_for.lead_time = std::chrono::hours(6);
  Asking late(asked_for, {trusted(ramp)});
  EXPECT_EQ(late.first().priority, Urgency::critical);
  EXPECT_EQ(*late.first().implement_by, kNow);
}

// 300 on 20 machines of 10 at 0.65 and 0.8, known for ten minutes: of hours nothing is claimed.
TEST(Recommend, WithoutAnOutlookTheLoadOfNowIsKnown) {
  const std::vector<double> minutes(2, 300.0);
  Asking a(asked(20), {view("load", minutes, 10)});
  const auto& r = a.first();
  EXPECT_EQ(r.remedy, Remedy::scale_out);
  EXPECT_EQ(r.machines, 47u);
  EXPECT_EQ(r.priority, Urgency::critical);
  EXPECT_EQ(r.implement_by, kNow);
  EXPECT_THAT(r.reason, HasSubstr("the load of now needs 47; no signal has an outlook yet"));
  EXPECT_FALSE(r.roi);
  ASSERT_EQ(a.answer.options.size(), 2u);
  for (const auto& o : a.answer.options) {
    EXPECT_TRUE(std::isnan(o.overload_probability) && std::isnan(o.short_hours)) << o.machines;
  }
  Asking calm(asked(60), {view("load", minutes, 10)});
  EXPECT_EQ(calm.first().remedy, Remedy::hold);
}

TEST(Recommend, ScaleInWhatEightHoursDoNotNeed) {
  const auto fall = sure([](double) { return 50.0; });
  Asking a(asked(20), {trusted(fall)});
  const auto& r = a.first();
  EXPECT_EQ(r.remedy, Remedy::scale_in);
  EXPECT_EQ(r.machines, 8u);
  EXPECT_FALSE(r.implement_by);
  EXPECT_NEAR(r.roi->avoided_spend.dollars(), 9.6, 1e-9);
  EXPECT_EQ(r.priority, Urgency::medium) << "more than a fifth of the bill";
  auto kept = asked(20);
  kept.fleet.min = 12;
  Asking b(kept, {trusted(fall)});
  EXPECT_EQ(b.first().machines, 12u);
  EXPECT_THAT(b.first().reason, HasSubstr("min keeps 12"));
}

TEST(Recommend, HoldSaysForHowLongAndTheBoundThatBinds) {
  const auto flat = sure([](double) { return 100.0; });
  Asking enough(asked(16), {trusted(flat)});
  EXPECT_EQ(enough.first().remedy, Remedy::hold);
  EXPECT_THAT(enough.first().reason, HasSubstr("the present 16 suffice for 3 d"));
  EXPECT_FALSE(enough.first().roi);
  Asking bound(asked(14, 14), {trusted(flat)});
  EXPECT_EQ(bound.first().remedy, Remedy::hold);
  EXPECT_THAT(bound.first().reason, HasSubstr("of which max allows 14"));
  Asking blind(asked(3), {view("load", {}, 10)});
  EXPECT_EQ(blind.first().remedy, Remedy::hold);
  EXPECT_THAT(blind.first().reason, HasSubstr("no signal has an outlook yet"));
}

// Law: the front holds nothing that another beats in all four ways, but what is recommended and
// what is there; each other option has something for it and something against it.
TEST(Recommend, AlternativesAreAParetoFrontWithReasons) {
  std::mt19937_64 random{4};
  std::uniform_real_distribution<double> any(0, 1);
  for (int round = 0; round < 30; ++round) {
    const double high = 100 + 200 * any(random), spread = 0.3 * any(random);
    const auto wave = sure([&](double h) { return daily(h + 12, 50, high); }, spread);
    const auto current = static_cast<std::uint32_t>(5 + random() % 50);
    Asking a(asked(current), {trusted(wave)});
    a.first();
    const auto chosen = a.answer.all.front().machines;
    bool present = false;
    for (const auto& o : a.answer.options) {
      present = present || o.machines == current;
      if (o.machines == chosen) {
        EXPECT_TRUE(o.pros.empty() && o.cons.empty());
        continue;
      }
      EXPECT_FALSE(o.pros.empty() && o.cons.empty()) << round << ": " << o.machines;
      for (const auto& x : a.answer.options)
        if (o.machines != current && x.price < o.price && x.short_hours < o.short_hours &&
            x.overload_probability <= o.overload_probability) {
          EXPECT_GT(x.moves, o.moves) << round;
        }
    }
    EXPECT_TRUE(present);
    EXPECT_TRUE(std::is_sorted(
        a.answer.options.begin(), a.answer.options.end(),
        [](const SizeOption& x, const SizeOption& y) { return x.score_usd < y.score_usd; }));
  }
}

TEST(Recommend, ResizeWhereOneResourceAsksForManyMore) {
  const auto cpu = sure([](double) { return 3.9; }), memory = sure([](double) { return 7.8; });
  auto a = trusted(cpu, 1, "cpu"), b = trusted(memory, 1, "memory");
  Asking asking(asked(12), {a, b});
  asking.q.memory_gib = 16;
  const auto* r = asking.of(Remedy::resize);
  ASSERT_NE(r, nullptr);
  EXPECT_THAT(r->reason, HasSubstr("memory asks for 12 machines within 8 h, cpu for 6: machines "
                                   "with 2 x the memory (32 GiB instead of 16) would do with 6"));
  const auto alike = sure([](double) { return 6.5; });
  Asking fine(asked(12), {trusted(alike, 1, "cpu"), b});
  EXPECT_EQ(fine.of(Remedy::resize), nullptr);
}

TEST(Recommend, ChangeOfMixAndMigration) {
  const auto flat = sure([](double) { return 100.0; });
  Asking a(asked(16), {trusted(flat)});
  EXPECT_EQ(a.of(Remedy::change_mix), nullptr);
  MixChange change;
  change.text = "16 x b instead of 16 x a";
  change.from = UsdPerHour::from_dollars(1.6);
  change.to = UsdPerHour::from_dollars(1.2);
  a.q.cheaper = change;
  const auto* mix = a.of(Remedy::change_mix);
  ASSERT_NE(mix, nullptr);
  EXPECT_EQ(mix->priority, Urgency::medium);
  EXPECT_NEAR(mix->cost->share(), -0.25, 1e-9);
  a.q.cheaper->other_region = true;
  EXPECT_NE(a.of(Remedy::migrate), nullptr);
  EXPECT_EQ(a.of(Remedy::change_mix), nullptr);
}

// A flat base under a daily peak: what is needed in more than 70 % of the hours is committed to.
TEST(Recommend, CommitToTheBase) {
  const auto base = past(14, [](double h) {
    return std::fmod(std::fmod(h, 24) + 24, 24) < 18 ? 65.0 : 130.0;  // 10 machines, then 20
  });
  const Season day[] = {{kDay, 0.9}};
  Asking a(asked(20), {view("load", base, 10, day)});
  const auto* r = a.of(Remedy::commit);
  ASSERT_NE(r, nullptr);
  EXPECT_EQ(r->machines, 10u);
  EXPECT_NEAR(r->cost->from.dollars(), 1.25, 1e-6);
  EXPECT_NEAR(r->cost->to.dollars(), 0.95, 1e-6);
  EXPECT_NEAR(r->roi->avoided_spend.dollars(), 0.3 * 8760, 0.01);
  a.q.owns_commitments = true;
  EXPECT_EQ(a.of(Remedy::commit), nullptr);
  const auto young = past(3, [](double) { return 65.0; });
  Asking b(asked(20), {view("load", young, 10)});
  EXPECT_EQ(b.of(Remedy::commit), nullptr);
}

}  // namespace recommend_test
}  // namespace nova
