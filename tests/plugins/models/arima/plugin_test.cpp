// Goal: the options of the ARIMA plugin reach the mathematics, and what it says reaches the host.
// Method: the built library through the contract.
#include "tests/plugins/models/arima/series.hpp"
#include "tests/plugins/models/library.hpp"

namespace nova::arima {
namespace arima_plugin_test {

TEST(ArimaPlugin, ReadsItsOptions) {
  FakeHost host;
  const auto& model = library::component("arima");
  for (const char* good :
       {R"({"season_length": [12, 24]})", R"({"order": [2, 1, 1], "seasonal": [0, 1, 1]})",
        R"({"order": "auto", "transform": "log", "terms": "harmonic", "intervals": "normal"})"})
    EXPECT_EQ(FakeComponent(model, host, good).status, NOVA_OK) << good;
  for (const char* bad :
       {R"({"order": "best"})", R"({"order": [1, 1]})", R"({"order": [1, 3, 1]})",
        R"({"order": [25, 0, 0]})", R"({"seasonal": [1, 0.5, 1]})", R"({"transform": "sqrt"})",
        R"({"terms": "all"})", R"({"season_length": [1]})"})
    EXPECT_EQ(FakeComponent(model, host, bad).status, NOVA_INVALID_ARGUMENT) << bad;
  const auto d = Json::parse(FakeComponent(model, host).describe());
  EXPECT_EQ(d["capabilities"]["effort"], "heavy");
  EXPECT_EQ(d["config"]["order"], "auto");
}

TEST(ArimaPlugin, FitsTheOrderThatIsGiven) {
  FakeHost host;
  FakeComponent c(library::component("arima"), host,
                  R"({"order": [0, 1, 1], "seasonal": [0, 1, 1], "season_length": 12,
                      "intervals": "normal"})");
  const auto y = series("air");
  const auto a = c.forecast({y}, 30, {0.025, 0.975});
  EXPECT_TRUE(host.noted(0, "ARIMA(0,1,1)(0,1,1)[12]"));
  const auto r = fixture::read("arima_forecast.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    if (r.rows[i].at("case") != "air(011011)ML") continue;
    const auto h = static_cast<std::size_t>(r.number(i, "step")) - 1;
    const double sd = r.number(i, "sd");
    EXPECT_NEAR(a.mean[0][h], r.number(i, "mean"), 0.01 * sd);
    EXPECT_NEAR(a.quantiles[0][1][h] - a.quantiles[0][0][h], 2 * 1.959964 * sd, 0.02 * sd);
  }
}

TEST(ArimaPlugin, FloorAndLogsReachTheAnswer) {
  FakeHost host;
  const auto& model = library::component("arima");
  std::vector<double> falling(60);
  for (std::size_t t = 0; t < 60; ++t)
    falling[t] = 60 - static_cast<double>(t) + (t % 2 ? 0.5 : -0.3);
  FakeComponent floored(model, host, R"({"floor": 0, "transform": "none"})");
  const auto a = floored.forecast({falling}, 40, {0.1, 0.9});
  EXPECT_EQ(a.mean[0][39], 0);
  EXPECT_EQ(a.quantiles[0][0][20], 0);
  FakeComponent logs(model, host, R"({"transform": "log", "order": [0, 1, 0]})");
  const auto b = logs.forecast({falling, std::vector<double>(60, -1)}, 40, {0.1, 0.9});
  EXPECT_GT(b.quantiles[0][0][39], 0);
  EXPECT_EQ(b.item_status[1], NOVA_FAILED_PRECONDITION);
  EXPECT_TRUE(host.noted(1, "needs values > 0"));
}

TEST(ArimaPlugin, RefusesADamagedState) {
  FakeHost host;
  const auto& model = library::component("arima");
  FakeComponent a(model, host), b(model, host);
  a.fit({series("air")}, {12});
  auto state = a.save();
  EXPECT_LT(state.size(), 65'536u);
  ASSERT_EQ(b.load(state), NOVA_OK);
  for (std::size_t at = 0; at < state.size(); at += 97) {
    auto damaged = state;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    EXPECT_NE(b.load(damaged), NOVA_OK) << at;
  }
}

}  // namespace arima_plugin_test
}  // namespace nova::arima
