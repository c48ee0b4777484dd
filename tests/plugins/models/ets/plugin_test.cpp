// Goal: the options of the ets plugin reach the mathematics, and observing is as good as a step of
// the filter. Method: through the contract.
#include <algorithm>
#include <cmath>
#include <tuple>

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
        R"({"model": "AAN", "double": true})",
        R"({"season_length": [12, 24], "calibrate": false})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, good).status, NOVA_OK) << good;
  for (const char* bad :
       {R"({"model": "AAM"})", R"({"model": "holt"})", R"({"alpha": 0})", R"({"alpha": 2})",
        R"({"double": "yes"})", R"({"season_length": [1]})", R"({"model": "ANN", "double": true})",
        R"({"model": "MAdM", "double": false})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, bad).status, NOVA_INVALID_ARGUMENT) << bad;
}

TEST(EtsPlugin, SaysWhichOptionsDisagree) {
  nova::FakeHost host;
  EXPECT_EQ(nova::FakeComponent(model(), host, R"({"model": "ANA", "double": true})").error(),
            "/double: must agree with /model: ANA has no trend");
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

// With alpha given all but the start is known, and 100 points leave 1e-16 of that.
TEST(EtsPlugin, AlphaGivenIsTheRecursionByHand) {
  nova::FakeHost host;
  const auto& nile = nova::reference::all_series().at("Nile").values;
  for (const double alpha : {0.3, 0.9}) {
    double level = nile[0];
    for (const double y : nile) level += alpha * (y - level);
    nova::FakeComponent c(
        model(), host, nova::Json{{"model", "ANN"}, {"alpha", alpha}, {"calibrate", false}}.dump());
    const auto a = c.forecast({nile}, 10, {0.975});
    const auto width = [&](std::size_t h) { return a.quantiles[0][0][h] - a.mean[0][h]; };
    for (std::size_t h = 0; h < 10; ++h) {
      EXPECT_NEAR(a.mean[0][h] / level, 1, 1e-12) << alpha;
      EXPECT_NEAR(width(h) / width(0), std::sqrt(1 + static_cast<double>(h) * alpha * alpha), 1e-9)
          << alpha;
    }
  }
}

// Holt's method: level and trend of the forecasts, beta and phi from what one more point does to
// them, then the recursion by hand over the whole series.
TEST(EtsPlugin, DoubleIsTheRecursionOfHoltByHand) {
  nova::FakeHost host;
  static constexpr double kAlpha = 0.8;
  const auto& users = nova::reference::all_series().at("WWWusage").values;
  const std::vector<double> y(users.begin(), users.end() - 1);
  const auto with = [](bool trend) {
    return nova::Json{{"model", "aicc"}, {"alpha", kAlpha}, {"double", trend}}.dump();
  };
  nova::FakeComponent simple(model(), host, with(false));
  const auto flat = simple.forecast({y}, 5).mean[0];
  for (const double f : flat) EXPECT_EQ(f, flat[0]);
  const auto& nile = nova::reference::all_series().at("Nile").values;  // without is better
  nova::FakeComponent chosen(model(), host, R"({"model": "aicc"})"),
      forced(model(), host, with(true));
  const auto without = chosen.forecast({nile}, 5).mean[0],
             sloping = forced.forecast({nile}, 5).mean[0];
  EXPECT_EQ(without[4], without[0]);
  EXPECT_GT(std::fabs(sloping[4] - sloping[0]), 1);

  nova::FakeComponent holt(model(), host, with(true));
  holt.fit({y});
  const auto f = holt.forecast({{}}, 3).mean[0];
  holt.origin_ns += holt.step_ns;
  holt.observe({{users.back()}});
  const auto g = holt.forecast({{}}, 3).mean[0];
  const double phi = (f[2] - f[1]) / (f[1] - f[0]), error = users.back() - f[0];
  const double trend = (f[1] - f[0]) / (phi * phi), next_trend = (g[1] - g[0]) / (phi * phi);
  EXPECT_GT(std::fabs(trend), 0.1);
  EXPECT_NEAR(g[0] - phi * next_trend, f[0] + kAlpha * error, 1e-9);
  const double beta = (next_trend - phi * trend) / error;
  EXPECT_GT(beta, 0.1);
  double level = y[0], slope = y[1] - y[0];
  for (const double v : y) {
    const double e = v - level - phi * slope;
    level += phi * slope + kAlpha * e;
    slope = phi * slope + beta * e;
  }
  EXPECT_NEAR(level, f[0] - phi * trend, 1e-6);
  EXPECT_NEAR(slope, trend, 1e-6);
}

// Without a trend the forecast repeats itself after the season that is used, and after no other;
// an error moves all of it by alpha, but its own place in the season.
TEST(EtsPlugin, SeasonLengthDecidesTheSeason) {
  nova::FakeHost host;
  const std::vector<double> known(air().begin(), air().end() - 1);
  const std::tuple<const char*, std::uint32_t, std::size_t> cases[] = {
      {"12", 7, 12}, {"6", 12, 6}, {"[4]", 12, 4}, {"0", 12, 12}, {"[]", 7, 7}};
  for (const auto& [given, host_season, used] : cases) {
    nova::FakeComponent c(
        model(), host,
        std::string(R"({"model": "ANA", "alpha": 0.4, "season_length": )") + given + "}");
    c.fit({known}, {host_season});
    const auto before = c.forecast({{}}, 40).mean[0];
    for (std::size_t m = 2; m < 15; ++m) {
      double most = 0;
      for (std::size_t h = 0; h < 24; ++h)
        most = std::max(most, std::fabs(before[h + m] - before[h]));
      if (m % used == 0)
        EXPECT_LT(most, 1e-9) << given << " " << m;
      else
        EXPECT_GT(most, 1) << given << " " << m;
    }
    c.origin_ns += c.step_ns;
    c.observe({{air().back()}});
    const auto after = c.forecast({{}}, 24).mean[0];
    const double error = air().back() - before[0];
    for (std::size_t h = 0; h + 1 < used; ++h)
      EXPECT_NEAR(after[h] - before[h + 1], 0.4 * error, 1e-9) << given << " " << h;
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
