// Goal: the choice finds what a series is made of, intervals cover, odd histories are answered.
// Method: planted processes, R's choices, coverage over many simulated series.
#include "plugins/models/ets/choose.hpp"

#include <novascale/error.hpp>
#include <random>

#include "tests/plugins/models/ets/reference.hpp"

namespace ets_choose_test {

using namespace nova::ets;
using nova::reference::all_series;
using Values = std::vector<double>;
using Seasons = std::vector<std::uint32_t>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Values forecast(const Chosen& c, std::size_t leads) {
  Values out(leads);
  project(c.spec.form.season, c.parameters, c.state, out);
  for (double& v : out) v = c.unscaled(v);
  return out;
}

// Two seasons, a slow level and fading deviations.
Values load(std::uint64_t seed, std::size_t n, double dip = 25) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> noise;
  Values y;
  double level = 100, deviation = 0;
  for (std::size_t t = 0; t < n; ++t) {
    level += 0.05 * noise(random);
    deviation = 0.8 * deviation + noise(random);
    y.push_back(level + 20 * std::sin(2 * M_PI * static_cast<double>(t % 12) / 12) +
                (t % 60 >= 48 ? -dip : 0) + deviation);
  }
  return y;
}

TEST(EtsChoose, FindsTheSecondSeasonAndFadingDeviations) {
  const Values all = load(1, 660);
  const std::span<const double> y(all);
  std::string remark;
  const Chosen c = choose(y.first(600), Seasons{12, 60}, {}, remark);
  EXPECT_EQ(std::max(c.spec.seasons[0], c.spec.seasons[1]), 60u) << c.spec.name();
  EXPECT_TRUE(c.spec.carry) << c.spec.name();
  EXPECT_EQ(remark, "");
  const auto f = forecast(c, 60);
  double error = 0, naive = 0;
  for (std::size_t h = 0; h < 60; ++h) {
    error += std::fabs(f[h] - y[600 + h]);
    naive += std::fabs(y[540 + h] - y[600 + h]);
  }
  EXPECT_LT(error, naive);
}

TEST(EtsChoose, BeatsAiccAtLeadsBeyondTheFirst) {
  double held_out = 0, aicc = 0;
  Options by_aicc;
  by_aicc.choice = Options::Choice::aicc;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Values all = load(seed, 264, 0);
    const auto y = std::span(all).first(240);
    std::string remark;
    const auto a = forecast(choose(y, Seasons{12}, {}, remark), 24);
    const auto b = forecast(choose(y, Seasons{12}, by_aicc, remark), 24);
    for (std::size_t h = 0; h < 24; ++h) {
      held_out += std::fabs(a[h] - all[240 + h]);
      aicc += std::fabs(b[h] - all[240 + h]);
    }
  }
  EXPECT_LT(held_out, aicc);
}

TEST(EtsChoose, AiccOfTheFamilyChoosesSeasonsAndErrorsAsRDoes) {
  // Not the same form always: our optima are better, so likelihoods differ by some units.
  Options options;
  options.choice = Options::Choice::aicc;
  const auto table = nova::fixture::read("smoothing_auto.csv");
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const auto& s = all_series().at(table.rows[i].at("series"));
    std::string remark;
    const Chosen c = choose(s.values, Seasons{s.season}, options, remark);
    const auto r = Form::parse(table.rows[i].at("form")).value();
    EXPECT_EQ(c.spec.form.season, r.season) << c.spec.name();
    const auto fit = [&](const Form& form) {
      Spec spec{form, {form.season == Season::none ? 0 : s.season, 0}};
      return estimate(s.values, spec)->aicc;
    };
    EXPECT_LE(fit(c.spec.form), fit(r) + 1) << c.spec.name();
  }
}

TEST(EtsChoose, IntervalsCoverWhatTheyPromise) {
  // 240 errors, those of one series nearly one: chance moves the shares by some hundredths.
  double inside80 = 0, inside95 = 0, count = 0;
  for (std::uint64_t seed = 100; seed < 120; ++seed) {
    const Values all = load(seed, 252, 0);
    std::string remark;
    const Chosen c = choose(std::span(all).first(240), Seasons{12}, {}, remark);
    if (!c.spec.linear()) continue;
    Values mean(12);
    project(c.spec.form.season, c.parameters, c.state, mean);
    const auto weights = error_weights(c.spec, c.parameters, 12);
    double sum = 1;
    for (std::size_t h = 0; h < 12; ++h) {
      const double sd = c.sigma * std::sqrt(sum), e = c.scaled(all[240 + h]) - mean[h];
      sum += weights[h] * weights[h];
      inside80 += std::fabs(e) <= sd * c.spread.quantile(0.9, h + 1);
      inside95 += std::fabs(e) <= sd * c.spread.quantile(0.975, h + 1);
      ++count;
    }
  }
  EXPECT_GT(count, 180);
  EXPECT_NEAR(inside80 / count, 0.8, 0.1);
  EXPECT_NEAR(inside95 / count, 0.95, 0.05);
}

TEST(EtsChoose, KeepsAGivenFormAndSaysWhatItDropped) {
  Options options;
  options.choice = Options::Choice::given;
  options.form = Form::parse("MAdM").value();
  std::string remark;
  const auto& air = all_series().at("AirPassengers").values;
  EXPECT_EQ(choose(air, Seasons{12}, options, remark).spec.name(), "MAdM[12]");
  EXPECT_EQ(remark, "");
  EXPECT_EQ(choose(std::span(air).first(20), Seasons{12}, options, remark).spec.name(), "MAdN");
  EXPECT_EQ(remark, "season 12 dropped: 20 points");
  EXPECT_THROW(choose(Values{1, 2, 3, 0, 5, 6}, Seasons{}, options, remark), nova::Error);
}

TEST(EtsChoose, TrendAndAlphaAsGiven) {
  const auto& air = all_series().at("AirPassengers").values;
  for (const bool trend : {false, true}) {
    Options options;
    options.trend = trend;
    options.alpha = 0.25;
    std::string remark;
    const Chosen c = choose(air, Seasons{12}, options, remark);
    EXPECT_EQ(c.spec.form.trend != Trend::none, trend) << c.spec.name();
    EXPECT_EQ(c.parameters.alpha, 0.25);
  }
}

TEST(EtsChoose, IsTheSameInAnotherUnit) {
  Values y = load(3, 200), larger;
  for (const double v : y) larger.push_back(1024 * v);  // a power of two: exact
  std::string remark;
  const auto a = forecast(choose(y, Seasons{12}, {}, remark), 20);
  const auto b = forecast(choose(larger, Seasons{12}, {}, remark), 20);
  for (std::size_t h = 0; h < 20; ++h) EXPECT_EQ(1024 * a[h], b[h]);
}

TEST(EtsChoose, OddHistoriesHaveAForecast) {
  Values half = load(4, 300), shift = load(5, 300), spikes = load(6, 300), late(300, kNaN);
  std::mt19937_64 random{9};
  for (double& v : half)
    if (random() % 2 == 0) v = kNaN;
  for (std::size_t t = 200; t < 300; ++t) shift[t] += 500;
  for (std::size_t t = 5; t < 300; t += 37) spikes[t] *= 40;
  for (std::size_t t = 280; t < 300; ++t) late[t] = 5;
  late[0] = 4;
  const std::tuple<const char*, Values, double, double> cases[] = {
      {"half missing", half, 40, 160},      {"level shift", shift, 500, 700},
      {"spikes", spikes, 30, 400},          {"zeros", Values(100, 0.0), 0, 0},
      {"constant", Values(100, 7.0), 7, 7}, {"missing until late", late, 4, 6},
      {"two points", {3, 4}, 3, 4.1}};
  for (const auto& [name, y, low, high] : cases) {
    std::string remark;
    const Chosen c = choose(y, Seasons{12}, {}, remark);
    for (const double f : forecast(c, 30)) {
      EXPECT_GE(f, low - 1e-6) << name << " " << c.spec.name();
      EXPECT_LE(f, high + 1e-6) << name << " " << c.spec.name();
    }
    EXPECT_TRUE(c.sigma >= 0) << name;
  }
  std::string remark;
  EXPECT_THROW(choose(Values(5, kNaN), Seasons{}, {}, remark), nova::Error);
}

}  // namespace ets_choose_test
