// Goal: estimates, likelihoods, forecasts and their spread are those of R's forecast::Arima and of
// statsmodels' SARIMAX. Method: fixtures that they made, see fixtures/make_arima_fixtures.R and
// .py. Where R's optimiser stops early ours may be better, never worse.
#include "plugins/models/arima/arima.hpp"

#include <algorithm>

#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_parity_test {

struct Fit {
  Scaled scaled;
  Estimate estimate;
  Eigen::MatrixXd regressors;
};

Order order_of(const fixture::Table& t, std::size_t i) {
  const auto whole = [&](const char* name) {
    return static_cast<std::uint32_t>(t.number(i, name));
  };
  Order order;
  order.blocks[0] = {1, whole("p"), whole("d"), whole("q")};
  if (whole("m") > 1) order.blocks.push_back({whole("m"), whole("sp"), whole("sd"), whole("sq")});
  order.constant = whole("constant") == 1;
  return order;
}

Fit fit(const std::string& name, const Order& order, bool exact) {
  Fit out{scaled(series(name), Transform::none), {}, {}};
  const std::size_t n = out.scaled.sample.y.size();
  out.regressors = regressors_of(order, n);
  out.estimate =
      fit_given(out.scaled.sample, out.regressors, order, {100, 1e-12}, exact ? 1e12 : 0);
  return out;
}

TEST(ArimaParity, ConditionalSumOfSquaresIsThatOfR) {
  const auto r = fixture::read("arima_fit.csv");
  int compared = 0, equal = 0;
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    if (r.rows[i].at("method") != "CSS") continue;
    const Fit f = fit(r.rows[i].at("series"), order_of(r, i), false);
    const double scale = f.scaled.scale * f.scaled.scale;
    const double got = scale * f.estimate.sum_of_squares / static_cast<double>(f.estimate.count);
    EXPECT_LT(got / r.number(i, "mean_square"), 1 + 1e-6) << r.rows[i].at("case");
    equal += std::fabs(got / r.number(i, "mean_square") - 1) < 1e-6;
    ++compared;
  }
  EXPECT_GE(compared, 12);
  EXPECT_GE(equal, compared - 2);  // R stops early in h101 and h301, 3 % above
}

TEST(ArimaParity, LikelihoodAndCoefficientsAreThoseOfR) {
  const auto r = fixture::read("arima_fit.csv");
  int compared = 0;
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    if (r.rows[i].at("method") != "ML") continue;
    const auto& name = r.rows[i].at("case");
    const Fit f = fit(r.rows[i].at("series"), order_of(r, i), true);
    ASSERT_TRUE(f.estimate.exact) << name;
    const auto n = static_cast<double>(f.estimate.count);
    const double got = f.estimate.log_likelihood - n * std::log(f.scaled.scale);
    EXPECT_NEAR(got, r.number(i, "loglik"), 1e-3) << name;
    EXPECT_NEAR(f.estimate.aicc + 2 * n * std::log(f.scaled.scale), r.number(i, "aicc"), 2e-3)
        << name;
    EXPECT_NEAR(f.estimate.variance() * f.scaled.scale * f.scaled.scale / r.number(i, "sigma2"), 1,
                2e-3)
        << name;
    std::istringstream cells(r.rows[i].at("coefficients"));
    std::string cell;
    for (std::size_t k = 0; k < f.estimate.order.arma(); ++k) {
      std::getline(cells, cell, ';');
      EXPECT_NEAR(f.estimate.coefficients[k], std::stod(cell), 5e-3) << name << " " << k;
    }
    ++compared;
  }
  EXPECT_GE(compared, 14);
}

TEST(ArimaParity, ForecastsAndTheirSpreadAreThoseOfR) {
  const auto r = fixture::read("arima_fit.csv"), steps = fixture::read("arima_forecast.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    if (r.rows[i].at("method") != "ML") continue;
    const auto& name = r.rows[i].at("case");
    const Fit f = fit(r.rows[i].at("series"), order_of(r, i), true);
    State state = State::of(f.estimate, f.scaled.sample.y.size());
    state.centre = f.scaled.centre;
    state.scale = f.scaled.scale;
    std::vector<Moments> ahead(30);
    state.ahead(ahead);
    for (std::size_t k = 0; k < steps.rows.size(); ++k) {
      if (steps.rows[k].at("case") != name) continue;
      const auto h = static_cast<std::size_t>(steps.number(k, "step")) - 1;
      const double sd = steps.number(k, "sd");
      EXPECT_NEAR(state.original(ahead[h].mean), steps.number(k, "mean"), 0.01 * sd) << name << h;
      EXPECT_NEAR(ahead[h].sd * state.scale / sd, 1, 5e-3) << name << h;
    }
  }
}

// The mean, or the drift a step, in the unit of the series.
double constant_of(const Fit& f) {
  const double beta = f.estimate.coefficients.back() * f.scaled.scale;
  if (f.estimate.order.differences() == 0) return f.scaled.centre + beta * f.regressors(0, 0);
  return beta * (f.regressors(1, 0) - f.regressors(0, 0));
}

TEST(ArimaParity, LikelihoodAndCoefficientsAreThoseOfStatsmodels) {
  const auto want = fixture::read("arima_statsmodels.csv");
  for (std::size_t i = 0; i < want.rows.size(); ++i) {
    const auto& name = want.rows[i].at("case");
    const Fit f = fit(want.rows[i].at("series"), order_of(want, i), true);
    ASSERT_TRUE(f.estimate.exact) << name;
    const auto n = static_cast<double>(f.estimate.count);
    const double log_scale = std::log(f.scaled.scale);
    EXPECT_NEAR(f.estimate.log_likelihood - n * log_scale, want.number(i, "loglik"), 1e-5) << name;
    EXPECT_NEAR(f.estimate.aicc + 2 * n * log_scale, want.number(i, "aicc"), 2e-5) << name;
    const double sigma2 = f.estimate.sum_of_squares / n * f.scaled.scale * f.scaled.scale;
    EXPECT_NEAR(sigma2 / want.number(i, "sigma2"), 1, 1e-4) << name;
    std::istringstream cells(want.rows[i].at("coefficients"));
    std::string cell;
    for (std::size_t k = 0; k < f.estimate.order.arma(); ++k) {
      ASSERT_TRUE(std::getline(cells, cell, ';')) << name;
      EXPECT_NEAR(f.estimate.coefficients[k], std::stod(cell), 1e-3) << name << " " << k;
    }
    ASSERT_EQ(!std::getline(cells, cell, ';').fail(), f.estimate.order.constant) << name;
    if (f.estimate.order.constant) {
      EXPECT_NEAR(constant_of(f) / std::stod(cell), 1, 1e-3) << name;
    }
  }
  EXPECT_EQ(want.rows.size(), 11u);
}

TEST(ArimaParity, ForecastsAndTheirSpreadAreThoseOfStatsmodels) {
  const auto want = fixture::read("arima_statsmodels.csv"),
             steps = fixture::read("arima_statsmodels_ahead.csv");
  std::size_t compared = 0;
  for (std::size_t i = 0; i < want.rows.size(); ++i) {
    const auto& name = want.rows[i].at("case");
    const Fit f = fit(want.rows[i].at("series"), order_of(want, i), true);
    State state = State::of(f.estimate, f.scaled.sample.y.size());
    state.centre = f.scaled.centre;
    state.scale = f.scaled.scale;
    state.variance = f.estimate.sum_of_squares / static_cast<double>(f.estimate.count);
    std::vector<Moments> ahead(24);
    state.ahead(ahead);
    for (std::size_t k = 0; k < steps.rows.size(); ++k) {
      if (steps.rows[k].at("case") != name) continue;
      const auto h = static_cast<std::size_t>(steps.number(k, "step")) - 1;
      const double sd = steps.number(k, "sd");
      EXPECT_NEAR(state.original(ahead[h].mean), steps.number(k, "mean"), 1e-3 * sd)
          << name << " " << h + 1;
      EXPECT_NEAR(ahead[h].sd * state.scale / sd, 1, 1e-4) << name << " " << h + 1;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 11u * 24u);
}

}  // namespace arima_parity_test
}  // namespace nova::arima
