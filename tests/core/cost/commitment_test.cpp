// Goal: golden prices and break-even points; purchases that a brute-force search cannot beat;
// advice that is refused when there is nothing to base it on.
#include "core/cost/commitment.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace nova {
namespace commitment_test {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
UsdPerHour rate(double x) { return UsdPerHour::from_dollars(x); }

// m5.large in us-east-1.
const UsdPerHour kOnDemand = rate(0.096);
const CommitmentTerms kOneYear{"1y all upfront", Usd::from_dollars(494), {}, kOneYearHours};
const CommitmentTerms kNoUpfront{"1y no upfront", {}, rate(0.06042), kOneYearHours};
const CommitmentTerms kThreeYears{"3y all upfront", Usd::from_dollars(949), {}, kThreeYearsHours};

TEST(Commitment, Goldens) {
  EXPECT_NEAR(effective_price(kOneYear).dollars(), 0.056393, 5e-7);
  EXPECT_NEAR(effective_price(kThreeYears).dollars(), 0.036111, 5e-7);
  EXPECT_NEAR(break_even_utilisation(kOneYear, kOnDemand), 0.587, 5e-4);
  EXPECT_NEAR(break_even_utilisation(kNoUpfront, kOnDemand), 0.629, 5e-4);
  EXPECT_NEAR(break_even_utilisation(kThreeYears, kOnDemand), 0.376, 5e-4);
  EXPECT_NEAR(break_even_months(kOneYear, kOnDemand), 7.05, 5e-3);
  EXPECT_NEAR(break_even_months(kThreeYears, kOnDemand), 13.54, 5e-3);
  EXPECT_EQ(break_even_months(kNoUpfront, kOnDemand), 0);
  EXPECT_EQ(break_even_months(kNoUpfront, kOnDemand, 0.5), kInfinity);
  EXPECT_EQ(break_even_utilisation(kOneYear, {}), kInfinity);
}

TEST(Commitment, NetPresentValueIsAnAnnuity) {
  // At no interest: the plain difference.
  EXPECT_NEAR(net_present_value(kOneYear, kOnDemand, 1, 0), 0.096 * 8760 - 494, 1e-9);
  EXPECT_NEAR(net_present_value(kThreeYears, kOnDemand, 0.5, 0), 0.048 * 26280 - 949, 1e-9);
  // The closed form of an annuity: payment x (1 - v^n) / i.
  const double v = std::pow(1.08, -1.0 / 12), i = 1 / v - 1;
  EXPECT_NEAR(net_present_value(kThreeYears, kOnDemand, 1, 0.08),
              0.096 * 730 * (1 - std::pow(v, 36)) / i - 949, 1e-9);
  EXPECT_NEAR(
      net_present_value(kOneYear, kOnDemand, break_even_utilisation(kOneYear, kOnDemand), 0), 0,
      1e-4);
}

std::vector<double> day() {
  std::vector<double> d(8, 4);
  d.insert(d.end(), 4, 10);
  d.insert(d.end(), 8, 16);
  d.insert(d.end(), 4, 8);
  return d;
}

TEST(Newsvendor, Goldens) {
  const auto d = day();
  EXPECT_EQ(cost_with(d, 0, {}, kOnDemand), rate(0.928));
  const std::tuple<UsdPerHour, std::uint32_t, double> cases[] = {
      {rate(0.056393), 8, 0.739144},
      {rate(0.06042), 8, 0.771356 + 0.000004},
      {rate(0.036111), 10, 0.55311}};
  for (const auto& [effective, n, cost] : cases) {
    EXPECT_EQ(newsvendor_count(d, effective, kOnDemand), n);
    EXPECT_NEAR(cost_with(d, n, effective, kOnDemand).dollars(), cost, 5e-6);
  }
}

// A machine that is asked for five minutes of every hour is no machine that is always asked for.
TEST(Newsvendor, APartOfAnHourIsAPart) {
  const std::vector<double> d(720, 1.0 / 12);
  EXPECT_EQ(newsvendor_count(d, rate(0.0361), rate(0.096)), 0u);
  EXPECT_EQ(newsvendor_count(d, rate(0.007), rate(0.096)), 1u);
  EXPECT_NEAR(cost_with(d, 0, rate(0.0361), rate(0.096)).dollars(), 0.008, 1e-7);
  const std::vector<double> more(720, 10.0 / 3);  // ten for twenty minutes: three and a third
  EXPECT_EQ(newsvendor_count(more, rate(0.0361), rate(0.096)), 3u);
  EXPECT_NEAR(cost_with(more, 3, rate(0.0361), rate(0.096)).dollars(), 3 * 0.0361 + 0.032, 1e-7);
}

// Law: no other count is cheaper, and gaps change nothing but the hours that are known.
TEST(Newsvendor, AgreesWithBruteForce) {
  std::mt19937_64 random{51};
  for (int round = 0; round < 300; ++round) {
    std::vector<double> d(24 + random() % 200);
    for (auto& x : d) x = random() % 5 == 0 ? kNaN : static_cast<double>(random() % 30) / 2;
    const auto r = rate(0.001 * static_cast<double>(random() % 150));
    const auto n = newsvendor_count(d, r, kOnDemand);
    for (std::uint32_t m = 0; m < 20; ++m)
      EXPECT_LE(cost_with(d, n, r, kOnDemand).nanos, cost_with(d, m, r, kOnDemand).nanos + 1);
    const auto spot = newsvendor_count(d, r, rate(0.04));
    EXPECT_LE(spot, n);  // a cheaper alternative asks for fewer
  }
  EXPECT_EQ(newsvendor_count({}, kOnDemand, kOnDemand), 0u);
}

TEST(SavingsPlan, CoversTheHighestDiscountFirst) {
  const PlanRate rates[] = {{rate(1), rate(0.9)}, {rate(1), rate(0.5)}};
  const double usage[] = {1, 1};
  EXPECT_EQ(savings_plan_cost(rates, usage, {}), rate(2));
  EXPECT_EQ(savings_plan_cost(rates, usage, rate(0.5)), rate(1.5));  // the second is covered
  EXPECT_EQ(savings_plan_cost(rates, usage, rate(1.4)), rate(1.4));  // both are
  EXPECT_EQ(savings_plan_cost(rates, usage, rate(2)), rate(2));      // the rest is lost
  const auto choice = savings_plan(rates, usage);
  EXPECT_EQ(choice.commitment, rate(1.4));
  EXPECT_EQ(choice.without, rate(2));
  EXPECT_DOUBLE_EQ(choice.utilisation, 1);
}

// Law: no commitment on a fine grid is cheaper than the breakpoint chosen.
TEST(SavingsPlan, AgreesWithASlowScan) {
  std::mt19937_64 random{53};
  for (int round = 0; round < 100; ++round) {
    std::vector<PlanRate> rates(1 + random() % 3);
    for (auto& r : rates) {
      r.on_demand = rate(0.01 * static_cast<double>(5 + random() % 100));
      r.plan = {r.on_demand.nanos * static_cast<std::int64_t>(30 + random() % 70) / 100};
    }
    std::vector<double> usage(rates.size() * (1 + random() % 60));
    for (auto& u : usage) u = static_cast<double>(random() % 32) / 4;
    const auto choice = savings_plan(rates, usage);
    for (int k = 0; k <= 400; ++k) {
      const auto c = rate(0.05 * k);
      EXPECT_LE(choice.cost.nanos, savings_plan_cost(rates, usage, c).nanos + 2)
          << "round " << round << ", commitment " << c.dollars();
    }
    EXPECT_GE(choice.utilisation, 0);
    EXPECT_LE(choice.utilisation, 1 + 1e-12);
  }
  EXPECT_EQ(savings_plan({}, {}).commitment.nanos, 0);
}

std::vector<double> days(int n) {
  std::vector<double> all;
  for (int k = 0; k < n; ++k) {
    const auto d = day();
    all.insert(all.end(), d.begin(), d.end());
  }
  return all;
}

TEST(Advise, BuysWhatIsWorthMost) {
  const CommitmentTerms terms[] = {kOneYear, kNoUpfront, kThreeYears};
  const auto history = days(40);
  AdviceQuestion question{history, {}, kOnDemand, terms};
  const auto advice = advise(question);
  ASSERT_TRUE(advice.ok());
  EXPECT_EQ(advice->terms, "3y all upfront");
  EXPECT_EQ(advice->buy, 10u);
  EXPECT_NEAR(advice->saving.dollars(), 0.928 - 0.553110, 5e-6);
  EXPECT_NEAR(advice->utilisation, (8 * 4 + 4 * 10 + 8 * 10 + 4 * 8) / 240.0, 1e-12);
  EXPECT_TRUE(advice->warning.empty());
  question.owned = 10;
  EXPECT_EQ(advise(question)->buy, 0u);
  question.owned = 4;
  EXPECT_EQ(advise(question)->buy, 6u);
}

TEST(Advise, RefusesLessThanThirtyDays) {
  const CommitmentTerms terms[] = {kOneYear};
  auto history = days(29);
  const auto brief = advise({history, {}, kOnDemand, terms});
  ASSERT_FALSE(brief.ok());
  EXPECT_EQ(brief.error().code, ErrorCode::failed_precondition);
  EXPECT_EQ(brief.error().message,
            "commitments: need 30 days of hourly demand, have 29 (696 hours, 696 known)");
  history = days(50);
  for (std::size_t h = 0; h < history.size(); h += 2) history[h] = kNaN;
  EXPECT_FALSE(advise({history, {}, kOnDemand, terms}).ok());
  history = days(60);
  for (std::size_t h = 0; h < history.size(); h += 2) history[h] = kNaN;
  EXPECT_TRUE(advise({history, {}, kOnDemand, terms}).ok());
}

TEST(Advise, UsesTheForecastAndWarnsWhenItFalls) {
  const CommitmentTerms terms[] = {kOneYear};
  const auto history = days(40);
  const std::vector<double> falling(720, 3.0), nothing(720, 0.0), unknown(10, kNaN);
  const auto advice = advise({history, falling, kOnDemand, terms});
  EXPECT_EQ(advice->buy, 3u);
  EXPECT_EQ(advice->warning, "demand is forecast to fall: median 3 machines, was 10");
  EXPECT_EQ(advise({history, nothing, kOnDemand, terms})->buy, 0u);
  EXPECT_FALSE(advise({history, unknown, kOnDemand, terms}).ok());
}

TEST(Advise, RefusesNonsense) {
  const CommitmentTerms terms[] = {kOneYear};
  auto history = days(40);
  for (const double x : {-1.0, 1e300, kInfinity}) {
    history[5] = x;
    EXPECT_EQ(advise({history, {}, kOnDemand, terms}).error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace commitment_test
}  // namespace nova
