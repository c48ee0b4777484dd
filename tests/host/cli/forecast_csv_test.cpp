// Goal: a series file becomes series on regular grids, and nothing in it is guessed.
#include "host/cli/forecast_csv.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <fstream>
#include <random>

namespace nova::cli {
namespace forecast_csv_test {

std::vector<InputSeries> series_of(std::string_view text) {
  auto read = parse_series_csv(text, "in.csv");
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message);
  return read.ok() ? std::move(read->series) : std::vector<InputSeries>{};
}

TEST(ForecastCsv, ReadsLongFilesInAnyInterleaving) {
  const auto series =
      series_of("series,timestamp,value\na,1,5\n\"b,\"\"x\",10,1\na,2,\nb,1,2\na,3,7.5\r\n\n");
  ASSERT_EQ(series.size(), 3u);
  EXPECT_EQ(series[0].name, "a");
  ASSERT_EQ(series[0].values.size(), 3u);
  EXPECT_EQ(series[0].values[0], 5);
  EXPECT_TRUE(std::isnan(series[0].values[1]));
  EXPECT_EQ(series[0].values[2], 7.5);
  EXPECT_EQ(series[0].grid.text(3), "4");
  EXPECT_EQ(series[1].name, "b,\"x");
  EXPECT_EQ(csv_field(series[1].name), "\"b,\"\"x\"");
  EXPECT_EQ(series[1].grid.text(1), "11");  // one point of an index: the step is 1
}

TEST(ForecastCsv, ReadsTwoColumnsWithOrWithoutAHeader) {
  for (const auto* text :
       {"timestamp_unix_s,value\n1600000000,1\n1600000060,2\n", "1600000000,1\n1600000060,2",
        "\xEF\xBB\xBF"
        "t,v\n1600000000.0,1\n1600000060,2\n"}) {
    const auto series = series_of(text);
    ASSERT_EQ(series.size(), 1u) << text;
    EXPECT_EQ(series[0].values, (std::vector<double>{1, 2})) << text;
    EXPECT_EQ(series[0].grid.kind, TimeKind::unix_time);
    EXPECT_EQ(series[0].grid.text(2), "1600000120");
    EXPECT_EQ(series[0].grid.step_duration(), std::chrono::seconds(60));
    EXPECT_EQ(unix_ns(series[0].grid.end(2)), 1600000060'000'000'000);
  }
}

TEST(ForecastCsv, FillsGapsOfTheGridWithMissing) {
  const auto series = series_of("10,1\n20,2\n50,5\n");
  ASSERT_EQ(series[0].values.size(), 5u);
  EXPECT_TRUE(std::isnan(series[0].values[2]));
  EXPECT_EQ(series[0].values[4], 5);
  EXPECT_EQ(series[0].grid.text(5), "60");
}

TEST(ForecastCsv, ContinuesIsoTimestampsOfEveryForm) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"2024-02-28T23:00:00Z,1\n2024-02-29T00:00:00Z,2\n", "hours", "2024-02-29T01:00:00Z"},
      {"2024-02-28 23:00,1\n2024-02-29 00:00,2\n", "blank and minutes", "2024-02-29T01:00:00Z"},
      {"2024-02-28T23:00:00+02:00,1\n2024-02-28T22:00:00Z,2\n", "zones", "2024-02-28T23:00:00Z"},
      {"2024-02-27,1\n2024-02-28,2\n", "days", "2024-02-29"},
      {"1949-11-01,1\n1949-12-01,2\n1950-02-01,4\n", "months", "1950-03-01"},
      {"2023-10-15,1\n2024-01-15,2\n2024-04-15,3\n", "quarters", "2024-07-15"},
      {"2023-11-30,1\n2023-12-31,2\n2024-01-31,3\n", "ends of months", "2024-02-29"},
      {"2024-07-01,1\n2024-08-01,2\n", "two months", "2024-09-01"},
      {"1999-07-01T06:00:00Z,1\n2000-07-01T06:00:00Z,2\n2001-07-01T06:00:00Z,2\n", "years",
       "2002-07-01T06:00:00Z"},
      {"2024-01-01T00:00:00.5Z,1\n2024-01-01T00:00:01Z,2\n", "half seconds",
       "2024-01-01T00:00:01.5Z"},
  };
  for (const auto& [text, name, next] : cases) {
    const auto series = series_of(text);
    ASSERT_EQ(series.size(), 1u) << name;
    EXPECT_EQ(series[0].refusal, "") << name;
    EXPECT_EQ(series[0].grid.text(static_cast<std::int64_t>(series[0].values.size())), next)
        << name;
  }
}

TEST(ForecastCsv, SortsRowsAndUsesEqualOnesOnce) {
  const std::tuple<const char*, const char*> cases[] = {
      {"1,10\n3,30\n2,20\n4,\n", "rows out of order, sorted"},
      {"1,10\n2,20\n2,20\n3,30\n4,NA\n4,\n", "2 rows given twice, used once"},
      {"4,null\n3,30\n2,20\n1,10\n3,30\n",
       "rows out of order, sorted; 1 row given twice, used once"},
  };
  for (const auto& [text, note] : cases) {
    const auto series = series_of(text);
    EXPECT_EQ(series[0].refusal, "") << text;
    EXPECT_EQ(series[0].note, note);
    ASSERT_EQ(series[0].values.size(), 4u) << text;
    for (std::size_t t = 0; t < 3; ++t)
      EXPECT_EQ(series[0].values[t], static_cast<double>(10 * (t + 1))) << text;
    EXPECT_TRUE(std::isnan(series[0].values[3]));
    EXPECT_EQ(series[0].grid.text(0), "1");
  }
}

TEST(ForecastCsv, TakesAFewAbsurdValuesAsMissing) {
  const auto with = [](int absurd, const char* value) {
    std::string text;
    for (int t = 0; t < 200; ++t)
      text += std::to_string(t) + "," + (t >= 200 - absurd ? value : std::to_string(t % 7)) + "\n";
    return series_of(text)[0];
  };
  const auto last = with(1, "-1e300");
  EXPECT_TRUE(std::isnan(last.values[199]));
  EXPECT_EQ(last.note, "1 value beyond a billion times the rest, taken as missing");
  EXPECT_EQ(with(2, "1e12").note, "2 values beyond a billion times the rest, taken as missing");
  for (const auto& kept : {with(1, "1e6"), with(3, "1e300"), with(200, "1e300"), with(1, "0")}) {
    EXPECT_EQ(kept.note, "");
    EXPECT_FALSE(std::isnan(kept.values[199]));
  }
  std::string rare;  // a load that is nearly always 0
  for (int t = 0; t < 200; ++t) rare += std::to_string(t) + (t == 100 ? ",1e-20\n" : ",0\n");
  EXPECT_EQ(series_of(rare)[0].note, "");
}

TEST(ForecastCsv, ReadsASeriesAColumnBelowAHeader) {
  for (const auto* head : {"timestamp,a,\"b,1\"", "Time,a,\"b,1\"", "ds,a,\"b,1\""}) {
    const auto series = series_of(std::string(head) + "\n60,1,4\n120,,5\n180,3,6\n");
    ASSERT_EQ(series.size(), 2u) << head;
    EXPECT_EQ(series[0].name, "a");
    EXPECT_EQ(series[1].name, "b,1");
    EXPECT_EQ(series[0].values[0], 1);
    EXPECT_TRUE(std::isnan(series[0].values[1]));
    EXPECT_EQ(series[1].values, (std::vector<double>{4, 5, 6}));
    EXPECT_EQ(series[1].grid.text(3), "240");
  }
  EXPECT_EQ(series_of("timestamp,a,b,c,d\n1,1,2,3,4\n2,1,2,3,4\n").size(), 4u);
  EXPECT_EQ(series_of("Zeit,a,b,c\n1,1,2,3\n2,1,2,3\n").size(), 3u);
  // Whatever the first column is called: dates in it are no names.
  const auto dated = series_of("Datum;a;b\n2024-01-01;5;6\n2024-01-02;7;8\n");
  ASSERT_EQ(dated.size(), 2u);
  EXPECT_EQ(dated[1].name, "b");
  EXPECT_EQ(dated[1].values, (std::vector<double>{6, 8}));
  EXPECT_EQ(series_of("server,time,load\n2024-01-01,2024-01-01,5\n").size(), 1u);
  EXPECT_EQ(series_of("name,timestamp,value\n1,1,2\n2,1,2\n2,2,3\n")[1].values.size(), 2u);
}

TEST(ForecastCsv, ReadsWhatSpreadsheetsWrite) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"d;v\n2024-01-01;1.5\n2024-01-02;-2e1\n2024-01-03;\n", "", "2024-01-04"},
      {"d;v\r\n2024-01-01;1,5\r\n2024-01-02;-20\r\n2024-01-03;\r\n",
       "commas in values, first on line 2, are taken as decimal marks", "2024-01-04"},
      {"d\tv\n2024-01-01\t1.5\n2024-01-02\t-20\n2024-01-03\t\n", "", "2024-01-04"},
      {"2024-01-01\t1,5\n2024-01-02\t-20\n2024-01-03\t\n",
       "commas in values, first on line 1, are taken as decimal marks", "2024-01-04"},
      {"\"d, h\";\"v\"\n01.12.2024 00:00;\"1,5\"\n01.12.2024 12:00;-20\n02.12.2024 00:00;NA\n",
       "commas in values, first on line 2, are taken as decimal marks", "2024-12-02T12:00:00Z"},
  };
  for (const auto& [text, assumed, next] : cases) {
    const auto read = parse_series_csv(text, "in.csv");
    ASSERT_TRUE(read.ok()) << text << read.error().message;
    EXPECT_EQ(read->assumed, assumed) << text;
    ASSERT_EQ(read->series.size(), 1u) << text;
    const auto& values = read->series[0].values;
    ASSERT_EQ(values.size(), 3u) << text;
    EXPECT_EQ(values[0], 1.5) << text;
    EXPECT_EQ(values[1], -20) << text;
    EXPECT_TRUE(std::isnan(values[2])) << text;
    EXPECT_EQ(read->series[0].grid.text(3), next) << text;
  }
  const auto wide = series_of("time\ta,1\tb\n1\t\t2\n2\t3\t\n");
  ASSERT_EQ(wide.size(), 2u);
  EXPECT_EQ(wide[0].name, "a,1");
  EXPECT_TRUE(std::isnan(wide[0].values[0]));
  EXPECT_TRUE(std::isnan(wide[1].values[1]));
  const auto named = series_of("series;timestamp;value\na,1;1;2\n");
  EXPECT_EQ(named[0].name, "a,1");
}

TEST(ForecastCsv, TellsTheUnitOfUnixTimesByTheirSize) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"1700000000,1\n1700000060,2\n", "", "1700000120"},
      {"1.7e9,1\n1.70000006e9,2\n", "", "1700000120"},
      {"1700000000000,1\n1700000060000,2\n", "milliseconds", "1700000120000"},
      {"1700000000000.5,1\n1700000060000.5,2\n", "milliseconds", "1700000120000.5"},
      {"1700000000000001,1\n1700000060000001,2\n", "microseconds", "1700000120000001"},
      {"1700000000000000001,1\n1700000060000000001,2\n", "nanoseconds", "1700000120000000001"},
      {"100000000000,1\n100000060000,2\n", "milliseconds", "100000120000"},  // 1973
  };
  for (const auto& [text, unit, next] : cases) {
    const auto read = parse_series_csv(text, "in.csv");
    ASSERT_TRUE(read.ok()) << text << read.error().message;
    const auto& grid = read->series[0].grid;
    EXPECT_EQ(grid.kind, TimeKind::unix_time);
    EXPECT_EQ(grid.step_duration(), std::chrono::seconds(60)) << text;
    EXPECT_EQ(grid.text(2), next);
    EXPECT_EQ(read->assumed, unit[0] ? std::string("timestamps beyond the year 5138 in seconds are "
                                                   "taken as ") +
                                           unit
                                     : "");
  }
}

TEST(ForecastCsv, TakesTheStepThatIsStated) {
  const std::tuple<const char*, const char*, std::size_t, const char*> cases[] = {
      {"2024-01-31,5\n", "1d", 1, "2024-02-01"},
      {"2024-01-31,5\n", "1mo", 1, "2024-02-29"},
      {"1700000000000,5\n", "90s", 1, "1700000090000"},
      {"2024-01-01,5\n2024-01-02,6\n", "6h", 5, "2024-01-02T06:00:00Z"},
      {"2023-10-15,5\n2024-04-15,6\n", "3mo", 3, "2024-07-15"},
  };
  for (const auto& [text, words, points, next] : cases) {
    const auto step = parse_step(words);
    ASSERT_TRUE(step.ok()) << words;
    const auto read = parse_series_csv(text, "in.csv", step.value());
    ASSERT_TRUE(read.ok()) << text << read.error().message;
    const auto& series = read->series[0];
    EXPECT_EQ(series.refusal, "") << text;
    ASSERT_EQ(series.values.size(), points) << text;
    EXPECT_EQ(series.grid.text(static_cast<std::int64_t>(points)), next);
  }
  const auto off =
      parse_series_csv("2024-01-01,5\n2024-01-02,6\n", "in.csv", parse_step("5h").value());
  EXPECT_EQ(off->series[0].refusal,
            "line 2: timestamp 2024-01-02 is not a whole number of steps of 5h after the first");
  const auto months =
      parse_series_csv("2024-01-01,5\n2024-02-02,6\n", "in.csv", parse_step("1mo").value());
  EXPECT_EQ(months->series[0].refusal,
            "line 2: timestamp 2024-02-02 is not a whole number of steps of 1mo after the first");
  EXPECT_EQ(parse_series_csv("1,5\n", "in.csv", GridStep{}).error().message,
            "in.csv: a step is stated, but the timestamps are an index");
  for (const auto* wrong : {"", "mo", "0mo", "-1mo", "1.5mo", "9999mo", "0s", "1", "day"})
    EXPECT_FALSE(parse_step(wrong).ok()) << wrong;
}

TEST(ForecastCsv, RefusesTwoValuesForOneTimeAndKeepsTheOthers) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"twice", "a,1,1\nb,1,1\na,2,1\na,1,7\nb,2,1\n",
       "line 4: timestamp 1 is given twice, with another value on line 1; keep one of the rows"},
      {"off the grid", "a,1,1\na,3,1\na,6,1\nb,1,1\n",
       "line 3: timestamp 6 is not a whole number of steps of 2 after the first; number the rows "
       "evenly"},
      {"endless gap", "a,1,1\na,2,1\na,99999999,1\nb,1,1\n",
       "spans 99999998 steps, more than 10 million"},
  };
  for (const auto& [name, text, refusal] : cases) {
    const auto series = series_of(text);
    ASSERT_EQ(series.size(), 2u) << name;
    EXPECT_EQ(series[0].refusal, refusal) << name;
    EXPECT_EQ(series[1].refusal, "") << name;
  }
  EXPECT_EQ(series_of("2024-01-01,5\n")[0].refusal, "has one point: its step is not known");
}

// Seconds after the start of a day, as rows of one ISO series with the values 0, 1, ...
std::string at_seconds(const std::vector<double>& seconds) {
  std::string text = "t,v\n";
  for (std::size_t i = 0; i < seconds.size(); ++i)
    text += to_iso8601(
                from_unix_ns(1'709'164'800'000'000'000 + std::llround(seconds[i] * 1e6) * 1000)) +
            "," + std::to_string(i) + "\n";
  return text;
}

TEST(ForecastCsv, SnapsJitterToTheGridAndLeavesGapsMissing) {
  std::mt19937_64 random{7};
  std::uniform_real_distribution<double> jitter{-0.3, 0.3};
  std::vector<double> seconds, steps;
  for (int t = 0; t < 500; ++t) {
    if (t % 50 == 20 || (t > 300 && t < 310)) continue;
    seconds.push_back(60 * (t + (t == 0 ? 0 : jitter(random))));
    steps.push_back(t);
  }
  const auto series = series_of(at_seconds(seconds));
  ASSERT_EQ(series[0].refusal, "");
  EXPECT_EQ(series[0].grid.step_duration(), std::chrono::seconds(60));
  ASSERT_EQ(series[0].values.size(), 500u);
  for (std::size_t i = 0; i < steps.size(); ++i)
    EXPECT_EQ(series[0].values[static_cast<std::size_t>(steps[i])], static_cast<double>(i));
  EXPECT_EQ(std::count_if(series[0].values.begin(), series[0].values.end(),
                          [](double v) { return std::isnan(v); }),
            19);
  EXPECT_EQ(series[0].grid.text(500).substr(0, 17), "2024-02-29T08:20:");
}

TEST(ForecastCsv, KeepsTheFractionsOfUnixSeconds) {
  const auto series = series_of("1700000000.25,1\n1700000015.25,2\n1700000045.25,4\n");
  ASSERT_EQ(series[0].values.size(), 4u);
  EXPECT_TRUE(std::isnan(series[0].values[2]));
  EXPECT_EQ(series[0].grid.text(4), "1700000060.25");
}

TEST(ForecastCsv, FindsTheGridOfThinlySownPoints) {
  const auto series = series_of("1700000000,1\n1700000600,2\n1700002160,3\n1700002220,4\n");
  ASSERT_EQ(series[0].refusal, "");
  EXPECT_EQ(series[0].values.size(), 38u);  // of a minute
}

TEST(ForecastCsv, SaysWhereTimestampsLeaveTheGrid) {
  std::vector<double> twice, wild{0};
  for (int t = 0; t < 20; ++t) {
    twice.push_back(60 * t);
    if (t == 7) twice.push_back(60 * t + 1);
  }
  std::mt19937_64 random{11};
  std::exponential_distribution<double> wait{1.0 / 60};
  while (wild.size() < 200) wild.push_back(wild.back() + wait(random));
  EXPECT_EQ(series_of(at_seconds(twice))[0].refusal,
            "line 10: timestamp 2024-02-29T00:07:01Z falls into the same step of 1m as the one "
            "before it; give one value a step, such as its mean, or none where it is missing");
  const auto refusal = series_of(at_seconds(wild))[0].refusal;
  EXPECT_EQ(refusal.substr(0, 5), "line ") << refusal;
  EXPECT_NE(refusal.find("not a whole number of steps after the one before it"), std::string::npos)
      << refusal;
}

TEST(ForecastCsv, ReadsTheSameInAnyParts) {
  std::string text = "series,timestamp,value\n";
  for (int i = 0; i < 60000; ++i)  // more than one buffer of the reader
    text +=
        "s" + std::to_string(i % 7) + "," + std::to_string(i / 7) + "," + std::to_string(i) + "\n";
  const auto path = std::filesystem::path(::testing::TempDir()) / "forecast_csv_parts.csv";
  std::ofstream(path) << text;
  const auto whole = series_of(text);
  const auto streamed = read_series_csv(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(streamed.ok());
  ASSERT_EQ(streamed->series.size(), 7u);
  for (std::size_t s = 0; s < 7; ++s) {
    EXPECT_EQ(streamed->series[s].values, whole[s].values);
    EXPECT_EQ(whole[s].values[100], static_cast<double>(700 + s));
  }
}

TEST(ForecastCsv, CountsToTheEndsOfTime) {
  const auto wide = series_of("-4600000000,1\n4600000000,2\n");
  ASSERT_EQ(wide[0].values.size(), 2u);
  EXPECT_FALSE(wide[0].grid.counts(3));
  const auto long_way = series_of("-4600000000,1\n-4554000000,2\n4600000000,3\n");
  ASSERT_EQ(long_way[0].values.size(), 201u);
  EXPECT_TRUE(long_way[0].grid.counts(202));
  EXPECT_EQ(long_way[0].grid.text(201), "4646000000");
  const auto years = series_of("1830-01-01,1\n1970-01-01,2\n2110-01-01,3\n");
  ASSERT_EQ(years[0].refusal, "");
  EXPECT_EQ(years[0].grid.text(2), "2110-01-01");
  EXPECT_TRUE(years[0].grid.counts(4));
  EXPECT_FALSE(years[0].grid.counts(5));
}

TEST(Progression, GivesBackWhatWasPut) {
  std::mt19937_64 random{3};
  for (int round = 0; round < 200; ++round) {
    Progression progression;
    std::vector<std::int64_t> all;
    for (int i = 0; i < 50; ++i) {
      all.push_back(random() % 3 && i > 1 ? 2 * all[all.size() - 1] - all[all.size() - 2]
                                          : static_cast<std::int64_t>(random() % 10));
      progression.push_back(all.back());
    }
    EXPECT_EQ(progression.expand(), all);
    EXPECT_EQ(progression.back(), all.back());
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(progression[i], all[i]) << round;
  }
}

TEST(ForecastCsv, NamesTheLineThatIsNoRow) {
  const std::tuple<const char*, const char*> cases[] = {
      {"", "in.csv: has no rows"},
      {"series,timestamp,value\n", "in.csv: has no rows"},
      {"1,2,3,4\n",
       "in.csv:1: must have 2 columns (timestamp, value), 3 (series, timestamp, value) or a "
       "header: "
       "timestamp and the name of each series; got 4"},
      {"timestamp,a,b\n", "in.csv: has no rows"},
      {"timestamp,a,\n1,2,3\n", "in.csv:1: column 3 has no name"},
      {"timestamp,a,a\n1,2,3\n", "in.csv:1: two columns are named \"a\""},
      {"timestamp,a,b\n1,2\n", "in.csv:2: must have 3 columns, got 2"},
      {"Datum;;b\n2024-01-01;5;6\n", "in.csv:1: column 2 has no name"},
      {"2024-01-01,5,6\n", "in.csv:1: dates come first: a header must name the other columns"},
      {"t,v\n1,2\n1,2,3\n", "in.csv:3: must have 2 columns, got 3"},
      {"1,2\n2,x\n", "in.csv:2: value must be a finite number or empty, got \"x\""},
      {"1,2\n2,inf\n", "in.csv:2: value must be a finite number or empty, got \"inf\""},
      {"1,2\nyesterday,3\n",
       "in.csv:2: timestamp must be ISO 8601, Unix time or an index, got \"yesterday\""},
      {"1,2\n1.5,3\n", "in.csv:2: timestamp must be ISO 8601, Unix time or an index, got \"1.5\""},
      {"2024-01-01,2\n2024-02-30,3\n",
       "in.csv:2: timestamp must be ISO 8601, Unix time or an index, got \"2024-02-30\""},
      {"1,2\n2024-01-01,3\n",
       "in.csv:2: timestamp must be of the kind of the first row, got \"2024-01-01\""},
      {"a,1,2\n\"b,2,3\n", "in.csv:2: a quoted field must end on its line"},
      {"01/02/2024,3\n",
       "in.csv:1: timestamp must be ISO 8601, Unix time or an index, got \"01/02/2024\""},
      {"d,v\n31.02.2024,3\n",
       "in.csv:2: timestamp must be ISO 8601, Unix time or an index, got \"31.02.2024\""},
      {"50000000000,3\n",
       "in.csv:1: timestamp must be ISO 8601, Unix time or an index, got \"50000000000\""},
      {"1700000000000,1\n1700000060,2\n",
       "in.csv:2: timestamp must be in milliseconds as in the first row, got \"1700000060\""},
      {"1,\"2,5\"\n", "in.csv:1: value must be a finite number or empty, got \"2,5\""},
      {"1;2,5\n2;2.5\n",
       "in.csv:2: value must have a comma as decimal mark as on line 1, and no separators of "
       "thousands, got \"2.5\""},
      {"1;1.234,5\n", "in.csv:1: value must be a finite number or empty, got \"1.234,5\""},
      {"\xFF\xFEt\n", "in.csv:1: must be UTF-8, got UTF-16"},
  };
  for (const auto& [text, message] : cases) {
    const auto read = parse_series_csv(text, "in.csv");
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().message, message);
  }
}

TEST(ForecastCsv, ReadsGzipAndNoticesATruncatedOne) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "forecast_csv_test.csv.gz";
  std::string text = "t,v\n";
  for (int i = 0; i < 20000; ++i)
    text += std::to_string(i) + "," + std::to_string(i * 7919 % 10007) + "\n";
  gzFile file = gzopen(path.c_str(), "wb");
  ASSERT_TRUE(file);
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const auto whole = read_series_csv(path);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->series[0].values.size(), 20000u);

  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto half = read_series_csv(path);
  ASSERT_FALSE(half.ok());
  EXPECT_EQ(half.error().code, ErrorCode::unavailable) << half.error().message;
  std::filesystem::remove(path);
  EXPECT_EQ(read_series_csv(path).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_series_csv("/").error().code, ErrorCode::unavailable);
}

}  // namespace forecast_csv_test
}  // namespace nova::cli
