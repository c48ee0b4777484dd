// Goal: with its season taken out the theta method is R's thetaf, and the automatic choice is no
// worse. Method: R's fixture, planted seasons, odd histories.
#include "plugins/models/theta/choose.hpp"

#include <novascale/error.hpp>
#include <random>

#include "tests/plugins/models/ets/reference.hpp"

namespace theta_choose_test {

using namespace nova::theta;
using nova::reference::all_series;
using Values = std::vector<double>;
using Seasons = std::vector<std::uint32_t>;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Values forecast(const Chosen& c, std::size_t leads) {
  Values out(leads);
  project(c.line, out);
  for (std::size_t h = 0; h < leads; ++h) out[h] = c.with(out[h], c.season(h + 1)) * c.scale;
  return out;
}

TEST(ThetaChoose, StandardIsRsThetaf) {
  const auto parameters = nova::fixture::read("theta.csv"),
             ahead = nova::fixture::read("theta_ahead.csv");
  for (std::size_t i = 0; i < parameters.rows.size(); ++i) {
    const auto& name = parameters.rows[i].at("series");
    const auto& s = all_series().at(name);
    Options options;
    options.variant = Variant::standard;
    options.calibrate = false;
    const Chosen c = choose(s.values, Seasons{s.season}, options);
    EXPECT_NEAR(c.line.alpha, parameters.number(i, "alpha"), 5e-3) << name;
    EXPECT_NEAR(0.5 * c.line.slope * c.scale, parameters.number(i, "drift"),
                1e-6 * std::fabs(parameters.number(i, "drift")) + 1e-9)
        << name;
    const auto f = forecast(c, 24);
    for (std::size_t j = 0; j < ahead.rows.size(); ++j) {
      if (ahead.rows[j].at("series") != name) continue;
      const auto h = static_cast<std::size_t>(ahead.number(j, "step"));
      EXPECT_NEAR(f[h - 1] / ahead.number(j, "mean"), 1, 2e-3) << name << " " << h;
      const double sd = spread(c.line, c.sigma, static_cast<double>(h)) * c.scale;
      // R adds the spread of the adjusted series as it is; ours is scaled with the season.
      EXPECT_NEAR(sd / ahead.number(j, "sd"), 1, 0.02) << name << " " << h;
    }
  }
}

TEST(ThetaChoose, TakesOutTwoSeasons) {
  std::mt19937_64 random{2};
  std::normal_distribution<double> noise;
  Values y;
  for (int t = 0; t < 600; ++t)
    y.push_back((100 + 20 * std::sin(2 * M_PI * (t % 12) / 12) + noise(random)) *
                (t % 60 >= 48 ? 0.6 : 1));
  const Chosen c = choose(y, Seasons{12, 60}, {});
  EXPECT_EQ(std::max(c.seasons[0], c.seasons[1]), 60u) << c.name();
  EXPECT_TRUE(c.ratios);
  const auto f = forecast(c, 60);
  for (std::size_t h = 0; h < 60; ++h) EXPECT_NEAR(f[h] / y[540 + h], 1, 0.1) << h;
}

TEST(ThetaChoose, TakesRatiosOfALoadThatIsZeroNowAndThen) {
  const double index[] = {1.6, 1, 0.8, 0.6};
  Values y;
  for (int t = 0; t < 240; ++t) y.push_back((10 + 0.1 * t) * index[t % 4]);
  y[37] = y[90] = 0;
  Options options;
  options.variant = Variant::standard;
  const Chosen c = choose(y, Seasons{4}, options);
  EXPECT_TRUE(c.ratios);
  const auto f = forecast(c, 4);
  EXPECT_NEAR(f[0] / f[3], 1.6 / 0.6, 0.1);
}

TEST(ThetaChoose, TakesDifferencesWhereAPhaseIsAlwaysZero) {
  Values y;
  for (int t = 0; t < 120; ++t) y.push_back(t % 4 == 0 ? 0.0 : 5 + 0.01 * (t % 7));
  Options options;
  options.variant = Variant::standard;
  const Chosen c = choose(y, Seasons{4}, options);
  EXPECT_FALSE(c.ratios);
  EXPECT_NEAR(forecast(c, 1)[0], 0, 0.1);
}

TEST(ThetaChoose, TakesDifferencesWhereValuesAreNegative) {
  Values y;
  for (int t = 0; t < 120; ++t) y.push_back(t % 4 == 0 ? -3.0 : 1 + 0.01 * (t % 7));
  Options options;
  options.variant = Variant::standard;
  const Chosen c = choose(y, Seasons{4}, options);
  EXPECT_FALSE(c.ratios);
  ASSERT_EQ(c.index.size(), 4u);
  EXPECT_NEAR(forecast(c, 1)[0], -3, 0.1);
}

TEST(ThetaChoose, OddHistoriesHaveAForecast) {
  Values half(200, 5.0), late(300, kNaN);
  for (std::size_t t = 0; t < 200; t += 2) half[t] = kNaN;
  for (std::size_t t = 280; t < 300; ++t) late[t] = 5;
  late[0] = 5;
  const std::pair<const char*, Values> cases[] = {{"half missing", half},
                                                  {"missing until late", late},
                                                  {"zeros", Values(100, 0.0)},
                                                  {"constant", Values(100, 5.0)},
                                                  {"one", {5}},
                                                  {"two", {5, 5}}};
  for (const auto& [name, y] : cases) {
    const double want = y[0] == 0 ? 0 : 5;
    for (const double f : forecast(choose(y, Seasons{12}, {}), 30))
      EXPECT_NEAR(f, want, 0.01) << name;
  }
  EXPECT_THROW(choose(Values(5, kNaN), Seasons{}, {}), nova::Error);
}

}  // namespace theta_choose_test
