// Goal: a state forecasts as the process it was made of, and goes on point by point as if it had
// been there. Method: closed forms, a state that observes against one that was fitted to all.
#include "plugins/models/arima/state.hpp"

#include <novascale/normal.hpp>

#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_state_test {

Estimate estimate_of(Order order, const std::vector<double>& u, const std::vector<double>& y) {
  const Sample sample = sample_of(y);
  return fit_conditional(sample, regressors_of(order, y.size()), order, u, 0, {0, 1});
}

TEST(State, ForecastsAnAr1ByItsClosedForm) {
  Order order;
  order.blocks[0].p = 1;
  const auto y = simulate(order, {0.8}, 200, 1);
  const State s = State::of(estimate_of(order, {std::atanh(0.8)}, y), y.size());
  std::vector<Moments> ahead(50);
  s.ahead(ahead);
  for (std::size_t h = 0; h < 50; ++h) {
    const double power = std::pow(0.8, static_cast<double>(h + 1));
    EXPECT_NEAR(ahead[h].mean, power * y.back(), 1e-10);
    EXPECT_NEAR(ahead[h].sd, std::sqrt(s.variance * (1 - power * power) / 0.36), 1e-10);
  }
}

TEST(State, IntegratesItsSpreadThroughDifferences) {
  Order walk, seasonal;
  walk.blocks[0].d = 1;
  seasonal.blocks.push_back({4, 0, 1, 0});
  const auto y = simulate(walk, {}, 100, 2);
  std::vector<Moments> ahead(12);
  State::of(estimate_of(walk, {}, y), y.size()).ahead(ahead);
  const double one = ahead[0].sd;
  for (std::size_t h = 0; h < 12; ++h)
    EXPECT_NEAR(ahead[h].sd, one * std::sqrt(static_cast<double>(h + 1)), 1e-10);
  State::of(estimate_of(seasonal, {}, y), y.size()).ahead(ahead);
  for (std::size_t h = 0; h < 12; ++h) {  // seasonal naive
    EXPECT_NEAR(ahead[h].mean, y[96 + h % 4], 1e-12);
    EXPECT_NEAR(ahead[h].sd, ahead[0].sd * std::sqrt(static_cast<double>(h / 4 + 1)), 1e-10);
  }
}

TEST(State, ObservingIsAsIfItHadBeenThere) {
  Order order;
  order.blocks = {{1, 2, 0, 1}, {12, 1, 1, 1}};
  order.constant = true;
  order.seasons = {5};
  order.pairs = {2};
  std::vector<double> u{0.4, -0.2, 0.3, 0.2, -0.5, 0.01, 0.3, -0.2, 0.1, 0.05};
  u.resize(order.arma() + 5);
  auto y = series("accidents");
  for (double& v : y) v = (v - 8700) / 1000;
  // Regressors depend on the number of points fitted; so both states are of the longer sample.
  const Estimate all = estimate_of(order, u, y);
  State whole = State::of(all, y.size());
  Estimate head = all;
  for (auto* v : {&head.series, &head.errors}) v->resize(60);
  State part = State::of(head, 60);
  part.points = whole.points;
  part.variance = whole.variance;
  part.prepare();
  for (std::size_t t = 60; t < y.size(); ++t) part.observe(y[t]);
  std::vector<Moments> want(20), got(20);
  whole.ahead(want);
  part.ahead(got);
  for (std::size_t h = 0; h < 20; ++h) {
    EXPECT_NEAR(got[h].mean, want[h].mean, 1e-9);
    EXPECT_NEAR(got[h].sd, want[h].sd, 1e-12);
  }
}

TEST(State, AMissingPointMakesItLessSureNotOtherwise) {
  Order order;
  order.blocks[0] = {1, 1, 1, 1};
  const auto y = simulate(order, {0.5, 0.3}, 100, 3);
  State s = State::of(estimate_of(order, {0.5, -0.3}, y), y.size());
  std::vector<Moments> before(10), after(9);
  s.ahead(before);
  s.observe(std::nan(""));
  s.ahead(after);
  for (std::size_t h = 0; h < 9; ++h) {
    EXPECT_NEAR(after[h].mean, before[h + 1].mean, 1e-10);
    EXPECT_NEAR(after[h].sd, before[h + 1].sd, 1e-10);
  }
}

TEST(Calibration, IsHalfTheModelHalfItsErrors) {
  Calibration c;
  EXPECT_EQ(c.quantile(0.9, 7), normal_quantile(0.9));
  c.factor = {1, 2};
  c.shape = numeric::ErrorSample(std::vector<double>(100, 3.0));
  EXPECT_NEAR(c.quantile(0.9, 1), 0.5 * (3 + normal_quantile(0.9)), 1e-12);
  EXPECT_NEAR(c.quantile(0.1, 1), -c.quantile(0.9, 1), 1e-12);
  for (const std::uint64_t lead : {2, 3, 4, 1000})  // the last factor goes on
    EXPECT_NEAR(c.quantile(0.9, lead), 0.5 * (6 + normal_quantile(0.9)), 1e-12);
}

}  // namespace arima_state_test
}  // namespace nova::arima
