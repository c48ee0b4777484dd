// Goal: the options of the regression plugin reach the mathematics. Method: through the contract.
#include <algorithm>
#include <cmath>

#include "tests/plugins/models/fixture.hpp"
#include "tests/plugins/models/library.hpp"

namespace regression_plugin_test {

TEST(RegressionPlugin, ReadsItsOptions) {
  nova::FakeHost host;
  const auto& model = nova::library::component("regression");
  for (const char* good : {R"({"season_length": [12, 24], "fourier": 2})", R"({"fourier": "full"})",
                           R"({"transform": "log", "trend": false, "ar": 0})",
                           R"({"loss": "huber", "half_life": 300, "changepoints": 4, "ar": 2})"})
    EXPECT_EQ(nova::FakeComponent(model, host, good).status, NOVA_OK) << good;
  for (const char* bad :
       {R"({"fourier": "many"})", R"({"fourier": -1})", R"({"transform": "ln"})",
        R"({"season_length": [1]})", R"({"loss": "absolute"})", R"({"half_life": -1})",
        R"({"changepoints": -1})", R"({"ar": true})", R"({"season_length": 2.5})"})
    EXPECT_EQ(nova::FakeComponent(model, host, bad).status, NOVA_INVALID_ARGUMENT) << bad;
}

TEST(RegressionPlugin, FloorAndTransformReachTheAnswer) {
  nova::FakeHost host;
  const auto& model = nova::library::component("regression");
  std::vector<double> falling(40);
  for (std::size_t t = 0; t < 40; ++t)
    falling[t] = 40 - static_cast<double>(t) + (t % 2 ? 0.5 : -0.5);
  nova::FakeComponent floored(model, host, R"({"floor": 0})");
  const auto a = floored.forecast({falling}, 20, {0.1, 0.9});
  EXPECT_EQ(a.mean[0][19], 0);
  EXPECT_EQ(a.quantiles[0][0][10], 0);
  nova::FakeComponent logs(model, host, R"({"transform": "log"})");
  const auto b = logs.forecast({falling, std::vector<double>(40, -1)}, 20, {0.1, 0.9});
  EXPECT_GT(b.quantiles[0][0][19], 0);
  EXPECT_EQ(b.item_status[1], NOVA_FAILED_PRECONDITION);
  EXPECT_TRUE(host.noted(1, "needs values > 0"));
}

// Five points of 120 are 300 too high, where residuals are some 5.
TEST(RegressionPlugin, HuberKeepsSpikesOutOfTheFit) {
  nova::FakeHost host;
  const auto r = nova::fixture::read("huber.csv");
  const auto plain = nova::fixture::read("input.csv").column("daily"), spiky = r.column("y");
  const auto ahead = [&](const std::string& loss, const std::vector<double>& y) {
    nova::FakeComponent model(
        nova::library::component("regression"), host,
        R"({"season_length": 24, "fourier": 2, "ar": 0, "loss": ")" + loss + R"("})");
    return model.forecast({y}, 24).mean[0];
  };
  const auto moved = [&](const std::string& loss) {
    const auto with = ahead(loss, spiky), without = ahead(loss, plain);
    double most = 0;
    for (std::size_t h = 0; h < 24; ++h) most = std::max(most, std::fabs(with[h] - without[h]));
    return most;
  };
  EXPECT_GT(moved("squares"), 20);
  EXPECT_LT(moved("huber"), 2);
  const auto huber = ahead("huber", spiky);
  for (std::size_t h = 0; h < 24; ++h) EXPECT_NEAR(huber[h], r.number(h, "ahead"), 1e-8) << h;
}

// A state holds everything that these options change.
TEST(RegressionPlugin, SavesWhatItsOptionsMade) {
  nova::FakeHost host;
  const char* config =
      R"({"loss": "huber", "half_life": 50, "changepoints": 3, "season_length": 12})";
  std::vector<double> y;
  for (int t = 0; t < 150; ++t) y.push_back(t % 12 + 0.1 * (t * t % 7) + (t == 100 ? 80 : 0));
  nova::FakeComponent a(nova::library::component("regression"), host, config),
      b(nova::library::component("regression"), host, config);
  a.fit({y});
  ASSERT_EQ(b.load(a.save()), NOVA_OK) << b.error();
  a.origin_ns += a.step_ns;
  b.origin_ns = a.origin_ns;
  a.observe({{90}});
  b.observe({{90}});
  const auto want = a.forecast({{}}, 20, {0.1, 0.9}), got = b.forecast({{}}, 20, {0.1, 0.9});
  EXPECT_EQ(want.item_status[0], NOVA_OK);
  EXPECT_EQ(want.mean, got.mean);
  EXPECT_EQ(want.quantiles, got.quantiles);
}

}  // namespace regression_plugin_test
