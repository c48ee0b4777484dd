// Goal: every machine is charged once, by one rule, to whom it runs for. Method: sums by hand, and
// random fleets against a bill made machine by machine.
#include "core/cost/ledger.hpp"

#include <gtest/gtest.h>

#include <random>

namespace nova {
namespace ledger_test {

using namespace std::chrono_literals;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);
const std::string kLarge = "aws/r//m5.large/linux/on-demand", kSpot = "aws/r/a/m5.large/linux/spot";
const Payer kA{"t", "a"}, kB{"t", "b"}, kC{"t", "c"};

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

Menu menu(Duration unit = 1s) {
  PricedOffer large{kLarge, UsdPerHour::from_dollars(0.36), 1}, spot{kSpot, {72'000'000}, 1};
  large.machine_type = spot.machine_type = "m5.large";
  spot.purchase = Purchase::spot;
  large.charge = spot.charge = {unit, 0s};
  return Menu({large, spot});
}

BudgetSpec of_all() {
  BudgetSpec budget;
  budget.name = "all";
  budget.max_monthly = Usd::from_dollars(1e6);
  return budget;
}

void look(Ledger& ledger, TimePoint at, const Menu& m,
          std::vector<std::pair<const Payer*, std::vector<MixRow>>> fleets) {
  std::vector<Look> looks;
  for (auto& [payer, rows] : fleets) looks.push_back({payer, rows, &m});
  ledger.look(at, looks);
}

// Groups share an account: what each pays of its tier adds up to the account's bill.
TEST(Ledger, VolumeTiersCountTheMachinesOfAllGroups) {
  for (const auto mode : {VolumeDiscount::Mode::all_units, VolumeDiscount::Mode::graduated}) {
    const auto discount = *VolumeDiscount::make(mode, {{5, 0.05}, {10, 0.10}, {25, 0.15}});
    PricedOffer one{kLarge, UsdPerHour::from_dollars(1), 1};
    one.volume = std::make_shared<const VolumeAccount>(VolumeAccount{"dc", discount});
    const Menu m({one});
    Ledger ledger({}, {});
    EXPECT_TRUE(ledger.idle());
    look(ledger, kNow, m, {{&kA, {{kLarge, 20}}}, {&kB, {{kLarge, 4}}}});
    EXPECT_FALSE(ledger.idle());
    EXPECT_EQ(ledger.others(kA, m), 4u);
    EXPECT_EQ(ledger.others(kC, m), 24u);
    EXPECT_EQ(ledger.running(kA) + ledger.running(kB), discount.total(one.price, 24));
    // Four more of B open a tier for A, too; A pays less when it is seen next.
    const std::vector<MixRow> eight{{kLarge, 8}};
    const auto asked = ledger.rate(kB, eight, m, kNow);
    EXPECT_EQ(asked, discount.discounted(one.price * 8, 28));
    EXPECT_EQ(ledger.others(kA, m), 8u);
    look(ledger, kNow + 1h, m, {{&kA, {{kLarge, 20}}}, {&kB, {{kLarge, 8}}}});
    EXPECT_EQ(ledger.running(kB), asked);
    EXPECT_EQ(ledger.running(kA) + asked, discount.total(one.price, 28));
    look(ledger, kNow + 2h, m, {{&kB, {{kLarge, 8}}}});  // A is gone
    EXPECT_EQ(ledger.running(kB), discount.total(one.price, 8));
  }
}

TEST(Ledger, LendsACommitmentOnce) {
  Ledger ledger({}, {reservation(5)});
  const auto m = menu();
  const std::vector<MixRow> three{{kLarge, 3}}, four{{kLarge, 4}};
  EXPECT_EQ(ledger.rate(kA, three, m, kNow).nanos, 0);
  EXPECT_EQ(ledger.rate(kB, four, m, kNow), UsdPerHour::from_dollars(0.72));
  ASSERT_EQ(ledger.cover(kA, kNow).size(), 1u);
  EXPECT_EQ(ledger.cover(kA, kNow)[0].units, 3);  // its own, nothing is free
  EXPECT_TRUE(ledger.cover(kC, kNow).empty());
  EXPECT_EQ(ledger.rate(kA, {}, m, kNow).nanos, 0);
  EXPECT_EQ(ledger.rate(kB, four, m, kNow), UsdPerHour{});
  // Over is over, and spot is never covered.
  EXPECT_EQ(ledger.rate(kB, four, m, kNow + 100h), UsdPerHour::from_dollars(1.44));
  EXPECT_EQ(ledger.rate(kB, std::vector<MixRow>{{kSpot, 4}}, m, kNow), UsdPerHour{288'000'000});
}

TEST(Ledger, ChargesWhatRanAndWhatIsCommitted) {
  Ledger ledger({of_all()}, {reservation(5)});
  const auto m = menu();
  look(ledger, kNow, m, {{&kA, {{kLarge, 7}}}, {&kB, {{kSpot, 10}}}});
  look(ledger, kNow + 3h, m, {{&kA, {{kLarge, 7}}}, {&kB, {{kSpot, 10}}}});
  EXPECT_EQ(ledger.spent(kA), Usd::from_dollars(3 * 2 * 0.36));
  EXPECT_EQ(ledger.spent(kB), Usd::from_dollars(3 * 10 * 0.072));
  EXPECT_EQ(ledger.running(kA), UsdPerHour::from_dollars(0.72));
  const auto status = ledger.book().status(kNow + 3h)[0];
  EXPECT_EQ(status.month_to_date.amortised, Usd::from_dollars(3 * (0.72 + 0.72 + 0.3)));
  EXPECT_EQ(status.rate, UsdPerHour::from_dollars(0.72 + 0.72 + 0.3));
}

// What a decision was lent on the way is no claim: cover follows from what runs.
TEST(Ledger, CoverFollowsFromWhatRuns) {
  Ledger asked({}, {reservation(5)}), calm({}, {reservation(5)});
  const auto m = menu();
  for (auto* ledger : {&asked, &calm}) {
    look(*ledger, kNow, m, {{&kA, {{kLarge, 2}}}, {&kB, {{kLarge, 2}}}});
    if (ledger == &asked) ledger->rate(kB, std::vector<MixRow>{{kLarge, 9}}, m, kNow);
    look(*ledger, kNow + 1h, m, {{&kA, {{kLarge, 5}}}, {&kB, {{kLarge, 2}}}});
  }
  EXPECT_EQ(asked.running(kA), UsdPerHour{});
  EXPECT_EQ(asked.spent(kA), calm.spent(kA));
  EXPECT_EQ(asked.spent(kB), calm.spent(kB));
}

TEST(Ledger, AFleetThatIsNotSeenIsChargedWhenItIs) {
  Ledger ledger({}, {});
  const auto m = menu();
  look(ledger, kNow, m, {{&kA, {{kLarge, 1}}}});
  const Look stale{&kA, {{kLarge, 1}}, &m, false};
  ledger.look(kNow + 1h, std::span(&stale, 1));
  EXPECT_EQ(ledger.spent(kA), Usd{});
  look(ledger, kNow + 2h, m, {{&kA, {{kLarge, 1}}}});
  EXPECT_EQ(ledger.spent(kA), Usd::from_dollars(0.72));
}

TEST(Ledger, WhatIsPaidAheadGoesLastAndForfeitsNothing) {
  Ledger ledger({}, {reservation(2)});
  const auto m = menu(1h);
  look(ledger, kNow, m, {{&kA, {}}});
  look(ledger, kNow + 15min, m, {{&kA, {{kLarge, 4}}}});  // from kNow on, two of them covered
  EXPECT_EQ(ledger.forfeit(kA, std::vector<MixRow>{{kLarge, 3}}, m, kNow + 15min),
            Usd::from_dollars(0.27));
  EXPECT_EQ(ledger.forfeit(kA, {}, m, kNow + 15min), Usd::from_dollars(0.54));
  EXPECT_EQ(ledger.forfeit(kB, {}, m, kNow + 15min), Usd{});
  // What was foreseen is what is charged.
  const auto before = ledger.spent(kA);
  look(ledger, kNow + 30min, m, {{&kA, {}}});
  EXPECT_EQ(ledger.spent(kA) - before, Usd::from_dollars(0.54));
}

// Each machine by itself: what is new started at the look before, what is gone went then, the
// newest first, and is charged by the rule.
TEST(Ledger, AMachinesChargesAddUpToItsBill) {
  for (const Duration unit : {Duration{1s}, Duration{1min}, Duration{1h}}) {
    std::mt19937_64 random{7};
    Ledger ledger({of_all()}, {});
    const auto m = menu(unit);
    const ChargeRule rule{unit, 0s};
    std::vector<TimePoint> started;
    Usd bill;
    const auto price = m.find(kLarge)->price;
    auto at = kNow, before = kNow;
    for (int k = 0; k < 300; ++k) {
      const auto n = random() % 12;
      for (; started.size() > n; started.pop_back())
        bill += charge(rule, price, before - started.back()).value();
      while (started.size() < n) started.push_back(before);
      look(ledger, at, m, {{&kA, {{kLarge, static_cast<std::uint32_t>(n)}}}});
      before = at;
      at += std::chrono::seconds(1 + random() % 4000);
    }
    for (const auto since : started) bill += cost_of(price, before - since);
    EXPECT_EQ(ledger.spent(kA), bill) << to_string(unit);
    EXPECT_EQ(ledger.book().status(before)[0].month_to_date.amortised, bill);
  }
}

}  // namespace ledger_test
}  // namespace nova
