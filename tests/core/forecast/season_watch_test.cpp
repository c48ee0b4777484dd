// Goal: seasons are assumed while little is known, found when there is enough, and looked for once
// a day.
#include "core/forecast/season_watch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace nova {
namespace forecast_season_watch_test {

constexpr Duration kStep = std::chrono::minutes(5);
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);
constexpr int kDay = 288;

double value(int t, int length) {
  return 100 + 50 * std::sin(2 * std::numbers::pi * t / length) + t * 7919 % 13;
}

TEST(SeasonWatch, AssumesThenFinds) {
  SeasonWatch watch(kStep, 17);
  std::vector<double> history;
  int looks = 0;
  for (int t = 0; t < 5 * kDay; ++t) {
    history.push_back(value(t, 72));  // six hours
    looks += watch.update(history, kStart + kStep * t);
    if (t + 1 < kDay) {
      EXPECT_TRUE(watch.lengths().empty());
      EXPECT_EQ(watch.judge(), 0u);
      EXPECT_EQ(watch.describe(), "too short for a season");
    } else if (t + 1 < 2 * kDay) {
      EXPECT_EQ(watch.lengths(), (std::vector<std::uint32_t>{kDay}));
      EXPECT_EQ(watch.judge(), std::size_t{kDay});
      EXPECT_EQ(watch.describe(), "season 1d (assumed)");
    } else if (looks > 0) {
      EXPECT_EQ(watch.lengths(), (std::vector<std::uint32_t>{72})) << t;
      EXPECT_EQ(watch.judge(), 72u);
    }
    if (t == 2 * kDay + 12) {
      EXPECT_EQ(looks, 1);  // within an hour
    }
  }
  EXPECT_GE(looks, 3);
  EXPECT_LE(looks, 5);
  EXPECT_NE(watch.describe().find("season 6h (0.9"), std::string::npos) << watch.describe();
}

TEST(SeasonWatch, AssumesAWeekOfTwoAndNoSeasonThatIsNoWholeNumberOfSteps) {
  std::vector<double> history(2 * 168, 1.0);
  SeasonWatch hours(std::chrono::hours(1), 17);
  for (std::size_t n = 1; n < 48; ++n) hours.update(std::span(history).first(n), kStart);
  EXPECT_EQ(hours.lengths(), (std::vector<std::uint32_t>{24}));
  SeasonWatch odd(std::chrono::minutes(7), 17);
  for (std::size_t n = 1; n < 300; ++n) odd.update(std::span(history).first(n), kStart);
  EXPECT_TRUE(odd.lengths().empty());
  SeasonWatch days(std::chrono::hours(24), 17);  // a day is no season of days
  days.update(std::span(history).first(1), kStart);
  EXPECT_TRUE(days.lengths().empty());
}

TEST(SeasonWatch, SaysWhenThereIsNone) {
  SeasonWatch watch(kStep, 3);
  std::mt19937_64 random{4};
  std::normal_distribution<double> normal;
  std::vector<double> history;
  for (int t = 0; t < 3 * kDay; ++t) {
    history.push_back(normal(random));
    watch.update(history, kStart + kStep * t);
  }
  EXPECT_TRUE(watch.lengths().empty());
  EXPECT_EQ(watch.judge(), 0u);
  EXPECT_EQ(watch.describe(), "no season");
}

}  // namespace forecast_season_watch_test
}  // namespace nova
