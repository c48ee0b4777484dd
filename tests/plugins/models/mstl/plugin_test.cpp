// Goal: the options of the mstl plugin reach the mathematics, and its forecasts are as good as
// those of the same idea elsewhere. Method: through the contract; R's forecast::stlf (fixtures).
#include <cmath>
#include <map>

#include "tests/plugins/models/fixture.hpp"
#include "tests/plugins/models/library.hpp"

namespace mstl_plugin_test {

const nova_component& model() {
  static const nova_component& c = nova::library::component("mstl");
  return c;
}

TEST(MstlPlugin, ReadsItsOptions) {
  nova::FakeHost host;
  for (const char* good : {R"({"season_length": [12, 24]})", R"({"season_length": 12})",
                           R"({"transform": "log"})", R"({"transform": "none", "floor": 0})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, good).status, NOVA_OK) << good;
  for (const char* bad : {R"({"transform": "ln"})", R"({"season_length": [1]})",
                          R"({"season_length": 2.5})", R"({"season_length": [24, "day"]})"})
    EXPECT_EQ(nova::FakeComponent(model(), host, bad).status, NOVA_INVALID_ARGUMENT) << bad;
}

TEST(MstlPlugin, ItsOwnSeasonsAndTransformCount) {
  std::vector<double> y;
  for (int t = 0; t < 140; ++t) y.push_back(10 + (t % 7 == 3 ? 5 : 0));
  nova::FakeHost host;
  nova::FakeComponent own(model(), host, R"({"season_length": 7, "transform": "log"})");
  own.fit({y, std::vector<double>(140, -1)}, {24});
  const auto a = own.forecast({{}, {}}, 14, {0.1, 0.9});
  for (std::size_t h = 0; h < 14; ++h) EXPECT_NEAR(a.mean[0][h], 10 + (h % 7 == 3 ? 5 : 0), 0.2);
  EXPECT_EQ(a.item_status[1], NOVA_FAILED_PRECONDITION);
  EXPECT_TRUE(host.noted(1, "needs values > 0"));
  nova::FakeComponent dropped(model(), host, R"({"season_length": 100})");
  EXPECT_EQ(dropped.forecast({y}, 3).item_status[0], NOVA_OK);
  EXPECT_TRUE(host.noted(0, "season 100 dropped: 140 points"));
}

// Two seasons ahead of four public series, by an ETS for the rest in R and by what was best on a
// held-out part here, with intervals from other sources. So forecasts agree to a few percent where
// there is little trend, and intervals to half their width. Passengers grow by a tenth a year: R
// goes on with that, here trends end, which costs a tenth of the level two years ahead.
TEST(MstlPlugin, ForecastsAsStlfOfR) {
  const auto r = nova::fixture::read("stlf.csv"),
             input = nova::fixture::read("smoothing_series.csv");
  std::map<std::string, std::vector<std::size_t>> steps;
  for (std::size_t i = 0; i < r.rows.size(); ++i) steps[r.rows[i].at("series")].push_back(i);
  ASSERT_EQ(steps.size(), 4u);
  for (const auto& [name, rows] : steps) {
    std::vector<double> y;
    for (std::size_t i = 0; i < input.rows.size(); ++i)
      if (input.rows[i].at("series") == name) y.push_back(input.number(i, "value"));
    const auto h = rows.size();
    ASSERT_GT(y.size(), h) << name;
    y.resize(y.size() - h);
    nova::FakeHost host;
    nova::FakeComponent mstl(model(), host, R"({"season_length": )" + std::to_string(h / 2) + "}");
    mstl.fit({y});
    const auto said = mstl.forecast({{}}, h, {0.025, 0.1, 0.9, 0.975});
    double apart = 0, level = 0, ours = 0, theirs = 0, wide80 = 0, wide95 = 0;
    for (std::size_t k = 0; k < h; ++k) {
      const auto at = [&, row = rows[k]](const char* column) { return r.number(row, column); };
      const double mean = said.mean[0][k], truth = at("truth");
      apart += std::abs(mean - at("mean")), level += std::abs(at("mean"));
      ours += std::abs(mean - truth), theirs += std::abs(at("mean") - truth);
      wide80 +=
          std::log((said.quantiles[0][2][k] - said.quantiles[0][1][k]) / (at("hi80") - at("lo80")));
      wide95 +=
          std::log((said.quantiles[0][3][k] - said.quantiles[0][0][k]) / (at("hi95") - at("lo95")));
    }
    const bool grows = name == "AirPassengers";
    EXPECT_LT(apart / level, grows ? 0.13 : 0.03) << name;
    if (!grows) {
      EXPECT_LT(ours / theirs, 1.4) << name;
    }
    const auto n = static_cast<double>(h);
    for (const double wider : {std::exp(wide80 / n), std::exp(wide95 / n)}) {
      EXPECT_GT(wider, 0.67) << name;
      EXPECT_LT(wider, 1.6) << name;
    }
  }
}

}  // namespace mstl_plugin_test
