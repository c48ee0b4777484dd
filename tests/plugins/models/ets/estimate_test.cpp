// Goal: estimates are the maximum likelihood of the literature, and odd series give a fit or none.
// Method: likelihood, AICc, variance and states at R's parameters; R's and our optimum compared;
// simulated processes recovered.
#include "plugins/models/ets/estimate.hpp"

#include <random>

#include "tests/plugins/models/ets/reference.hpp"

namespace ets_estimate_test {

using namespace nova::ets;
using nova::reference::all_series;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(EtsEstimate, LikelihoodAtRsParametersIsRs) {
  for (const auto& r : nova::reference::r_fits()) {
    Fit fit;
    fit.spec = r.spec;
    fit.parameters = r.parameters;
    fit.start = r.start;
    fit.unknowns = nova::reference::unknowns_of(r.spec);
    ASSERT_TRUE(evaluate(all_series().at(r.series).values, fit)) << r.series << " " << r.form;
    EXPECT_NEAR(fit.log_likelihood, r.log_likelihood, 1e-6) << r.series << " " << r.form;
    EXPECT_NEAR(fit.aicc, r.aicc, 1e-6) << r.series << " " << r.form;
    EXPECT_NEAR(fit.sigma * fit.sigma / r.sigma2, 1, 1e-9) << r.series << " " << r.form;
  }
}

TEST(EtsEstimate, OptimumIsNotWorseThanRs) {
  // R searches initial states by a simplex, too; a tenth of a unit of log likelihood is no
  // difference that any test could see.
  for (const auto& r : nova::reference::r_fits()) {
    const auto& y = all_series().at(r.series).values;
    double scale = 0;
    for (const double v : y) scale = std::max(scale, std::fabs(v));
    std::vector<double> scaled;
    for (const double v : y) scaled.push_back(v / scale);
    const auto fit = estimate(scaled, r.spec);
    ASSERT_TRUE(fit) << r.series << " " << r.form;
    const double log_likelihood =
        fit->log_likelihood - static_cast<double>(y.size()) * std::log(scale);
    EXPECT_GT(log_likelihood, r.log_likelihood - 0.1) << r.series << " " << r.form;
  }
}

// A process of the spec with its parameters, from state s.
std::vector<double> simulate(const Spec& spec, const Parameters& p, State s, std::size_t n,
                             std::uint64_t seed, double sigma) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  std::vector<double> y(n);
  for (double& v : y) {
    double mu, error;
    project(spec.form.season, p, s, {&mu, 1});
    const double e = sigma * noise(random);
    v = mu + (spec.form.relative_error ? mu * e : e);
    filter(spec.form.season, p, s, {&v, 1}, {&error, 1});
  }
  return y;
}

TEST(EtsEstimate, RecoversSimulatedProcesses) {
  struct Case {
    const char* name;
    Spec spec;
    Parameters p;
    double sigma;
  };
  const Spec ann{}, ana{{false, Trend::none, Season::additive}, {6, 0}},
      mnm{{true, Trend::none, Season::multiplicative}, {6, 0}},
      carry{{false, Trend::none, Season::additive}, {6, 0}, true};
  const auto parameters = [](double alpha, double gamma, double rho) {
    Parameters p;
    p.alpha = alpha, p.gamma[0] = gamma, p.rho = rho;
    return p;
  };
  const Case cases[] = {{"ANN", ann, parameters(0.4, 0, 0), 0.02},
                        {"ANA", ana, parameters(0.3, 0.2, 0), 0.02},
                        {"MNM", mnm, parameters(0.2, 0.1, 0), 0.02},
                        {"AR(1)", carry, parameters(0.05, 0.1, 0.8), 0.02}};
  for (const auto& c : cases) {
    State s;
    s.level = 1;
    if (c.spec.seasons[0] != 0)
      s.season[0] = c.spec.form.season == Season::additive
                        ? std::vector<double>{0.3, 0.1, -0.2, -0.3, 0, 0.1}
                        : std::vector<double>{1.3, 1.1, 0.8, 0.7, 1, 1.1};
    const auto y = simulate(c.spec, c.p, s, 4000, 5, c.sigma);
    const auto fit = estimate(y, c.spec);
    ASSERT_TRUE(fit) << c.name;
    EXPECT_NEAR(fit->parameters.alpha, c.p.alpha, 0.05) << c.name;
    EXPECT_NEAR(fit->parameters.gamma[0], c.p.gamma[0], 0.04) << c.name;
    EXPECT_NEAR(fit->parameters.rho, c.p.rho, 0.06) << c.name;
    EXPECT_NEAR(fit->sigma / c.sigma, 1, 0.04) << c.name;
  }
}

TEST(EtsEstimate, KeepsAGivenAlpha) {
  const auto& y = all_series().at("Nile").values;
  EstimateOptions options;
  options.alpha = 0.7;
  EXPECT_EQ(estimate(y, {}, options)->parameters.alpha, 0.7);
}

TEST(EtsEstimate, RobustFitsForgetASpike) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> noise;
  std::vector<double> y(200);
  for (double& v : y) v = 0.1 + 0.001 * noise(random);
  y[197] = 1;
  EstimateOptions plain, robust;
  plain.alpha = robust.alpha = 0.5;
  robust.robust = true;
  EXPECT_GT(std::fabs(estimate(y, {}, plain)->end.level - 0.1), 0.05);
  EXPECT_LT(std::fabs(estimate(y, {}, robust)->end.level - 0.1), 0.005);
}

TEST(EtsEstimate, OddSeriesAreFittedOrRefused) {
  const Spec seasonal{{false, Trend::damped, Season::additive}, {4, 0}};
  const Spec relative{{true, Trend::additive, Season::none}};
  std::vector<double> half;
  for (int t = 0; t < 60; ++t) half.push_back(t % 2 == 0 ? 0.5 + 0.1 * (t % 4) : kNaN);
  const std::tuple<const char*, std::vector<double>, Spec, bool> cases[] = {
      {"constant", std::vector<double>(40, 0.5), seasonal, true},
      {"zeros", std::vector<double>(40, 0.0), seasonal, true},
      {"half missing", half, seasonal, true},
      {"too short", std::vector<double>(10, 0.5), seasonal, false},
      {"too few known", {0.1, kNaN, kNaN, 0.2, kNaN, 0.3}, {}, false},
      {"negative, relative", {-0.1, -0.2, -0.1, -0.2, -0.3}, relative, false},
      {"huge steps", {1, 1e-300, 1, 1e-300, 1, 1, 1e-200, 1}, {}, true}};
  for (const auto& [name, y, spec, fitted] : cases) {
    const auto fit = estimate(y, spec);
    ASSERT_EQ(fit.has_value(), fitted) << name;
    if (!fit) continue;
    EXPECT_TRUE(std::isfinite(fit->end.level)) << name;
    EXPECT_TRUE(std::isfinite(fit->sigma) && fit->sigma >= 0) << name;
    EXPECT_FALSE(std::isnan(fit->aicc)) << name;
  }
}

}  // namespace ets_estimate_test
