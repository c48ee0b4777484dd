// Goal: seasons are found in what they repeat, the rest in what it follows, and the spread is what
// comes. Method: simulated series, exact patterns, coverage over many series.
#include "plugins/models/mstl/mstl.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <novascale/error.hpp>
#include <random>

namespace mstl_test {

using nova::mstl::Mstl;
using nova::mstl::Options;
using nova::mstl::State;
using Seasons = std::vector<std::uint32_t>;

State fit(const Mstl& model, std::span<const double> y, const Seasons& seasons = {}) {
  std::string remark;
  return model.fit(y, seasons, remark);
}
std::vector<double> forecast(const Mstl& model, const State& state, std::size_t leads) {
  std::vector<double> mean(leads), spread(leads);
  model.ahead(state, mean, spread);
  for (double& z : mean) z = model.untransformed(state, z);
  return mean;
}

// A day of 24, a week of 168, and an AR(1) rest.
std::vector<double> hours(std::size_t n, std::uint64_t seed, double noise_sd = 1) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise(0, noise_sd);
  std::vector<double> y(n);
  double e = 0;
  for (std::size_t t = 0; t < n; ++t) {
    e = 0.7 * e + noise(random);
    const auto x = static_cast<double>(t);
    const double day = 20 * std::sin(2 * M_PI * x / 24);
    y[t] = 100 + (t % 168 < 120 ? day : 0.3 * day - 10) + e;
  }
  return y;
}

TEST(Mstl, ContinuesAnExactPattern) {
  const auto y = hours(1008, 1, 0);
  const Mstl model{Options{}};
  const auto got = forecast(model, fit(model, std::span(y).first(840), {24, 168}), 168);
  for (std::size_t h = 0; h < 168; ++h) EXPECT_NEAR(got[h], y[840 + h], 0.5) << h;
}

TEST(Mstl, IsNearTheBestForecastOfASimulation) {
  // The best one knows the pattern: its error far ahead is the rest's, sd 1 / sqrt(1 - 0.49) = 1.4.
  const Mstl model{Options{}};
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto y = hours(888, seed);
    const auto got = forecast(model, fit(model, std::span(y).first(840), {24, 168}), 48);
    for (std::size_t h = 0; h < 48; ++h) sum += std::fabs(got[h] - y[840 + h]);
  }
  EXPECT_LT(sum / (20 * 48), 1.25 * 1.4 * std::sqrt(2 / M_PI));
}

TEST(Mstl, IntervalsCoverWhatTheySay) {
  const Mstl model{Options{}};
  double inside80 = 0, inside95 = 0, count = 0;
  for (std::uint64_t seed = 100; seed < 160; ++seed) {
    const auto y = hours(888, seed);
    const State state = fit(model, std::span(y).first(840), {24, 168});
    std::vector<double> mean(48), spread(48);
    model.ahead(state, mean, spread);
    for (std::size_t h = 0; h < 48; ++h, ++count) {
      const auto bound = [&](double level) {
        return model.untransformed(state, mean[h] + state.errors.quantile(level) * spread[h]);
      };
      const double came = y[840 + h];
      inside80 += came >= bound(0.1) && came <= bound(0.9);
      inside95 += came >= bound(0.025) && came <= bound(0.975);
    }
  }
  // 60 independent series; on the wide side, because the held-out part is allowed to be unlike.
  EXPECT_NEAR(inside80 / count, 0.8, 0.06);
  EXPECT_NEAR(inside95 / count, 0.95, 0.04);
}

TEST(Mstl, TakesLogarithmsWhereTheyForetellBetter) {
  auto y = hours(840, 3);
  for (std::size_t t = 0; t < y.size(); ++t)
    y[t] = std::exp(0.05 * y[t] + 0.004 * static_cast<double>(t));
  const Mstl automatic{Options{}};
  EXPECT_TRUE(fit(automatic, y, {24, 168}).log);
  Options none;
  none.transform = Options::Transform::none;
  EXPECT_FALSE(fit(Mstl(none), y, {24, 168}).log);
  y[5] = 0;
  EXPECT_FALSE(fit(automatic, y, {24, 168}).log);
  Options log;
  log.transform = Options::Transform::log;
  EXPECT_THROW(fit(Mstl(log), y, {24, 168}), nova::Error);
}

TEST(Mstl, LeavesOutASeasonThatIsNone) {
  std::mt19937_64 random{4};
  std::normal_distribution<double> noise;
  std::vector<double> y(600);
  for (std::size_t t = 1; t < y.size(); ++t) y[t] = 0.9 * y[t - 1] + noise(random);
  const Mstl model{Options{}};
  EXPECT_TRUE(fit(model, y, {24, 168}).seasonal.empty());
}

TEST(Mstl, SaysWhatItDrops) {
  const auto y = hours(300, 5);
  const Mstl model{Options{}};
  std::string remark;
  EXPECT_LE(model.fit(y, Seasons{168, 24, 0, 24}, remark).seasonal.size(), 1u);
  EXPECT_EQ(remark, "season 168 dropped: 300 points");
  Options own;
  own.season_lengths = {24};
  remark.clear();
  EXPECT_EQ(Mstl(own).fit(y, Seasons{7}, remark).seasonal.at(0).size(), 24u);
  EXPECT_EQ(remark, "");
}

TEST(Mstl, ObservingMovesTheForecastAlong) {
  const auto y = hours(900, 6, 0);
  const Mstl model{Options{}};
  State state = fit(model, std::span(y).first(800), {24, 168});
  const auto before = forecast(model, state, 60);
  // What was expected tells nothing new.
  model.observe(state, std::span(before).first(30));
  const auto after = forecast(model, state, 30);
  for (std::size_t h = 0; h < 30; ++h) EXPECT_NEAR(after[h], before[h + 30], 1e-6);
}

TEST(Mstl, AMissingPointWidensTheInterval) {
  const auto y = hours(504, 7);
  const Mstl model{Options{}};
  State state = fit(model, y, {24});
  std::vector<double> mean(10), spread(10), later(10);
  model.ahead(state, mean, spread);
  model.observe(state, std::vector<double>(3, std::nan("")));
  model.ahead(state, mean, later);
  for (std::size_t h = 0; h + 3 < 10; ++h) EXPECT_EQ(later[h], spread[h + 3]);
}

TEST(Mstl, AStateIsSmall) {
  const State state = fit(Mstl{Options{}}, hours(2016, 8), {288});
  std::size_t bytes = sizeof state + 8 * (state.spread.size() + 2 * state.errors.sorted().size() +
                                          2 * state.rest.ar.lags.size());
  for (const auto& turn : state.seasonal) bytes += 8 * turn.size();
  EXPECT_LT(bytes, 64u * 1024);
}

}  // namespace mstl_test
