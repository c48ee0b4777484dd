// Goal: what users of other scalers complain about does not happen here. One test a complaint, by
// its number in the design page COST.md 11 and the thread it stands in.
#include <gtest/gtest.h>

#include <random>

#include "core/cost/ask.hpp"
#include "core/cost/compare.hpp"
#include "core/cost/optimise.hpp"
#include "core/cost/override.hpp"
#include "core/cost/roi.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace complaints_test {

const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);
UsdPerHour rate(double x) { return UsdPerHour::from_dollars(x); }

MixColumn column(const std::string& type, const std::string& zone, PayAs pay, double vcpus,
                 double gib, double usd) {
  MixColumn c;
  c.offer_id = type + '/' + zone + '/' + to_string(pay);
  c.machine_type = type;
  c.family = type.substr(0, type.find('.'));
  c.zone = zone;
  c.pay = pay;
  c.amount = amounts(vcpus, gib);
  c.price = c.expected = rate(usd);
  return c;
}

MixQuestion question(std::vector<MixColumn> columns, double vcpus) {
  MixQuestion q;
  q.columns = std::move(columns);
  q.demand = amounts(vcpus, 0);
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  return q;
}

Offer offer(const std::string& type, Purchase purchase, double usd) {
  Offer o;
  o.provider = "aws", o.region = "us-east-1", o.zone = "us-east-1a", o.os = "linux";
  o.machine_type = type;
  o.vcpus = 48, o.memory_gib = 192;
  o.purchase = purchase;
  o.currency = "USD";
  o.price = rate(usd);
  o.interruption_month = 0.025;
  o.as_of = kNow;
  o.id = type + '/' + to_string(purchase);
  return o;
}

// 1. aws/karpenter-provider-aws#3860, #3672, kubernetes-sigs/karpenter#693: discounts unknown, so
// dearer spot replaces discounted on-demand (1.06 an hour became 1.56).
TEST(Complaint, C1SpotIsComparedWithTheDiscountedOnDemandPrice) {
  Offer offers[] = {offer("m5d.12xlarge", Purchase::on_demand, 2.712),
                    offer("m5d.12xlarge", Purchase::spot, 1.56)};
  MixWish wish;
  wish.vcpus = 480;  // ten machines
  wish.now = kNow;
  wish.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  wish.held = {{offers[0].id, 10}};
  const auto bill = [&] { return optimise(ask(offers, wish)->question)->cost.bill; };
  EXPECT_EQ(bill(), rate(15.60)) << "at list price spot saves";
  wish.on_demand_discount = 1 - 1.06 / 2.712;  // an agreement the list does not know
  EXPECT_EQ(ask(offers, wish)->left_out.at("spot too dear"), 1u);
  EXPECT_NEAR(bill().dollars(), 10.60, 1e-4);
  wish.on_demand_discount = 0;  // the same as an operator's price
  PriceOverride agreed;
  agreed.machine_type = "m5d.*", agreed.purchase = "on-demand";
  agreed.kind = PriceOverride::Kind::set, agreed.nanos_per_hour = 1'060'000'000;
  EXPECT_TRUE(apply_overrides({&agreed, 1}, offers).empty());
  EXPECT_EQ(bill(), rate(10.60));
  offers[1].price = rate(0.53);  // it is a comparison, not a dislike
  EXPECT_EQ(bill(), rate(5.30));
}

// 2. aws/karpenter-provider-aws#3183, #3044: on-demand replaced by dearer spot, 14.05 an hour
// instead of 9.
TEST(Complaint, C2WhatCosts9IsNotReplacedFor1405) {
  auto runs = column("r5.xlarge", "z1", PayAs::on_demand, 4, 32, 0.225),
       dearer = column("r5.4xlarge", "z2", PayAs::spot, 16, 128, 1.405);
  runs.held = 40;
  auto q = question({runs, dearer}, 160);
  for (const std::int64_t steps : {0, 10, 100'000})
    EXPECT_EQ(optimise(q, {steps, 0, 1})->cost.bill, rate(9)) << steps;
  q.columns[0].available = 0;  // only where there is none of it any more
  EXPECT_EQ(optimise(q)->cost.bill, rate(14.05));
}

TEST(Complaint, C2AnAnswerIsNeverDearerThanWhatRuns) {
  std::vector<MixColumn> columns;
  for (int k = 0; k < 12; ++k) {
    const std::string type = std::string(1, static_cast<char>('a' + k)) + ".large";
    columns.push_back(column(type, "z1", PayAs::on_demand, 2, 8, 0.09 + 0.003 * k));
    columns.push_back(column(type, "z2", PayAs::spot, 2, 8, 0.12 - 0.002 * k));
  }
  columns[0].held = 7;
  columns[4].held = 3;
  for (auto& c : columns) c.move_in = c.move_out = Usd::from_dollars(0.01);
  const auto q = question(columns, 20);
  std::vector<std::uint32_t> present;
  for (const auto& c : columns) present.push_back(c.held);
  for (const std::int64_t steps : {0, 10, 1'000, 100'000}) {
    const auto mix = optimise(q, {steps, 0, 1});
    ASSERT_TRUE(mix.ok());
    EXPECT_LE(mix->cost.total, price_of(q, present).total) << steps;
  }
}

// 3. aws/karpenter-provider-aws#1240: price-capacity-optimized rarely picks one of the cheapest.
TEST(Complaint, C3TheWeightOfRiskIsConfiguredAndItsPriceShown) {
  auto cheap = column("a.large", "z", PayAs::spot, 2, 8, 0.03),
       safe = column("b.large", "z", PayAs::spot, 2, 8, 0.032);
  cheap.hazard = 5e-4;
  safe.hazard = 1e-5;
  auto q = question({cheap, safe}, 20);
  EXPECT_EQ(optimise(q)->counts, (std::vector<std::uint32_t>{10, 0}));
  q.loss_of_all = Usd::from_dollars(100);  // 0.05 an hour against 0.02 saved
  const auto mix = optimise(q);
  EXPECT_EQ(mix->counts, (std::vector<std::uint32_t>{0, 10}));
  EXPECT_NEAR(mix->cost.risk.dollars(), 100 * 1e-5, 1e-9);
  EXPECT_EQ(mix->cost.bill, rate(0.32));
}

TEST(Complaint, C3WithoutAWeightTheCheapestPoolsAreBought) {
  std::vector<MixColumn> columns;
  for (int k = 0; k < 20; ++k) {
    columns.push_back(column(std::string(1, static_cast<char>('a' + k)) + ".large", "z",
                             PayAs::spot, 2, 8, 0.030 + 0.001 * k));
    columns.back().hazard = 5e-4 / (1 + k);  // the dearer the deeper
  }
  columns.push_back(column("z.large", "z", PayAs::on_demand, 2, 8, 0.09));
  auto q = question(columns, 40);
  q.limits.pool = 0.2;
  EXPECT_EQ(optimise(q)->cost.bill, rate(4 * (0.030 + 0.031 + 0.032 + 0.033 + 0.034)));
  const auto rows = price_of_risk(q, {0, 0.05, 0.2, 1}, {});
  const double bills[] = {1.8, 0.78, 0.66, 0.64};  // what less risk costs
  ASSERT_EQ(rows.size(), 4u);
  for (std::size_t k = 0; k < 4; ++k)
    EXPECT_NEAR(rows[k].answer->cost.bill.dollars(), bills[k], 1e-9) << rows[k].max_risk;
}

// 4. aws/karpenter-provider-aws#2259, #8173: fill commitments before spot, shared by all.
TEST(Complaint, C4CommitmentsAreFilledBeforeSpot) {
  auto covered = column("m5.large", "z", PayAs::covered, 2, 8, 0);
  covered.commitment = 0;
  covered.units = 16;
  auto q = question({column("m5.large", "z", PayAs::spot, 2, 8, 0.001), covered}, 20);
  q.commitments = {6 * 16};
  EXPECT_EQ(optimise(q)->counts, (std::vector<std::uint32_t>{4, 6}));
  q.commitments = {2 * 16};  // another group took four of them
  EXPECT_EQ(optimise(q)->counts, (std::vector<std::uint32_t>{8, 2}));
}

TEST(Complaint, C4ASavingsPlanIsFilledBeforeSpotWhoeverItIsLeftTo) {
  Commitment plan;
  plan.id = "plan";
  plan.money = rate(2.0);
  plan.plan_discount = 0.5;
  plan.start = kNow, plan.end = kNow + std::chrono::hours(8760);
  const Offer offers[] = {offer("m5.12xlarge", Purchase::on_demand, 1.0),
                          offer("m5.12xlarge", Purchase::spot, 0.3)};
  CoveragePool pool({plan});  // four machines at 0.50
  MixWish wish;
  wish.vcpus = 3 * 48;
  wish.now = kNow;
  wish.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  for (const auto& [group, covered, spot] : {std::tuple{"a/web", 3u, 0u}, {"a/db", 1u, 2u}}) {
    wish.cover = {{plan, pool.free_units("plan", kNow)}};
    const auto asked = ask(offers, wish);
    const auto mix = optimise(asked->question);
    ASSERT_TRUE(mix.ok()) << mix.error().message;
    std::uint32_t bought[3] = {};
    for (std::size_t j = 0; j < mix->counts.size(); ++j)
      bought[static_cast<int>(asked->question.columns[j].pay)] += mix->counts[j];
    EXPECT_EQ(bought[static_cast<int>(PayAs::covered)], covered) << group;
    EXPECT_EQ(bought[static_cast<int>(PayAs::spot)], spot) << group;
    pool.lease({group, "m5", "m5.12xlarge", "us-east-1", "us-east-1a", "linux", rate(1.0), covered},
               kNow);
  }
}

// 5. aws/karpenter-provider-aws#4024: no cost limits, only resource limits.
TEST(Complaint, C5MoneyIsALimit) {
  auto q = question({column("a.large", "z", PayAs::on_demand, 2, 8, 0.1)}, 20);
  q.limits.budget = rate(1.0);
  EXPECT_TRUE(optimise(q).ok());
  q.limits.budget = rate(0.99);
  EXPECT_EQ(optimise(q).error().message, "no feasible mix: budget 0.99 USD/h");
}

// 6. aws/karpenter-provider-aws#7146, kubernetes-sigs/karpenter#1440, #2720: churn for pennies.
TEST(Complaint, C6NothingMovesForPennies) {
  auto here = column("a.large", "z", PayAs::on_demand, 2, 8, 0.100),
       there = column("b.large", "z", PayAs::on_demand, 2, 8, 0.099);
  here.held = 10;
  here.move_out = there.move_in = Usd::from_dollars(0.05);
  auto q = question({here, there}, 20);
  q.life_hours = 24;  // a move costs 0.10, and saves 0.024 in its life
  EXPECT_EQ(optimise(q)->counts, (std::vector<std::uint32_t>{10, 0}));
  q.life_hours = 24 * 30;
  EXPECT_EQ(optimise(q)->counts, (std::vector<std::uint32_t>{0, 10}));
  const auto moved = roi({Usd::from_dollars(1.00), {}}, {Usd::from_dollars(0.99), {}},
                         {Usd::from_dollars(1), {}, {}, {}, {}}, std::chrono::hours(1));
  EXPECT_EQ(why_not(moved, {}), "saves 0.01 USD/h, needs 0.1");
}

TEST(Complaint, C6AnHourOfWobblingPricesMovesNothing) {
  std::mt19937_64 random{6};
  auto q = question({column("a.large", "z", PayAs::on_demand, 2, 8, 0.1),
                     column("b.large", "z", PayAs::on_demand, 2, 8, 0.1)},
                    20);
  for (auto& c : q.columns) c.move_in = c.move_out = Usd::from_dollars(0.05);
  q.columns[0].held = 10;
  for (int minute = 0; minute < 60; ++minute) {
    for (auto& c : q.columns)
      c.price = c.expected = rate(0.1 + 0.00001 * static_cast<double>(random() % 100));
    EXPECT_EQ(optimise(q)->counts, (std::vector<std::uint32_t>{10, 0})) << minute;
  }
}

// 7. kubernetes/autoscaler#486, Azure/AKS#1932, #4380: last known spot price hours old, unseen.
TEST(Complaint, C7StalePricesAreSeenAndBounded) {
  Offer offers[] = {offer("a.large", Purchase::on_demand, 1),
                    offer("a.large", Purchase::spot, 0.3)};
  offers[1].as_of = kNow - std::chrono::hours(5);
  MixWish wish;
  wish.vcpus = 48;
  wish.now = kNow;
  wish.max_price_age = std::chrono::hours(1);
  const auto asked = ask(offers, wish);
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->left_out.at("stale price"), 1u);
  EXPECT_EQ(optimise(asked->question)->cost.bill, rate(1));
  wish.max_price_age = std::chrono::hours(5);  // as long as the operator will have it
  EXPECT_TRUE(ask(offers, wish)->left_out.empty());
}

// 8. aws/karpenter-provider-aws#5903: equal price but more nodes.
TEST(Complaint, C8AtEqualPriceFewerMachinesThenLessRisk) {
  auto q = question({column("m.large", "z", PayAs::on_demand, 2, 8, 0.1),
                     column("m.xlarge", "z", PayAs::on_demand, 4, 16, 0.2),
                     column("m.4xlarge", "z", PayAs::on_demand, 16, 64, 0.8)},
                    64);
  const auto mix = optimise(q);
  EXPECT_EQ(mix->counts, (std::vector<std::uint32_t>{0, 0, 4}));
  auto risky = column("a.large", "z", PayAs::spot, 2, 8, 0.1),
       safe = column("b.large", "z", PayAs::spot, 2, 8, 0.1);
  risky.hazard = 4e-4;
  safe.hazard = 3e-5;
  EXPECT_EQ(optimise(question({risky, safe}, 20))->counts, (std::vector<std::uint32_t>{0, 10}));
}

}  // namespace complaints_test
}  // namespace nova
