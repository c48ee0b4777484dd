// Goal: simulated processes are recovered, by both criteria and with points missing. Method: long
// simulated paths; laws.
#include "plugins/models/arima/estimate.hpp"

#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_estimate_test {

struct Case {
  const char* name;
  std::vector<Block> blocks;
  std::vector<double> c;
};

std::vector<Case> cases() {
  return {{"AR", {{1, 2, 0, 0}}, {1.2, -0.5}},
          {"MA", {{1, 0, 0, 2}}, {0.6, 0.3}},
          {"ARMA", {{1, 1, 0, 1}}, {0.8, -0.4}},
          {"airline", {{1, 0, 1, 1}, {12, 0, 1, 1}}, {-0.4, -0.6}},
          {"long season", {{1, 1, 0, 0}, {96, 1, 0, 0}}, {0.6, 0.5}},
          {"two seasons", {{1, 1, 0, 0}, {24, 1, 0, 0}, {168, 1, 0, 0}}, {0.5, 0.4, 0.4}}};
}

TEST(Estimate, RecoversSimulatedProcesses) {
  for (const Case& c : cases()) {
    Order order;
    order.blocks = c.blocks;
    const Sample sample = sample_of(simulate(order, c.c, 3000, 21));
    const Eigen::MatrixXd none(3000, 0);
    const Start start(sample, none, order);
    Estimate e = fit_conditional(sample, none, order, start.parameters(order), 0, {});
    ASSERT_TRUE(e.ok()) << c.name;
    for (std::size_t k = 0; k < c.c.size(); ++k)
      EXPECT_NEAR(e.coefficients[k], c.c[k], 0.06) << c.name;
    EXPECT_NEAR(e.variance(), 1, 0.1) << c.name;
    if (order.ar_span() > 100) continue;
    fit_exact(sample, none, e, {5, 1e-7}, 1e9);
    ASSERT_TRUE(e.exact) << c.name;
    for (std::size_t k = 0; k < c.c.size(); ++k)
      EXPECT_NEAR(e.coefficients[k], c.c[k], 0.06) << c.name;
  }
}

TEST(Estimate, RecoversThemWithAThirdOfThePointsMissing) {
  std::mt19937_64 random{5};
  for (const Case& c : cases()) {
    if (c.blocks.size() > 2) continue;
    Order order;
    order.blocks = c.blocks;
    auto y = simulate(order, c.c, 2000, 22);
    for (std::size_t t = 1; t < y.size(); ++t)
      if (random() % 3 == 0) y[t] = std::nan("");
    const Sample sample = sample_of(std::move(y));
    const Eigen::MatrixXd none(2000, 0);
    Estimate e =
        fit_conditional(sample, none, order, Start(sample, none, order).parameters(order), 0, {});
    ASSERT_TRUE(e.ok()) << c.name;
    // The error of a missing point is taken as 0, which is not exact: hence wide bounds.
    for (std::size_t k = 0; k < c.c.size(); ++k)
      EXPECT_NEAR(e.coefficients[k], c.c[k], 0.3) << c.name;
    fit_exact(sample, none, e, {10, 1e-7}, 1e9);
    EXPECT_EQ(e.exact, order.lost() == 0 && order.ar_span() < kDenseStates) << c.name;
    if (!e.exact) continue;
    for (std::size_t k = 0; k < c.c.size(); ++k)
      EXPECT_NEAR(e.coefficients[k], c.c[k], 0.1) << c.name;
  }
}

TEST(Estimate, TheExactLikelihoodIsNeverLessThanWhereItStarted) {
  Order order;
  order.blocks = {{1, 1, 1, 1}, {12, 1, 1, 1}};
  const Sample sample = sample_of(series("air"));
  const Eigen::MatrixXd none(144, 0);
  Estimate once = fit_conditional(sample, none, order, Start(sample, none, order).parameters(order),
                                  0, {}),
           more = once;
  fit_exact(sample, none, once, {0, 1}, 1e9);
  fit_exact(sample, none, more, {50, 1e-9}, 1e9);
  EXPECT_GT(more.log_likelihood, once.log_likelihood);
  Estimate refused = once;
  refused.exact = false;
  fit_exact(sample, none, refused, {50, 1e-9}, 10);  // more work than allowed
  EXPECT_FALSE(refused.exact);
}

TEST(Estimate, RootsNearOneAreKnownByBlock) {
  Order order;
  order.blocks = {{1, 1, 0, 1}, {24, 1, 0, 1}};
  EXPECT_TRUE(far_from_unit_roots(order, std::vector{0.9, 0.5, 0.99, -0.9}));
  EXPECT_FALSE(far_from_unit_roots(order, std::vector{0.995, 0.5, 0.99, -0.9}));
  EXPECT_FALSE(far_from_unit_roots(order, std::vector{0.9, -0.995, 0.99, -0.9}));
  EXPECT_FALSE(far_from_unit_roots(order, std::vector{0.9, 0.5, 0.9995, -0.9}));
}

TEST(Estimate, AiccNeedsMorePointsThanParameters) {
  EXPECT_NEAR(aicc_of(-100, 2, 50), 200 + 6 + 24.0 / 46, 1e-12);
  EXPECT_TRUE(std::isinf(aicc_of(-100, 2, 4)));
}

}  // namespace arima_estimate_test
}  // namespace nova::arima
