// Goal: the time to saturation is that of a ramp in closed form, and chances are what the quantiles
// say. Method: straight ramps, and laws over random ones.
#include "core/plan/saturation.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/plan/views.hpp"

namespace nova {
namespace saturation_test {

using namespace plan_views;

TEST(Saturation, OfARampInClosedForm) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> any(0.1, 1);
  for (int round = 0; round < 200; ++round) {
    const double start = 100 * any(random), slope = 20 * any(random);
    const double at_hours = 70 * any(random), limit = start + slope * at_hours;
    const auto s =
        find_saturation(sure([&](double h) { return start + slope * h; }, 0.1), limit, kNow, {});
    ASSERT_TRUE(s.at) << round;
    EXPECT_NEAR(hours(*s.at - kNow), at_hours, 1e-6) << round;
    EXPECT_GE(s.probability, 0.5);
  }
}

TEST(Saturation, ChancesAreThoseOfTheQuantiles) {
  // 100 +- 20 between the quantiles 0.1 and 0.9, so 110 lies at 0.7.
  const auto flat = sure([](double) { return 100.0; }, 0.2);
  const auto s = find_saturation(flat, 110, kNow, {});
  EXPECT_FALSE(s.at);
  EXPECT_NEAR(s.probability, 0.3, 1e-9);
  for (const double chance : s.chance) EXPECT_NEAR(chance, 0.3, 1e-9);
  // A peak five hours ahead is none of the short horizon's.
  const auto peak = sure([](double h) { return h > 5 && h < 6 ? 200.0 : 100.0; }, 0.2);
  const auto p = find_saturation(peak, 190, kNow, {});
  EXPECT_EQ(p.chance[0], 0);
  EXPECT_GT(p.chance[1], 0.5);
  EXPECT_EQ(p.chance[1], p.chance[2]);
  EXPECT_NEAR(hours(*p.at - kNow), 5, 0.1);
  // What is passed already is passed now.
  EXPECT_EQ(find_saturation(flat, 50, kNow, {}).at, kNow);
}

TEST(Saturation, ComesNoLaterAndNoLessSurelyForALowerLimit) {
  const auto wave = sure([](double h) { return daily(h); }, 0.15);
  auto last = find_saturation(wave, 1, kNow, {});
  for (double limit = 5; limit < 400; limit += 5) {
    const auto s = find_saturation(wave, limit, kNow, {});
    for (std::size_t h = 0; h < 3; ++h) EXPECT_LE(s.chance[h], last.chance[h]) << limit;
    EXPECT_LE(s.chance[0], s.chance[1]);
    EXPECT_LE(s.chance[1], s.chance[2]);
    if (s.at) {
      ASSERT_TRUE(last.at) << limit;
      EXPECT_LE(*last.at, *s.at) << limit;
    }
    last = s;
  }
}

}  // namespace saturation_test
}  // namespace nova
