// Goal: scales go there and back, say when there is no logarithm, and stay finite. Method: round
// trips over odd series, and values pushed one by one.
#include "plugins/models/ar/transform.hpp"

#include <gtest/gtest.h>

#include "plugins/models/ar/views.hpp"

namespace ar_transform_test {

using nova::ar::Scales;
using nova::ar::View;
using nova::ar::Views;
using V = std::vector<double>;

TEST(Transform, GoesThereAndBack) {
  const V cases[] = {{1, 2, 3, 4, 5, 6, 7, 8, 9},
                     {0, 0, 5, 6, 7, 8, 9, 5, 1000},
                     {1e-3, 2, 2, 2, 2, 2, 2, 2, 2},
                     {1e300, 2e300, 3e300, 1e300, 1e300, 1e300, 1, 2, 3}};
  for (const V& x : cases) {
    const auto level = nova::ar::level_scale(x);
    const auto log = nova::ar::log_scale(x);
    ASSERT_TRUE(log.has_value());
    for (const double v : x)
      for (const auto& t : {level, *log}) {
        EXPECT_LE(std::fabs(t.forward(v)), 1 + 1e-12);
        EXPECT_NEAR(t.back(t.forward(v)), v, 1e-9 * x.back() + 1e-12 * std::fabs(x[2]) + 1e-9 * v);
      }
    for (const double z : {-1e300, -60.0, 60.0, 1e300})
      for (const auto& t : {level, *log}) EXPECT_TRUE(std::isfinite(t.back(z)));
    EXPECT_TRUE(std::isfinite(log->forward(-1e300)));  // as far below as half the least value
  }
}

TEST(Transform, NoLogarithmWhereItWouldNotMakeSense) {
  const V cases[] = {
      {}, {1, 2, 3}, V(20, 4.0), {-1, 2, 3, 4, 5, 6, 7, 8}, {0, 0, 0, 0, 0, 0, 1, 2, 3}};
  for (const V& x : cases) EXPECT_FALSE(nova::ar::log_scale(x).has_value()) << x.size();
}

TEST(Views, HoldValuesScalesAndDifferences) {
  V x;  // doubles every four steps
  for (int t = 0; t < 9; ++t) x.push_back(100 * std::exp2(t / 4.0));
  const Scales scales = Scales::of(x, false);
  EXPECT_TRUE(scales.has_log && scales.non_negative);
  EXPECT_FALSE(Scales::of(x, true).has_log);
  Views v;
  v.season = 3;
  for (const double value : x) v.push(scales, value);
  const double step = std::log(2.0) / 4 / scales.log.spread;
  for (std::size_t t = 1; t < x.size(); ++t) EXPECT_NEAR(v[View::log_steps][t], step, 1e-12);
  for (std::size_t t = 3; t < x.size(); ++t) EXPECT_NEAR(v[View::log_seasons][t], 3 * step, 1e-12);
  EXPECT_NEAR(v[View::level_seasons][4] * scales.level.spread, x[4] - x[1], 1e-9);
  EXPECT_NEAR(scales.to_work(View::level_steps, v[View::level][5]), v[View::log][5], 1e-12);
  v.drop(4);
  EXPECT_EQ(v.x, (V{x.begin() + 4, x.end()}));
  for (const auto& z : v.z) EXPECT_EQ(z.size(), 5u);
}

}  // namespace ar_transform_test
