// Goal: what groups share is shared rightly: pools learned per tenant, commitments lent once,
// charges booked from where they were known, and all of it survives a snapshot.
#include "core/engine/market.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace engine_market_test {

using namespace std::chrono_literals;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);
const std::string kSpot = "aws/r/a/m5.large/linux/spot";
const std::string kOnDemand = "aws/r//m5.large/linux/on-demand";

FleetView fleet(const std::string& offer, std::uint32_t desired) {
  FleetView view;
  view.known = true;
  view.rows.push_back({offer, desired, 0, desired, 0, 0});
  return view;
}

TEST(Market, LearnsFromMachinesThatGoUnasked) {
  Market market({});
  const double prior = 1e-4;
  EXPECT_EQ(market.hazard("t", kSpot, prior), prior);
  market.learn("t", kNow, fleet(kSpot, 10), {}, kNow + 10h, fleet(kSpot, 10));
  EXPECT_LT(market.hazard("t", kSpot, prior), prior);  // a hundred hours without a loss
  market.learn("t", kNow, fleet(kSpot, 10), {}, kNow + 1h, fleet(kSpot, 7));
  PoolHazard pool(prior);
  pool.observe(110, 3);
  EXPECT_DOUBLE_EQ(market.hazard("t", kSpot, prior), pool.learned());
  // Other tenants are told nothing.
  EXPECT_EQ(market.hazard("other", kSpot, prior), prior);
}

TEST(Market, WhatWasAskedForIsNoInterruption) {
  Market market({});
  const std::vector<MixRow> fewer{{kSpot, 4}};
  market.learn("t", kNow, fleet(kSpot, 10), fewer, kNow + 1h, fleet(kSpot, 4));
  EXPECT_LT(market.hazard("t", kSpot, 1e-4), 1e-4);
  // More were asked for and not to be had: nothing was lost.
  const std::vector<MixRow> more{{kSpot, 20}};
  market.learn("t", kNow, fleet(kSpot, 4), more, kNow + 1h, fleet(kSpot, 4));
  EXPECT_LT(market.hazard("t", kSpot, 1e-4), 1e-4);
  // What is not known teaches nothing, nor do machines nobody interrupts.
  FleetView unknown;
  market.learn("t", kNow, fleet(kSpot, 4), {}, kNow + 1h, unknown);
  market.learn("t", kNow, fleet(kOnDemand, 4), {}, kNow + 1h, fleet(kOnDemand, 1));
  EXPECT_LT(market.hazard("t", kSpot, 1e-4), 1e-4);
  EXPECT_EQ(market.hazard("t", kOnDemand, 1e-4), 1e-4);
}

OwnedCommitment reservation(std::int64_t machines) {
  OwnedCommitment owned;
  owned.cover.id = "ri";
  owned.cover.machine_type = "m5.large";
  owned.cover.units = machines;
  owned.cover.start = kNow;
  owned.cover.end = kNow + 100h;
  owned.price = UsdPerHour::from_dollars(0.06 * static_cast<double>(machines));
  owned.tenant = "t";
  return owned;
}

Menu menu() {
  PricedOffer o{kOnDemand, UsdPerHour::from_dollars(0.1), 1};
  o.machine_type = "m5.large";
  return Menu({o});
}

TEST(Market, LendsACommitmentOnce) {
  Market market({{}, {reservation(5)}});
  const auto m = menu();
  const std::vector<MixRow> three{{kOnDemand, 3}}, four{{kOnDemand, 4}};
  EXPECT_EQ(market.bill("t/a", three, m, kNow).nanos, 0);
  EXPECT_EQ(market.bill("t/b", four, m, kNow), UsdPerHour::from_dollars(0.2));
  ASSERT_EQ(market.cover("t/a", kNow).size(), 1u);
  EXPECT_EQ(market.cover("t/a", kNow)[0].units, 3);  // its own, nothing is free
  EXPECT_TRUE(market.cover("t/c", kNow).empty());
  EXPECT_EQ(market.bill("t/a", {}, m, kNow).nanos, 0);
  EXPECT_EQ(market.bill("t/b", four, m, kNow), UsdPerHour{});
  // Over is over.
  EXPECT_EQ(market.bill("t/b", four, m, kNow + 100h), UsdPerHour::from_dollars(0.4));
}

MarketSpec with_budget() {
  BudgetSpec budget;
  budget.name = "t/all";
  budget.tenant = "t";
  budget.max_monthly = Usd::from_dollars(700);
  return {{budget}, {reservation(5)}};
}

TEST(Market, ChargesWhatRanAndWhatIsCommitted) {
  Market market(with_budget());
  GroupSpec group;
  group.tenant = "t";
  group.id = "a";
  market.charge_commitments(kNow);
  market.charge(group, UsdPerHour::from_dollars(2), kNow);
  market.charge_commitments(kNow + 3h);
  market.charge(group, UsdPerHour::from_dollars(2), kNow + 3h);
  const auto status = market.book().status(kNow + 3h)[0];
  EXPECT_EQ(status.month_to_date.amortised, Usd::from_dollars(3 * 2 + 3 * 0.3));
  EXPECT_EQ(status.rate, UsdPerHour::from_dollars(2.3));
}

TEST(Market, SurvivesASnapshot) {
  Market market(with_budget());
  GroupSpec group;
  group.tenant = "t";
  group.id = "a";
  market.charge_commitments(kNow);
  market.charge(group, UsdPerHour::from_dollars(1.2), kNow);
  market.learn("t", kNow, fleet(kSpot, 10), {}, kNow + 1h, fleet(kSpot, 7));
  market.book().reserve("t/a", {"t", "a", kNow, UsdPerHour::from_dollars(1.3), {}});
  EXPECT_FALSE(market.book().observe(kNow + 1h).empty());  // above 80 % by the month's end
  const auto state = Json::parse(market.state().dump());
  Market again(with_budget());
  again.restore(state);
  EXPECT_EQ(again.state().dump(), state.dump());
  EXPECT_EQ(again.hazard("t", kSpot, 1e-4), market.hazard("t", kSpot, 1e-4));
  for (auto* m : {&market, &again}) {
    EXPECT_TRUE(m->book().observe(kNow + 1h).empty());  // told already
    m->charge(group, UsdPerHour::from_dollars(1), kNow + 2h);
  }
  EXPECT_EQ(again.book().status(kNow + 2h)[0].projected,
            market.book().status(kNow + 2h)[0].projected);
}

}  // namespace engine_market_test
}  // namespace nova
