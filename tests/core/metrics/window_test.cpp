// Goal: two grids from one stream of steps; gaps stay gaps.
#include "core/metrics/window.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nova {
namespace metrics_window_test {

constexpr Duration kStep = std::chrono::seconds(60);
constexpr Duration kCoarse = std::chrono::seconds(300);
const double kNaN = std::nan("");

TimePoint minute(std::int64_t m) { return from_unix_ns(m * 60'000'000'000); }

TEST(SignalWindow, FoldsStepsToForecastSteps) {
  SignalWindow w(kStep, kCoarse, 8, 4);
  std::size_t completed = 0;
  for (int m = 1; m <= 10; ++m) completed += w.push(minute(m), m);
  EXPECT_EQ(completed, 2u);
  ASSERT_EQ(w.coarse().size(), 2u);
  EXPECT_DOUBLE_EQ(w.coarse()[0], 3.0);  // mean of 1..5
  EXPECT_DOUBLE_EQ(w.coarse()[1], 8.0);
  EXPECT_EQ(w.coarse_end(), minute(10));
  EXPECT_EQ(w.latest(), 10);
  EXPECT_EQ(w.recent().size(), 8u);
}

TEST(SignalWindow, StartsInTheMiddleOfAForecastStep) {
  SignalWindow w(kStep, kCoarse, 8, 4);
  w.push(minute(4), 10);
  EXPECT_EQ(w.push(minute(5), 20), 1u);
  // Two of five steps known: less than half, so nothing is claimed.
  EXPECT_TRUE(std::isnan(w.coarse()[0]));
  SignalWindow v(kStep, kCoarse, 8, 4);
  for (int m = 3; m <= 5; ++m) v.push(minute(m), m);
  EXPECT_DOUBLE_EQ(v.coarse()[0], 4.0);
}

TEST(SignalWindow, AnAmountIsNeverBelowZero) {
  SignalWindow load(kStep, kCoarse, 8, 4, true), temperature(kStep, kCoarse, 8, 4);
  for (int i = 1; i <= 40; ++i) {
    load.push(minute(i), -3);
    temperature.push(minute(i), -3);
  }
  EXPECT_EQ(load.doubted(), -3);
  EXPECT_EQ(load.steps_missing(), 40u) << "however often it comes";
  EXPECT_TRUE(std::isnan(temperature.doubted()));
  EXPECT_EQ(temperature.latest(), -3);
  load.push(minute(41), 0);
  EXPECT_TRUE(std::isnan(load.doubted()));
  EXPECT_EQ(load.latest(), 0);
}

TEST(SignalWindow, KeepsGapsAsNaN) {
  SignalWindow w(kStep, kCoarse, 8, 4);
  w.push(minute(1), 1);
  EXPECT_EQ(w.push(minute(6), 6), 1u);  // 2..5 never came: the first forecast step is over, too
  EXPECT_TRUE(std::isnan(w.coarse()[0]));
  EXPECT_EQ(w.steps_missing(), 0u);
  w.push(minute(7), kNaN);
  w.push(minute(8), kNaN);
  EXPECT_EQ(w.steps_missing(), 2u);
  EXPECT_TRUE(std::isnan(w.latest()));
  EXPECT_EQ(w.last_known(), 6);
  EXPECT_EQ(w.push(minute(8), 99), 0u);  // repeated
  EXPECT_EQ(w.push(minute(2), 99), 0u);  // late
  EXPECT_EQ(w.last_known(), 6);
}

// A sum taken twice is a gap until it happens again; reactive rules see it at once.
TEST(SignalWindow, LeavesALoneValueOutOfTheSecondGrid) {
  SignalWindow w(kStep, kStep, 8, 100);
  const auto push = [&w](int m, double x) { w.push(minute(m), x); };
  for (int m = 1; m <= 50; ++m) push(m, 100 + m % 7);
  push(51, 1000);
  EXPECT_EQ(w.coarse().back(), 1000);  // it may be a new level
  push(52, 103);
  push(53, 103);
  EXPECT_TRUE(std::isnan(w.coarse()[50]));
  ASSERT_EQ(w.left_out().size(), 1u);
  EXPECT_EQ(w.left_out()[0].first, 50u);
  EXPECT_EQ(w.left_out()[0].values, std::vector<double>{1000});
  EXPECT_EQ(w.coarse_known(), 52u);
  EXPECT_EQ(w.recent()[5], 1000);
  const auto saved = w.state();
  SignalWindow copy(kStep, kStep, 8, 100);
  copy.restore(saved);
  ASSERT_EQ(copy.left_out().size(), 1u);
  EXPECT_EQ(copy.left_out()[0].first, 50u);
  EXPECT_EQ(copy.coarse_known(), 52u);
  push(54, 900);
  for (int m = 55; m <= 60; ++m) push(m, 104);
  EXPECT_TRUE(w.left_out().empty());
  EXPECT_EQ(w.coarse()[50], 1000);
  EXPECT_EQ(w.coarse_known(), 60u);
  for (int m = 55; m <= 160; ++m) copy.push(minute(m), 104);  // until it falls out
  EXPECT_TRUE(copy.left_out().empty());
  EXPECT_EQ(copy.coarse_known(), 100u);
}

// A fall of some hours, in which one value is lower still: both are gaps, and come back whole.
TEST(SignalWindow, LeavesAnOutageOutOfTheSecondGrid) {
  SignalWindow w(kStep, kStep, 8, 200);
  std::vector<double> y;
  for (int m = 1; m <= 180; ++m) {
    const bool out = m > 100 && m <= 110;
    y.push_back(out ? (m == 105 ? -900 : 3) : 100 + m % 7);
    if (m == 103) y.back() = std::nan("");
    w.push(minute(m), y.back());
    if (m > 100 && m < 116) {
      EXPECT_EQ(w.coarse()[100], 3) << m;  // it is not over
    }
  }
  ASSERT_EQ(w.left_out().size(), 2u);
  EXPECT_EQ(w.left_out()[0].first, 104u);
  EXPECT_EQ(w.left_out()[1].first, 100u);
  EXPECT_EQ(w.left_out()[1].values.size(), 10u);
  EXPECT_EQ(w.coarse_known(), 170u);
  for (int i = 100; i < 110; ++i) EXPECT_TRUE(std::isnan(w.coarse()[static_cast<std::size_t>(i)]));
  const auto saved = w.state();
  for (std::size_t i = 0; i < y.size(); ++i)
    EXPECT_TRUE(saved.coarse[i] == y[i] || (std::isnan(y[i]) && std::isnan(saved.coarse[i]))) << i;
  SignalWindow copy(kStep, kStep, 8, 200);
  copy.restore(saved);
  EXPECT_EQ(copy.coarse_known(), 170u);
  EXPECT_EQ(copy.left_out().size(), 2u);
  for (int m = 181; m <= 200; ++m) copy.push(minute(m), m <= 190 ? 3 : 104);  // it happens
  EXPECT_EQ(copy.left_out().size(), 1u);
  EXPECT_EQ(copy.coarse()[101], 3);
  EXPECT_EQ(copy.coarse_known(), 198u);
}

TEST(SignalWindow, DoubtsWhatIsABillionTimesAllThatIsKnown) {
  const auto known = [](int steps, double value) {
    SignalWindow w(kStep, kCoarse, 8, 40);
    for (int m = 1; m <= steps; ++m) w.push(minute(m), value);
    return w;
  };
  struct Case {
    const char* name;
    SignalWindow window;
    double value;
    bool doubted;
  };
  SignalWindow idle = known(60, 100);  // a past that recent steps do not show
  for (int m = 61; m <= 80; ++m) idle.push(minute(m), 1e-3);
  const Case cases[] = {
      {"an overflow", known(60, 100), 1e300, true},
      {"its negative", known(60, 100), -1e300, true},
      {"a burst", known(60, 100), 1e10, false},
      {"a fall", known(60, 100), 0, false},
      {"missing", known(60, 100), kNaN, false},
      {"known of long ago", idle, 1e8, false},
      {"beyond that, too", idle, 1e12, true},
      {"too little is known", known(7, 100), 1e300, false},
      {"nothing but 0 is known", known(60, 0), 1e300, false},
      {"a load begins", known(60, 1e-20), 1e6, false},
  };
  for (const auto& one : cases) {
    auto w = one.window;
    const auto before = w.last_known();
    const auto next = w.end() + kStep;
    w.push(next, one.value);
    EXPECT_EQ(std::isnan(w.latest()), one.doubted || std::isnan(one.value)) << one.name;
    EXPECT_EQ(!std::isnan(w.doubted()), one.doubted) << one.name;
    if (!one.doubted) continue;
    EXPECT_EQ(w.doubted(), one.value) << one.name;
    EXPECT_EQ(w.last_known(), before) << one.name;
    EXPECT_EQ(w.steps_missing(), 1u) << one.name;
    w.push(next + kStep, 99);
    EXPECT_EQ(w.latest(), 99) << one.name;
    EXPECT_TRUE(std::isnan(w.doubted())) << one.name;
  }
  auto w = known(60, 1);  // then it is counted in bytes
  for (std::size_t k = 0; k < SignalWindow::kBelieved; ++k) {
    w.push(w.end() + kStep, 1e10);
    EXPECT_EQ(w.doubted(), 1e10) << k;
  }
  w.push(w.end() + kStep, 1e10);
  EXPECT_EQ(w.latest(), 1e10);
  w.push(w.end() + kStep, 2e10);
  EXPECT_EQ(w.latest(), 2e10);
}

// Law: coarse_known is what counting says, through any pattern of gaps and compactions.
TEST(SignalWindow, CountsKnownPointsWhileOldOnesFallOut) {
  std::mt19937_64 random{11};
  SignalWindow w(kStep, kCoarse, 5, 7);
  for (int m = 1; m < 2000; ++m) {
    w.push(minute(m), random() % 3 == 0 ? kNaN : 1.0 * m);
    std::size_t known = 0;
    for (const double x : w.coarse()) known += !std::isnan(x);
    ASSERT_EQ(w.coarse_known(), known) << m;
    ASSERT_LE(w.coarse().size(), 7u);
    ASSERT_LE(w.recent().size(), 5u);
  }
}

TEST(SignalWindow, GoesOnFromASnapshotAsIfNothingHappened) {
  SignalWindow a(kStep, kCoarse, 8, 4), b(kStep, kCoarse, 8, 4);
  for (int m = 1; m <= 23; ++m) a.push(minute(m), m % 7 == 0 ? kNaN : m);
  b.restore(a.state());
  for (int m = 24; m <= 40; ++m) EXPECT_EQ(a.push(minute(m), m), b.push(minute(m), m));
  for (std::size_t i = 0; i < a.coarse().size(); ++i) EXPECT_EQ(a.coarse()[i], b.coarse()[i]);
  EXPECT_EQ(a.coarse_end(), b.coarse_end());
  EXPECT_EQ(a.coarse_known(), b.coarse_known());
}

}  // namespace metrics_window_test
}  // namespace nova
