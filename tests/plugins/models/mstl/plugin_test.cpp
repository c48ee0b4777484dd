// Goal: the options of the mstl plugin reach the mathematics. Method: through the contract.
#include <cmath>

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

}  // namespace mstl_plugin_test
