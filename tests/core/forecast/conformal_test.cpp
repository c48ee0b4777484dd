// Goal: whatever the model claims, values fall below a corrected quantile as often as its level
// says, also while the world changes.
// Method: simulated worlds and models that are wrong in known ways; coverage counted.
#include "core/forecast/conformal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nova {
namespace forecast_conformal_test {

using Values = std::vector<double>;

constexpr Duration kStep = std::chrono::minutes(5);
const Values kLevels{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};
const Values kNormal{-1.6449, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.6449, 2.3263};

TimePoint at(std::int64_t i) { return from_unix_ns(0) + kStep * i; }

// Says N(mean, sd) at every lead.
Forecast normal_forecast(std::int64_t origin, const std::vector<std::uint32_t>& leads, double mean,
                         double sd) {
  Forecast::Parts p{at(origin), kStep, leads, kLevels, Values(leads.size(), mean), {}};
  for (const double z : kNormal) p.quantiles.insert(p.quantiles.end(), leads.size(), mean + z * sd);
  return Forecast::make(std::move(p)).value();
}

struct World {
  double bias = 0;   // the model says so much less than comes
  double claim = 1;  // its spread, of the true one
  std::function<double(int)> level = [](int) { return 1000.0; };  // unknown to the model
  std::function<double(int)> sd = [](int) { return 10.0; };       // unknown to the model
};

// Shares of values at or below each corrected quantile at `lead`, over [from, n).
Values coverage(const World& world, std::uint32_t lead, int from, int n, std::uint64_t seed = 5) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal;
  Conformal conformal({lead}, kLevels);
  std::map<int, Values> said;
  Values below(kLevels.size(), 0);
  double count = 0;
  for (int t = 0; t < n; ++t) {
    const double value = world.level(t) + world.sd(t) * normal(random);
    if (const auto s = said.find(t); s != said.end() && t >= from) {
      for (std::size_t l = 0; l < kLevels.size(); ++l) below[l] += value <= s->second[l];
      ++count;
    }
    conformal.arrive(at(t), value);
    const auto raw = normal_forecast(t, {lead}, 1000 - world.bias, 10 * world.claim);
    const auto corrected = conformal.correct(raw);
    conformal.expect(raw);
    for (std::size_t l = 0; l < kLevels.size(); ++l)
      said[t + static_cast<int>(lead)].push_back(corrected.parts().quantiles[l]);
  }
  for (auto& b : below) b /= count;
  return below;
}

TEST(Conformal, CoversWhatItSaysInTheLongRun) {
  const std::tuple<const char*, World, double> cases[] = {
      {"an honest model", {}, 0.015},
      {"far too narrow", {.claim = 0.2}, 0.02},
      {"exact, it says", {.claim = 0}, 0.03},
      {"far too wide", {.claim = 5}, 0.02},
      {"biased", {.bias = 30}, 0.02},
      {"the level shifts", {.level = [](int t) { return t < 2000 ? 1000.0 : 1050.0; }}, 0.02},
      {"the level drifts", {.level = [](int t) { return 1000 + 0.02 * t; }}, 0.03},
      {"the noise grows", {.sd = [](int t) { return 5 + t / 300.0; }}, 0.03},
      {"the noise comes and goes", {.sd = [](int t) { return t / 288 % 2 ? 5.0 : 20.0; }}, 0.03},
  };
  for (const std::uint32_t lead : {1u, 12u})
    for (const auto& [name, world, tolerance] : cases) {
      const auto share = coverage(world, lead, 500, 4500);
      for (const std::size_t l : {0, 1, 5, 6, 7})  // 0.05 0.1 ... 0.9 0.95 0.99
        EXPECT_NEAR(share[l], kLevels[l], tolerance * (lead > 3 ? 2 : 1))
            << name << ", lead " << lead << ", level " << kLevels[l];
    }
}

// The bound of the method for any sequence: |coverage - level| <= (farthest score + rate) / (rate *
// values). The sequence is a chirp, which no model follows.
TEST(Conformal, OneRateKeepsItsGuaranteeForAnySequence) {
  ConformalRules rules;
  rules.rates = {0.1, 0.1};
  Conformal conformal({1}, kLevels, rules);
  const int n = 4000;
  Values below(kLevels.size(), 0);
  for (int t = 0; t < n; ++t) {
    const auto raw = normal_forecast(t, {1}, 1000, 10);
    const auto corrected = conformal.correct(raw);
    conformal.expect(raw);
    const double value = 1000 + 5 * 12.816 * std::sin(1e-3 * t * t);
    for (std::size_t l = 0; l < kLevels.size(); ++l)
      below[l] += value <= corrected.parts().quantiles[l];
    conformal.arrive(at(t + 1), value);
  }
  for (std::size_t l = 0; l < kLevels.size(); ++l) {
    const double rate = 0.1 * std::abs(2 * kLevels[l] - 1);
    const double bound = rate > 0 ? (5 + 2.5 + rate) / (rate * n) : 1;
    EXPECT_NEAR(below[l] / n, kLevels[l], bound) << kLevels[l];
  }
}

TEST(Conformal, LeavesAnHonestModelNearlyAsItIs) {
  std::mt19937_64 random{8};
  std::normal_distribution<double> normal;
  Conformal conformal({1}, kLevels);
  for (int t = 0; t < 2000; ++t) {
    conformal.arrive(at(t), 1000 + 10 * normal(random));
    conformal.expect(normal_forecast(t, {1}, 1000, 10));
  }
  const auto raw = normal_forecast(2000, {1}, 1000, 10);
  const auto corrected = conformal.correct(raw);
  for (const double level : kLevels)
    EXPECT_NEAR(corrected.quantile(level, 0), raw.quantile(level, 0), level < 0.99 ? 4 : 8)
        << level;
}

TEST(Conformal, OtherLeadsTakeWhatLiesBetween) {
  Conformal conformal({1, 16}, kLevels);
  const std::vector<std::uint32_t> leads{1, 2, 4, 8, 16, 32};
  for (int t = 0; t < 2000; ++t) {  // all values 20 above the median: bias, in units of 10 * 1.2816
    conformal.arrive(at(t), 1020);
    conformal.expect(normal_forecast(t, leads, 1000, 10));
  }
  auto state = conformal.state();
  for (auto& offsets : state[0].offsets) std::fill(offsets.begin(), offsets.end(), 0.0);
  for (auto& offsets : state[1].offsets) std::fill(offsets.begin(), offsets.end(), 1.0);
  conformal.restore(state);
  const auto corrected = conformal.correct(normal_forecast(2000, leads, 1000, 10));
  const Values share{0, 0.25, 0.5, 0.75, 1, 1};
  for (std::size_t i = 0; i < leads.size(); ++i)
    for (const double level : {0.5, 0.75, 0.99}) {
      const double raw = 1000 + 10 * kNormal[static_cast<std::size_t>(level == 0.5    ? 3
                                                                      : level == 0.75 ? 4
                                                                                      : 7)];
      EXPECT_NEAR(corrected.quantile(level, i), raw + share[i] * 12.816, 1e-3) << leads[i];
    }
}

TEST(Conformal, LeavesTheMedianToTheModelUnlessItIsFarOff) {
  for (const double bias : {5.0, 60.0}) {
    Conformal conformal({1}, kLevels);
    std::mt19937_64 random{8};
    std::normal_distribution<double> normal;
    for (int t = 0; t < 3000; ++t) {
      conformal.arrive(at(t), 1000 + bias + 10 * normal(random));
      conformal.expect(normal_forecast(t, {1}, 1000, 10));
    }
    const auto corrected = conformal.correct(normal_forecast(3000, {1}, 1000, 10));
    const double median = corrected.quantile(0.5, 0);
    if (bias == 5)
      EXPECT_EQ(median, 1000);
    else
      EXPECT_NEAR(median, 1000 + bias, 12);
    EXPECT_DOUBLE_EQ(corrected.mean(0), median);
  }
}

// Forecasts of 2016 steps ahead are remembered now and then only.
TEST(Conformal, RemembersNoMoreThanItMust) {
  Conformal conformal({1, 3, 864}, kLevels);
  for (int t = 0; t < 3000; ++t) {
    conformal.arrive(at(t), 1000);
    conformal.expect(normal_forecast(t, {1, 2, 3, 864}, 1000, 10));
    for (const auto& lead : conformal.state()) ASSERT_LE(lead.pending.size(), 12u);
  }
  EXPECT_EQ(conformal.state()[0].pending.size(), 1u);
  EXPECT_EQ(conformal.state()[1].pending.size(), 3u);
}

TEST(Conformal, FarLeadsLearnInSmallerSteps) {
  const std::vector<std::uint32_t> leads{1, 12, 24, 48, 864};
  const double slower[] = {1, 1, std::sqrt(0.5), 0.5, 0.5};
  const ConformalRules rules;
  Conformal conformal(leads, kLevels);
  conformal.expect(normal_forecast(0, leads, 1000, 10));
  for (const auto lead : leads) conformal.arrive(at(lead), 5000);  // above all that was said
  for (std::size_t k = 0; k < leads.size(); ++k)
    for (std::size_t r = 0; r < rules.rates.size(); ++r)
      for (std::size_t l = 0; l < kLevels.size(); ++l)
        EXPECT_NEAR(conformal.state()[k].offsets[r][l],
                    slower[k] * rules.rates[r] * std::abs(2 * kLevels[l] - 1) * kLevels[l], 1e-12)
            << leads[k];
}

TEST(Conformal, EnduresNonsense) {
  Conformal conformal({1}, kLevels);
  const Values values{0, 1e300, std::nan(""), -1e300, INFINITY, 5, 5, 5, -INFINITY, 0};
  for (int t = 0; t < 400; ++t) {
    const double value = values[static_cast<std::size_t>(t) % values.size()];
    conformal.arrive(at(t), value);
    const auto raw = normal_forecast(t, {1, 5}, t % 7 == 0 ? 1e300 : 3, t % 5 == 0 ? 0 : 1);
    const auto corrected = conformal.correct(raw);  // finite and in order, or make() had refused
    for (std::size_t l = 0; l < kLevels.size(); ++l)
      EXPECT_GE(corrected.parts().quantiles[l], std::min(0.0, raw.parts().quantiles[l]) - 1e301);
    conformal.expect(raw);
  }
  Conformal none({}, kLevels);
  const auto raw = normal_forecast(0, {1}, 3, 1);
  EXPECT_EQ(none.correct(raw).parts().quantiles, raw.parts().quantiles);
}

TEST(Conformal, NeverCrossesZeroByItself) {
  Conformal conformal({1}, kLevels);
  for (int t = 0; t < 300; ++t) {
    conformal.arrive(at(t), 0);
    conformal.expect(normal_forecast(t, {1}, 100, 10));
  }
  const auto corrected = conformal.correct(normal_forecast(300, {1}, 30, 10));
  for (const double level : kLevels) EXPECT_GE(corrected.quantile(level, 0), 0) << level;
}

TEST(Conformal, SnapshotGoesOnTheSame) {
  Conformal a({1, 3}, kLevels);
  const auto feed = [](Conformal& c, int from, int to) {
    for (int t = from; t < to; ++t) {
      c.arrive(at(t), 1000 + t % 31);
      c.expect(normal_forecast(t, {1, 2, 3}, 1000, 10));
    }
  };
  feed(a, 0, 100);
  Conformal b({1, 3}, kLevels);
  b.restore(a.state());
  feed(a, 100, 200);
  feed(b, 100, 200);
  const auto raw = normal_forecast(200, {1, 2, 3}, 1000, 10);
  EXPECT_EQ(a.correct(raw).parts().quantiles, b.correct(raw).parts().quantiles);
}

}  // namespace forecast_conformal_test
}  // namespace nova
