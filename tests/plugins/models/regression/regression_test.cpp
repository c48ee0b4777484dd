// Goal: the regression is R's lm where residuals are independent, the closed form where there is
// one, honest about what it does not know, and survives any history. Method: fixtures made by R
// (see fixtures/make_fixtures.R), small exact cases, simulated coverage.
#include "plugins/models/regression/regression.hpp"

#include <algorithm>
#include <map>
#include <novascale/error.hpp>
#include <random>

#include "plugins/models/numeric/student_t.hpp"
#include "tests/plugins/models/fixture.hpp"

namespace regression_test {

using nova::numeric::student_t_quantile;
using nova::regression::Options;
using nova::regression::Regression;
using nova::regression::State;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

State fit(const Regression& model, std::span<const double> y,
          std::span<const std::uint32_t> seasons = {}) {
  std::string remark;
  return model.fit(y, seasons, remark);
}

// The cases of regression.csv.
struct Case {
  const char *name, *series;
  Options options;
};
std::vector<Case> cases() {
  const auto with = [](std::vector<std::uint32_t> seasons, int pairs, bool trend = true) {
    Options o;
    o.season_lengths = std::move(seasons);
    o.pairs = pairs;
    o.trend = trend;
    o.ar = 0;
    return o;
  };
  return {{"daily_k3", "daily", with({24}, 3)},
          {"daily_full", "daily", with({24}, Options::kFull)},
          {"weekly_full_no_trend", "weekly", with({7}, Options::kFull, false)},
          {"both_k2", "both", with({12, 30}, 2)},
          {"trend_only", "trend", with({}, 0)},
          {"missing_k3", "missing", with({24}, 3)},
          {"air_full", "air", with({12}, Options::kFull)},
          {"accidents_k4", "accidents", with({12}, 4)},
          {"h1_k5", "h1", with({24}, 5)}};
}

// Made for R, or public.
std::vector<double> series(const std::string& name) {
  static const auto made = nova::fixture::read("input.csv"),
                    known = nova::fixture::read("arima_series.csv");
  if (made.rows[0].contains(name)) return made.column(name);
  std::vector<double> y;
  for (std::size_t i = 0; i < known.rows.size(); ++i)
    if (known.rows[i].at("series") == name) y.push_back(known.number(i, "value"));
  return y;
}

TEST(Regression, MatchesLmAndPredictOfR) {
  const auto r = nova::fixture::read("regression.csv");
  int compared = 0;
  for (const auto& c : cases()) {
    const Regression model(c.options);
    const State state = fit(model, series(c.series));
    for (std::size_t i = 0; i < r.rows.size(); ++i) {
      if (r.rows[i].at("case") != c.name) continue;
      const auto step = static_cast<std::uint64_t>(r.number(i, "step"));
      const auto m = model.ahead(state, step);
      const double sigma = r.number(i, "sigma"), tolerance = 1e-9 * std::max(sigma, 1.0);
      EXPECT_EQ(state.dof, r.number(i, "dof")) << c.name;
      EXPECT_NEAR(state.sd * state.scale, sigma, 0.1 * tolerance) << c.name;
      EXPECT_NEAR(m.mean, r.number(i, "mean"), tolerance) << c.name << " step " << step;
      for (const auto& [column, level] :
           {std::pair{"lo90", 0.05}, {"hi90", 0.95}, {"lo99", 0.005}, {"hi99", 0.995}})
        EXPECT_NEAR(m.mean + student_t_quantile(level, state.dof) * m.sd, r.number(i, column),
                    tolerance)
            << c.name << " step " << step << " " << column;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 54);
}

// R's coefficients are those of 1, t and the harmonics, ours those of a trend from -1 to 1: each of
// R's is a sum of ours, z'b, whose standard error is s |L^-1 z|.
TEST(Regression, CoefficientsAndTheirErrorsAreThoseOfLm) {
  const auto r = nova::fixture::read("regression_fit.csv");
  ASSERT_EQ(r.rows.size(), cases().size());
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const Case c = cases()[i];
    ASSERT_EQ(r.rows[i].at("case"), c.name);
    const State state = fit(Regression(c.options), series(c.series));
    const std::size_t size = state.coefficients.size();
    std::vector<double> origin(size), next(size);
    state.basis->fill(0, origin);
    state.basis->fill(1, next);
    std::istringstream values(r.rows[i].at("coefficients")), errors(r.rows[i].at("errors"));
    std::string value, error;
    for (std::size_t k = 0; k < size; ++k) {
      std::vector<double> z(size, 0.0);
      z[k] = k == 1 && c.options.trend ? next[1] - origin[1] : 1;
      if (k == 0 && c.options.trend) z[1] = origin[1];
      double got = k == 0 ? state.centre : 0, square = 0;
      for (std::size_t j = 0; j < size; ++j) got += state.scale * z[j] * state.coefficients[j];
      state.factor->forward(z);
      for (const double u : z) square += u * u;
      ASSERT_TRUE(std::getline(values, value, ';') && std::getline(errors, error, ';')) << c.name;
      EXPECT_NEAR(got, std::stod(value), 1e-9 * std::stod(error)) << c.name << " " << k;
      EXPECT_NEAR(state.scale * state.sd * std::sqrt(square) / std::stod(error), 1, 1e-9)
          << c.name << " " << k;
    }
    EXPECT_FALSE(std::getline(values, value, ';')) << c.name;
  }
}

TEST(Regression, LikelihoodAndAiccAreThoseOfLm) {
  const auto r = nova::fixture::read("regression_fit.csv");
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const Case c = cases()[i];
    const State state = fit(Regression(c.options), series(c.series));
    const std::size_t rank = state.coefficients.size();
    const double n = state.dof + static_cast<double>(rank), s = state.sd * state.scale;
    const double likelihood = nova::regression::log_likelihood(s * s * state.dof, n);
    EXPECT_NEAR(likelihood, r.number(i, "loglik"), 1e-8) << c.name;
    EXPECT_NEAR(nova::regression::aicc(likelihood, n, rank), r.number(i, "aicc"), 1e-8) << c.name;
  }
  EXPECT_TRUE(std::isinf(nova::regression::aicc(-10, 5, 3)));
}

TEST(Regression, ChoosesTheHarmonicsOfLeastAiccOfTslm) {
  const auto r = nova::fixture::read("regression_choice.csv");
  std::map<std::string, std::size_t> least;  // row
  for (std::size_t i = 0; i < r.rows.size(); ++i) {
    const auto [at, added] = least.emplace(r.rows[i].at("series"), i);
    if (!added && r.number(i, "aicc") < r.number(at->second, "aicc")) at->second = i;
  }
  for (const auto& [name, i] : least) {
    Options o;
    o.season_lengths = {static_cast<std::uint32_t>(r.number(i, "season"))};
    o.ar = 0;
    const State state = fit(Regression(o), series(name));
    const auto& cuts = state.basis->cuts();
    const auto chosen = std::find(cuts.begin(), cuts.end(), state.coefficients.size());
    EXPECT_EQ(chosen - cuts.begin(), r.number(i, "pairs")) << name;
  }
  EXPECT_EQ(least.size(), 6u);
}

TEST(Regression, FitsALineThatIsALine) {
  std::vector<double> y(30);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] = 5 - 2 * static_cast<double>(t);
  const Regression model{Options{}};
  const State state = fit(model, y);
  EXPECT_NEAR(model.ahead(state, 10).mean, 5 - 2 * 39, 1e-9);
  EXPECT_NEAR(model.ahead(state, 10).sd, 0, 1e-9);
}

TEST(Regression, ChoosesAsFewHarmonicsAsTheSeasonHas) {
  std::mt19937_64 random{5};
  std::normal_distribution<double> noise(0, 1);
  std::vector<double> y(2016);
  for (std::size_t t = 0; t < y.size(); ++t)
    y[t] = 50 + 10 * std::sin(2 * M_PI * static_cast<double>(t) / 288) +
           4 * std::cos(2 * M_PI * 2 * static_cast<double>(t) / 288) + noise(random);
  Options o;
  o.season_lengths = {288};
  const State state = fit(Regression(o), y);
  EXPECT_GE(state.coefficients.size(), 6u);  // 1, trend, two pairs
  EXPECT_LE(state.coefficients.size(), 10u);
}

TEST(Regression, CarriesTheResidualOnByPhiToTheH) {
  std::mt19937_64 random{6};
  std::normal_distribution<double> noise;
  std::vector<double> y(5000);
  double e = 0;
  for (double& v : y) v = 100 + (e = 0.8 * e + noise(random));
  Options o;
  o.trend = false;
  o.ar = 1;
  const Regression model(o);
  State state = fit(model, y);
  ASSERT_EQ(state.errors.lags.size(), 1u);
  const double phi = state.errors.lags[0];
  EXPECT_NEAR(phi, 0.8, 0.03);
  const double level = model.ahead(state, 100'000).mean, residual = y.back() - level;
  for (const std::uint64_t h : {1, 2, 5, 20})
    EXPECT_NEAR(model.ahead(state, h).mean,
                level + std::pow(phi, static_cast<double>(h)) * residual, 1e-9);
  // The variance of an AR(1) to come: s^2 (1 - phi^2h), and a little for the mean's own
  // uncertainty.
  const double far = model.ahead(state, 1000).sd;
  EXPECT_NEAR(far, 1 / std::sqrt(1 - 0.64), 0.1);
  for (const std::uint64_t h : {1, 3, 7})
    EXPECT_NEAR(model.ahead(state, h).sd / far,
                std::sqrt(1 - std::pow(phi, 2.0 * static_cast<double>(h))), 0.02);
  // The mean of n AR(1) points is known to s^2 (1 + phi) / (1 - phi) / n.
  const double s = state.sd * state.scale;
  EXPECT_NEAR(far * far - s * s, s * s * (1 + phi) / (1 - phi) / 5000, 1e-6);
  // Observing moves the state on by one step, a missing point makes it older.
  const double before = model.ahead(state, 2).mean;
  model.observe(state, std::vector<double>{model.ahead(state, 1).mean});
  EXPECT_NEAR(model.ahead(state, 1).mean, before, 1e-9);
  const auto two = model.ahead(state, 2);
  model.observe(state, std::vector<double>{kNaN});
  EXPECT_NEAR(model.ahead(state, 1).mean, two.mean, 1e-9);
  EXPECT_NEAR(model.ahead(state, 1).sd, two.sd, 1e-9);
}

TEST(Regression, IntervalsCoverWhatTheySay) {
  // Trend, season and AR(1) errors from a fixed seed: of 2000 series, the step and the tenth one
  // later lie inside the central 80 % as often as that. Three standard errors of a share are 2.7 %;
  // phi is estimated (biased low by about 4 / n), which the bounds allow for.
  std::mt19937_64 random{7};
  std::normal_distribution<double> noise;
  Options o;
  o.season_lengths = {24};
  o.pairs = 2;
  const Regression model(o);
  int inside[2] = {0, 0};
  constexpr int kRounds = 2000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> y(250);
    double e = noise(random);
    for (std::size_t t = 0; t < y.size(); ++t) {
      e = 0.5 * e + noise(random);
      y[t] =
          0.02 * static_cast<double>(t) + 3 * std::sin(2 * M_PI * static_cast<double>(t) / 24) + e;
    }
    const State state = fit(model, std::span(y).first(240));
    for (const int i : {0, 1}) {
      const std::uint64_t h = i == 0 ? 1 : 10;
      const auto m = model.ahead(state, h);
      const double half = student_t_quantile(0.9, state.dof) * m.sd;
      inside[i] += std::fabs(y[239 + h] - m.mean) <= half ? 1 : 0;
    }
  }
  EXPECT_NEAR(inside[0] / double{kRounds}, 0.8, 0.03);
  EXPECT_NEAR(inside[1] / double{kRounds}, 0.8, 0.035);
}

TEST(Regression, SaysWhatItDrops) {
  std::string remark;
  Options o;
  o.season_lengths = {24, 168};
  const Regression model(o);
  std::vector<double> y(60);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] = static_cast<double>(t % 24);
  const State state = model.fit(y, {}, remark);
  EXPECT_EQ(remark, "season 168 dropped: 60 points");
  EXPECT_EQ(state.basis->spec().seasons, (std::vector<std::uint32_t>{24}));
  remark.clear();
  model.fit(std::vector<double>{1, 2, 3}, {}, remark);
  EXPECT_EQ(remark,
            "trend dropped: 3 points; season 24 dropped: 3 points; season 168 dropped: 3 points");
}

TEST(Regression, TakesTheHostsSeasonsUnlessItHasItsOwn) {
  std::vector<double> y(100);
  for (std::size_t t = 0; t < y.size(); ++t) y[t] = static_cast<double>(t % 10);
  const std::uint32_t seasons[] = {10, 0, 10};
  EXPECT_EQ(fit(Regression{Options{}}, y, seasons).basis->spec().seasons,
            (std::vector<std::uint32_t>{10}));
  Options own;
  own.season_lengths = {20};
  EXPECT_EQ(fit(Regression(own), y, seasons).basis->spec().seasons,
            (std::vector<std::uint32_t>{20}));
}

TEST(Regression, SurvivesAnyHistory) {
  Options o;
  o.season_lengths = {4};
  const Regression model(o);
  const std::pair<const char*, std::vector<double>> cases[] = {
      {"constant", std::vector<double>(50, 7)},
      {"huge", std::vector<double>(50, 1e300)},
      {"huge alternating",
       [] {
         std::vector<double> y(50);
         for (std::size_t t = 0; t < 50; ++t) y[t] = t % 2 ? 1e300 : -1e300;
         return y;
       }()},
      {"tiny", std::vector<double>(50, 1e-300)},
      {"negative", std::vector<double>(50, -3)},
      {"one point", {5}},
      {"two points", {5, 6}},
      {"one phase only",
       {1, kNaN, kNaN, kNaN, 2, kNaN, kNaN, kNaN, 3, kNaN, kNaN, kNaN, 4, kNaN, kNaN, kNaN, 5}},
      {"late start", {kNaN, kNaN, kNaN, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
      {"infinite points", {1, HUGE_VAL, 3, 4, -HUGE_VAL, 6, 7, 8, 9, 10}}};
  for (const auto& [name, y] : cases) {
    const State state = fit(model, y);
    const auto m = model.ahead(state, 3);
    EXPECT_TRUE(std::isfinite(m.mean)) << name;
    EXPECT_TRUE(std::isfinite(m.sd) && m.sd >= 0) << name;
  }
  EXPECT_NEAR(model.ahead(fit(model, cases[0].second), 5).mean, 7, 1e-12);
  for (const auto& y : {std::vector<double>{}, std::vector<double>(9, kNaN)})
    EXPECT_THROW(fit(model, y), nova::Error);
}

TEST(Regression, TransformsAreUndoneWithTheirMean) {
  std::mt19937_64 random{8};
  std::normal_distribution<double> noise(0, 0.5);
  std::vector<double> y(4000);
  for (double& v : y) v = std::exp(2 + noise(random));
  Options o;
  o.trend = false;
  o.ar = 0;
  o.transform = Options::Transform::log;
  const Regression log_model(o);
  const auto m = log_model.ahead(fit(log_model, y), 1);
  EXPECT_NEAR(m.mean, 2, 0.03);
  EXPECT_NEAR(log_model.untransformed_mean(m), std::exp(2 + 0.125), 0.3);  // mean of a log-normal
  EXPECT_NEAR(log_model.untransformed(m.mean), std::exp(2), 0.25);         // its median
  o.transform = Options::Transform::sqrt;
  const Regression root(o);
  for (double& v : y) v = std::pow(10 + noise(random), 2);
  EXPECT_NEAR(root.untransformed_mean(root.ahead(fit(root, y), 1)), 100.25, 0.5);
  y[3] = -1;
  EXPECT_THROW(fit(root, y), nova::Error);
  EXPECT_THROW(fit(log_model, y), nova::Error);
}

// A trend, a season and an AR(2): order, coefficients and the fade of the residual are found.
TEST(Regression, FindsTheOrderOfItsResiduals) {
  std::mt19937_64 random{9};
  std::normal_distribution<double> noise;
  std::vector<double> y(4000);
  double e1 = 0, e2 = 0;
  for (std::size_t t = 0; t < y.size(); ++t) {
    const double e = 1.1 * e1 - 0.5 * e2 + noise(random);
    e2 = e1, e1 = e;
    y[t] = 10 * std::sin(2 * M_PI * static_cast<double>(t) / 24) + e;
  }
  Options o;
  o.season_lengths = {24};
  const State state = fit(Regression(o), y);
  ASSERT_GE(state.errors.lags.size(), 2u);
  EXPECT_LE(state.errors.lags.size(), 8u);
  EXPECT_NEAR(state.errors.lags[0], 1.1, 0.06);
  EXPECT_NEAR(state.errors.lags[1], -0.5, 0.09);
  // 1 / innovation: the variance of an AR(2), (1 - f2) / ((1 + f2) ((1 - f2)^2 - f1^2)).
  EXPECT_NEAR(1 / state.errors.innovation, 1.5 / (0.5 * (2.25 - 1.21)), 0.3);
}

// A residual that is a random walk says nothing of the level far back: the interval one step ahead
// is that of its steps, not that of its level.
TEST(Regression, WhatIsKnownAtTheOriginNeedsNoParameters) {
  std::mt19937_64 random{10};
  std::normal_distribution<double> noise;
  std::vector<double> y(1000);
  for (std::size_t t = 1; t < y.size(); ++t) y[t] = y[t - 1] + noise(random);
  const Regression model{Options{}};
  const State state = fit(model, y);
  EXPECT_NEAR(model.ahead(state, 1).mean, y.back(), 0.3);
  EXPECT_NEAR(model.ahead(state, 1).sd, 1, 0.1);
  EXPECT_NEAR(model.ahead(state, 16).sd, 4, 1);
}

TEST(Regression, HuberIsTheIteratedWeightsOfR) {
  const auto r = nova::fixture::read("huber.csv");
  Options o;
  o.season_lengths = {24};
  o.pairs = 2;
  o.ar = 0;
  o.loss = Options::Loss::huber;
  const Regression model(o);
  const State state = fit(model, r.column("y"));
  for (std::size_t h = 0; h < 24; ++h)
    EXPECT_NEAR(model.ahead(state, h + 1).mean, r.number(h, "ahead"), 1e-8) << h;
  // Three passes are near MASS::rlm, which goes on until nothing moves.
  for (std::size_t h = 0; h < 24; ++h)
    EXPECT_NEAR(model.ahead(state, h + 1).mean, r.number(h, "rlm"), 0.3) << h;
  // The spikes of 300 move least squares.
  o.loss = Options::Loss::squares;
  const Regression squares(o);
  EXPECT_GT(std::fabs(squares.ahead(fit(squares, r.column("y")), 1).mean - r.number(0, "rlm")), 4);
}

TEST(Regression, HuberCarriesNoSpikeOn) {
  std::mt19937_64 random{11};
  std::normal_distribution<double> noise;
  std::vector<double> y(400);
  double e = 0;
  for (double& v : y) v = 50 + (e = 0.6 * e + noise(random));
  Options o;
  o.loss = Options::Loss::huber;
  const Regression model(o);
  State state = fit(model, y);
  model.observe(state, std::vector<double>{500});
  EXPECT_NEAR(model.ahead(state, 1).mean, 50, 5);
  // What lasts is followed as far as surprises of that size go, wholly by the next fit.
  model.observe(state, std::vector<double>(60, 70));
  EXPECT_GT(model.ahead(state, 1).mean, 53);
}

TEST(Regression, RecentPointsCountMore) {
  std::vector<double> y(400);
  for (std::size_t t = 0; t < y.size(); ++t)
    y[t] = (t < 200 ? 10 : 30) + static_cast<double>(t * 7 % 5);
  Options o;
  o.trend = false;
  o.ar = 0;
  const auto mean = [&] {
    const Regression model(o);
    return model.ahead(fit(model, y), 1).mean;
  };
  EXPECT_NEAR(mean(), 22, 0.1);
  o.half_life = 20;
  EXPECT_NEAR(mean(), 32, 0.3);
  // As the closed form: a mean with weights 2^(-age / 20).
  double sum = 0, weight = 0;
  for (std::size_t t = 0; t < y.size(); ++t) {
    const double w = std::exp2(-static_cast<double>(y.size() - 1 - t) / 20);
    sum += w * y[t], weight += w;
  }
  EXPECT_NEAR(mean(), sum / weight, 1e-9);
  // Worth (sum w)^2 / sum w^2 points.
  const double worth = std::pow(1 / (1 - std::exp2(-1 / 20.0)), 2) * (1 - std::exp2(-2 / 20.0));
  const Regression model(o);
  EXPECT_NEAR(fit(model, y).dof, worth - 1, 0.1);
}

TEST(Regression, ChangepointsBendTheTrendAndItFadesOut) {
  std::vector<double> y(400);
  for (std::size_t t = 0; t < y.size(); ++t)
    y[t] = t < 200 ? static_cast<double>(t) : 200 - 0.5 * static_cast<double>(t - 200);
  Options o;
  o.ar = 0;
  o.changepoints = 3;  // one of them at the middle
  const Regression model(o);
  const State state = fit(model, y);
  EXPECT_NEAR(model.ahead(state, 1).mean, y.back(), 5);
  // Falls on, but by one segment's length, 100 steps, at most.
  const double far = model.ahead(state, 2000).mean;
  EXPECT_LT(far, y.back() - 25);
  EXPECT_GT(far, y.back() - 60);
  Options line;
  line.ar = 0;
  const Regression straight(line);
  EXPECT_GT(straight.ahead(fit(straight, y), 1).mean, y.back() + 40);
}

TEST(Regression, ALongOutageLeavesTheModelWithoutItsResidual) {
  std::mt19937_64 random{12};
  std::normal_distribution<double> noise;
  std::vector<double> y(500);
  double e = 0;
  for (double& v : y) v = 50 + (e = 0.8 * e + noise(random));
  Options o;
  o.trend = false;
  const Regression model(o);
  State state = fit(model, y);
  const auto far = model.ahead(state, 1000);
  model.observe(state, std::vector<double>(50'000, kNaN));
  EXPECT_EQ(state.age, State::kAgeMost);
  EXPECT_NEAR(model.ahead(state, 1).mean, far.mean, 1e-6);
  EXPECT_NEAR(model.ahead(state, 1).sd, far.sd, 1e-6);
}

}  // namespace regression_test
