// Goal: an alarm soon after the world changed, and hardly ever without.
// Method: simulated errors with and without a change; run lengths counted.
#include "core/forecast/drift.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace nova {
namespace forecast_drift_test {

constexpr int kChange = 500;

// Steps from the change to the first alarm behind it; -1 = none within 300 steps. Alarms before it
// are counted.
template <class Detector>
std::pair<int, int> alarms(Detector detector, const std::function<double(int, double)>& error,
                           std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  int early = 0;
  for (int t = 0; t < kChange + 300; ++t) {
    const bool alarm = detector.add(error(t, normal(random)));
    if (alarm && t >= kChange) return {early, t - kChange};
    early += alarm;
  }
  return {early, -1};
}

TEST(Cusum, SeesWhatTheErrorsDo) {
  struct Case {
    const char* name;
    std::function<double(int, double)> error;
    int within;  // steps; -1 = no alarm is due
  };
  const Case cases[] = {
      {"nothing", [](int, double e) { return e; }, -1},
      {"lean up", [](int t, double e) { return e + (t < kChange ? 0 : 2); }, 20},
      {"lean down", [](int t, double e) { return e - (t < kChange ? 0 : 2); }, 20},
      {"lean a little", [](int t, double e) { return e + (t < kChange ? 0 : 1); }, 60},
      {"grow", [](int t, double e) { return e * (t < kChange ? 1 : 3); }, 25},
      {"one spike", [](int t, double e) { return t == kChange ? 1e9 : e; }, -1},
      {"shrink", [](int t, double e) { return e * (t < kChange ? 1 : 0.1); }, -1},
      {"constant zero", [](int, double) { return 0.0; }, -1},
      {"large unit", [](int t, double e) { return 1e200 * (e + (t < kChange ? 0 : 2)); }, 20},
      {"half missing",
       [](int t, double e) { return t % 2 ? std::nan("") : e + (t < kChange ? 0 : 2); }, 40},
  };
  for (const auto& c : cases) {
    int early = 0, missed = 0, slow = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const auto [before, after] = alarms(Cusum(), c.error, seed);
      early += before;
      if (c.within < 0)
        early += after >= 0;
      else if (after < 0)
        ++missed;
      else
        slow += after > c.within;
    }
    EXPECT_LE(early, 2) << c.name;  // in 40 x 500 steps and more
    EXPECT_EQ(missed, 0) << c.name;
    EXPECT_LE(slow, 4) << c.name;
  }
}

// Closed form: errors of exactly +1 and -1 have scale 1; then z = 1 / 1.2533 each, and the alarm
// comes when the sum of z - allowance passes the threshold.
TEST(Cusum, AccumulatesBeyondTheAllowance) {
  Cusum cusum({.half_life = 1e12});
  for (int t = 0; t < 1000; ++t) ASSERT_FALSE(cusum.add(t % 2 ? 1 : -1));
  const double gain = 1 / 1.2533 - 0.5;
  const double held = cusum.state().up;
  int steps = 1;
  while (!cusum.add(1)) ++steps;
  EXPECT_NEAR(steps, std::ceil((12 - held) / gain), 1);
}

TEST(Cusum, BeginsAnewWithANewModel) {
  Cusum cusum;
  for (int t = 0; t < 100; ++t) cusum.add(t % 2 ? 1 : -1);
  for (int t = 0; t < 10; ++t) cusum.add(2);
  EXPECT_GT(cusum.state().up, 0);
  cusum.refitted();
  EXPECT_EQ(cusum.state().up, 0);
  EXPECT_GT(cusum.state().scale, 0);
  for (int t = 0; t < 24; ++t) EXPECT_FALSE(cusum.add(4));  // it settles first
}

TEST(LevelShift, SeesAShiftAndNoSpikes) {
  struct Case {
    const char* name;
    std::function<double(int, double)> difference;
    bool due;
  };
  const Case cases[] = {
      {"nothing", [](int, double e) { return e; }, false},
      {"a shift", [](int t, double e) { return e + (t < kChange ? 0 : 12); }, true},
      {"a shift down", [](int t, double e) { return e - (t < kChange ? 0 : 12); }, true},
      {"a small shift", [](int t, double e) { return e + (t < kChange ? 0 : 1); }, false},
      {"a shift of a constant", [](int t, double) { return t < kChange ? 3.0 : 4.0; }, true},
      {"five spikes", [](int t, double e) { return t >= kChange && t < kChange + 5 ? 99 : e; },
       false},
      {"not finite", [](int t, double e) { return t % 50 ? e : INFINITY; }, false},
  };
  for (const auto& c : cases) {
    int wrong = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
      const auto [before, after] = alarms(LevelShift(), c.difference, seed);
      wrong += before > 0;
      wrong += c.due ? after < 0 || after > 12 : after >= 0;
    }
    EXPECT_LE(wrong, 2) << c.name;
  }
}

TEST(Drift, SnapshotGoesOnTheSame) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> normal;
  Cusum a, b;
  LevelShift c, d;
  for (int t = 0; t < 100; ++t) {
    const double e = normal(random);
    a.add(e);
    c.add(e);
  }
  b.restore(a.state());
  d.restore(c.state());
  for (int t = 0; t < 200; ++t) {
    const double e = normal(random) + 1.5;
    ASSERT_EQ(a.add(e), b.add(e)) << t;
    ASSERT_EQ(c.add(5 * e), d.add(5 * e)) << t;
  }
}

}  // namespace forecast_drift_test
}  // namespace nova
