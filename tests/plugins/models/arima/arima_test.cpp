// Goal: from a history to a forecast, whatever the history: the right structure is chosen, odd data
// end in a finite answer or a clear error, the state stays small. Method: simulated series, a table
// of anomalies.
#include "plugins/models/arima/arima.hpp"

#include <novascale/error.hpp>

#include "plugins/models/arima/structure.hpp"
#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_test {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> days(std::size_t n, std::uint32_t m, double noise, std::uint64_t seed,
                         bool weekly = false) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> e(0, noise);
  std::vector<double> y(n);
  for (std::size_t t = 0; t < n; ++t) {
    const double phase = 2 * M_PI * static_cast<double>(t) / m;
    const bool weekend = weekly && t / m % 7 >= 5;
    y[t] =
        (weekend ? 40 : 100) * (1 + 0.5 * std::sin(phase) + 0.2 * std::cos(3 * phase)) + e(random);
  }
  return y;
}

State fit_of(const std::vector<double>& y, const std::vector<std::uint32_t>& seasons,
             std::string* remark = nullptr, const Options& options = {}) {
  std::string said;
  const State s = fit(options, y, seasons, said);
  if (remark != nullptr) *remark = said;
  return s;
}

void expect_sensible(const State& s, const std::string& name) {
  std::vector<Moments> ahead(60);
  s.ahead(ahead);
  for (const Moments& m : ahead) {
    EXPECT_TRUE(std::isfinite(s.original(m.mean))) << name;
    EXPECT_TRUE(std::isfinite(m.sd) && m.sd >= 0) << name;
    EXPECT_TRUE(std::isfinite(s.original(m.mean + 3 * m.sd))) << name;
  }
}

TEST(Arima, SurvivesAnomalies) {
  auto base = days(300, 24, 3, 1);
  const auto changed = [&](auto&& change) {
    auto y = base;
    for (std::size_t t = 0; t < y.size(); ++t) change(t, y[t]);
    return y;
  };
  std::mt19937_64 random{2};
  const std::pair<const char*, std::vector<double>> cases[] = {
      {"usual", base},
      {"constant", std::vector<double>(200, 5.0)},
      {"zeros", std::vector<double>(200, 0.0)},
      {"negative", changed([](std::size_t, double& v) { v = -v; })},
      {"huge", changed([](std::size_t, double& v) { v *= 1e298; })},
      {"tiny", changed([](std::size_t, double& v) { v *= 1e-300; })},
      {"half missing", changed([&](std::size_t, double& v) { v = random() % 2 ? v : kNaN; })},
      {"long gap", changed([](std::size_t t, double& v) { v = t > 100 && t < 200 ? kNaN : v; })},
      {"gap at the end", changed([](std::size_t t, double& v) { v = t > 280 ? kNaN : v; })},
      {"all but two missing",
       changed([](std::size_t t, double& v) { v = t == 3 || t == 250 ? v : kNaN; })},
      {"infinities", changed([](std::size_t t, double& v) { v = t % 50 == 7 ? HUGE_VAL : v; })},
      {"level shift", changed([](std::size_t t, double& v) { v += t > 250 ? 1000 : 0; })},
      {"spike", changed([](std::size_t t, double& v) { v += t == 290 ? 1e6 : 0; })},
      {"one spike in zeros", changed([](std::size_t t, double& v) { v = t == 150 ? 1 : 0; })},
      {"line", changed([](std::size_t t, double& v) { v = 3.0 * static_cast<double>(t); })},
      {"explosive",
       changed([](std::size_t t, double& v) { v = std::exp(static_cast<double>(t)); })},
      {"alternating", changed([](std::size_t t, double& v) { v = t % 2 ? 1e300 : -1e300; })},
      {"exact season", days(240, 24, 0, 3)}};
  for (const auto& [name, y] : cases) {
    SCOPED_TRACE(name);
    for (const std::vector<std::uint32_t>& seasons :
         {std::vector<std::uint32_t>{24}, std::vector<std::uint32_t>{}}) {
      State s = fit_of(y, seasons);
      expect_sensible(s, name);
      for (const double v : {y[5], kNaN, y[7]}) s.observe(s.transformed(v));
      expect_sensible(s, name);
    }
  }
}

TEST(Arima, AnswersForAnyLength) {
  const auto y = days(80, 12, 2, 4);
  for (std::size_t n = 1; n <= 80; ++n)
    expect_sensible(fit_of({y.begin(), y.begin() + static_cast<std::ptrdiff_t>(n)}, {12}),
                    std::to_string(n));
}

TEST(Arima, SaysWhatIsMissing) {
  for (const std::vector<double>& y : {std::vector<double>{}, {kNaN, kNaN}}) {
    try {
      fit_of(y, {});
      ADD_FAILURE();
    } catch (const Error& e) {
      EXPECT_EQ(e.status(), NOVA_FAILED_PRECONDITION);
    }
  }
  Options logs;
  logs.shape.level = false;
  logs.order = Block{1, 1, 0, 0};
  EXPECT_THROW(fit_of(std::vector<double>(30, -1.0), {}, nullptr, logs), Error);
  std::string remark;
  fit_of(days(100, 24, 1, 1), {24, 168}, &remark);
  EXPECT_NE(remark.find("season 168 dropped: 100 points"), std::string::npos) << remark;
}

// What climbs in the morning of the second day is the day, not a trend; days later it would be
// thousands of times as much.
TEST(Arima, TakesNoTrendFromLessThanASeason) {
  for (const std::size_t points : {370, 400, 450}) {
    std::vector<double> y(points);
    for (std::size_t t = 0; t < points; ++t)
      y[t] = (1000 + 600 * std::sin(2 * M_PI * (static_cast<double>(t) - 108) / 288)) *
             (1 + 0.03 * std::sin(static_cast<double>(t * t)));
    const State s = fit_of(y, {288});
    EXPECT_LE(s.order.differences(), 1u) << points;
    EXPECT_FALSE(s.order.constant && s.order.differences() == 1) << points;
    std::vector<Moments> ahead(864);
    s.ahead(ahead);
    EXPECT_LT(s.original(ahead.back().mean), 4000) << points;
    EXPECT_GT(s.original(ahead.back().mean), 300) << points;
  }
}

TEST(Arima, UsesTheWeekWhereThereIsOne) {
  const auto y = days(24 * 7 * 5 + 24 * 5, 24, 2, 6, true);  // ends on a Friday night
  std::vector<double> history(y.begin(), y.end() - 48);
  const State s = fit_of(history, {24, 168});
  std::vector<Moments> ahead(96);
  s.ahead(ahead);
  double error = 0;
  for (std::size_t h = 0; h < 48; ++h)
    error += std::fabs(s.original(ahead[h].mean) - y[history.size() + h]) / 48;
  EXPECT_LT(error, 6);
  // The weekend to come, by the day that only the week knows.
  EXPECT_LT(s.original(ahead[48 + 6].mean), 0.65 * s.original(ahead[6].mean));
}

TEST(Arima, TakesSeasonalTermsOfALongSeasonAsTheyAre) {
  const auto y = days(2016, 288, 5, 7);
  Options options;
  options.order = Block{1, 2, 0, 1};
  options.seasonal = Block{1, 0, 1, 1};
  std::string remark;
  const State s = fit_of(y, {288}, &remark, options);
  EXPECT_NE(remark.find("ARIMA(2,0,1)(0,1,1)[288]"), std::string::npos) << remark;
  EXPECT_EQ(remark.find("conditional"), std::string::npos) << remark;  // the exact likelihood
  EXPECT_LT((s.values.size() + s.errors.size()) * sizeof(double), 16'384u);
  std::vector<Moments> ahead(288);
  s.ahead(ahead);
  const auto want = days(2016 + 288, 288, 0, 7);
  double error = 0;
  for (std::size_t h = 0; h < 288; ++h)
    error += std::fabs(s.original(ahead[h].mean) - want[2016 + h]) / 288;
  EXPECT_LT(error, 4);
}

TEST(Arima, FitsHarmonicsOfADayOfMinutesAndOfAWeekOfFiveMinutes) {
  for (const std::uint32_t season : {1440u, 2016u}) {
    const auto y = days(3 * season, season, 5, 8);
    Options options;
    options.shape.seasonal = false;
    std::string remark;
    const State s = fit_of(y, {season}, &remark, options);
    EXPECT_NE(remark.find(" harmonics of " + std::to_string(season)), std::string::npos) << remark;
    EXPECT_LT((s.values.size() + s.errors.size()) * sizeof(double), 65'536u);
    std::vector<Moments> ahead(season);
    s.ahead(ahead);
    const auto truth = days(4 * season, season, 0, 8);  // without the noise
    double error = 0, covered = 0;
    const auto noisy = days(4 * season, season, 5, 8);
    for (std::size_t h = 0; h < season; ++h) {
      error += std::fabs(s.original(ahead[h].mean) - truth[3 * season + h]) / season;
      const double reach = s.calibration.quantile(0.9, h + 1) * ahead[h].sd;
      covered += (noisy[3 * season + h] >= s.original(ahead[h].mean - reach) &&
                  noisy[3 * season + h] <= s.original(ahead[h].mean + reach)) /
                 static_cast<double>(season);
    }
    EXPECT_LT(error, 1) << season;
    EXPECT_NEAR(covered, 0.8, 0.06) << season;
  }
}

TEST(Arima, IntervalsHoldWhatTheyPromise) {
  int inside = 0, all = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Order order;
    order.blocks = {{1, 1, 0, 0}, {12, 0, 1, 1}};
    const auto y = simulate(order, {0.6, -0.5}, 312, 100 + seed);
    const State s = fit_of({y.begin(), y.end() - 24}, {12});
    std::vector<Moments> ahead(24);
    s.ahead(ahead);
    for (std::size_t h = 0; h < 24; ++h) {
      const double z = (s.transformed(y[288 + h]) - s.centre) / s.scale;
      const double width = s.calibration.quantile(0.9, h + 1) * ahead[h].sd;
      inside += std::fabs(z - ahead[h].mean) <= width;
      ++all;
    }
  }
  EXPECT_NEAR(static_cast<double>(inside) / all, 0.8, 0.1);
}

TEST(Structure, LooksForwardOnly) {
  // A history that ends in a level shift: what a forecast from inside must not know.
  const auto y = days(400, 24, 2, 9);
  const Scaled s = scaled(y, Transform::none);
  Order order;
  order.blocks[0].p = 1;
  const Estimate e = fit_conditional(s.sample, Eigen::MatrixXd(400, 0), order, {0.5}, 0, {0, 1});
  auto other = s.sample;
  other.y[350] += 1000;
  const Estimate f = fit_conditional(other, Eigen::MatrixXd(400, 0), order, {0.5}, 0, {0, 1});
  const auto a = roll(e, s.sample, 300, 10, 12), b = roll(f, other, 300, 10, 12);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].t < 350) {
      EXPECT_EQ(a[i].error, b[i].error);
    }
    EXPECT_LE(a[i].t - a[i].origin, 12u);
    EXPECT_GT(a[i].t, a[i].origin);
  }
}

}  // namespace arima_test
}  // namespace nova::arima
