// Goal: the recursions, forecasts and variances are those of the book, of R and of statsmodels.
// Method: fixtures at given parameters and states, the matrix form as a slow twin, closed forms.
#include "plugins/models/ets/smoother.hpp"

#include <Eigen/Core>
#include <random>

#include "tests/plugins/models/ets/reference.hpp"

namespace ets_smoother_test {

using namespace nova::ets;
using nova::reference::all_series;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(EtsSmoother, StatesForecastsAndVariancesAreThoseOfR) {
  const auto ahead = nova::fixture::read("smoothing_ahead.csv");
  std::size_t compared = 0;
  for (const auto& r : nova::reference::r_fits()) {
    const auto& y = all_series().at(r.series).values;
    std::vector<double> errors(y.size()), mean(24);
    State end = r.start;
    filter(r.spec.form.season, r.parameters, end, y, errors);
    EXPECT_NEAR(end.level, r.end.level, 1e-9 * std::fabs(r.end.level)) << r.series << r.form;
    EXPECT_NEAR(end.trend, r.end.trend, 1e-9 * std::fabs(r.end.level)) << r.series << r.form;
    ASSERT_EQ(end.season[0].size(), r.end.season[0].size());
    for (std::size_t j = 0; j < end.season[0].size(); ++j)  // R: the next step's first
      EXPECT_NEAR(end.season[0][(end.phase[0] + j) % end.season[0].size()], r.end.season[0][j],
                  1e-8);
    project(r.spec.form.season, r.parameters, end, mean);
    const auto weights = error_weights(r.spec, r.parameters, 24);
    for (std::size_t i = 0; i < ahead.rows.size(); ++i) {
      if (ahead.rows[i].at("series") != r.series || ahead.rows[i].at("form") != r.form) continue;
      const auto h = static_cast<std::size_t>(ahead.number(i, "step"));
      // Where a season comes again R gives the mean of a product of two states that share errors,
      // ours is the path without errors; and its damped class 3 adds the trend undamped (its
      // likelihood, which is ours, does not).
      const bool loose = r.spec.form.season == Season::multiplicative &&
                         (h > r.spec.seasons[0] || r.spec.form.trend == Trend::damped);
      EXPECT_NEAR(mean[h - 1] / ahead.number(i, "mean"), 1, loose ? 2e-2 : 1e-9)
          << r.series << r.form << h;
      ++compared;
      if (!r.spec.linear()) continue;
      // R counts the season's own error in the last step of a season already; in the book (table
      // 6.1) and in the matrix form below it comes one step later.
      if (r.spec.seasons[0] != 0 && h % r.spec.seasons[0] == 0) continue;
      double sum = 1;
      for (std::size_t j = 0; j + 1 < h; ++j) sum += weights[j] * weights[j];
      EXPECT_NEAR(std::sqrt(r.sigma2 * sum) / ahead.number(i, "sd"), 1, 1e-9)
          << r.series << r.form << h;
    }
  }
  EXPECT_EQ(compared, 21u * 24u);
}

TEST(EtsSmoother, LikelihoodAndForecastsAreThoseOfStatsmodels) {
  const auto table = nova::fixture::read("smoothing_statsmodels.csv");
  std::size_t compared = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& form = table.rows[i].at("form");
    if (form == "theta") continue;
    const auto& series = all_series().at(table.rows[i].at("series"));
    const auto& y = series.values;
    Fit fit;
    fit.spec = nova::reference::spec_of(form, series.season);
    fit.parameters.alpha = table.number(i, "alpha");
    fit.parameters.beta = table.number(i, "beta");
    fit.parameters.gamma[0] = table.number(i, "gamma");
    fit.parameters.phi = table.number(i, "phi");
    const std::size_t m = series.season;
    for (std::size_t j = 0; j < m; ++j) fit.start.level += y[j] / static_cast<double>(m);
    if (fit.spec.form.trend != Trend::none) fit.start.trend = 0.001 * fit.start.level;
    for (std::size_t j = 0; j < fit.spec.seasons[0]; ++j)
      fit.start.season[0].push_back(fit.spec.form.season == Season::additive
                                        ? y[j] - fit.start.level
                                        : y[j] / fit.start.level);
    ASSERT_TRUE(evaluate(y, fit));
    const auto n = static_cast<double>(y.size());
    EXPECT_NEAR(fit.log_likelihood - n / 2 * (std::log(2 * M_PI / n) + 1),
                table.number(i, "loglik"), 1e-6)
        << form;
    const auto h = static_cast<std::size_t>(table.number(i, "step"));
    std::vector<double> mean(h);
    project(fit.spec.form.season, fit.parameters, fit.end, mean);
    EXPECT_NEAR(mean[h - 1] / table.number(i, "mean"), 1, 1e-9) << form << " " << h;
    ++compared;
  }
  EXPECT_EQ(compared, 120u);
}

TEST(EtsSmoother, SimpleSmoothingIsItsClosedForm) {
  std::mt19937_64 random{20240229};
  std::normal_distribution<double> noise;
  std::vector<double> y(50), errors(50);
  for (double& v : y) v = 5 + noise(random);
  for (const double alpha : {0.0001, 0.2, 0.9, 1.0}) {
    Parameters p;
    p.alpha = alpha;
    State s;
    s.level = 3;
    filter(Season::none, p, s, y, errors);
    double want = 3 * std::pow(1 - alpha, 50);
    for (std::size_t k = 0; k < 50; ++k)
      want += alpha * std::pow(1 - alpha, static_cast<double>(k)) * y[49 - k];
    EXPECT_NEAR(s.level, want, 1e-12) << alpha;
  }
}

// The linear model as matrices: x' = F x + g e, y = w x + e. States: level, trend, carry, seasons
// with the next step's value first.
struct Matrices {
  Eigen::MatrixXd f;
  Eigen::VectorXd g, w;
  Matrices(const Parameters& p, std::size_t m1, std::size_t m2) {
    const auto n = static_cast<Eigen::Index>(3 + m1 + m2);
    f = Eigen::MatrixXd::Zero(n, n);
    g = w = Eigen::VectorXd::Zero(n);
    f(0, 0) = 1, f(0, 1) = f(1, 1) = p.phi, f(2, 2) = p.rho;
    g[0] = p.alpha, g[1] = p.beta, g[2] = p.rho;
    w[0] = w[2] = 1, w[1] = p.phi;
    Eigen::Index at = 3;
    for (const auto& [m, gamma] : {std::pair{m1, p.gamma[0]}, {m2, p.gamma[1]}}) {
      if (m == 0) continue;
      const auto last = at + static_cast<Eigen::Index>(m) - 1;
      for (Eigen::Index j = at; j < last; ++j) f(j, j + 1) = 1;
      f(last, at) = 1;
      g[last] = gamma;
      w[at] = 1;
      at = last + 1;
    }
  }
};

TEST(EtsSmoother, IsTheMatrixFormOfTwoSeasonsTrendAndCarry) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> share(0, 1);
  std::normal_distribution<double> noise;
  const std::pair<std::uint32_t, std::uint32_t> seasons[] = {{0, 0}, {4, 0}, {3, 6}, {5, 7}};
  for (int round = 0; round < 200; ++round) {
    const auto [m1, m2] = seasons[round % 4];
    Spec spec;
    spec.form = {false, Trend::damped, m1 == 0 ? Season::none : Season::additive};
    spec.seasons = {m1, m2};
    Parameters p;
    p.alpha = share(random), p.beta = share(random) * p.alpha, p.phi = 0.8 + 0.2 * share(random);
    p.rho = share(random);
    if (m1 != 0) p.gamma[0] = share(random);
    if (m2 != 0) p.gamma[1] = share(random);
    State s;
    s.level = noise(random), s.trend = noise(random), s.carry = noise(random);
    for (std::uint32_t j = 0; j < m1; ++j) s.season[0].push_back(noise(random));
    for (std::uint32_t j = 0; j < m2; ++j) s.season[1].push_back(noise(random));
    const Matrices twin(p, m1, m2);
    Eigen::VectorXd x(twin.w.size());
    x << s.level, s.trend, s.carry, Eigen::Map<Eigen::VectorXd>(s.season[0].data(), m1),
        Eigen::Map<Eigen::VectorXd>(s.season[1].data(), m2);
    std::vector<double> y(30), errors(30), mean(20);
    for (double& v : y) v = share(random) < 0.2 ? kNaN : 3 * noise(random);
    filter(spec.form.season, p, s, y, errors);
    for (std::size_t t = 0; t < y.size(); ++t) {
      const double e = std::isnan(y[t]) ? 0 : y[t] - twin.w.dot(x);
      EXPECT_NEAR(errors[t], e, 1e-9);
      x = twin.f * x + twin.g * e;
    }
    project(spec.form.season, p, s, mean);
    const auto weights = error_weights(spec, p, 20);
    Eigen::VectorXd impulse = twin.g;
    for (std::size_t h = 0; h < 20; ++h) {
      EXPECT_NEAR(mean[h], twin.w.dot(x), 1e-9) << round << " step " << h + 1;
      EXPECT_NEAR(weights[h], twin.w.dot(impulse), 1e-9) << round << " step " << h + 1;
      x = twin.f * x;
      impulse = twin.f * impulse;
    }
  }
}

TEST(EtsSmoother, AMissingValueOnlyMovesTheStatesOn) {
  Parameters p;
  p.alpha = 0.3, p.beta = 0.1, p.phi = 0.9, p.gamma[0] = 0.2;
  for (const auto season : {Season::additive, Season::multiplicative}) {
    State s;
    s.level = 10, s.trend = 1, s.season[0] = {1.2, 0.9, 0.7};
    std::vector<double> before(9), after(5), missing(4, kNaN), errors(4);
    project(season, p, s, before);
    filter(season, p, s, missing, errors);
    project(season, p, s, after);
    EXPECT_EQ(errors, std::vector<double>(4, 0.0));
    for (std::size_t h = 0; h < 5; ++h) EXPECT_DOUBLE_EQ(after[h], before[h + 4]);
  }
}

TEST(EtsSmoother, AClippedSpikeMovesTheLevelByAlphaTimesTheClip) {
  Parameters p;
  p.alpha = 0.5, p.clip = 2;
  State s;
  s.level = 1;
  const std::vector<double> y{1e200};
  std::vector<double> errors(1);
  filter(Season::none, p, s, y, errors);
  EXPECT_EQ(s.level, 2);
  EXPECT_EQ(errors[0], 1e200 - 1);  // what came is still told
}

TEST(EtsSmoother, LanesAreBitForBitWhatOneAloneIs) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> share(0.01, 0.6);
  for (const auto season : {Season::none, Season::additive, Season::multiplicative})
    for (int round = 0; round < 40; ++round) {
      const bool two = season == Season::additive && round % 2 == 0;
      std::vector<double> y(50);
      for (auto& v : y) v = 1 + share(random);
      if (round % 3 == 0) y[20] = kNaN;
      std::array<Parameters, kLanes> p;
      std::array<State, kLanes> one;
      LaneParameters lanes;
      for (std::size_t i = 0; i < kLanes; ++i) {
        p[i].alpha = share(random), p[i].beta = share(random) * p[i].alpha, p[i].phi = 0.9;
        p[i].gamma[0] = share(random), p[i].gamma[1] = two ? share(random) : 0;
        if (season != Season::multiplicative) p[i].rho = share(random);
        if (round % 4 == 0) p[i].clip = 0.2;
        one[i].level = 1 + share(random), one[i].trend = 0.01 * share(random);
        if (season != Season::none) one[i].season[0].assign(7, 0.5 + share(random));
        if (two) one[i].season[1].assign(12, share(random));
        one[i].phase = {season == Season::none ? 0u : 3u, two ? 5u : 0u};
        lanes.set(i, p[i]);
      }
      LaneState all(one[0]);
      for (std::size_t i = 0; i < kLanes; ++i) all.set(i, one[i]);
      std::vector<double> errors(y.size() * kLanes), expected(errors.size()), e(y.size()), mu(e);
      filter(season, lanes, all, y, errors, expected);
      for (std::size_t i = 0; i < kLanes; ++i) {
        filter(season, p[i], one[i], y, e, mu);
        for (std::size_t t = 0; t < y.size(); ++t) {
          ASSERT_EQ(errors[t * kLanes + i], e[t]) << round << " " << i << " " << t;
          ASSERT_EQ(expected[t * kLanes + i], mu[t]) << round << " " << i << " " << t;
        }
        EXPECT_EQ(all.level[static_cast<Eigen::Index>(i)], one[i].level);
        EXPECT_EQ(all.phase, one[i].phase);
      }
    }
}

}  // namespace ets_smoother_test
