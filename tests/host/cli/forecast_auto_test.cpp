// Goal: the choice keeps the good and drops the bad, and a blend is a distribution again.
// Method: candidates whose errors are known; laws on random ones.
#include "host/cli/forecast_auto.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace nova::cli {
namespace forecast_auto_test {

using Values = std::vector<double>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Candidates that are off by a constant at each of two origins with four leads.
struct Constants {
  explicit Constants(const Values& off) {
    for (const double by : off) means.push_back(Values(4, 10 + by));
    for (int k = 0; k < 2; ++k) {
      HeldOut origin{truth, 2, {}};
      for (const auto& mean : means) origin.said.push_back({mean.data(), nullptr});
      origins.push_back(origin);
    }
  }
  Values truth = Values(4, 10);
  std::vector<Values> means;
  std::vector<HeldOut> origins;
};

using Members = std::vector<std::size_t>;

TEST(ForecastChoice, KeepsFourOfTheBestAndNoneFarBehind) {
  const std::tuple<const char*, Values, Members> cases[] = {
      {"four of six", {4, 3, 4.2, 3.5, 4.4, 4.3}, {1, 3, 0, 2}},
      {"one of three is far behind", {4, 3, 5, -3}, {1, 3, 0}},
      {"one stands out", {4, 1, 5}, {1}},
      {"a perfect one", {0, 1, 0.5}, {0}},
      {"half as much again is not far behind", {2, -3}, {0, 1}},
      {"equals stay in order", {-1, 1, -1, 1, 1}, {0, 1, 2, 3}},
      {"alone", {7}, {0}},
      {"far ahead of the blend of all", {1, 1.45, 1.45, 1.45}, {0}},
  };
  for (const auto& [name, off, members] : cases) {
    const Constants c(off);
    const auto choice = choose(c.origins, off.size());
    EXPECT_EQ(choice.members, members) << name;
    for (std::size_t m = 0; m < off.size(); ++m)
      EXPECT_DOUBLE_EQ(choice.errors[m], std::abs(off[m]) / 2) << name;
  }
}

TEST(ForecastChoice, JudgesTheBlendAsItIsUsed) {
  const Constants c({-1, 1, 1.5});  // the median is off by 1 and scaled by 2
  EXPECT_DOUBLE_EQ(choose(c.origins, 3).error, 0.5);
}

TEST(ForecastChoice, LeavesOutWhatDidNotAnswerEverywhere) {
  Constants c({1, 2, 3});
  c.origins[1].said[0] = {};
  const auto choice = choose(c.origins, 3);
  EXPECT_TRUE(std::isnan(choice.errors[0]));
  EXPECT_EQ(choice.members, (Members{1, 2}));
}

TEST(ForecastChoice, SaysNothingWithoutTruth) {
  Constants c({1, 2});
  c.truth.assign(4, kNaN);
  for (auto& origin : c.origins) origin.truth = c.truth;
  EXPECT_TRUE(choose(c.origins, 2).members.empty());
  EXPECT_TRUE(choose({}, 2).members.empty());
}

TEST(ForecastChoice, SkipsMissingValues) {
  Constants c({1, 2});
  c.truth[2] = kNaN;
  EXPECT_DOUBLE_EQ(choose(c.origins, 2).errors[1], 1);
}

TEST(ForecastBlend, IsTheMedianOfThoseThatAnswered) {
  const Values a{1, 10}, b{2, 30}, c{9, 20};
  const std::vector<Opinion> said{
      {a.data(), a.data()}, {b.data(), b.data()}, {c.data(), c.data()}, {}};
  EXPECT_EQ(blend(Members{0, 1, 2}, said, 2, 1).mean, (Values{2, 20}));
  EXPECT_EQ(blend(Members{2, 3, 0}, said, 2, 1).mean, (Values{5, 15}));
  EXPECT_EQ(blend(Members{1}, said, 2, 1).quantiles, b);
  EXPECT_TRUE(blend(Members{3}, said, 2, 1).mean.empty());
}

TEST(ForecastBlend, StaysFiniteAtTheEndsOfDouble) {
  const Values a{1.7e308}, b{1.6e308};
  const std::vector<Opinion> said{{a.data(), nullptr}, {b.data(), nullptr}};
  EXPECT_TRUE(std::isfinite(blend(Members{0, 1}, said, 1, 0).mean[0]));
}

TEST(ForecastSign, IsThatOfTheHistory) {
  const Distribution raw{{-1, 2}, {-3, -2, 1, 4}};
  for (const auto& [history, mean, quantiles] :
       {std::tuple<Values, Values, Values>{{0, 5, kNaN}, {0, 2}, {0, 0, 1, 4}},
        {{-0.5, 5}, {-1, 2}, {-3, -2, 1, 4}},
        {{0, 0.5}, {0, 2}, {0, 0, 1, 2.5}}}) {  // beyond reach
    auto cut = raw;
    keep_plausible(history, cut);
    EXPECT_EQ(cut.mean, mean);
    EXPECT_EQ(cut.quantiles, quantiles);
  }
}

TEST(ForecastBlend, NeverCrossesQuantilesThatDoNot) {
  std::mt19937_64 random{5};
  std::normal_distribution<double> value;
  constexpr std::size_t kLeads = 3, kLevels = 5;
  for (int round = 0; round < 500; ++round) {
    const std::size_t count = 1 + random() % 4;
    std::vector<Values> quantiles(count, Values(kLevels * kLeads));
    std::vector<Opinion> said;
    Members members;
    for (std::size_t m = 0; m < count; ++m) {
      for (std::size_t h = 0; h < kLeads; ++h) {
        Values column(kLevels);
        for (auto& q : column) q = value(random);
        std::sort(column.begin(), column.end());
        for (std::size_t q = 0; q < kLevels; ++q) quantiles[m][q * kLeads + h] = column[q];
      }
      said.push_back({quantiles[m].data(), quantiles[m].data()});
      members.push_back(m);
    }
    const auto mixed = blend(members, said, kLeads, kLevels);
    for (std::size_t q = 1; q < kLevels; ++q)
      for (std::size_t h = 0; h < kLeads; ++h)
        EXPECT_LE(mixed.quantiles[(q - 1) * kLeads + h], mixed.quantiles[q * kLeads + h]) << round;
  }
}

}  // namespace forecast_auto_test
}  // namespace nova::cli
