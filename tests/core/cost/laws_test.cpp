// Goal: laws of the whole room, across its parts. Method: generated markets, judged by bounds and
// sums made apart from the code under test.
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "core/cost/budget.hpp"
#include "core/cost/exact.hpp"
#include "core/cost/optimise.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace laws_test {

using Mode = VolumeDiscount::Mode;

const TimePoint kApril = from_unix_ns(1'711'929'600'000'000'000);  // 2024-04-01, 720 hours
UsdPerHour rate(double x) { return UsdPerHour::from_dollars(x); }

MixQuestion market(std::mt19937_64& random) {
  MixQuestion q;
  for (int k = 0; k < 8; ++k) {
    MixColumn c;
    const auto size = 1u << (random() % 5);
    c.machine_type = std::string(1, static_cast<char>('a' + k)) + ".x";
    c.family = c.machine_type;
    c.zone = random() % 2 ? "z1" : "z2";
    c.offer_id = c.machine_type + c.zone;
    c.pay = random() % 2 ? PayAs::spot : PayAs::on_demand;
    c.amount = amounts(size, size * (2.0 + static_cast<double>(random() % 7)));
    c.price = c.expected = rate(size * (0.03 + 0.001 * static_cast<double>(random() % 60)));
    q.columns.push_back(c);
  }
  MixColumn steady = q.columns[0];
  steady.machine_type = steady.family = steady.offer_id = "steady.x";
  steady.pay = PayAs::on_demand;
  q.columns.push_back(steady);
  q.limits = {1, 1, 1, 0, 0, 0, 0, {}};
  return q;
}

// What serves more serves less, too: so no mix for more demand is cheaper than what is proven of
// less. Caps are left out, which are shares of the demand.
TEST(Laws, MoreDemandNeverCostsLess) {
  std::mt19937_64 random{5};
  for (int round = 0; round < 40; ++round) {
    auto q = market(random);
    if (round % 2) q.volume = *VolumeDiscount::make(Mode::graduated, {{5, 0.05}, {10, 0.15}});
    double vcpus = 1 + static_cast<double>(random() % 10);
    UsdPerHour proven;
    for (int step = 0; step < 5; ++step) {
      q.demand = amounts(vcpus, 3 * vcpus);
      const auto mix = optimise(q, {5'000, 0.002, 1});
      ASSERT_TRUE(mix.ok()) << mix.error().message;
      EXPECT_GE(mix->cost.total, proven) << "round " << round << ", " << vcpus << " vCPU";
      proven = mix->bound;
      vcpus += 1 + static_cast<double>(random() % 20);
    }
  }
}

// The exception: under `all_units` the next tier may be cheaper, so more is bought than is asked
// and the bill still never rises with less demand.
TEST(Laws, ExceptInTheVolumeTrapWhichIsTaken) {
  std::mt19937_64 random{6};
  auto q = market(random);
  q.columns.resize(1);
  q.columns[0].pay = PayAs::on_demand;
  q.columns[0].amount = amounts(1, 4);
  q.columns[0].price = q.columns[0].expected = rate(1);
  q.volume = *VolumeDiscount::make(Mode::all_units, {{5, 0.05}, {10, 0.10}, {25, 0.15}});
  UsdPerHour before;
  for (std::uint32_t n = 1; n <= 40; ++n) {
    q.demand = amounts(n, 0);
    const auto mix = optimise(q, {20'000, 0, 1});
    ASSERT_TRUE(mix.ok());
    const auto best = q.volume.cheapest_from(rate(1), n);
    EXPECT_EQ(mix->counts[0], best) << n;
    EXPECT_GE(mix->cost.bill, before) << n;
    before = mix->cost.bill;
  }
  EXPECT_LT(q.volume.total(rate(1), 25), q.volume.total(rate(1), 24)) << "the trap is there";
}

TEST(Laws, WhatIsSharedAddsUpToWhatIsPaid) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 1000; ++round) {
    const Usd total{static_cast<std::int64_t>(random() % 10'000'000'000'000)};
    std::vector<std::uint64_t> weights(1 + random() % 12);
    for (auto& w : weights) w = random() % 5 == 0 ? 0 : random() % 1'000'000;
    Usd sum;
    for (const auto share : split(total, weights)) sum += share;
    EXPECT_EQ(sum, total);
  }
}

// The bill of a mix is the sum of its machines' prices, whatever is asked of it.
TEST(Laws, ABillIsTheSumOfItsMachines) {
  std::mt19937_64 random{8};
  for (int round = 0; round < 30; ++round) {
    auto q = market(random);
    q.demand = amounts(10 + static_cast<double>(random() % 200), 100);
    const auto mix = optimise(q, {5'000, 0.002, 1});
    ASSERT_TRUE(mix.ok());
    UsdPerHour sum;
    for (std::size_t j = 0; j < q.columns.size(); ++j)
      sum = sum + q.columns[j].price * mix->counts[j];
    EXPECT_EQ(mix->cost.bill, sum);
    EXPECT_TRUE(violations(q, mix->counts).empty());
  }
}

// 500 USD an hour and 15 000 a month: what may run the month through is the monthly limit over its
// real hours, far below the hourly one.
TEST(Laws, TheMonthlyLimitBindsWhatRunsOn) {
  BudgetSpec spec;
  spec.name = "monthly-budget";
  spec.max_hourly = rate(500);
  spec.max_monthly = Usd::from_dollars(15'000);
  const auto book = BudgetBook::make({spec}).value();
  const auto verdict = [&](double usd) {
    return book.check({"acme", "web", kApril, rate(usd), {}});
  };
  EXPECT_TRUE(verdict(15'000.0 / 720).allowed);  // 20.83; 20.55 over 730 h
  EXPECT_FALSE(verdict(15'000.0 / 720 + 0.01).allowed);
  ASSERT_EQ(verdict(21).violated.size(), 1u) << "the hourly limit is not touched";
  EXPECT_NE(verdict(21).violated[0].find("month"), std::string::npos) << verdict(21).violated[0];
  EXPECT_EQ(verdict(501).violated.size(), 2u) << "both are named";
}

}  // namespace laws_test
}  // namespace nova
