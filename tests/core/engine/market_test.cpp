// Goal: what groups share is shared rightly: pools are learned per tenant, and all of it survives a
// snapshot.
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

MarketSpec with_budget() {
  BudgetSpec budget;
  budget.name = "t/all";
  budget.tenant = "t";
  budget.max_monthly = Usd::from_dollars(700);
  return {{budget}, {}};
}

TEST(Market, SurvivesASnapshot) {
  const Payer payer{"t", "a"};
  PricedOffer offer{kOnDemand, UsdPerHour::from_dollars(0.1), 1};
  offer.charge = {1h, 0s};
  const Menu menu({offer});
  const auto look = [&](Market& market, std::uint32_t n, TimePoint at) {
    const Look one{&payer, {{kOnDemand, n}}, &menu};
    market.ledger().look(at, std::span(&one, 1));
  };
  Market market(with_budget());
  look(market, 12, kNow);
  look(market, 14, kNow + 20min);
  market.learn("t", kNow, fleet(kSpot, 10), {}, kNow + 1h, fleet(kSpot, 7));
  auto& book = market.ledger().book();
  book.reserve("t/a", {"t", "a", kNow, UsdPerHour::from_dollars(1.5), {}});
  EXPECT_FALSE(book.observe(kNow + 1h).empty());  // above 80 % by the month's end
  market.refusals().refuse("t", kSpot, kNow);
  const auto state = Json::parse(market.state().dump());
  Market again(with_budget());
  again.restore(state);
  EXPECT_EQ(again.state().dump(), state.dump());
  EXPECT_EQ(again.hazard("t", kSpot, 1e-4), market.hazard("t", kSpot, 1e-4));
  EXPECT_TRUE(again.refusals().blocks("t", kSpot, kNow + 2min));
  for (auto* m : {&market, &again}) {
    EXPECT_TRUE(m->ledger().book().observe(kNow + 1h).empty());  // told already
    look(*m, 10, kNow + 2h);
  }
  EXPECT_EQ(again.ledger().spent(payer), market.ledger().spent(payer));
  EXPECT_EQ(again.ledger().book().status(kNow + 2h)[0].projected,
            market.ledger().book().status(kNow + 2h)[0].projected);
}

}  // namespace engine_market_test
}  // namespace nova
