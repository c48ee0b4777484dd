// Goal: peaks and valleys are where and as high as they were made, trends are those that are there.
#include "core/plan/pattern.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/plan/views.hpp"

namespace nova {
namespace pattern_test {

using namespace plan_views;

double hours_of(Duration d) { return hours(d); }

TEST(Pattern, OfADay) {
  const auto history = past(7, [](double h) { return daily(h); });
  const Season day[] = {{kDay, 0.9}};
  const auto course = find_course(history, kNow, kStep, day);
  ASSERT_EQ(course.patterns.size(), 1u);
  const auto& p = course.patterns[0];
  EXPECT_EQ(p.length, std::chrono::hours(24));
  EXPECT_EQ(p.strength, 0.9);
  ASSERT_EQ(p.peaks.size(), 1u);
  ASSERT_EQ(p.valleys.size(), 1u);
  EXPECT_NEAR(hours_of(p.peaks[0].offset), 12, 0.3);
  EXPECT_NEAR(p.peaks[0].level, 300, 4);
  EXPECT_NEAR(p.peaks[0].ratio, 1.5, 0.03);
  EXPECT_NEAR(hours_of(p.peaks[0].lasting), 12, 0.3) << "half of a cosine is above its middle";
  EXPECT_NEAR(hours_of(p.peaks[0].next - kNow), 12, 0.3);
  EXPECT_NEAR(p.valleys[0].level, 100, 4);
  const double around_midnight = hours_of(p.valleys[0].offset);
  EXPECT_LT(std::min(around_midnight, 24 - around_midnight), 0.3);
  EXPECT_GE(p.valleys[0].next, kNow);
  EXPECT_EQ(course.trend.heading, Heading::steady);
}

// Noon and evening, and twice as much on Saturdays.
TEST(Pattern, OfADayWithinAWeek) {
  const auto demand = [](double h) {
    const double of_day = std::fmod(std::fmod(h, 24) + 24, 24);
    const double of_week = std::fmod(std::fmod(h, 168) + 168, 168);
    const double bump = 200 * std::exp(-std::pow((of_day - 12) / 1.5, 2)) +
                        150 * std::exp(-std::pow((of_day - 20) / 1.0, 2));
    return 100 + bump + (of_week >= 120 && of_week < 144 ? 150 : 0);
  };
  const auto history = past(28, demand);
  const Season seasons[] = {{kDay, 0.8}, {7 * kDay, 0.6}};
  const auto course = find_course(history, kNow, kStep, seasons);
  ASSERT_EQ(course.patterns.size(), 2u);
  const auto& day = course.patterns[0];
  ASSERT_EQ(day.peaks.size(), 2u);
  EXPECT_NEAR(hours_of(day.peaks[0].offset), 12, 0.3);
  EXPECT_NEAR(hours_of(day.peaks[1].offset), 20, 0.3);
  const auto& week = course.patterns[1];
  ASSERT_EQ(week.peaks.size(), 1u) << "the day's peaks are not the week's";
  EXPECT_NEAR(hours_of(week.peaks[0].offset), 5 * 24 + 12, 1.0) << "Saturday noon";
  EXPECT_NEAR(hours_of(week.peaks[0].next - kNow), 5 * 24 + 12, 1.0);
}

TEST(Pattern, OfAConstantOrNothingThereIsNone) {
  const Season day[] = {{kDay, 0.5}};
  const auto flat = find_course(past(3, [](double) { return 5.0; }), kNow, kStep, day);
  ASSERT_EQ(flat.patterns.size(), 1u);
  EXPECT_TRUE(flat.patterns[0].peaks.empty());
  EXPECT_TRUE(find_course({}, kNow, kStep, day).patterns.empty());
  const std::vector<double> unknown(3 * kDay, std::nan(""));
  EXPECT_TRUE(find_course(unknown, kNow, kStep, day).patterns[0].peaks.empty());
}

TEST(Trend, IsThatOfWhatSeasonsLeave) {
  std::mt19937_64 random{5};
  std::normal_distribution<double> noise(0, 5);
  const Season day[] = {{kDay, 0.9}};
  const std::tuple<double, Heading> cases[] = {
      {24, Heading::rising}, {-24, Heading::falling}, {0, Heading::steady}};
  for (const auto& [a_day, heading] : cases) {
    const auto history =
        past(14, [&, d = a_day](double h) { return 500 + daily(h) + d * h / 24 + noise(random); });
    const auto trend = find_course(history, kNow, kStep, day).trend;
    EXPECT_EQ(trend.heading, heading) << a_day;
    EXPECT_NEAR(trend.per_day, a_day, 0.2);
    EXPECT_EQ(trend.strength > 0.9, a_day != 0);
  }
}

}  // namespace pattern_test
}  // namespace nova
