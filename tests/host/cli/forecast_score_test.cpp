// Goal: the table of an evaluation holds what it says, by lead.
#include "host/cli/forecast_score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

namespace nova::cli {
namespace forecast_score_test {

using Values = std::vector<double>;

TEST(ForecastLevels, ArePlainAndFoundAgain) {
  const auto levels = quantile_levels({0.8, 0.95, 0.5});
  EXPECT_EQ(levels, (Values{0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975}));
  EXPECT_EQ(bounds_of(0.8, levels).low, 1u);
  EXPECT_EQ(bounds_of(0.8, levels).high, 5u);
  EXPECT_EQ(percent_text(0.975), "97.5");
  EXPECT_EQ(percent_text(0.8), "80");
}

TEST(ForecastScore, GroupsLeadsByQuarters) {
  const auto names = [](std::uint32_t horizon) {
    std::vector<std::string> out;
    for (const auto& group : lead_groups(horizon)) out.push_back(group.name());
    return out;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(48), (Names{"1", "2-12", "13-24", "25-48", "1-48"}));
  EXPECT_EQ(names(4), (Names{"1", "2", "3-4", "1-4"}));
  EXPECT_EQ(names(2), (Names{"1", "2", "1-2"}));
  EXPECT_EQ(names(1), (Names{"1"}));
}

// One origin of four leads, interval 80 % only.
struct Example {
  Judged judged{{0.8}, {0.1, 0.5, 0.9}};
  Values truth{10, 20, std::nan(""), 40};
  Values mean{12, 20, 30, 30};
  Values quantiles{9, 15, 20, 25, 12, 20, 30, 30, 15, 25, 40, 35};  // [level][lead]
  ModelScore scored(double scale) {
    ModelScore score;
    judged.add(score, truth, {mean.data(), quantiles.data()}, scale);
    return score;
  }
};

TEST(ForecastScore, IsWhatTheDefinitionsGive) {
  Example example;
  const auto score = example.scored(4);
  const auto all = sum_of(score, {1, 4});
  EXPECT_EQ(all.points, 3);  // one is missing
  EXPECT_DOUBLE_EQ(all.mase, (2 + 0 + 10) / 4.0);
  EXPECT_DOUBLE_EQ(all.smape, 200 * 2 / 22.0 + 200 * 10 / 70.0);
  // Lead 1: .1*1, .5*2, .1*5; lead 2: .1*5, 0, .1*5; lead 4: .1*15, .5*10, .9*5; over three levels.
  EXPECT_NEAR(all.pinball, (0.1 + 1 + 0.5 + 0.5 + 0 + 0.5 + 1.5 + 5 + 4.5) / 3, 1e-12);
  EXPECT_EQ(all.covered, (Values{2}));
  EXPECT_EQ(sum_of(score, {4, 4}).covered, (Values{0}));
}

TEST(ForecastScore, AddsUpAndCountsFailures) {
  Example example;
  auto total = example.scored(4);
  total.add(example.scored(0));  // no scale: no MASE, all else
  example.judged.add(total, example.truth, {}, 1);
  const auto all = sum_of(total, {1, 4});
  EXPECT_EQ(all.points, 6);
  EXPECT_EQ(all.scaled, 3);
  EXPECT_DOUBLE_EQ(all.mase, 3);
  EXPECT_EQ(total.origins, 2);
  EXPECT_EQ(total.failed, 1);
}

TEST(ForecastScore, IsPrintedByModelAndLead) {
  Example example;
  std::vector<ModelScore> scores{example.scored(4), {}, {}};
  example.judged.add(scores[2], example.truth, {}, 1);
  std::ostringstream out;
  write_scores(out, {"good", "spared", "auto"}, scores, {0.8});
  EXPECT_THAT(out.str(), ::testing::ContainsRegex("good +1-4 +1 .* 0.6667 +1 +0\n"));
  EXPECT_THAT(out.str(), ::testing::ContainsRegex("auto +1-4 +nan .* 0 +1\n"));
  EXPECT_THAT(out.str(), ::testing::Not(::testing::HasSubstr("spared")));
  const auto document = scores_json({"good", "spared", "auto"}, scores, {0.8});
  EXPECT_EQ(document[0]["leads"].back()["mase"], 1.0);
  EXPECT_EQ(document[0]["leads"].back()["coverage"][0]["level"], 0.8);
  EXPECT_EQ(document[1]["origins"], 0);
  EXPECT_TRUE(document[1]["leads"].empty());
  EXPECT_EQ(document[2]["failed"], 1);
}

}  // namespace forecast_score_test
}  // namespace nova::cli
