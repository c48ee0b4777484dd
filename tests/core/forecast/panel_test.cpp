// Goal: the forecast that acts is made of those who earned it, at every lead, and says who they
// are. Method: simulated series and forecasters of known quality; the same panel resumed from a
// snapshot.
#include "core/forecast/panel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "core/engine/panel_json.hpp"

namespace nova {
namespace forecast_panel_test {

using Values = std::vector<double>;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Duration kStep = std::chrono::minutes(5);
constexpr std::size_t kDay = 288;
const Values kLevels{0.1, 0.5, 0.9};

TimePoint at(std::int64_t t) { return from_unix_ns(0) + kStep * t; }

double signal(std::int64_t t) {
  return 500 + 200 * std::sin(2 * std::numbers::pi * static_cast<double>(t) / 72);
}

// How one forecaster errs: sd of its error at each lead, what it claims of it, and a bias.
struct Skill {
  double sd = 5, claim = 5, bias = 0;
  std::uint32_t fails_beyond = UINT32_MAX;  // leads at which it is far off
};

struct World {
  PanelShape shape = PanelShape::make(2, 6, 288, {96}, kLevels);
  Panel panel;
  std::vector<Skill> skills;
  std::mt19937_64 random{11};
  std::normal_distribution<double> normal;
  Values history;
  double noise = 5;

  World(std::vector<std::string> names, std::vector<Skill> how)
      : panel(shape, names), skills(std::move(how)) {}

  bool step(double extra = 0) {
    const auto t = static_cast<std::int64_t>(history.size());
    history.push_back(signal(t) + noise * normal(random) + extra);
    const bool shifted = panel.arrive(at(t), history, 0);
    for (std::size_t m = 0; m < skills.size(); ++m) {
      Forecast::Parts p{at(t), kStep, shape.leads, kLevels, {}, {}};
      for (const auto lead : shape.leads)
        p.mean.push_back(signal(t + lead) + skills[m].bias + skills[m].sd * normal(random) +
                         (lead > skills[m].fails_beyond ? 400 : 0));
      for (const double z : {-1.2816, 0.0, 1.2816})
        for (const double mean : p.mean) p.quantiles.push_back(mean + z * skills[m].claim);
      panel.take(m, Forecast::make(std::move(p)).value(), history, 0);
    }
    panel.conclude(at(t), kStep, history, 0);
    return shifted;
  }
};

TEST(PanelShape, IsDenseWhereItActsAndSparseFarAhead) {
  const auto shape = PanelShape::make(2, 6, 864, {96, 864}, kLevels);
  EXPECT_THAT(shape.scored, ElementsAre(1, 2, 96, 864));
  EXPECT_EQ(shape.acting, 1u);
  EXPECT_LE(shape.leads.size(), 24u);
  EXPECT_EQ(shape.leads.back(), 864u);
  for (std::uint32_t lead = 1; lead <= 6; ++lead) EXPECT_EQ(shape.leads[lead - 1], lead);
  for (const auto lead : shape.scored)
    EXPECT_TRUE(std::binary_search(shape.leads.begin(), shape.leads.end(), lead));
  // The acting lead may be the first one; far leads near it or beyond the horizon are not scored.
  const auto small = PanelShape::make(1, 3, 3, {2, 96}, kLevels);
  EXPECT_THAT(small.scored, ElementsAre(1));
  EXPECT_EQ(small.acting, 0u);
  EXPECT_THAT(small.leads, ElementsAre(1, 2, 3));
}

TEST(Panel, ActsOnTheGoodAndSaysSo) {
  World w({"good", "bad"}, {{}, {.sd = 300, .claim = 300}});
  w.step();
  EXPECT_FALSE(w.panel.forecast());
  EXPECT_THAT(w.panel.why_not(), HasSubstr("good: 0 of 12 forecasts scored"));
  for (int t = 0; t < 400; ++t) w.step();
  ASSERT_TRUE(w.panel.forecast());
  EXPECT_EQ(w.panel.who(), "good");
  EXPECT_NEAR(w.panel.forecast()->quantile(0.5, 1), signal(402), 30);
  EXPECT_THAT(w.panel.describe(kStep), HasSubstr("good; at 5m skill 0."));
  EXPECT_THAT(w.panel.describe(kStep), HasSubstr("below the 0.90 quantile"));
}

// Independent errors of equal size: both have a say, and together they are better.
TEST(Panel, BlendsWhatIsGoodInItsOwnWay) {
  World w({"a", "b"}, {{.sd = 15, .claim = 16}, {.sd = 15, .claim = 16}});
  for (int t = 0; t < 600; ++t) w.step();
  EXPECT_THAT(w.panel.who(), HasSubstr(" a + "));
  const auto& s = w.panel.state();
  const double blend = s.blend_trust[1].loss();
  EXPECT_LT(blend, 0.9 * s.seats[0].trust[1].loss());
  EXPECT_LT(blend, 0.9 * s.seats[1].trust[1].loss());
}

TEST(Panel, CalibratesWhatSpeaksTooSurely) {
  for (const double claim : {0.5, 50.0}) {
    World w({"proud"}, {{.sd = 0, .claim = claim}});
    double below_high = 0, below_low = 0, count = 0;
    for (int t = 0; t < 1500; ++t) {
      double high = 0, low = 0;
      if (const auto& f = w.panel.forecast(); f && t > 600) {
        high = f->quantile(0.9, 0);
        low = f->quantile(0.1, 0);
      }
      w.step();
      if (high == 0) continue;
      below_high += w.history.back() <= high;
      below_low += w.history.back() <= low;
      ++count;
    }
    ASSERT_GT(count, 800);
    EXPECT_NEAR(below_high / count, 0.9, 0.04) << claim;
    EXPECT_NEAR(below_low / count, 0.1, 0.04) << claim;
  }
}

// Good at once, lost far ahead: the other one speaks there.
TEST(Panel, TrustsEachAtItsLeads) {
  World w({"near", "far"}, {{.sd = 1, .fails_beyond = 20}, {.sd = 12, .claim = 13}});
  for (int t = 0; t < 1200; ++t) w.step();
  const auto& blends = w.panel.state().blends;
  EXPECT_EQ(blends[w.shape.acting].best, 0u);
  ASSERT_EQ(w.shape.scored.back(), 96u);
  EXPECT_EQ(blends.back().best, 1u);
  EXPECT_EQ(blends.back().weights[0], 0);
  const auto& f = *w.panel.forecast();
  const auto lead =
      std::find(w.shape.leads.begin(), w.shape.leads.end(), 96u) - w.shape.leads.begin();
  EXPECT_NEAR(f.quantile(0.5, static_cast<std::size_t>(lead)), signal(1200 + 96), 60);
}

// Models fail: seasonal naive stands in, and they come back when they can.
TEST(Panel, FallsBackToNaiveAndBack) {
  World w({"good"}, {{}});
  for (int t = 0; t < 300; ++t) w.step();
  EXPECT_EQ(w.panel.who(), "good");
  const auto skills = std::exchange(w.skills, {});
  w.panel.fail(0, "it crashed");
  w.step();
  ASSERT_TRUE(w.panel.forecast());
  EXPECT_EQ(w.panel.who(), "seasonal naive");
  EXPECT_EQ(w.panel.forecast()->quantile(0.5, 0), w.history.back());
  w.skills = skills;
  w.step();
  EXPECT_EQ(w.panel.who(), "good");
}

TEST(Panel, AsksForARefitWhenTheModelOrTheLevelLeaves) {
  World w({"good"}, {{}});
  for (int t = 0; t < 400; ++t) w.step();
  EXPECT_FALSE(w.panel.seat(0).refit);
  for (int t = 0; t < 40; ++t) w.step(60);
  EXPECT_TRUE(w.panel.seat(0).refit);
  EXPECT_THAT(w.panel.describe(kStep), HasSubstr("refit is due"));
  EXPECT_THAT(w.panel.describe(kStep), HasSubstr("good drifted at 1970-01-0"));
  w.panel.fitted(0);
  EXPECT_FALSE(w.panel.seat(0).refit);
  EXPECT_THAT(w.panel.describe(kStep), HasSubstr("refit since"));

  World daily({"good"}, {{}});
  bool shifted = false;
  for (std::size_t t = 0; t < 2 * kDay; ++t) {
    daily.history.push_back(signal(static_cast<std::int64_t>(t)) + (t > kDay + 100 ? 300 : 0) +
                            daily.normal(daily.random));
    shifted = daily.panel.arrive(at(static_cast<std::int64_t>(t)), daily.history, 72) || shifted;
    EXPECT_EQ(shifted, t > kDay + 100 + 5) << t;
    if (t > kDay + 100 + 5) break;
  }
  EXPECT_TRUE(daily.panel.seat(0).refit);
}

TEST(Panel, SnapshotGoesOnTheSame) {
  World a({"a", "b"}, {{.sd = 15, .claim = 3}, {.sd = 16, .claim = 30}});
  for (int t = 0; t < 300; ++t) a.step();
  World b({"a", "b"}, a.skills);
  const auto snapshot = Json::parse(to_json(a.panel).dump());
  ASSERT_TRUE(restore(b.panel, kStep, snapshot).ok());
  b.history = a.history;
  b.random = a.random;
  b.normal = a.normal;
  for (int t = 0; t < 100; ++t) {
    a.step();
    b.step();
    ASSERT_EQ(a.panel.describe(kStep), b.panel.describe(kStep));
    ASSERT_EQ(a.panel.forecast()->parts().quantiles, b.panel.forecast()->parts().quantiles);
  }
  EXPECT_EQ(to_json(a.panel), to_json(b.panel));

  World other({"a", "c"}, a.skills);
  EXPECT_EQ(restore(other.panel, kStep, snapshot).error().code, ErrorCode::data_loss);
  auto foreign = snapshot;
  foreign["conformal"].erase(0);
  EXPECT_EQ(restore(b.panel, kStep, foreign).error().code, ErrorCode::data_loss);
}

TEST(Panel, EnduresNonsense) {
  World w({"good"}, {{}});
  const Values extras{0, 1e300, std::nan(""), -1e300, INFINITY, 0, 0, -INFINITY};
  for (int t = 0; t < 400; ++t) w.step(extras[static_cast<std::size_t>(t) % extras.size()]);
  if (const auto& f = w.panel.forecast()) {
    for (const double x : f->parts().quantiles) EXPECT_TRUE(std::isfinite(x));
  }
  World none({}, {});
  for (int t = 0; t < 100; ++t) none.step();
  EXPECT_EQ(none.panel.who(), "seasonal naive");
}

}  // namespace forecast_panel_test
}  // namespace nova
