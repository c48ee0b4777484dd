// Goal: what holds for every model of this folder, seen from outside: odd histories, saved states,
// strides, configs. Method: the built libraries through the contract, the same tables for all.
#include "tests/plugins/models/library.hpp"

#include <cmath>
#include <random>

namespace {

constexpr double kNaN = nova::kNaN;
using Matrix = nova::FakeComponent::Matrix;

class Models : public ::testing::TestWithParam<const char*> {
 protected:
  const nova_component& model() { return nova::library::component(GetParam()); }
  nova::FakeHost host;
};
INSTANTIATE_TEST_SUITE_P(All, Models, ::testing::Values("seasonal_naive", "regression", "arima"),
                         [](const auto& p) { return std::string(p.param); });

std::vector<double> series(std::uint64_t seed, std::size_t n) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  std::vector<double> y(n);
  for (std::size_t t = 0; t < n; ++t)
    y[t] = 50 + 10 * std::sin(2 * M_PI * static_cast<double>(t) / 12) + noise(random);
  return y;
}

TEST_P(Models, AnswerSensiblyOrSayWhyNot) {
  const std::vector<double> levels{0.01, 0.1, 0.5, 0.9, 0.99};
  const std::tuple<const char*, std::vector<double>, bool> cases[] = {
      {"usual", series(1, 100), true},
      {"constant", std::vector<double>(30, 4), true},
      {"negative", std::vector<double>(30, -4), true},
      {"holes", {1, kNaN, 3, kNaN, kNaN, 6, 7, kNaN, 9, 10, kNaN}, true},
      {"1e300", {1e300, -1e300, 1e300, 1e300, -1e300, 1e300}, true},
      {"infinities", {1, HUGE_VAL, 2, -HUGE_VAL, 3, 4}, true},
      {"two points", {1, 2}, true},
      {"one point", {7}, false},
      {"one point among missing", {kNaN, 7, kNaN}, false},
      {"all missing", {kNaN, kNaN, kNaN}, false},
      {"empty", {}, false}};
  nova::FakeComponent c(model(), host);
  for (const auto& [name, y, answered] : cases) {
    const auto a = c.forecast({y}, 5, levels);
    EXPECT_EQ(a.status, NOVA_OK) << name;
    EXPECT_EQ(a.item_status[0], answered ? NOVA_OK : NOVA_FAILED_PRECONDITION) << name;
    for (std::size_t h = 0; h < 5; ++h) {
      EXPECT_EQ(std::isfinite(a.mean[0][h]), answered) << name;
      for (std::size_t q = 1; answered && q < levels.size(); ++q)
        EXPECT_LE(a.quantiles[0][q - 1][h], a.quantiles[0][q][h]) << name;
    }
  }
  EXPECT_EQ(c.forecast({{7}}, 3).mean[0][2], 7);  // without quantiles one point is enough
}

TEST_P(Models, SaveAndLoadGiveTheSameForecastBitForBit) {
  auto holes = series(3, 80);
  holes[5] = holes[40] = kNaN;
  const Matrix history{series(2, 80), holes, std::vector<double>(80, 1.0)};
  nova::FakeComponent a(model(), host), b(model(), host);
  a.fit(history, {12});
  const auto want = a.forecast({{}, {}, {}}, 30, {0.1, 0.9});
  ASSERT_EQ(b.load(a.save()), NOVA_OK) << b.error();
  const auto got = b.forecast({{}, {}, {}}, 30, {0.1, 0.9});
  EXPECT_EQ(got.item_status, (std::vector<std::int32_t>(3, NOVA_OK)));
  EXPECT_EQ(got.mean, want.mean);
  EXPECT_EQ(got.quantiles, want.quantiles);
  b.origin_ns += b.step_ns;
  a.origin_ns += a.step_ns;
  a.observe({{51}, {52}, {kNaN}});
  b.observe({{51}, {52}, {kNaN}});
  EXPECT_EQ(b.forecast({{}, {}, {}}, 5).mean, a.forecast({{}, {}, {}}, 5).mean);
}

TEST_P(Models, ABatchIsItsSeriesOneByOne) {
  Matrix many;
  for (std::uint64_t s = 0; s < 150; ++s) many.push_back(series(s, 60));
  nova::FakeComponent c(model(), host);
  const auto together = c.forecast(many, 7, {0.25});
  for (const std::size_t s : {0u, 77u, 149u}) {
    nova::FakeComponent alone(model(), host);
    const auto one = alone.forecast({many[s]}, 7, {0.25});
    EXPECT_EQ(together.mean[s], one.mean[0]);
    EXPECT_EQ(together.quantiles[s], one.quantiles[0]);
  }
}

TEST_P(Models, RefuseABadConfigByName) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"season_length": -1})", "/season_length"},
      {R"({"season_length": "day"})", "/season_length"},
      {R"({"floor": "0"})", "/floor"},
      {R"({"seasons": 1})", "/seasons: is not a known key"}};
  for (const auto& [json, place] : cases) {
    nova::FakeComponent c(model(), host, json);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << json;
    EXPECT_NE(c.error().find(place), std::string::npos) << c.error();
  }
}

TEST_P(Models, DescribeTheirEffectiveConfig) {
  nova::FakeComponent c(model(), host, R"({"season_length": 24})");
  const auto d = nova::Json::parse(c.describe());
  EXPECT_EQ(d["config"]["season_length"], 24);
  EXPECT_TRUE(d["capabilities"].contains("min_history"));
  EXPECT_EQ(
      nova::Json::parse(nova::FakeComponent(model(), host).describe())["config"]["season_length"],
      0);
}

}  // namespace
