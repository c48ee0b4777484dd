// Goal: seasonal naive is R's snaive for the mean, its spread grows by the root of the seasons
// passed, and gaps are bridged by older seasons. Method: R's fixture and hand-computed small cases,
// through the .so.
#include <cmath>

#include "tests/plugins/models/fixture.hpp"
#include "tests/plugins/models/library.hpp"

namespace seasonal_naive_test {

constexpr double kNaN = nova::kNaN;
const nova_component& model() {
  static const nova_component& c = nova::library::component("seasonal_naive");
  return c;
}
std::string season(int m) { return R"({"season_length": )" + std::to_string(m) + "}"; }

TEST(SeasonalNaive, MeansAreThoseOfR) {
  const auto input = nova::fixture::read("input.csv"), r = nova::fixture::read("snaive.csv");
  nova::FakeHost host;
  int compared = 0;
  for (const auto& [name, m] : {std::pair{"daily", 24}, {"weekly", 7}, {"trend", 1}}) {
    nova::FakeComponent c(model(), host, season(m));
    const auto a = c.forecast({input.column(name)}, 30, {0.1, 0.9});
    for (std::size_t i = 0; i < r.rows.size(); ++i) {
      if (r.rows[i].at("case") != name) continue;
      const auto h = static_cast<std::size_t>(r.number(i, "step")) - 1;
      EXPECT_NEAR(a.mean[0][h], r.number(i, "mean"), 1e-12) << name << " step " << h + 1;
      // R's intervals are normal, ours empirical: their growth over the seasons is the same.
      const double ours =
          (a.quantiles[0][1][h] - a.mean[0][h]) / (a.quantiles[0][1][0] - a.mean[0][0]);
      const double theirs = r.number(i, "sd") / r.number(i - h, "sd");
      EXPECT_NEAR(ours, theirs, 1e-9) << name << " step " << h + 1;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 90);
}

TEST(SeasonalNaive, QuantilesAreThoseOfTheDifferences) {
  // Season 2, differences over a season: +1 +3 +1 +3 ... (13 each). Sizes: half are 1, half are 3.
  std::vector<double> y{0, 0};
  for (int i = 0; i < 26; ++i) y.push_back(y[y.size() - 2] + (i % 2 == 0 ? 1 : 3));
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, season(2));
  const auto a = c.forecast({y}, 4, {0.05, 0.3, 0.5, 0.7, 0.95});
  EXPECT_EQ(a.mean[0], (std::vector<double>{13, 39, 13, 39}));
  const auto at = [&](std::size_t q, std::size_t h) { return a.quantiles[0][q][h]; };
  EXPECT_DOUBLE_EQ(at(0, 0), 13 - 3);
  EXPECT_DOUBLE_EQ(at(1, 0), 13 - 1);
  EXPECT_DOUBLE_EQ(at(2, 0), 13);
  EXPECT_DOUBLE_EQ(at(4, 1), 39 + 3);
  EXPECT_DOUBLE_EQ(at(4, 2), 13 + 3 * std::sqrt(2));  // the second season ahead
}

TEST(SeasonalNaive, BridgesMissingValuesByOlderSeasons) {
  std::vector<double> y;
  for (int i = 0; i < 40; ++i) y.push_back(i % 4 + (i % 8 < 4 ? 0 : 0.5));
  y[37] = kNaN;  // phase 1 of the last season; a season before it was 1
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, season(4));
  const auto a = c.forecast({y}, 4, {0.9});
  EXPECT_EQ(a.mean[0][1], 1);
  const double fresh = a.quantiles[0][0][0] - a.mean[0][0],
               old = a.quantiles[0][0][1] - a.mean[0][1];
  EXPECT_NEAR(old / fresh, std::sqrt(2), 1e-12);
}

TEST(SeasonalNaive, DegradesToNaiveAndSaysSo) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, season(24));
  const auto a = c.forecast({{3, 1, 4, 1, 5}}, 2, {0.5, 0.9});
  EXPECT_EQ(a.mean[0], (std::vector<double>{5, 5}));
  EXPECT_TRUE(host.noted(0, "season 24 dropped: 5 points"));
  const double one = a.quantiles[0][1][0] - 5, two = a.quantiles[0][1][1] - 5;
  // Steps -2 3 -3 4: few, so the normal law of their root mean square.
  EXPECT_NEAR(one, std::sqrt(38 / 4.0) * 1.2815515655446004, 1e-9);
  EXPECT_NEAR(two / one, std::sqrt(2), 1e-12);
}

TEST(SeasonalNaive, TakesTheBestOfTheHostsSeasons) {
  std::vector<double> y;
  for (int i = 0; i < 200; ++i) y.push_back(std::sin(2 * M_PI * i / 10.0) + 0.001 * (i % 3));
  nova::FakeHost host;
  nova::FakeComponent c(model(), host);
  c.fit({y}, {7, 10, 0});
  EXPECT_NEAR(c.forecast({{}}, 1).mean[0][0], y[190], 1e-12);
}

TEST(SeasonalNaive, ObserveIsAsGoodAsTheLongerHistory) {
  std::vector<double> y, more;
  for (int i = 0; i < 60; ++i) y.push_back((i * 37) % 11);
  more = {4, kNaN, 7, 2, 9};
  nova::FakeHost host;
  nova::FakeComponent a(model(), host, season(5)), b(model(), host, season(5));
  a.fit({y});
  a.origin_ns += 5 * a.step_ns;
  a.observe({more});
  b.origin_ns = a.origin_ns;
  y.insert(y.end(), more.begin(), more.end());
  b.fit({y});
  EXPECT_EQ(a.forecast({{}}, 12).mean, b.forecast({{}}, 12).mean);
}

TEST(SeasonalNaive, NothingLiesBelowTheFloor) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, R"({"floor": 0})");
  const auto a = c.forecast({{5, -5, 5, 1}}, 3, {0.01, 0.5});
  EXPECT_EQ(a.quantiles[0][0], (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(a.mean[0][0], 1);
}

}  // namespace seasonal_naive_test
