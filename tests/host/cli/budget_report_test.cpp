// Goal: a budget's state reads as it is: what runs, what is spent, what it comes to, when it is
// used up and when it starts anew. Method: a book with known charges; the figures by hand.
#include "host/cli/budget_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace nova::cli {
namespace budget_report_test {

using nlohmann::json;
using testing::HasSubstr;

const TimePoint kApril = from_unix_ns(1'711'929'600'000'000'000);  // 2024-04-01, 720 hours

std::vector<BudgetLine> lines(double usd_per_hour, TimePoint now, bool hard = true) {
  BudgetSpec spec;
  spec.name = "acme/monthly-budget";
  spec.tenant = "acme";
  spec.max_hourly = UsdPerHour::from_dollars(500);
  spec.max_monthly = Usd::from_dollars(15'000);
  spec.hard = hard;
  auto book = BudgetBook::make({spec}).value();
  const auto rate = UsdPerHour::from_dollars(usd_per_hour);
  const auto spent = cost_of(rate, now - kApril);
  book.charge("acme", "web", kApril, now, {spent, {2 * spent.nanos}});
  book.set_rate("acme", "web", rate, now);
  return {{spec, book.status(now).front()}};
}

json told(const std::vector<BudgetLine>& all, TimePoint now) {
  std::ostringstream out;
  write_budgets(out, all, now, "json");
  return json::parse(out.str())["budgets"][0];
}

TEST(BudgetReport, TellsStateProjectionAndReset) {
  const auto now = kApril + std::chrono::hours(240);
  const auto calm = told(lines(10, now), now);
  EXPECT_EQ(calm["state"], "ok");
  EXPECT_EQ(calm["of"], "acme");
  EXPECT_EQ(calm["usd_per_hour"], 10);
  EXPECT_EQ(calm["hourly_share"], 0.02);
  EXPECT_EQ(calm["month_to_date_usd"], 2400);
  EXPECT_EQ(calm["month_to_date_cash_usd"], 4800);
  EXPECT_EQ(calm["projected_usd"], 7200);
  EXPECT_EQ(calm["monthly_share"], 0.48);
  EXPECT_EQ(calm["reached_at"], nullptr);
  EXPECT_EQ(calm["resets_at"], "2024-05-01T00:00:00Z");
  EXPECT_EQ(told(lines(17, now), now)["state"], "warning");
  EXPECT_EQ(told(lines(20, now), now)["state"], "alert");
  const auto over = told(lines(25, now), now);
  EXPECT_EQ(over["state"], "exceeded");
  EXPECT_EQ(over["reached_at"], "2024-04-26T00:00:00Z") << "25 an hour for 600 hours";
}

TEST(BudgetReport, IsATableForPeople) {
  const auto now = kApril + std::chrono::hours(240);
  std::ostringstream out;
  write_budgets(out, lines(25, now, false), now, "text");
  for (const char* part :
       {"At 2024-04-11T00:00:00Z", "acme/monthly-budget", "exceeded (only told)", "25.00", "500.00",
        "5.0 %", "6000.00", "18000.00", "120.0 %", "2024-05-01T00:00:00Z",
        "at this rate the month's limit is reached on 2024-04-26T00:00:00Z",
        "12000.00 USD were paid this month"})
    EXPECT_THAT(out.str(), HasSubstr(part));
}

// What lies before now is no time to come.
TEST(BudgetReport, TellsNoTimeThatIsOver) {
  const auto of = [](TimePoint now) {
    std::ostringstream out;
    write_budgets(out, lines(25, now), now, "text");
    return out.str();
  };
  EXPECT_THAT(of(kApril + std::chrono::hours(601)), HasSubstr(": the month's limit is reached\n"));
  // 15 s are left of the limit, and the minute that they end in has begun.
  auto late = lines(25, kApril + std::chrono::hours(600) - std::chrono::seconds(15));
  std::ostringstream out;
  write_budgets(out, late, kApril + std::chrono::hours(600) + std::chrono::seconds(20), "text");
  EXPECT_THAT(out.str(), HasSubstr("is reached on 2024-04-26T00:01:00Z"));
}

TEST(BudgetReport, MonthsEndWhereTheBudgetLives) {
  const auto now = kApril + std::chrono::hours(700);
  auto all = lines(10, now);
  all[0].spec.zone = TimeZone::make("Somewhere/East", std::chrono::hours(9), {}).value();
  EXPECT_EQ(told(all, now)["resets_at"], "2024-04-30T15:00:00Z");
  EXPECT_EQ(told(all, now)["time_zone"], "Somewhere/East");
}

}  // namespace budget_report_test
}  // namespace nova::cli
