// Goal: `forecast` gives every series its rows, from the real plugins, and says which it cannot.
// Method: the verb is run as from a shell; answers are compared with seasonal naive worked out
// here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "host/cli/command.hpp"
#include "host/cli/forecast_chunk.hpp"
#include "host/cli/forecast_seasons.hpp"
#include "tests/host/cli/page.hpp"

namespace nova::cli {
namespace forecast_test {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
  int code;
  std::string out, err;
};

Ran run(std::vector<std::string> words) {
  words.insert(words.begin(), {"novascale", "forecast", "--plugin-dir", NOVA_BUILD_DIR "/plugins"});
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  std::ostringstream out, err;
  const int code = run_program(static_cast<int>(argv.size()), argv.data(), out, err);
  return {code, out.str(), err.str()};
}

std::vector<std::vector<std::string>> rows_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    auto& row = rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
  }
  return rows;
}

class ForecastVerb : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("forecast_" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::filesystem::path folder_;
};

TEST(ForecastPlan, DependsOnTheLengthAlone) {
  ForecastTask task;
  task.horizon = 48;
  task.evaluate = 3;
  const auto plan = plan_of(960, task);
  EXPECT_EQ(plan.horizon, 48u);
  EXPECT_EQ(plan.choice, 6u);
  EXPECT_EQ(plan.evaluate, 12u);
  for (std::size_t points = 1; points < 400; ++points) {
    const auto some = plan_of(points, task);
    for (const auto count : {some.choice, some.evaluate}) {
      if (count == 0) continue;
      EXPECT_LE(some.horizon + (count - 1) * some.spacing, points / 2) << points;
    }
    EXPECT_NE(some.choice, 1u);
  }
}

// 40 points of season 4 with a drift, so that the newest season is not the first.
std::string seasonal(const std::string& name) {
  std::string csv;
  const double shape[] = {10, 20, 5, 40};
  for (int t = 0; t < 40; ++t)
    csv += name + "," + std::to_string(t) + "," + std::to_string(shape[t % 4] + t) + "\n";
  return csv;
}

TEST_F(ForecastVerb, RepeatsTheLastSeasonWithSeasonalNaive) {
  const auto ran =
      run({"--input", file("a.csv", "series,timestamp,value\n" + seasonal("x")), "--season", "4",
           "--horizon", "6", "--models", "seasonal_naive", "--output", "-"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_EQ(ran.err, "");
  const auto rows = rows_of(ran.out);
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(ran.out.substr(0, ran.out.find('\n')),
            "series,step,timestamp,mean,lo80,hi80,lo95,hi95,model");
  const double shape[] = {10, 20, 5, 40};
  for (int h = 1; h <= 6; ++h) {
    const auto& row = rows[static_cast<std::size_t>(h)];
    ASSERT_EQ(row.size(), 9u);
    EXPECT_EQ(row[0], "x");
    EXPECT_EQ(row[1], std::to_string(h));
    EXPECT_EQ(row[2], std::to_string(39 + h));
    EXPECT_DOUBLE_EQ(std::stod(row[3]), shape[(h - 1) % 4] + 36 + (h - 1) % 4) << h;
    for (const auto& [low, high] :
         {std::pair{6, 4}, {4, 5}, {5, 7}})  // lo95 <= lo80 <= hi80 <= hi95
      EXPECT_LE(std::stod(row[static_cast<std::size_t>(low)]),
                std::stod(row[static_cast<std::size_t>(high)]))
          << h;
    EXPECT_EQ(row[8], "seasonal_naive");
  }
}

TEST_F(ForecastVerb, GivesEachSeriesTheModelThatSuitsIt) {
  // A straight line is what regression knows and seasonal naive does not.
  std::string csv = "series,timestamp,value\n";
  for (int t = 0; t < 60; ++t)
    csv +=
        "line," + std::to_string(t) + "," + std::to_string(3 * t + 0.01 * (t * 7919 % 13)) + "\n";
  const auto ran = run(
      {"--input", file("a.csv", csv), "--horizon", "5", "--models", "seasonal_naive,regression"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto rows = rows_of(ran.out);
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[1][8], "regression");
  EXPECT_NEAR(std::stod(rows[5][3]), 3 * 64, 1);
}

TEST_F(ForecastVerb, SetsTheWidthOfIntervalsByWhatTheyHeld) {
  // A line, and noise that doubled at the end of it.
  std::string csv = "series,timestamp,value\n";
  for (int t = 0; t < 120; ++t)
    csv += "line," + std::to_string(t) + "," +
           std::to_string(3 * t + (t < 80 ? 1 : 2) * (t * 7919 % 13 - 6)) + "\n";
  const auto path = file("a.csv", csv);
  const auto series = [&](const std::string& models) {
    const auto ran = run({"--input", path, "--horizon", "10", "--models", models, "--format",
                          "json", "--output", "-"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    return nlohmann::json::parse(ran.out)["series"][0];
  };
  const auto alone = series("regression"), chosen = series("seasonal_naive,regression");
  ASSERT_EQ(chosen["model"], "regression");
  const auto width = [](const nlohmann::json& x) {
    const auto& interval = x["intervals"][0];
    return interval["upper"][9].get<double>() - interval["lower"][9].get<double>();
  };
  EXPECT_EQ(alone["interval_factor"], 1);
  const double factor = chosen["interval_factor"];
  EXPECT_GT(factor, 1.01);
  EXPECT_NEAR(width(chosen), factor * width(alone), 1e-9 * width(chosen));
}

TEST_F(ForecastVerb, LeavesOutWhatItCannotForecastAndSaysSo) {
  const auto path = file("a.csv", "series,timestamp,value\n" + seasonal("good") +
                                      "torn,2,1\ntorn,1,1\ntorn,2,9\nvoid,1,\nvoid,2,\n");
  const auto ran = run({"--input", path, "--season", "4", "--horizon", "2"});
  EXPECT_EQ(ran.code, kNo);
  EXPECT_EQ(rows_of(ran.out).size(), 3u);  // the header and two of "good"
  EXPECT_THAT(ran.err,
              HasSubstr("series \"torn\": line 44: timestamp 2 is given twice, with another "
                        "value on line 42; keep one of the rows\n"));
  EXPECT_THAT(ran.err, HasSubstr("series \"void\": "));
}

TEST_F(ForecastVerb, ReadsColumnsAsSeriesAndSaysWhatItSorted) {
  std::string csv = "timestamp,up,down\n";
  for (int t = 0; t < 40; ++t)
    csv += std::to_string(39 - t) + "," + std::to_string(39 - t) + "," + std::to_string(t) + "\n";
  const auto ran = run({file("a.csv", csv), "--horizon", "1", "--models", "regression"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto rows = rows_of(ran.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1][0], "up");
  EXPECT_NEAR(std::stod(rows[1][3]), 40, 1e-6);
  EXPECT_EQ(rows[2][0], "down");
  EXPECT_THAT(ran.err, HasSubstr("series \"up\": rows out of order, sorted\n"));
}

TEST_F(ForecastVerb, GivesModelsTheSettingsNamed) {
  const auto path = file("a.csv", "series,timestamp,value\n" + seasonal("x"));
  // A random walk with drift: each step adds the mean difference.
  const auto ran = run({"--input", path, "--horizon", "3", "--season", "1", "--models", "arima",
                        "--set", "arima.order=[0,1,0]", "--set", "arima.constant=true"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto rows = rows_of(ran.out);
  ASSERT_EQ(rows.size(), 4u);
  for (std::size_t h = 1; h <= 3; ++h)
    EXPECT_NEAR(std::stod(rows[h][3]), 79 + static_cast<double>(h) * (79.0 - 10) / 39, 1e-6);
  const std::tuple<const char*, const char*> wrong[] = {
      {"arima.order", "--set must be MODEL.KEY=VALUE, got \"arima.order\""},
      {"arima.order=[1,1]", "model \"arima\": /order"},
      {"arima.ordre=[1,1,1]", "model \"arima\": /ordre"},
      {"arma.order=[1,1,1]", "--set: there is no model \"arma\" (did you mean \"arima\"?)"},
      {"arima.order=[1,3,1]",
       "/order: must be three whole numbers up to 24, the middle one up to 2"},
      {"regression.loss=huber", "--set: model \"regression\" is not among those asked for"},
  };
  for (const auto& [set, message] : wrong) {
    const auto kept = file("kept.csv", "what was there");
    for (const auto& output : {std::string("-"), kept}) {
      const auto refused =
          run({"--input", path, "--models", "arima", "--set", set, "--output", output});
      EXPECT_EQ(refused.code, kUsage) << set;
      EXPECT_THAT(refused.err, HasSubstr(message));
      EXPECT_EQ(refused.out, "") << set;
    }
    EXPECT_EQ(text_of(kept), "what was there") << set;
  }
  EXPECT_EQ(run({"--input", path, "--models", "naive,naive"}).code, kUsage);
}

TEST_F(ForecastVerb, AnswersTheSameInBatchesAsAlone) {
  std::string all = "series,timestamp,value\n";
  std::vector<std::string> alone;
  for (int s = 0; s < 40; ++s) {
    std::string one;
    const auto name = "s" + std::to_string(s);
    for (int t = 0; t < 30 + s * 3; ++t)
      one += name + "," + std::to_string(t) + "," +
             std::to_string(50 + 10 * std::sin(t * 0.7 + s) + (t * 31 + s * 17) % 7) + "\n";
    alone.push_back("series,timestamp,value\n" + one);
    all += one;
  }
  const std::vector<std::string> options = {"--season", "9",        "--horizon",
                                            "4",        "--models", "regression,seasonal_naive"};
  const auto with = [&](const std::string& path) {
    auto words = options;
    words.insert(words.end(), {"--input", path});
    return run(words);
  };
  const auto together = with(file("all.csv", all));
  ASSERT_EQ(together.code, kFine) << together.err;
  std::string joined = "series,step,timestamp,mean,lo80,hi80,lo95,hi95,model\n";
  for (const auto& text : alone) {
    const auto one = with(file("one.csv", text)).out;
    joined += one.substr(one.find('\n') + 1);
  }
  EXPECT_EQ(together.out, joined);
}

TEST_F(ForecastVerb, WritesAFileAndContinuesDates) {
  std::string csv = "t,v\n";
  for (int day = 1; day <= 28; ++day)
    csv += "2024-02-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + "," +
           std::to_string(day % 7) + "\n";
  const auto out = folder_ / "out.csv";
  const auto ran = run({"--input", file("a.csv", csv), "--horizon", "2", "--levels", "0.975,0.5",
                        "--output", out.string(), "--models", "org.novacron.model.seasonal_naive"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_EQ(ran.out, "");
  std::ifstream in(out);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto rows = rows_of(text);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "series,step,timestamp,mean,lo97.5,hi97.5,lo50,hi50,model");
  EXPECT_EQ(rows[2][2], "2024-03-01");
  EXPECT_DOUBLE_EQ(std::stod(rows[1][3]), 1);  // a week is found from the dates: day 29 is like 22
}

TEST_F(ForecastVerb, ScoresEveryModel) {
  const auto path = file("a.csv", "series,timestamp,value\n" + seasonal("x"));
  const auto ran = run({"--input", path, "--season", "4", "--horizon", "4", "--evaluate", "3",
                        "--models", "seasonal_naive"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  // Errors are 4 a step, as are the seasonal differences: a MASE of 1 on each of three origins.
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("seasonal_naive +1-4 +1 .* 3 +0\n"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("auto +1-4 +1 .* 3 +0\n"));
  EXPECT_THAT(ran.out, ::testing::Not(HasSubstr("series,step")));
}

TEST_F(ForecastVerb, SaysHowManyOriginsItScores) {
  std::string csv = "series,timestamp,value\n";
  for (const int points : {40, 400})
    for (int t = 0; t < points; ++t)
      csv += std::to_string(points) + "," + std::to_string(t) + "," + std::to_string(t % 7) + "\n";
  const auto both = file("a.csv", csv), one = file("b.csv", seasonal("x"));
  const auto scored = [&](const std::string& path, const char* count, const char* horizon) {
    const auto ran = run({path, "--evaluate", count, "--horizon", horizon, "--models",
                          "seasonal_naive", "--format", "json", "--output", "-"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    const auto document = nlohmann::json::parse(ran.out);
    return std::pair(document["evaluation"][0]["origins"].get<int>(), ran.err);
  };
  const char* why =
      ": origins lie at least a horizon apart, with half of the points, and no less than 8, before "
      "each\n";
  EXPECT_EQ(scored(one, "3", "5"), std::pair(3, std::string()));
  EXPECT_EQ(scored(one, "5", "5"),
            std::pair(3, std::string("novascale forecast: --evaluate scores 3 origins of the 5 "
                                     "asked for") +
                             why));
  EXPECT_EQ(scored(both, "5", "5"),
            std::pair(8, std::string("novascale forecast: --evaluate scores 3 origins of the 5 "
                                     "asked for in 1 of 2 series") +
                             why));
  EXPECT_THAT(scored(one, "1", "20").second,
              HasSubstr("no more than a quarter of a series at once: leads 1 to 10\n"));
}

TEST_F(ForecastVerb, RepeatsASinglePointWhereItsStepIsStated) {
  const auto path = file("a.csv", "2024-01-31,5\n");
  const auto lost = run({path, "--horizon", "2"});
  EXPECT_EQ(lost.code, kNo);
  EXPECT_EQ(rows_of(lost.out).size(), 1u);
  EXPECT_THAT(lost.err, HasSubstr("has one point: its step is not known; --step says it\n"));
  const auto ran = run({path, "--horizon", "2", "--step", "1mo"});
  EXPECT_EQ(ran.code, kFine) << ran.err;
  EXPECT_EQ(ran.out.substr(ran.out.find('\n') + 1),
            "series,1,2024-02-29,5,5,5,5,5,naive\nseries,2,2024-03-31,5,5,5,5,5,naive\n");
  EXPECT_EQ(ran.err,
            "novascale forecast: series \"series\": one value tells nothing about the "
            "spread: it is the forecast and all its bounds\n");
  const auto wrong = run({path, "--step", "soon"});
  EXPECT_EQ(wrong.code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("--step must be a duration above 0 such as 5m, 1h, 1d or 1mo, "
                                   "got \"soon\""));
}

TEST_F(ForecastVerb, LeavesOutWhatHappenedOnceUnlikeAllElse) {
  const auto spiked = [this](double spike) {
    std::string csv = "timestamp,value\n";
    for (int t = 0; t < 240; ++t)
      csv += std::to_string(t) + "," +
             std::to_string(t == 220 ? spike : 100 + 50 * std::sin(2 * M_PI * t / 24)) + "\n";
    return run({"--input", file("a.csv", csv), "--season", "24", "--horizon", "24", "--models",
                "seasonal_naive,ar"});
  };
  const auto usual = spiked(143.301270), odd = spiked(900);
  ASSERT_EQ(odd.code, kFine) << odd.err;
  EXPECT_EQ(usual.err, "");
  EXPECT_THAT(odd.err, HasSubstr("900 at 220 is farther from all other values than they are"));
  const auto rows = rows_of(odd.out), before = rows_of(usual.out);
  ASSERT_EQ(rows.size(), before.size());
  for (std::size_t i = 1; i < rows.size(); ++i)
    EXPECT_NEAR(std::stod(rows[i][3]), std::stod(before[i][3]), 3) << i;
}

TEST_F(ForecastVerb, LeavesOutAnOutage) {
  const auto width = [this](int out) {
    std::minstd_rand random{5};
    std::string csv = "timestamp,value\n";
    for (int t = 0; t < 480; ++t)
      csv += std::to_string(t) + "," +
             std::to_string(t >= 300 && t < 300 + out ? 5 + t % 3
                                                      : 100 + static_cast<int>(random() % 20)) +
             "\n";
    const auto said =
        run({"--input", file("a.csv", csv), "--season", "24", "--horizon", "24", "--models", "ar"});
    EXPECT_EQ(said.code, kFine) << said.err;
    EXPECT_EQ(said.err, out > 0 ? "novascale forecast: series \"series\": far below all else from "
                                  "300 to 329, for once: left out\n"
                                : "");
    const auto last = rows_of(said.out).back();
    return std::stod(last[7]) - std::stod(last[6]);
  };
  EXPECT_LT(width(30), 2 * width(0));
}

TEST_F(ForecastVerb, GoesOnFromANewLevelWithTheSeasonItKnows) {
  const auto season = [](int t) { return 100 + 15 * std::sin(2 * M_PI * t / 24); };
  std::string csv = "timestamp,value\n";
  for (int t = 0; t < 480; ++t)
    csv += std::to_string(t) + "," +
           std::to_string(season(t) + t % 7 + (t >= 470 ? 2 * season(t) : 0)) + "\n";
  for (const char* models : {"auto", "ar", "arima", "ets", "mstl", "theta", "regression"}) {
    const auto moved = run(
        {"--input", file("a.csv", csv), "--season", "24", "--horizon", "24", "--models", models});
    ASSERT_EQ(moved.code, kFine) << moved.err;
    EXPECT_THAT(moved.err, HasSubstr("series \"series\": a new level since 470, "));
    EXPECT_THAT(moved.err, HasSubstr(": models are told the past as it would have been there\n"));
    const auto rows = rows_of(moved.out);
    for (std::size_t i = 1; i < rows.size(); ++i)
      EXPECT_NEAR(std::stod(rows[i][3]), 3 * season(479 + static_cast<int>(i)), 60)
          << models << ", " << i;
  }
}

TEST_F(ForecastVerb, ReadsStdinAndSaysWhatItAssumes) {
  const auto path = file("a.csv", "t;v\n1700000000000;1,5\n1700000060000;2,5\n1700000120000;3\n");
  const auto said = output_of(NOVA_BUILD_DIR "/bin/novascale --plugin-dir " NOVA_BUILD_DIR
                                             "/plugins forecast - --horizon 1 --models naive < " +
                              path + " 2>&1");
  EXPECT_THAT(said, HasSubstr("novascale forecast: timestamps beyond the year 5138 in seconds are "
                              "taken as milliseconds; commas in values, first on line 2, are taken "
                              "as decimal marks\n"));
  EXPECT_THAT(said, HasSubstr("\nseries,1,1700000180000,3,"));
}

TEST_F(ForecastVerb, NeverChangesForecastsByEvaluating) {
  const auto path = file("a.csv", "series,timestamp,value\n" + seasonal("x"));
  const std::vector<std::string> words = {"--input", path, "--horizon", "4", "--output", "-"};
  auto more = words;
  more.insert(more.end(), {"--evaluate", "2"});
  const auto plain = run(words), scored = run(more);
  ASSERT_EQ(plain.code, kFine) << plain.err;
  EXPECT_EQ(plain.out, scored.out);
  EXPECT_THAT(scored.err, HasSubstr("MASE"));  // stdout holds the rows
}

TEST_F(ForecastVerb, KnowsThatThereIsNoSeason) {
  // A season of 4 that --season 1 forbids to use: the last value is what remains.
  const auto path = file("a.csv", "series,timestamp,value\n" + seasonal("x"));
  const auto ran =
      run({"--input", path, "--season", "1", "--horizon", "2", "--models", "seasonal_naive"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_DOUBLE_EQ(std::stod(rows_of(ran.out)[1][3]), 40 + 39);
}

TEST_F(ForecastVerb, FindsTheSeasonOfAnIndex) {
  std::string csv;
  for (int t = 0; t < 240; ++t)
    csv += std::to_string(t) + "," + std::to_string(t % 12 == 3 ? 50 : t % 12) + "\n";
  const auto ran = run({"--input", file("a.csv", csv), "--horizon", "12", "--models",
                        "seasonal_naive", "--format", "json"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto document = nlohmann::json::parse(ran.out);
  EXPECT_EQ(document["series"][0]["seasons"], nlohmann::json({12}));
  EXPECT_EQ(document["series"][0]["seasons_from"], nlohmann::json({"values"}));
  EXPECT_EQ(document["series"][0]["mean"][3], 50);
}

TEST_F(ForecastVerb, WritesOneDocumentAsJson) {
  const auto path =
      file("a.csv", "series,timestamp,value\n" + seasonal("\"x<\xFF\"") + "torn,2,1\ntorn,2,9\n");
  const auto out = (folder_ / "out.json").string();
  const auto ran = run({"--input", path, "--horizon", "4", "--season", "4", "--evaluate", "2",
                        "--models", "seasonal_naive,regression", "--output", out});
  EXPECT_EQ(ran.code, kNo);
  EXPECT_THAT(ran.out, HasSubstr("MASE"));
  std::ifstream in(out);
  const auto document = nlohmann::json::parse(in);
  EXPECT_EQ(document["format"], "novascale.forecast/1");
  EXPECT_EQ(document["horizon"], 4);
  EXPECT_EQ(document["levels"], nlohmann::json({0.8, 0.95}));
  ASSERT_EQ(document["series"].size(), 2u);
  const auto& x = document["series"][0];
  EXPECT_EQ(x["series"], "x<\xEF\xBF\xBD");  // what is no UTF-8 is replaced
  EXPECT_EQ(x["origin"], "39");
  EXPECT_EQ(x["timestamps"], nlohmann::json({"40", "41", "42", "43"}));
  EXPECT_EQ(x["seasons"], nlohmann::json({4}));
  EXPECT_EQ(x["seasons_from"], nlohmann::json({"stated"}));
  double weights = 0;
  for (const auto& [model, weight] : x["weights"].items()) {
    EXPECT_THAT(x["model"], HasSubstr(model));
    weights += weight.get<double>();
  }
  EXPECT_DOUBLE_EQ(weights, 1);
  for (const auto* row : {"mean", "median"}) EXPECT_EQ(x[row].size(), 4u) << row;
  ASSERT_EQ(x["intervals"].size(), 2u);
  EXPECT_EQ(x["intervals"][1]["level"], 0.95);
  for (std::size_t h = 0; h < 4; ++h) {
    EXPECT_LE(x["intervals"][1]["lower"][h], x["intervals"][0]["lower"][h]);
    EXPECT_LE(x["intervals"][0]["upper"][h], x["intervals"][1]["upper"][h]);
  }
  EXPECT_THAT(document["series"][1]["error"], HasSubstr("keep one of the rows"));
  ASSERT_EQ(document["evaluation"].size(), 3u);
  EXPECT_EQ(document["evaluation"][2]["model"], "auto");
}

TEST_F(ForecastVerb, ForecastsOddSeriesOrSaysWhyNot) {
  std::string csv = "series,timestamp,value\n";
  const auto add = [&](const char* name, int points, auto value) {
    for (int t = 0; t < points; ++t)
      csv += std::string(name) + "," + std::to_string(t) + "," + value(t) + "\n";
  };
  add("constant", 60, [](int) { return "7"; });
  add("zeros", 60, [](int) { return "0"; });
  add("huge", 60, [](int t) { return t % 2 ? "1e300" : "-1e300"; });
  add("holes", 60, [](int t) { return t % 2 ? std::string() : std::to_string(t % 8); });
  add("step", 60, [](int t) { return t < 40 ? "1" : "1000"; });
  add("two", 2, [](int t) { return std::to_string(t); });
  add("one", 1, [](int) { return "5"; });
  add("missing", 60, [](int) { return ""; });
  const auto ran =
      run({"--input", file("a.csv", csv), "--horizon", "12", "--evaluate", "2", "--output", "-"});
  std::set<std::string> answered;
  for (const auto& row : rows_of(ran.out)) {
    if (row[0] == "series") continue;
    answered.insert(row[0]);
    for (std::size_t i = 3; i < 8; ++i) EXPECT_TRUE(std::isfinite(std::stod(row[i]))) << row[0];
  }
  for (const auto* name : {"constant", "zeros", "huge", "holes", "step", "two", "one"})
    EXPECT_TRUE(answered.count(name)) << name << "\n" << ran.err;
  EXPECT_FALSE(answered.count("missing"));
  EXPECT_THAT(ran.err, HasSubstr("series \"two\": too short to compare models: "));
  EXPECT_THAT(ran.err, HasSubstr("series \"missing\": "));
}

// A plugin of somebody else's, which does what its setting says, beside one of ours.
class ForecastChaos : public ForecastVerb {
 protected:
  void SetUp() override {
    ForecastVerb::SetUp();
    std::filesystem::copy_file(NOVA_BUILD_DIR "/tests/support/chaos.so", folder_ / "chaos.so");
  }
  Ran ask(const std::string& fault, std::vector<std::string> more) {
    const std::string model = "org.novacron.test.chaos.stateless";
    std::string csv = "timestamp,value\n";
    for (int i = 0; i < 60; ++i) csv += std::to_string(i) + "," + std::to_string(i % 7) + "\n";
    std::vector<std::string> words = {
        "--plugin-dir", folder_.string(),         "--input", file("a.csv", csv), "--horizon", "2",
        "--set",        model + ".fault=" + fault};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
  }
};

TEST_F(ForecastChaos, SettingsMayNameAModelByItsId) {
  EXPECT_EQ(ask("none", {"--models", "stateless"}).code, 0);
  const auto by_id = ask("none", {"--models", "org.novacron.test.chaos.stateless"});
  EXPECT_EQ(by_id.code, 0) << by_id.err;
}

TEST_F(ForecastChaos, ASchemaThatCheckRefusesIsRefusedHereToo) {
  std::filesystem::copy_file(NOVA_BUILD_DIR "/tests/support/rude_schema.so", folder_ / "rude.so");
  const auto ran = ask("none", {"--models", "stateless"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("rude.so: component 0.config_schema: "));
}

TEST_F(ForecastChaos, WhoHasNoAnswerIsNamed) {
  const auto alone = ask("nan", {"--models", "stateless"});
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.err, HasSubstr("series \"series\": stateless: answered a mean that is NaN"));
  const auto beside = ask("nan", {"--models", "stateless,naive"});
  EXPECT_EQ(beside.code, 0) << beside.err;
  EXPECT_THAT(beside.err,
              HasSubstr("model \"stateless\" had no answer for 1 of 1 series, the first "
                        "\"series\": answered a mean that is NaN or infinite\n"));
  const auto fine = ask("none", {"--models", "stateless,naive"});
  EXPECT_THAT(fine.err, Not(HasSubstr("had no answer")));
  const auto odd = ask("odd_item", {"--models", "stateless"});
  EXPECT_THAT(odd.err,
              HasSubstr("stateless: answered status 77, which the contract does not know"));
}

TEST_F(ForecastChaos, PatienceEndsACall) {
  const auto begun = std::chrono::steady_clock::now();
  const auto slow = ask("sleeps", {"--models", "stateless", "--patience", "100ms"});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(3));
  EXPECT_EQ(slow.code, 1);
  EXPECT_THAT(slow.err,
              HasSubstr("plugin \"stateless\" (org.novacron.test.chaos.stateless) forecast: "
                        "cancelled after 1s"));
  EXPECT_THAT(ask("none", {"--patience", "soon"}).err, HasSubstr("--patience"));
  EXPECT_EQ(ask("none", {"--patience", "0s"}).code, 2);
}

TEST_F(ForecastVerb, UnequalStepsLieOnAGridOrAreRefusedWithTheirLine) {
  std::mt19937_64 random{3};
  std::string text = "series,timestamp,value\n";
  const auto row = [&](const std::string& name, std::int64_t at) {
    const double level = 50 + 10 * std::sin(2 * M_PI * static_cast<double>(at) / 3600);
    text += name + "," + std::to_string(at) + "," + std::to_string(level) + "\n";
  };
  std::int64_t minutes = 1'700'000'040, wild = minutes;
  for (int i = 0; i < 300; ++i) {  // whole minutes, one to five of them apart
    row("minutes", minutes);
    minutes += 60 * static_cast<std::int64_t>(1 + random() % 5);
  }
  for (int i = 0; i < 300; ++i) {  // whenever it happened
    row("wild", wild);
    wild += 1 + static_cast<std::int64_t>(random() % 299);
  }
  const auto input = file("unequal.csv", text);
  for (const char* models : {"auto", "ar", "regression", "seasonal_naive"}) {
    const auto ran =
        run({"--input", input, "--horizon", "30", "--season", "60", "--models", models});
    EXPECT_EQ(ran.code, 1) << models;
    EXPECT_THAT(ran.err, HasSubstr("series \"wild\": line 303: ")) << models;
    EXPECT_THAT(ran.err, HasSubstr("not a whole number of steps")) << models;
    const auto rows = rows_of(ran.out);
    ASSERT_EQ(rows.size(), 31u) << models << ran.err;
    std::int64_t last = 0;
    for (std::size_t h = 1; h <= 30; ++h) {
      EXPECT_EQ(rows[h][0], "minutes");
      const auto at = std::stoll(rows[h][2]);
      EXPECT_EQ(at, h == 1 ? at : last + 60);
      last = at;
      const double want = 50 + 10 * std::sin(2 * M_PI * static_cast<double>(at) / 3600);
      EXPECT_NEAR(std::stod(rows[h][3]), want, 1.5) << models << " step " << h;
    }
  }
}

TEST_F(ForecastVerb, RefusesBadWords) {
  const auto path = file("a.csv", seasonal("x"));
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{}, kUsage, "needs --input CSV"},
      {{"--input", path, "--models", "regresion"},
       kUsage,
       "there is no model \"regresion\" (did you mean \"regression\"?)"},
      {{"--input", path, "--horizon", "0"}, kUsage, "--horizon must be in [1, 1000000]"},
      {{"--input", path, "--levels", "80"},
       kUsage,
       "--levels must be shares above 0 and below 1, got \"80\""},
      {{"--input", path, "--levels", "0.8,0.8"}, kUsage, "--levels must not name a share twice"},
      {{"--input", path, "--season", "x"}, kUsage, "--season must be season lengths"},
      {{"--input", path, "--season", "0"}, kUsage, "--season must be season lengths"},
      {{"--input", path, "--format", "xml"}, kUsage, "--format must be text or json"},
      {{"--input", path, "--plot", "/nowhere/x.html"},
       kFailed,
       "/nowhere/x.html: cannot be written"},
      {{"--input", path, "--nonsense"}, kUsage, "unrecognised option"},
      {{"--input", path + ".none"}, kFailed, "no such file"},
      {{"--input", path, "--output", "/nowhere/x.csv"},
       kFailed,
       "/nowhere/x.csv: cannot be written"},
      {{"--input", file("bad.csv", "a,b\nc,d\n")}, kNo, "bad.csv:2: timestamp must be"},
  };
  for (const auto& [words, code, message] : cases) {
    const auto ran = run(words);
    EXPECT_EQ(ran.code, code) << message << "\n" << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(ran.out, "");
  }
}

TEST(ForecastSeasons, ComeFromTheSpacingOfDates) {
  using Seasons = std::vector<std::uint32_t>;
  constexpr std::int64_t kSecond = 1'000'000'000;
  TimeGrid grid;
  EXPECT_EQ(usual_seasons(grid, 10000), Seasons{});  // an index says nothing
  grid.kind = TimeKind::unix_time;
  grid.step = 3600 * kSecond;
  EXPECT_EQ(usual_seasons(grid, 10000), (Seasons{24, 168}));
  EXPECT_EQ(usual_seasons(grid, 100), (Seasons{24}));  // not two weeks
  grid.step = 86400 * kSecond;
  EXPECT_EQ(usual_seasons(grid, 100), (Seasons{7}));
  grid.step = 7 * 3600 * kSecond;
  EXPECT_EQ(usual_seasons(grid, 100), (Seasons{24}));  // a week of seven-hour steps
  grid = {TimeKind::iso, true, true, 0, 3};
  EXPECT_EQ(usual_seasons(grid, 100), (Seasons{4}));
}

TEST(ForecastSeasons, AreAssumedWhereTheValuesDoNotShowThem) {
  InputSeries series;
  series.grid.kind = TimeKind::unix_time;
  series.grid.step = 3600 * 1'000'000'000LL;
  series.values.assign(1000, 5);
  EXPECT_EQ(detected_seasons(series),
            (std::vector<SeriesSeason>{{24, SeasonFrom::step}, {168, SeasonFrom::step}}));
  for (std::size_t t = 0; t < 1000; ++t) series.values[t] = static_cast<double>(t % 24 * 7 % 24);
  EXPECT_EQ(detected_seasons(series),
            (std::vector<SeriesSeason>{{24, SeasonFrom::values}, {168, SeasonFrom::step}}));
}

}  // namespace forecast_test
}  // namespace nova::cli
