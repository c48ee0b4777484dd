// Goal: the options of the theta plugin reach the mathematics. Method: through the contract.
#include <cmath>

#include "tests/plugins/models/ets/reference.hpp"
#include "tests/plugins/models/library.hpp"

namespace theta_plugin_test {

const nova_component& model() { return nova::library::component("theta"); }
const std::vector<double>& air() {
  return nova::reference::all_series().at("AirPassengers").values;
}

TEST(ThetaPlugin, ReadsItsOptions) {
  nova::FakeHost host;
  for (const char* good : {R"({"variant": "dynamic"})", R"({"alpha": 0.3})",
                           R"({"season_length": [12, 24], "calibrate": false, "floor": 0})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, good).status, NOVA_OK) << good;
  for (const char* bad : {R"({"variant": "best"})", R"({"alpha": 0})", R"({"season_length": [1]})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, bad).status, NOVA_INVALID_ARGUMENT) << bad;
}

TEST(ThetaPlugin, AnswersAsRDoes) {
  const auto ahead = nova::fixture::read("theta_ahead.csv");
  nova::FakeHost host;
  nova::FakeComponent c(model(), host,
                        R"({"variant": "standard", "season_length": 12, "calibrate": false})");
  const auto a = c.forecast({air()}, 24, {0.025, 0.975});
  int compared = 0;
  for (std::size_t i = 0; i < ahead.rows.size(); ++i) {
    if (ahead.rows[i].at("series") != "AirPassengers") continue;
    const auto h = static_cast<std::size_t>(ahead.number(i, "step")) - 1;
    EXPECT_NEAR(a.mean[0][h] / ahead.number(i, "mean"), 1, 2e-3);
    EXPECT_LT(a.quantiles[0][0][h], a.mean[0][h]);
    EXPECT_GT(a.quantiles[0][1][h], a.mean[0][h]);
    ++compared;
  }
  EXPECT_EQ(compared, 24);
}

TEST(ThetaPlugin, ObservedPointsMoveTheLevel) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, R"({"alpha": 0.5})");
  c.fit({air()}, {12});
  const auto before = c.forecast({{}}, 13, {0.1, 0.9});
  for (const double wild : {1000.0, 1e300, -1e300, HUGE_VAL, nova::kNaN, 0.0}) {
    c.origin_ns += c.step_ns;
    c.observe({{wild}});
    const auto after = c.forecast({{}}, 12, {0.1, 0.9});
    if (wild == 1000.0) {
      EXPECT_GT(after.mean[0][0], before.mean[0][1] + 100);
    }
    for (std::size_t h = 0; h < 12; ++h) EXPECT_TRUE(std::isfinite(after.quantiles[0][1][h]));
  }
}

TEST(ThetaPlugin, TellsWhatItChoseAndKeepsItsStateSmall) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host);
  std::vector<double> y;
  for (int t = 0; t < 1500; ++t) y.push_back(100 + 10 * std::sin(2 * M_PI * t / 288) + t % 7);
  c.fit({y}, {288});
  EXPECT_TRUE(host.noted(0, "theta [288]"));
  EXPECT_LT(c.save().size(), 64u * 1024);
}

}  // namespace theta_plugin_test
