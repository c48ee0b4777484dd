// Goal: an outlook is the trusted forecast where there is one, shaped like the past in between; and
// without one, seasonal naive that knows a drift when it sees one.
#include "core/plan/outlook.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/plan/views.hpp"

namespace nova {
namespace outlook_test {

using namespace plan_views;
constexpr Duration kThreeDays = std::chrono::hours(72);

TEST(Outlook, ContinuesARampAndADay) {
  const auto ramp = past(7, [](double h) { return 1000 + 2 * h; });
  const auto made = make_outlook({ramp, kNow, kStep, 0, nullptr, kThreeDays});
  ASSERT_TRUE(made.ok());
  EXPECT_GE(made->time_of(made->leads().size() - 1), kNow + kThreeDays);
  for (std::size_t i = 0; i < made->leads().size(); ++i)
    EXPECT_NEAR(made->quantile(0.5, i), 1000 + made->leads()[i] / 6.0, 1e-6) << i;

  const auto both = past(7, [](double h) { return daily(h) + h; });
  const auto day = make_outlook({both, kNow, kStep, kDay, nullptr, kThreeDays});
  ASSERT_TRUE(day.ok());
  for (std::size_t i = 0; i < day->leads().size(); ++i) {
    const double h = day->leads()[i] / 12.0;
    EXPECT_NEAR(day->quantile(0.5, i), std::max(0.0, daily(h) + h), 1e-6) << h;
  }
}

// Noise has no drift, whatever the seed: its outlook stays where it is.
TEST(Outlook, DoesNotSeeADriftInNoise) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    std::normal_distribution<double> noise(500, 20);
    const auto history = past(7, [&](double) { return noise(random); });
    const auto made = make_outlook({history, kNow, kStep, 0, nullptr, kThreeDays});
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->quantile(0.5, made->leads().size() - 1), history.back()) << seed;
    EXPECT_GT(made->quantile(0.95, 0), made->quantile(0.5, 0));
  }
}

TEST(Outlook, IsTheTrustedForecastAtItsLeadsAndShapedLikeThePastBetween) {
  const auto history = past(7, [](double h) { return daily(h); });
  // A model that knows of 50 more, at three leads far apart.
  Forecast::Parts p{kNow, kStep, {1, 6, 288 * 3}, {0.1, 0.5, 0.9}, {}, {}};
  for (const auto lead : p.leads) p.mean.push_back(daily(lead / 12.0) + 50);
  for (const double side : {-10.0, 0.0, 10.0})
    for (const double m : p.mean) p.quantiles.push_back(m + side);
  const auto trusted = Forecast::make(p).value();
  const auto made = make_outlook({history, kNow, kStep, kDay, &trusted, kThreeDays});
  ASSERT_TRUE(made.ok());
  for (std::size_t i = 0; i < made->leads().size(); ++i)
    EXPECT_NEAR(made->quantile(0.5, i), daily(made->leads()[i] / 12.0) + 50, 1e-6);
  const auto last = made->leads().size() - 1;
  EXPECT_NEAR(made->quantile(0.9, last) - made->quantile(0.5, last), 10, 1e-9);
}

TEST(Outlook, NeedsHistory) {
  const std::vector<double> nothing(4, std::nan(""));
  EXPECT_EQ(make_outlook({nothing, kNow, kStep, 0, nullptr, kThreeDays}).error().code,
            ErrorCode::failed_precondition);
  EXPECT_FALSE(make_outlook({{}, kNow, kStep, 0, nullptr, kThreeDays}).ok());
}

// A tenth of the values gone mad does not turn the line.
TEST(Drift, IsNotTurnedByOutliers) {
  std::mt19937_64 random{3};
  auto history = past(7, [](double h) { return 200 + 0.5 * h; });
  for (auto& x : history)
    if (random() % 10 == 0) x = random() % 2 ? 1e6 : std::nan("");
  EXPECT_NEAR(drift_a_step(history, 0), 0.5 / 12, 1e-3 / 12);
  EXPECT_EQ(drift_a_step(std::vector<double>(5, 1.0), 0), 0);
}

}  // namespace outlook_test
}  // namespace nova
