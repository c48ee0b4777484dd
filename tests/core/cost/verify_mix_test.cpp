// Goal: the judge sees every violated constraint and names it, and nothing else.
#include "core/cost/verify_mix.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "core/cost/question.hpp"

namespace nova {
namespace verify_mix_test {

// Ten machines of two vCPU and 8 GiB: four on demand, three spot pools of two in two zones.
MixQuestion question() {
  MixQuestion q;
  const std::tuple<const char*, const char*, const char*, PayAs> kinds[] = {
      {"m.large", "m", "z1", PayAs::on_demand},
      {"m.large", "m", "z1", PayAs::spot},
      {"c.large", "c", "z1", PayAs::spot},
      {"m.large", "m", "z2", PayAs::spot}};
  for (const auto& [type, family, zone, pay] : kinds) {
    MixColumn c;
    c.offer_id = std::string(type) + '/' + zone + '/' + to_string(pay);
    c.machine_type = type;
    c.family = family;
    c.zone = zone;
    c.pay = pay;
    c.amount = amounts(2, 8);
    c.price = c.expected = UsdPerHour::from_dollars(0.1);
    q.columns.push_back(c);
  }
  q.demand = amounts(20, 80);
  q.limits = {0.2, 0.4, 0.4, 0.8, 0.4, 4, 2, UsdPerHour::from_dollars(1.0)};
  return q;
}

const std::vector<std::uint32_t> kFine{4, 2, 2, 2};

TEST(Violations, NoneForAMixThatHolds) {
  auto q = question();
  q.limits.min_pools = 3;
  q.limits.spot = 0.6;
  EXPECT_TRUE(violations(q, kFine).empty());
}

TEST(Violations, EachIsNamed) {
  const std::tuple<const char*, std::function<void(MixQuestion&)>> cases[] = {
      {"demand: vCPU 20, needs 22",
       [](auto& q) { q.demand[0] = 22'000, q.limits.base_on_demand = 0; }},
      {"demand: memory 80 GiB, needs 81 GiB",
       [](auto& q) { q.demand[1] += 1024, q.limits.base_on_demand = 0, q.limits.alive = 0; }},
      {"fit: c.large/z1/spot has no slots",
       [](auto& q) {
         q.demand[2] = 3, q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
         for (auto& c : q.columns) c.amount[2] = c.family == "m" ? 1 : 0;
       }},
      {"base_on_demand: vCPU 8, needs 41 % of 20", [](auto& q) { q.limits.base_on_demand = 0.41; }},
      {"spot: vCPU 12, at most 59 % of 20", [](auto& q) { q.limits.spot = 0.59; }},
      {"pool c.large/z1: spot vCPU 4, at most 19 % of 20", [](auto& q) { q.limits.pool = 0.19; }},
      {"family m: spot vCPU 8, at most 39 % of 20", [](auto& q) { q.limits.family = 0.39; }},
      {"zone z1: spot memory 32 GiB, at most 39 % of 80 GiB",
       [](auto& q) { q.limits.zone = 0.39; }},
      {"alive: without c.large/z1 vCPU 16, needs 81 % of 20",
       [](auto& q) { q.limits.alive = 0.81; }},
      {"min_pools: 3, needs 4", [](auto& q) { q.limits.min_pools = 4; }},
      {"max_types: 2, at most 1", [](auto& q) { q.limits.max_types = 1; }},
      {"available: m.large/z1/spot has 1, asked 2", [](auto& q) { q.columns[1].available = 1; }},
      {"commitment 0: more units than are free",
       [](auto& q) {
         q.columns[0].pay = PayAs::covered, q.columns[0].commitment = 0, q.columns[0].units = 16;
         q.commitments = {63};
       }},
      {"budget: 1 USD/h, at most 0.99",
       [](auto& q) { q.limits.budget = UsdPerHour::from_dollars(0.99); }},
  };
  for (const auto& [want, spoil] : cases) {
    auto q = question();
    q.limits.min_pools = 3;
    spoil(q);
    const auto found = violations(q, kFine);
    EXPECT_NE(std::find(found.begin(), found.end(), want), found.end())
        << want << "\ngot " << testing::PrintToString(found);
  }
  EXPECT_EQ(violations(question(), {1}).size(), 1u);
}

TEST(PriceOf, AddsUpTermByTerm) {
  auto q = question();
  q.volume = *VolumeDiscount::make(VolumeDiscount::Mode::all_units, {{4, 0.5}});
  q.columns[1].expected = UsdPerHour::from_dollars(0.12);
  q.columns[1].hazard = 0.001;
  q.columns[0].carbon_g_per_hour = 50;
  q.columns[3].held = 5;
  q.columns[3].move_out = Usd::from_dollars(2.4);
  q.loss_of_all = Usd::from_dollars(1000);
  q.carbon_usd_per_kg = 0.1;
  const auto cost = price_of(q, kFine);
  EXPECT_EQ(cost.bill, UsdPerHour::from_dollars(0.2 + 0.6));
  EXPECT_EQ(cost.expected, UsdPerHour::from_dollars(0.2 + 0.64));
  EXPECT_EQ(cost.risk, UsdPerHour::from_dollars(1000 * 0.001 * 0.1 * 2));
  EXPECT_EQ(cost.carbon, UsdPerHour::from_dollars(0.02));
  EXPECT_EQ(cost.moves, UsdPerHour::from_dollars(0.3));
  EXPECT_EQ(cost.total, cost.expected + cost.risk + cost.carbon + cost.moves);
}

}  // namespace verify_mix_test
}  // namespace nova
