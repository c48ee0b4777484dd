// Goal: the capacity that was put in comes out, with outliers and with an honest uncertainty; what
// cannot be learned is refused.
#include "core/plan/capacity_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace nova {
namespace capacity_fit_test {

struct Seen {
  std::vector<double> load, used;
};

Seen seen(std::uint64_t seed, std::size_t points, double noise, double bad, double capacity = 80,
          double idle = 0.05) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> error(0, 1);
  std::uniform_real_distribution<double> any(0, 1);
  Seen s;
  for (std::size_t i = 0; i < points; ++i) {
    const double load = 10 + 40 * any(random);
    s.load.push_back(load);
    s.used.push_back(any(random) < bad
                         ? 0.9 + 0.1 * any(random)
                         : idle + (1 - idle) * load / capacity + noise * error(random));
  }
  return s;
}

TEST(CapacityFit, IsExactWhereTheLineIs) {
  const auto s = seen(1, 100, 0, 0);
  const auto fit = fit_capacity(s.load, s.used);
  ASSERT_TRUE(fit.ok()) << fit.error().message;
  EXPECT_NEAR(fit->per_machine, 80, 1e-6);
  EXPECT_NEAR(fit->idle, 0.05, 1e-8);
  EXPECT_LT(fit->sd, 1e-6);
}

// A tenth of the time something else keeps the machines busy. Least squares would be far off.
TEST(CapacityFit, IsNotTurnedByOutliers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto s = seen(seed, 500, 0.02, 0.1);
    const auto fit = fit_capacity(s.load, s.used);
    ASSERT_TRUE(fit.ok());
    EXPECT_NEAR(fit->per_machine, 80, 3) << seed;
  }
}

// Law: over many samples the truth lies within two standard deviations about 95 times in 100.
TEST(CapacityFit, KnowsHowSureItIs) {
  int within = 0;
  constexpr int kTrials = 400;
  for (std::uint64_t seed = 1; seed <= kTrials; ++seed) {
    const auto s = seen(seed, 120, 0.05, 0);
    const auto fit = fit_capacity(s.load, s.used);
    ASSERT_TRUE(fit.ok());
    within += std::abs(fit->per_machine - 80) <= 2 * fit->sd;
  }
  EXPECT_GT(within, 0.90 * kTrials);
  EXPECT_LT(within, 0.99 * kTrials);
}

TEST(CapacityFit, RefusesWhatSaysNothing) {
  const auto few = seen(1, 20, 0, 0);
  EXPECT_NE(fit_capacity(few.load, few.used).error().message.find("20 of 30 pairs"),
            std::string::npos);
  const std::vector<double> flat(100, 40.0), used(100, 0.5), unknown(100, std::nan(""));
  EXPECT_NE(fit_capacity(flat, used).error().message.find("hardly changed"), std::string::npos);
  EXPECT_FALSE(fit_capacity(flat, unknown).ok());
  auto falling = seen(1, 100, 0, 0);
  for (auto& u : falling.used) u = 1 - u;
  EXPECT_NE(fit_capacity(falling.load, falling.used).error().message.find("does not rise"),
            std::string::npos);
}

}  // namespace capacity_fit_test
}  // namespace nova
