// Goal: budgets hold to the last dollar, whoever decides when; crossings are told once; money is
// conserved over month ends.
#include "core/cost/budget.hpp"

#include <gtest/gtest.h>

#include <random>

#include "core/cost/volume.hpp"

namespace nova {
namespace budget_test {

using Hours = std::chrono::hours;

// 2024-04-01 00:00 UTC: a month of 720 h.
const TimePoint kApril = from_unix_ns(1'711'929'600'000'000'000);
UsdPerHour rate(double x) { return UsdPerHour::from_dollars(x); }
Usd usd(double x) { return Usd::from_dollars(x); }

BudgetSpec spec(const std::string& name, std::optional<double> hourly,
                std::optional<double> monthly) {
  BudgetSpec s;
  s.name = name;
  if (hourly) s.max_hourly = rate(*hourly);
  if (monthly) s.max_monthly = usd(*monthly);
  return s;
}

SpendRequest ask(const std::string& group, double after, TimePoint now = kApril) {
  return {"acme", group, now, rate(after), {}};
}

TEST(BudgetBook, HourlyLimitBindsTheRunRateAfterTheAction) {
  auto book = *BudgetBook::make({spec("b", 10, {})});
  book.set_rate("acme", "web", rate(4), kApril);
  book.set_rate("acme", "db", rate(3), kApril);
  EXPECT_TRUE(book.check(ask("web", 7)).allowed);
  const auto verdict = book.check(ask("web", 7.01));
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.violated, (std::vector<std::string>{"b: 10.01 USD an hour, limit 10"}));
}

TEST(BudgetBook, MonthlyLimitCountsWhatIsSpentAndWhatRunsOn) {
  // The seed's pair: of 500 an hour and 15 000 a month the monthly one binds, at 20.83 over 720 h.
  auto book = *BudgetBook::make({spec("b", 500, 15000)});
  EXPECT_TRUE(book.check(ask("web", 20.83)).allowed);
  EXPECT_FALSE(book.check(ask("web", 20.84)).allowed);
  // Half the month gone at 10: 3600 spent, so 31.66 may run for the rest.
  const auto middle = kApril + Hours(360);
  book.charge("acme", "web", kApril, middle, {usd(3600), usd(0)});
  book.set_rate("acme", "web", rate(10), middle);
  EXPECT_TRUE(book.check(ask("web", 31.66, middle)).allowed);
  EXPECT_FALSE(book.check(ask("web", 31.67, middle)).allowed);
  EXPECT_EQ(book.status(middle)[0].projected, usd(7200));
  // An hour later and not settled yet, the projection is the same: nothing falls between.
  EXPECT_EQ(book.status(middle + Hours(1))[0].projected, usd(7200));
}

// Months are as long as they are: what 15 000 a month allows is 20.55 an hour over a year.
TEST(BudgetBook, FifteenThousandAMonthIs2055AnHourOverAYear) {
  auto now = kApril;
  double sum = 0;
  for (int k = 0; k < 12; ++k) {
    const auto month = month_of({}, now);
    const auto book = *BudgetBook::make({spec("b", 500, 15000)});
    const auto cents = book.affordable(ask("web", 0, now), 0, 60'000,
                                       [](std::uint32_t n) { return rate(0.01 * n); });
    const double hours_of_it = hours(month.length());
    EXPECT_EQ(cents, static_cast<std::uint32_t>(1.5e6 / hours_of_it)) << k;
    sum += 0.01 * cents * hours_of_it;
    now = month.end;
  }
  EXPECT_NEAR(sum / hours(now - kApril), 20.55, 0.01);
}

TEST(BudgetBook, TwoDecisionsNeverSpendTheLastDollarTwice) {
  auto book = *BudgetBook::make({spec("b", 10, {})});
  book.set_rate("acme", "web", rate(4), kApril);
  book.set_rate("acme", "db", rate(4), kApril);
  // Both were decided on the same state, in which either is affordable.
  EXPECT_TRUE(book.check(ask("web", 6)).allowed);
  EXPECT_TRUE(book.check(ask("db", 6)).allowed);
  EXPECT_TRUE(book.reserve("t1", ask("web", 6)).allowed);
  EXPECT_TRUE(book.reserve("t1", ask("web", 6)).allowed);  // repeated: held once
  EXPECT_FALSE(book.reserve("t2", ask("db", 6)).allowed);
  EXPECT_EQ(book.affordable(ask("db", 0), 4, 6, [](auto n) { return rate(n); }), 4u);
  // Not done after all: the money is free.
  book.release("t1");
  EXPECT_TRUE(book.reserve("t3", ask("db", 6)).allowed);
  book.settle("t3", rate(5.5), kApril + Hours(1), {usd(4.5), usd(4.5)});
  EXPECT_EQ(book.status(kApril)[0].rate, rate(9.5));
  EXPECT_EQ(book.status(kApril)[0].month_to_date.amortised, usd(4.5));
  book.settle("t3", rate(9), kApril, {});  // settled already
  book.release("never heard of");
  EXPECT_EQ(book.status(kApril)[0].rate, rate(9.5));
}

TEST(BudgetBook, TheCostOfTheMoveCounts) {
  auto book = *BudgetBook::make({spec("b", {}, 100)});
  auto request = ask("web", 0.1, kApril + Hours(719));
  request.once = usd(99.9);
  EXPECT_TRUE(book.check(request).allowed);
  request.once = usd(100);
  EXPECT_FALSE(book.check(request).allowed);
}

TEST(BudgetBook, TrimsToTheLargestAffordableCount) {
  auto book = *BudgetBook::make({spec("b", 22, {})});
  book.set_rate("acme", "web", rate(4), kApril);
  EXPECT_EQ(book.affordable(ask("web", 0), 4, 40, [](auto n) { return rate(n); }), 22u);
  EXPECT_EQ(book.affordable(ask("web", 0), 4, 9, [](auto n) { return rate(n); }), 9u);
  // Not monotone: 25 cost 21.25, and 24 cost 21.60; 26 cost 22.10.
  const auto volume =
      *VolumeDiscount::make(VolumeDiscount::Mode::all_units, {{5, 0.05}, {10, 0.10}, {25, 0.15}});
  const auto tiered = [&](std::uint32_t n) { return volume.total(rate(1), n); };
  EXPECT_EQ(book.affordable(ask("web", 0), 4, 40, tiered), 25u);
  auto tight = *BudgetBook::make({spec("b", 21.3, {})});
  EXPECT_EQ(tight.affordable(ask("web", 0), 4, 40, tiered), 25u);
}

TEST(BudgetBook, ScaleInIsAlwaysAllowed) {
  auto book = *BudgetBook::make({spec("b", 10, 100)});
  book.set_rate("acme", "web", rate(50), kApril);
  EXPECT_TRUE(book.check(ask("web", 49)).allowed);
  EXPECT_TRUE(book.check(ask("web", 50)).allowed);
  EXPECT_FALSE(book.check(ask("web", 51)).allowed);
}

TEST(BudgetBook, AllMatchingBudgetsMustPassSoftOnesOnlyTell) {
  auto all = spec("all", 100, {}), tenant = spec("tenant", 10, {}), group = spec("group", 5, {});
  tenant.tenant = group.tenant = "acme";
  group.group = "web";
  group.hard = false;
  auto book = *BudgetBook::make({all, tenant, group});
  EXPECT_TRUE(book.check(ask("web", 6)).allowed);
  EXPECT_EQ(book.check(ask("web", 6)).violated.size(), 1u);
  EXPECT_FALSE(book.check(ask("web", 11)).allowed);
  EXPECT_TRUE(book.check(ask("db", 6)).violated.empty());
  EXPECT_TRUE(book.check({"other", "web", kApril, rate(99), {}}).allowed);
  EXPECT_FALSE(book.check({"other", "web", kApril, rate(101), {}}).allowed);
}

TEST(BudgetBook, CrossingsAreToldOnceWithHysteresisAndAnewEachMonth) {
  auto book = *BudgetBook::make({spec("b", 100, {})});
  const auto level = [&](double r, TimePoint now = kApril) {
    book.set_rate("acme", "web", rate(r), now);
    std::string told;
    for (const auto& event : book.observe(now)) told += std::string(to_string(event.level)) + ' ';
    return told;
  };
  EXPECT_EQ(level(79.9), "");
  EXPECT_EQ(level(80), "warning ");
  EXPECT_EQ(level(85), "");
  EXPECT_EQ(level(79), "");  // within 2 %
  EXPECT_EQ(level(80), "");  // so this is no new crossing
  EXPECT_EQ(level(77), "");
  EXPECT_EQ(level(96), "alert ");
  EXPECT_EQ(level(100), "");  // not above the limit
  EXPECT_EQ(level(100.1), "exceeded ");
  EXPECT_EQ(level(98.5), "");
  EXPECT_EQ(level(100.1), "");
  EXPECT_EQ(level(100.1, kApril + Hours(720)), "exceeded ");
  EXPECT_EQ(book.status(kApril)[0].level, BudgetLevel::exceeded);
}

TEST(BudgetBook, MonthsAreThoseOfItsZone) {
  auto west = spec("west", {}, 1000), utc = spec("utc", {}, 1000);
  west.zone = *TimeZone::make("west", Hours(-7), {});
  auto book = *BudgetBook::make({west, utc});
  // Two hours across the end of March in UTC: all of it is March seven hours to the west.
  book.charge("acme", "web", kApril - Hours(1), kApril + Hours(1), {usd(3), usd(5)});
  EXPECT_EQ(book.status(kApril)[0].month_to_date.amortised, usd(3));
  EXPECT_EQ(book.status(kApril)[1].month_to_date.amortised, usd(1.5));
  EXPECT_EQ(book.status(kApril + Hours(7))[0].month_to_date.amortised, usd(0));
  EXPECT_EQ(book.status(kApril)[1].month_to_date.cash, usd(2.5));
}

// Where clocks change, March has 743 hours and October 745: what may run all month follows them.
TEST(BudgetBook, MonthsOfAClockChangeHaveTheirRealHours) {
  const auto march = from_unix_ns(1'709'247'600'000'000'000);    // 2024-03-01 00:00 in Berlin
  const auto october = from_unix_ns(1'727'733'600'000'000'000);  // 2024-10-01 00:00
  const auto berlin = *TimeZone::make(
      "Europe/Berlin", Hours(1),
      {{from_unix_ns(1'711'846'800'000'000'000), Hours(2)},    // 2024-03-31 01:00 UTC
       {from_unix_ns(1'729'990'800'000'000'000), Hours(1)}});  // 2024-10-27 01:00 UTC
  for (const auto& [start, hours] : {std::pair{march, 743}, {october, 745}}) {
    auto s = spec("b", {}, 10.0 * hours);
    s.zone = berlin;
    auto book = *BudgetBook::make({s});
    EXPECT_TRUE(book.check(ask("web", 10, start)).allowed) << hours;
    EXPECT_FALSE(book.check(ask("web", 10.001, start)).allowed) << hours;
    book.charge("acme", "web", start, start + Hours(hours), {usd(hours), usd(0)});
    EXPECT_EQ(book.status(start + Hours(hours - 1))[0].month_to_date.amortised, usd(hours));
    EXPECT_EQ(book.status(start + Hours(hours))[0].month_to_date.amortised, usd(0));
  }
}

TEST(BudgetBook, ConservesMoneyOverMonthEnds) {
  std::mt19937_64 random{41};
  for (int round = 0; round < 300; ++round) {
    auto book = *BudgetBook::make({spec("b", {}, 1e6)});
    Usd total;
    for (int k = 0; k < 5; ++k) {
      const auto from =
          kApril - Hours(random() % 700) + Duration{static_cast<std::int64_t>(random() % 1000)};
      const Usd amount{static_cast<std::int64_t>(random() % 1'000'000'007)};
      book.charge("acme", "web", from, from + Hours(random() % 1500), {amount, amount});
      total += amount;
    }
    Usd sum;
    auto at = kApril - Hours(800);
    while (at < kApril + Hours(2000)) {
      sum += book.status(at)[0].month_to_date.amortised;
      at = month_of({}, at).end;
    }
    EXPECT_EQ(sum, total);
  }
}

// Law: whatever is asked, reserved, settled or released, no hard limit is passed by what was
// allowed.
TEST(BudgetBook, HoldsUnderAnyOrderOfDecisions) {
  std::mt19937_64 random{43};
  for (int round = 0; round < 200; ++round) {
    auto book = *BudgetBook::make({spec("b", 30, 15000)});
    auto now = kApril;
    std::vector<std::string> open;
    for (int k = 0; k < 60; ++k) {
      const std::string group(1, static_cast<char>('a' + random() % 4)), token = std::to_string(k);
      now += std::chrono::minutes(random() % 600);
      if (now >= kApril + Hours(720)) break;
      if (random() % 3 || open.empty()) {
        auto request = ask(group, 0.01 * static_cast<double>(random() % 1500), now);
        if (book.reserve(token, request).allowed) open.push_back(token);
      } else {
        const auto at = random() % open.size();
        book.release(open[at]);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
      EXPECT_LE(book.status(now)[0].rate, rate(30));
      EXPECT_LE(book.status(now)[0].projected, usd(15000) + Usd{100});
    }
  }
}

TEST(BudgetBook, RefusesBudgetsThatAreNone) {
  auto negative = spec("n", -1, {}), none = spec("x", {}, {}), crossed = spec("c", 1, {});
  crossed.warning = 0.99;
  EXPECT_EQ(BudgetBook::make({negative}).error().message, "budget n: a limit must be positive");
  EXPECT_FALSE(BudgetBook::make({none}).ok());
  EXPECT_FALSE(BudgetBook::make({crossed}).ok());
  EXPECT_FALSE(BudgetBook::make({spec("a", 1, {}), spec("a", 2, {})}).ok());
}

}  // namespace budget_test
}  // namespace nova
