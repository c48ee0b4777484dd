// Goal: the options of the ets plugin reach the mathematics, and observing is as good as a step of
// the filter. Method: through the contract.
#include <cmath>

#include "tests/plugins/models/ets/reference.hpp"
#include "tests/plugins/models/library.hpp"

namespace ets_plugin_test {

const nova_component& model() { return nova::library::component("ets"); }
const std::vector<double>& air() {
  return nova::reference::all_series().at("AirPassengers").values;
}

TEST(EtsPlugin, ReadsItsOptions) {
  nova::FakeHost host;
  for (const char* good :
       {R"({"model": "AAdA"})", R"({"model": "aicc"})", R"({"alpha": 0.3, "double": true})",
        R"({"season_length": [12, 24], "calibrate": false})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, good).status, NOVA_OK) << good;
  for (const char* bad : {R"({"model": "AAM"})", R"({"model": "holt"})", R"({"alpha": 0})",
                          R"({"alpha": 2})", R"({"double": "yes"})", R"({"season_length": [1]})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, bad).status, NOVA_INVALID_ARGUMENT) << bad;
}

TEST(EtsPlugin, AnswersAsRDoes) {
  const auto ahead = nova::fixture::read("smoothing_ahead.csv");
  nova::FakeHost host;
  nova::FakeComponent c(model(), host,
                        R"({"model": "AAA", "season_length": 12, "calibrate": false})");
  const auto a = c.forecast({air()}, 24, {0.025, 0.975});
  for (std::size_t i = 0; i < ahead.rows.size(); ++i) {
    if (ahead.rows[i].at("series") != "AirPassengers" || ahead.rows[i].at("form") != "AAA")
      continue;
    const auto h = static_cast<std::size_t>(ahead.number(i, "step")) - 1;
    // Estimated, not given: our likelihood is 1.8 units better than R's.
    EXPECT_NEAR(a.mean[0][h] / ahead.number(i, "mean"), 1, 0.05);
    EXPECT_NEAR((a.quantiles[0][1][h] - a.mean[0][h]) / (1.96 * ahead.number(i, "sd")), 1, 0.1);
  }
}

TEST(EtsPlugin, ObservingOnePointIsAStepOfTheFilter) {
  nova::FakeHost host;
  for (const char* config : {R"({"model": "ANA", "season_length": 12, "alpha": 0.4})",
                             R"({"model": "MAM", "season_length": 12, "alpha": 0.4})"}) {
    nova::FakeComponent one(model(), host, config);
    std::vector<double> known(air().begin(), air().end() - 1);
    one.fit({known}, {12});
    const auto before = one.forecast({{}}, 13);
    one.origin_ns += one.step_ns;
    one.observe({{air().back()}});
    const auto after = one.forecast({{}}, 12);
    // An error moves level, and that all later values, to its side.
    const double error = air().back() - before.mean[0][0];
    for (std::size_t h = 0; h < 11; ++h)
      EXPECT_GT((after.mean[0][h] - before.mean[0][h + 1]) * error, 0) << config << h;
    one.origin_ns += one.step_ns;
    one.observe({{nova::kNaN}});
    EXPECT_NEAR(one.forecast({{}}, 3).mean[0][0] / after.mean[0][1], 1, 1e-12) << config;
  }
}

TEST(EtsPlugin, WildPointsLeaveItFinite) {
  nova::FakeHost host;
  for (const char* config : {R"({"model": "MAM", "season_length": 12})", R"({})"}) {
    nova::FakeComponent c(model(), host, config);
    c.fit({air()}, {12});
    for (const double wild : {0.0, -1e300, 1e300, HUGE_VAL, nova::kNaN, 1e-300}) {
      c.origin_ns += c.step_ns;
      c.observe({{wild}});
      const auto a = c.forecast({{}}, 30, {0.01, 0.99});
      for (std::size_t h = 0; h < 30; ++h) {
        EXPECT_TRUE(std::isfinite(a.mean[0][h])) << config << wild;
        EXPECT_TRUE(std::isfinite(a.quantiles[0][1][h])) << config << wild;
        EXPECT_LE(a.quantiles[0][0][h], a.quantiles[0][1][h]);
      }
    }
  }
}

TEST(EtsPlugin, TellsWhatItChoseAndKeepsItsStateSmall) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host);
  std::vector<double> y;
  for (int t = 0; t < 1500; ++t) y.push_back(100 + 10 * std::sin(2 * M_PI * t / 288) + t % 7);
  c.fit({y}, {288});
  EXPECT_TRUE(host.noted(0, "[288]"));
  EXPECT_LT(c.save().size(), 64u * 1024);
}

TEST(EtsPlugin, FloorHolds) {
  nova::FakeHost host;
  nova::FakeComponent c(model(), host, R"({"model": "AAN", "floor": 0})");
  std::vector<double> falling;
  for (int t = 0; t < 40; ++t) falling.push_back(40 - t + (t % 2 ? 0.5 : -0.5));
  const auto a = c.forecast({falling}, 20, {0.1, 0.9});
  EXPECT_EQ(a.mean[0][19], 0);
  EXPECT_EQ(a.quantiles[0][0][19], 0);
}

}  // namespace ets_plugin_test
