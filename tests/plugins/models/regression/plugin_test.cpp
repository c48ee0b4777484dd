// Goal: the options of the regression plugin reach the mathematics. Method: through the contract.
#include <cmath>

#include "tests/plugins/models/library.hpp"

namespace {

TEST(RegressionPlugin, ReadsItsOptions) {
  nova::FakeHost host;
  const auto& model = nova::library::component("regression");
  for (const char* good : {R"({"season_length": [12, 24], "fourier": 2})", R"({"fourier": "full"})",
                           R"({"transform": "log", "trend": false, "ar1": false})"})
    EXPECT_EQ(nova::FakeComponent(model, host, good).status, NOVA_OK) << good;
  for (const char* bad : {R"({"fourier": "many"})", R"({"fourier": -1})", R"({"transform": "ln"})",
                          R"({"season_length": [1]})", R"({"season_length": 2.5})"})
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

}  // namespace
