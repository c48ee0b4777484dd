// Goal: naive is R's naive and its drift that of rwf(drift = TRUE); its intervals are the changes
// seen, and as wide as they say. Method: R's fixture, hand-counted small cases, simulated coverage,
// through the .so.
#include <cmath>
#include <random>

#include "tests/plugins/models/fixture.hpp"
#include "tests/plugins/models/library.hpp"

namespace naive_test {

constexpr double kNaN = nova::kNaN;
const nova_component& model() {
  static const nova_component& c = nova::library::component("naive");
  return c;
}

TEST(Naive, MeansAreThoseOfR) {
  const auto input = nova::fixture::read("input.csv"), r = nova::fixture::read("naive.csv");
  nova::FakeHost host;
  for (const bool drift : {false, true}) {
    nova::FakeComponent c(model(), host, drift ? R"({"drift": true})" : "{}");
    for (const auto& name : {"daily", "trend"}) {
      const auto a = c.forecast({input.column(name)}, 30);
      int compared = 0;
      for (std::size_t i = 0; i < r.rows.size(); ++i) {
        if (r.rows[i].at("case") != name || (r.number(i, "drift") != 0) != drift) continue;
        const auto h = static_cast<std::size_t>(r.number(i, "step")) - 1;
        EXPECT_NEAR(a.mean[0][h], r.number(i, "mean"), 1e-10) << name << " step " << h + 1;
        ++compared;
      }
      EXPECT_EQ(compared, 30);
    }
  }
}

TEST(Naive, OfFewPointsTheSpreadIsThatOfARandomWalk) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host);
  const auto a = c.forecast({{3, 1, 4}}, 9, {0.1, 0.9});
  EXPECT_EQ(a.mean[0][8], 4);
  const double one = a.quantiles[0][1][0] - 4, nine = a.quantiles[0][1][8] - 4;
  EXPECT_NEAR(one, std::sqrt((4 + 9) / 2.0) * 1.2815515655446004, 1e-9);  // steps -2 and 3
  EXPECT_NEAR(nine / one, 3, 1e-12);
  EXPECT_NEAR(a.quantiles[0][0][0], 4 - one, 1e-12);
}

TEST(Naive, WhatReturnsToItsLevelStopsWidening) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> noise;
  std::vector<double> level(2000), walk(2000);
  for (std::size_t t = 0; t < level.size(); ++t) {
    level[t] = noise(random);
    walk[t] = (t == 0 ? 0 : walk[t - 1]) + noise(random);
  }
  nova::FakeHost host;
  nova::FakeComponent c(model(), host);
  const auto a = c.forecast({level, walk}, 256, {0.1, 0.9});
  const auto width = [&](std::size_t s, std::size_t lead) {
    return a.quantiles[s][1][lead - 1] - a.quantiles[s][0][lead - 1];
  };
  EXPECT_NEAR(width(0, 256) / width(0, 1), 1, 0.1);
  EXPECT_NEAR(width(1, 64) / width(1, 1), 8, 2);
  EXPECT_NEAR(width(0, 1), 2 * 1.2816 * std::sqrt(2.0), 0.4);
}

TEST(Naive, IntervalsCoverWhatTheySay) {
  std::mt19937_64 random{4};
  std::normal_distribution<double> noise;
  nova::FakeComponent::Matrix history, truth;
  for (int s = 0; s < 600; ++s) {
    std::vector<double> y(220);
    for (std::size_t t = 1; t < y.size(); ++t) y[t] = y[t - 1] + 0.5 + noise(random);
    history.emplace_back(y.begin(), y.begin() + 200);
    truth.emplace_back(y.begin() + 200, y.end());
  }
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, R"({"drift": true})");
  const auto a = c.forecast(history, 20, {0.1, 0.9});
  for (const std::size_t h : {0u, 4u, 19u}) {
    double inside = 0;
    for (std::size_t s = 0; s < history.size(); ++s)
      inside += truth[s][h] >= a.quantiles[s][0][h] && truth[s][h] <= a.quantiles[s][1][h];
    EXPECT_NEAR(inside / 600, 0.8, 0.05) << h;  // three standard errors of a share
  }
}

TEST(Naive, ObserveIsAsGoodAsTheLongerHistory) {
  nova::FakeHost host;
  nova::FakeComponent a(model(), host, R"({"drift": true})"),
      b(model(), host, R"({"drift": true})");
  a.fit({{1, 2, 4, 3, 6}});
  a.origin_ns += 3 * a.step_ns;
  b.origin_ns = a.origin_ns;
  a.observe({{7, 9, kNaN}});
  b.fit({{1, 2, 4, 3, 6, 7, 9, kNaN}});
  const auto x = a.forecast({{}}, 4).mean[0], y = b.forecast({{}}, 4).mean[0];
  for (std::size_t h = 0; h < 4; ++h) {
    EXPECT_EQ(x[h], y[h]);
    EXPECT_NEAR(x[h], 9 + static_cast<double>(h + 2) * 8 / 6, 1e-12);
  }
}

}  // namespace naive_test
