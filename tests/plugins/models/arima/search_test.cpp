// Goal: the search finds what is there, and what R's finds or better. Method: simulated processes,
// R's auto.arima (fixtures/make_arima_fixtures.R).
#include "plugins/models/arima/search.hpp"

#include "plugins/models/arima/structure.hpp"
#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_search_test {

TEST(Search, IsAsGoodAsAutoArima) {
  const auto r = fixture::read("arima_auto.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const auto whole = [&](const char* key) {
      return static_cast<std::uint32_t>(r.number(i, key));
    };
    const Scaled s = scaled(series(r.rows[i].at("series")), Transform::none);
    Order differences;
    differences.blocks[0].d = whole("d");
    if (whole("m") > 1) differences.blocks.push_back({whole("m"), 0, whole("sd"), 0});
    const Estimate e = search(s.sample, differences, {});
    ASSERT_TRUE(e.ok() && e.exact) << r.rows[i].at("series");
    const double aicc = e.aicc + 2 * static_cast<double>(e.count) * std::log(s.scale);
    EXPECT_LT(aicc, r.number(i, "aicc") + 1) << r.rows[i].at("series") << " " << e.order.text();
  }
}

TEST(Search, FindsTheSeasonOfALongSeries) {
  Order order;
  order.blocks = {{1, 1, 0, 0}, {24, 0, 1, 1}};
  const Sample sample = sample_of(simulate(order, {0.7, -0.6}, 1200, 31));
  Order differences;
  differences.blocks.push_back({24, 0, 1, 0});
  const Estimate e = search(sample, differences, {});
  EXPECT_GE(e.order.blocks[1].q, 1u) << e.order.text();
  EXPECT_GE(e.order.blocks[0].p, 1u) << e.order.text();
  EXPECT_LE(e.order.arma(), 5u) << e.order.text();
  EXPECT_NEAR(e.variance(), 1, 0.1);
}

TEST(Search, FindsNothingInNoise) {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Sample sample = sample_of(simulate(Order{}, {}, 400, 40 + seed));
    found += static_cast<int>(search(sample, Order{}, {}).order.arma());
  }
  EXPECT_LE(found, 14);
}

TEST(Search, FitsHarmonicsAndTheirErrorsTogether) {
  Order noise;
  noise.blocks[0].p = 1;
  auto y = simulate(noise, {0.7}, 1000, 51);
  for (std::size_t t = 0; t < y.size(); ++t)
    y[t] += 20 + 5 * std::cos(2 * M_PI * static_cast<double>(t) / 100);
  Order differences;
  differences.seasons = {100};
  differences.pairs = {2};
  const Estimate e = search(sample_of(std::move(y)), differences, {});
  ASSERT_TRUE(e.ok());
  const std::size_t beta = e.order.arma();
  EXPECT_NEAR(e.coefficients[beta], 20, 0.5);     // the mean
  EXPECT_NEAR(e.coefficients[beta + 1], 5, 0.5);  // the first cosine
  EXPECT_NEAR(e.variance(), 1, 0.1);
}

TEST(Search, AnswersForAlmostNothing) {
  for (const std::size_t n : {2u, 3u, 5u, 8u, 13u}) {
    const auto y = simulate(Order{}, {}, n, 60);
    const Estimate e = search(sample_of(y), Order{}, {});
    EXPECT_TRUE(e.series.empty() || e.series.size() == n);
  }
}

}  // namespace arima_search_test
}  // namespace nova::arima
