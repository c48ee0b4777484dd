// Goal: every rule of buying has its effect on the mix, and no mix breaks a limit.
// Method: a small market with one rule changed at a time; random markets before the independent
// judge.
#include "core/cost/shop.hpp"

#include <gtest/gtest.h>

#include <random>

#include "core/cost/verify_mix.hpp"

namespace nova {
namespace shop_test {

const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);

PricedOffer offer(const std::string& type, const std::string& zone, bool spot, double usd,
                  double capacity = 1) {
  PricedOffer o{"aws/r/" + zone + "/" + type + "/linux/" + (spot ? "spot" : "on-demand"),
                UsdPerHour::from_dollars(usd), capacity};
  if (spot) o.purchase = Purchase::spot;
  o.machine_type = type;
  o.family = type.substr(0, type.find('.'));
  o.region = "r";
  o.zone = zone;
  o.os = "linux";
  o.interruption_month = spot ? 0.05 : std::nan("");
  return o;
}

// Two families on demand, each in two spot zones at a third of the price.
std::vector<PricedOffer> offers() {
  std::vector<PricedOffer> all;
  for (const auto& [type, usd] : {std::pair{"m5.large", 0.10}, {"c5.large", 0.11}}) {
    all.push_back(offer(type, "", false, usd));
    for (const auto* zone : {"a", "b"}) all.push_back(offer(type, zone, true, usd / 3));
  }
  return all;
}

BuyRules rules() {
  BuyRules r;
  r.spot = true;
  r.spot_max_share = 1;
  r.limits.pool = r.limits.family = r.limits.zone = 1;
  return r;
}

struct Bought {
  MixOption option;
  double spot = 0, largest_pool = 0, m5 = 0, zone_a = 0;  // capacities
};

Bought buy(const BuyRules& r, double n, std::vector<PricedOffer> all = offers(),
           std::vector<MixRow> held = {}, Freedom freedom = Freedom::keep,
           std::vector<FreeCover> cover = {}) {
  const Menu menu(std::move(all));
  ShopView view;
  view.held = held;
  view.cover = cover;
  view.now = kNow;
  const Shop shop(menu, r, view);
  auto option = shop.buy(n, freedom);
  EXPECT_TRUE(option.ok()) << option.error().message;
  Bought b;
  if (!option) return b;
  b.option = *option;
  for (const auto& row : option->mix.rows) {
    const auto* o = menu.find(row.offer_id);
    if (!o || !o->spot()) continue;
    const double amount = row.count * o->capacity;
    b.spot += amount;
    b.largest_pool = std::max(b.largest_pool, amount);
    if (o->family == "m5") b.m5 += amount;
    if (o->zone == "a") b.zone_a += amount;
  }
  return b;
}

std::uint32_t count(const MixOption& option, const std::string& id) {
  for (const auto& row : option.mix.rows)
    if (row.offer_id == id) return row.count;
  return 0;
}

TEST(Shop, WhatIsSoldOutRunsOnAndNoMoreOfItIsAsked) {
  const Menu menu(offers());
  const auto m5 = offers()[0].id;
  const std::vector<MixRow> held{{m5, 4}};
  auto r = rules();
  r.spot = false;
  for (const bool sold_out : {false, true}) {
    ShopView view;
    view.held = held;
    view.now = kNow;
    if (sold_out) view.refused = [&](const PricedOffer& o) { return o.id == m5; };
    const auto more = Shop(menu, r, view).buy(10, Freedom::keep);
    ASSERT_TRUE(more.ok()) << more.error().message;
    EXPECT_EQ(count(*more, m5), sold_out ? 4u : 10u);
    EXPECT_EQ(count(*more, offers()[3].id), sold_out ? 6u : 0u);
    EXPECT_EQ(count(*Shop(menu, r, view).buy(2, Freedom::release), m5), 2u);
  }
}

TEST(Shop, EachRuleOfBuyingHasItsEffect) {
  EXPECT_EQ(buy(rules(), 20).spot, 20);
  auto r = rules();
  r.spot = false;
  EXPECT_EQ(buy(r, 20).spot, 0);
  r = rules();
  r.spot_max_share = 0.5;
  EXPECT_EQ(buy(r, 20).spot, 10);
  r = rules();
  r.on_demand_base = 6;
  EXPECT_EQ(buy(r, 20).spot, 14);
  r = rules();
  r.limits.pool = 0.2;
  EXPECT_EQ(buy(r, 20).largest_pool, 4);
  r = rules();
  r.limits.family = 0.3;
  EXPECT_LE(buy(r, 20).m5, 6);
  r = rules();
  r.limits.zone = 0.25;
  EXPECT_LE(buy(r, 20).zone_a, 5);
  r = rules();
  r.limits.alive = 0.75;
  EXPECT_LE(buy(r, 20).option.worst_pool_share, 0.5);
  EXPECT_GE(buy(r, 20).option.mix.capacity - buy(r, 20).largest_pool, 15);
  r = rules();
  r.limits.min_pools = 3;
  int pools = 0;
  for (const auto& row : buy(r, 20).option.mix.rows) pools += row.count > 0;
  EXPECT_GE(pools, 3);
  r = rules();
  r.limits.pool = 0.25;
  r.limits.max_types = 1;
  std::set<std::string> types;
  for (const auto& row : buy(r, 20).option.mix.rows)
    if (row.count > 0) types.insert(row.offer_id.find("m5") == std::string::npos ? "c5" : "m5");
  EXPECT_EQ(types.size(), 1u);
  r = rules();
  r.spot_rules.max_risk = 0.04;  // the market's is 0.05
  EXPECT_EQ(buy(r, 20).spot, 0);
  r = rules();
  r.spot_rules.min_saving = 0.7;  // it saves two thirds
  EXPECT_EQ(buy(r, 20).spot, 0);
  r = rules();
  r.spot_rules.cost.money = Usd::from_dollars(2000);  // an interruption costs a fortune
  EXPECT_EQ(buy(r, 20).spot, 0);
}

TEST(Shop, CapacitiesNeedNotBeWhole) {
  // Three thirds are one.
  const auto thirds = buy(rules(), 7, {offer("m5.large", "", false, 0.1, 1.0 / 3)});
  EXPECT_EQ(count(thirds.option, "aws/r//m5.large/linux/on-demand"), 21u);
  EXPECT_NEAR(thirds.option.mix.capacity, 7, 1e-9);
}

TEST(Shop, KeepsReleasesOrMoves) {
  const std::string m5 = "aws/r//m5.large/linux/on-demand", c5 = "aws/r//c5.large/linux/on-demand";
  auto r = rules();
  r.spot = false;
  const std::vector<MixRow> held{{c5, 5}};
  const auto keep = buy(r, 8, offers(), held, Freedom::keep).option;
  EXPECT_EQ(count(keep, c5), 5u);  // dearer, but it runs
  EXPECT_EQ(count(keep, m5), 3u);
  const auto any = buy(r, 8, offers(), held, Freedom::any).option;
  EXPECT_EQ(count(any, m5), 8u);
  const auto fewer = buy(r, 4, offers(), {{c5, 3}, {m5, 3}}, Freedom::release).option;
  EXPECT_EQ(count(fewer, c5), 1u);  // the dearer ones go first
  EXPECT_EQ(count(fewer, m5), 3u);
}

TEST(Shop, CoveredMachinesGoLastAndCostNothingMore) {
  Commitment ri;
  ri.id = "ri";
  ri.machine_type = "c5.large";
  ri.start = kNow;
  ri.end = kNow + std::chrono::hours(1);
  ri.units = 2;
  auto r = rules();
  r.spot = false;
  const std::string m5 = "aws/r//m5.large/linux/on-demand", c5 = "aws/r//c5.large/linux/on-demand";
  const auto covered = buy(r, 5, offers(), {}, Freedom::keep, {{ri, 2}}).option;
  EXPECT_EQ(count(covered, c5), 2u);  // paid already, so cheaper than the cheaper ones
  EXPECT_EQ(covered.mix.price, UsdPerHour::from_dollars(0.3));
  const auto fewer = buy(r, 3, offers(), {{c5, 3}, {m5, 2}}, Freedom::release, {{ri, 2}}).option;
  EXPECT_EQ(count(fewer, c5), 2u);
  EXPECT_EQ(count(fewer, m5), 1u);
  r.use_commitments = false;
  EXPECT_EQ(count(buy(r, 5, offers(), {}, Freedom::keep, {{ri, 2}}).option, c5), 0u);
}

// What is paid for goes last, the dearer first among the rest.
TEST(Shop, MachinesThatArePaidForStay) {
  const std::string m5 = "aws/r//m5.large/linux/on-demand", c5 = "aws/r//c5.large/linux/on-demand";
  auto r = rules();
  r.spot = false;
  const Menu menu(offers());
  const std::vector<MixRow> held{{c5, 4}, {m5, 4}};
  ShopView view;
  view.held = held;
  view.now = kNow;
  view.releasable = [&](const PricedOffer& o, std::uint32_t count) {
    return o.id == c5 ? 1u : count;
  };
  const auto fewer = Shop(menu, r, view).buy(5, Freedom::release);
  ASSERT_TRUE(fewer.ok());
  EXPECT_EQ(count(*fewer, c5), 3u);
  EXPECT_EQ(count(*fewer, m5), 2u);
  const auto none = Shop(menu, r, view).buy(1, Freedom::release);
  EXPECT_EQ(count(*none, c5), 3u);
  EXPECT_EQ(count(*none, m5), 0u);
}

TEST(Shop, LearnedHazardsDecideWhichPoolsAreAsked) {
  const Menu menu(offers());
  auto r = rules();
  r.limits.pool = 0.5;
  ShopView view;
  view.now = kNow;
  view.hazard = [](const PricedOffer& o, double prior) {
    return o.zone == "a" ? 0.01 : prior;  // once in 100 h: never again
  };
  const auto bought = Shop(menu, r, view).buy(10, Freedom::keep);
  ASSERT_TRUE(bought.ok());
  for (const auto& row : bought->mix.rows)
    EXPECT_EQ(row.offer_id.find("/a/"), std::string::npos) << row.offer_id;
  // What runs in such a pool may stay until something better is worth the move.
  const std::vector<MixRow> held{{"aws/r/a/m5.large/linux/spot", 4}};
  view.held = held;
  const auto kept = Shop(menu, r, view).buy(10, Freedom::keep);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(count(*kept, held[0].offer_id), 4u);
}

TEST(Shop, SaysWhichConstraintBinds) {
  auto all = offers();
  for (auto& o : all) o.available = 2;
  const Menu menu(all);
  auto r = rules();
  ShopView view;
  view.now = kNow;
  const Shop shop(menu, r, view);
  EXPECT_NE(shop.buy(50, Freedom::keep).error().message.find("available"), std::string::npos);
  const Menu plenty(offers());
  const auto poor = Shop(plenty, r, view).buy(50, Freedom::keep, UsdPerHour::from_dollars(0.5));
  EXPECT_NE(poor.error().message.find("budget 0.5 USD/h"), std::string::npos)
      << poor.error().message;
}

TEST(Shop, OptionsGoFromCheapestToSafest) {
  const Menu menu(offers());
  const auto r = rules();
  ShopView view;
  view.now = kNow;
  const auto options = Shop(menu, r, view).options(20, Freedom::keep);
  ASSERT_GE(options.size(), 2u);
  for (std::size_t i = 1; i < options.size(); ++i) {
    EXPECT_GE(options[i].expected, options[i - 1].expected);
    EXPECT_LT(options[i].lost_per_hour, options[i - 1].lost_per_hour);
  }
  EXPECT_EQ(options.back().lost_per_hour, 0);  // no spot
}

// Random markets, sizes and rules: what is bought suffices and passes the judge, who shares no code
// with the optimiser.
TEST(Shop, NoMixBreaksALimit) {
  std::mt19937_64 random{5};
  const auto part = [&] { return static_cast<double>(random() % 1000) / 1000; };
  int bought_some = 0;
  for (int round = 0; round < 150; ++round) {
    std::vector<PricedOffer> all;
    const int types = 1 + static_cast<int>(random() % 6);
    for (int t = 0; t < types; ++t) {
      const auto type = std::string(1, static_cast<char>('a' + t / 2)) + "." + std::to_string(t);
      const double capacity = std::vector{0.5, 1.0, 2.0, 1.0 / 3}[random() % 4];
      const double usd = capacity * (0.08 + 0.04 * part());
      all.push_back(offer(type, "", false, usd, capacity));
      for (const auto* zone : {"a", "b", "c"})
        if (random() % 3) {
          all.push_back(offer(type, zone, true, usd * (0.2 + 0.6 * part()), capacity));
          all.back().interruption_month = 0.3 * part();
          if (random() % 4 == 0) all.back().available = static_cast<std::uint32_t>(random() % 5);
        }
    }
    BuyRules r;
    r.spot = random() % 4 != 0;
    r.spot_max_share = part();
    r.limits.alive = random() % 2 ? part() : 0;
    r.on_demand_base = static_cast<std::uint32_t>(random() % 3);
    std::vector<MixRow> held;
    for (const auto& o : all)
      if (random() % 3 == 0) held.push_back({o.id, static_cast<std::uint32_t>(random() % 6)});
    const Menu menu(all);
    ShopView view;
    view.held = held;
    view.now = kNow;
    const Shop shop(menu, r, view);
    const double n = 1 + static_cast<double>(random() % 40);
    for (const auto freedom : {Freedom::keep, Freedom::any}) {
      const auto bought = shop.buy(n, freedom);
      if (!bought) continue;
      ++bought_some;
      EXPECT_GE(bought->mix.capacity + 1e-6, n - capacity_hair(n));
      const auto q = shop.question(n, freedom, std::nullopt);
      std::vector<std::uint32_t> counts;
      for (const auto& c : q.columns) counts.push_back(count(*bought, c.offer_id));
      EXPECT_TRUE(violations(q, counts).empty()) << violations(q, counts)[0] << " in " << round;
    }
  }
  EXPECT_GT(bought_some, 200);
}

}  // namespace shop_test
}  // namespace nova
