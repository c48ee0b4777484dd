// Goal: the load at which answers become too slow is found from what was seen, whatever its law.
// Method: answers of an M/M/c queue, whose load is known in closed form; answers that such a queue
// does not give; outliers, too little, and loads that never come near.
#include "core/plan/latency_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "core/plan/queueing.hpp"

namespace nova {
namespace latency_fit_test {

constexpr double kSlow = 0.05;  // of the answers, beyond the latency that is measured
const Machine kMachine{4, 100};

// Seconds that one answer in twenty exceeds.
double slowest_twentieth(double load) {
  double low = 0, high = 1e3;
  for (int i = 0; i < 80; ++i) {
    const double middle = (low + high) / 2;
    (slower_than(kMachine, load, middle) > kSlow ? low : high) = middle;
  }
  return low;
}

struct Day {
  std::vector<double> loads, latencies;
};

// A day of steps at loads of `least` to `most`, of a law with noise, and some that are far off.
Day day(double least, double most, const std::function<double(double)>& law, double outliers,
        std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> any(0, 1);
  std::normal_distribution<double> noise(0, 0.08);
  Day d;
  for (int t = 0; t < 288; ++t) {
    d.loads.push_back(least + (most - least) * (0.5 - 0.5 * std::cos(t * 2 * M_PI / 288)) *
                                  (0.9 + 0.2 * any(random)));
    d.latencies.push_back(law(d.loads.back()) * std::exp(noise(random)) *
                          (any(random) < outliers ? 15 : 1));
    if (any(random) < 0.02) d.latencies.back() = std::nan("");
  }
  return d;
}

TEST(LatencyFit, OfAnMmcQueueIsItsClosedForm) {
  double worst = 0;
  for (const double wanted : {0.15, 0.2, 0.3})
    for (const double outliers : {0.0, 0.1})
      for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto d = day(20, 98, slowest_twentieth, outliers, seed);
        const auto fit = fit_latency(d.loads, d.latencies, wanted);
        ASSERT_TRUE(fit.ok()) << fit.error().message;
        ASSERT_EQ(fit->reached, LatencyFit::Reached::within) << wanted;
        const double exact = load_within(kMachine, wanted, kSlow);
        worst = std::max(worst, std::abs(fit->load - exact) / exact);
        EXPECT_LT(std::abs(fit->load - exact), 5 * fit->sd + 0.01 * exact) << wanted << " " << seed;
        EXPECT_GT(fit->sd, 0);
      }
  EXPECT_LT(worst, 0.08);
  RecordProperty("worst_share", std::to_string(worst));
}

TEST(LatencyFit, FindsWhatNoQueueOfThisKindDoes) {
  // A lock: nothing waits until 45 requests a second, then all do.
  const auto lock = [](double load) { return 0.04 + (load > 45 ? 0.02 * (load - 45) : 0); };
  const double queue = load_within(kMachine, 0.2, kSlow);
  EXPECT_GT(queue, 80) << "what M/M/c takes the machine to bear";
  const auto d = day(10, 90, lock, 0.05, 7);
  const auto fit = fit_latency(d.loads, d.latencies, 0.2);
  ASSERT_TRUE(fit.ok());
  EXPECT_NEAR(fit->load, 53, 2.5) << "0.04 + 0.02 x 8";
  // Answers that never take long: most of what they wait for is a cache.
  const auto calm = [](double load) { return 0.01 + 0.0001 * load; };
  const auto c = day(10, 97, calm, 0.05, 8);
  const auto all = fit_latency(c.loads, c.latencies, 0.13);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->reached, LatencyFit::Reached::above);
  EXPECT_GT(all->load, 90);
  EXPECT_LT(load_within(kMachine, 0.13, kSlow), 75);
}

TEST(LatencyFit, SaysWhenItDoesNotKnow) {
  const auto d = day(10, 40, slowest_twentieth, 0, 3);
  const auto unseen = fit_latency(d.loads, d.latencies, 0.3);
  ASSERT_TRUE(unseen.ok());
  EXPECT_EQ(unseen->reached, LatencyFit::Reached::above);
  EXPECT_NEAR(unseen->load, 40, 3) << "what was seen, and no guess beyond";
  const auto never = fit_latency(d.loads, d.latencies, 0.001);
  EXPECT_EQ(never->reached, LatencyFit::Reached::below);
  EXPECT_NEAR(never->load, 10, 2);
  const std::vector<double> few(59, 1.0);
  EXPECT_EQ(fit_latency(few, few, 1).error().message, "59 of 60 pairs of load and latency");
  const std::vector<double> idle(100, 0.0), same(100, 5.0);
  EXPECT_FALSE(fit_latency(idle, same, 1).ok()) << "no load, nothing learned";
  EXPECT_TRUE(fit_latency(same, same, 1).ok()) << "one load only";
}

TEST(LatencyFit, MoreIsNeverSlowerWithAHigherLimit) {
  const auto d = day(20, 98, slowest_twentieth, 0.1, 5);
  double last = 0;
  for (double wanted = 0.08; wanted < 1; wanted *= 1.1) {
    const double load = fit_latency(d.loads, d.latencies, wanted)->load;
    EXPECT_GE(load, last);
    last = load;
  }
}

}  // namespace latency_fit_test
}  // namespace nova
