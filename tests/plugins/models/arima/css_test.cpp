// Goal: the cascade of sparse filters is the plain recursion of the expanded polynomials, and its
// derivatives are those of finite differences. Method: a slow twin; random parameters; gaps.
#include "plugins/models/arima/css.hpp"

#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_css_test {

Order order_of(std::vector<Block> blocks, bool constant = false) {
  Order order;
  order.blocks = std::move(blocks);
  order.constant = constant;
  return order;
}

std::vector<Order> orders() {
  return {order_of({{1, 1, 0, 0}}, true), order_of({{1, 2, 1, 2}}),
          order_of({{1, 2, 0, 1}, {6, 1, 1, 1}}, true),
          order_of({{1, 1, 1, 3}, {6, 2, 0, 2}}, true),
          order_of({{1, 1, 0, 1}, {4, 1, 1, 1}, {12, 1, 0, 1}}, true)};
}

std::vector<double> some_parameters(const Order& order, std::size_t regressors,
                                    std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::uniform_real_distribution<double> any(-0.8, 0.8);
  std::vector<double> u(order.arma() + regressors);
  for (double& v : u) v = any(random);
  return u;
}

TEST(Css, IsThePlainRecursion) {
  const auto y = series("accidents");
  const Sample sample = sample_of(y);
  for (const Order& order : orders()) {
    const Eigen::MatrixXd x = regressors_of(order, y.size());
    const auto u = some_parameters(order, static_cast<std::size_t>(x.cols()), 4);
    const auto c = coefficients_of(order, u);
    Css css(sample, x, order, 0);
    std::vector<double> e(css.size());
    ASSERT_TRUE(css.residuals(u, e));
    const Sparse ar = ar_product(order, c, true), ma = ma_product(order, c);
    std::vector<double> z(y), want(y.size(), 0.0);
    for (std::size_t t = 0; t < y.size(); ++t)
      for (Eigen::Index k = 0; k < x.cols(); ++k)
        z[t] -= c[order.arma() + static_cast<std::size_t>(k)] * x(static_cast<Eigen::Index>(t), k);
    const std::size_t start = order.lost() + order.ar_span();
    for (std::size_t t = start; t < y.size(); ++t) {
      want[t] = z[t];
      for (std::size_t i = 0; i < ar.lag.size(); ++i) want[t] += ar.value[i] * z[t - ar.lag[i]];
      for (std::size_t i = 0; i < ma.lag.size(); ++i)
        if (ma.lag[i] <= t) want[t] -= ma.value[i] * want[t - ma.lag[i]];
      EXPECT_NEAR(e[t - start], want[t], 1e-7 * 1e4) << order.text() << " " << t;
    }
  }
}

TEST(Css, JacobianIsThatOfFiniteDifferences) {
  auto y = series("accidents");
  for (double& v : y) v = (v - 8700) / 1000;
  const Sample sample = sample_of(y);
  for (const Order& order : orders()) {
    const Eigen::MatrixXd x = regressors_of(order, y.size());
    const auto u = some_parameters(order, static_cast<std::size_t>(x.cols()), 5);
    Css css(sample, x, order, order.lost() + order.ar_span() + 3);
    std::vector<double> e(css.size()), up(css.size()), down(css.size());
    css.residuals(u, e);
    Eigen::MatrixXd j(static_cast<Eigen::Index>(css.size()), static_cast<Eigen::Index>(u.size()));
    css.jacobian(u, j);
    for (std::size_t k = 0; k < u.size(); ++k) {
      auto moved = u;
      moved[k] = u[k] + 1e-5;
      css.residuals(moved, up);
      moved[k] = u[k] - 1e-5;
      css.residuals(moved, down);
      for (std::size_t t = 0; t < e.size(); ++t)
        EXPECT_NEAR(j(static_cast<Eigen::Index>(t), static_cast<Eigen::Index>(k)),
                    (up[t] - down[t]) / 2e-5, 1e-6)
            << order.text() << " parameter " << k << " at " << t;
    }
  }
}

TEST(Css, AMissingPointHasNoErrorAndChangesNothingBeforeIt) {
  auto y = series("air");
  const Order order = order_of({{1, 1, 1, 1}, {12, 0, 1, 1}});
  const Eigen::MatrixXd none(static_cast<Eigen::Index>(y.size()), 0);
  const std::vector<double> u{0.3, -0.4, -0.5};
  const Sample whole = sample_of(y);
  Css full(whole, none, order, 0);
  std::vector<double> want(full.size()), got(full.size());
  full.residuals(u, want);
  const std::size_t at = 70, start = order.lost() + order.ar_span();
  y[at] = std::nan("");
  const Sample gap = sample_of(y);
  Css css(gap, none, order, 0);
  ASSERT_TRUE(css.residuals(u, got));
  EXPECT_EQ(css.count(), full.count() - 1);
  for (std::size_t t = start; t < at; ++t) EXPECT_NEAR(got[t - start], want[t - start], 1e-12);
  EXPECT_EQ(got[at - start], 0);
  // What was filled in is the prediction: the point less its error.
  EXPECT_NEAR(css.series()[at], whole.y[at] - want[at - start], 1e-12);
}

}  // namespace arima_css_test
}  // namespace nova::arima
