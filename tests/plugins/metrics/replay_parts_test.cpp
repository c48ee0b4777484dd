// Goal: what a file says is read exactly or refused with its place; a grid never sees the future.
// Method: small files written here, tables of broken ones, and a slow twin for the grid.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <novascale/error.hpp>
#include <numeric>
#include <random>

#include "plugins/metrics/replay/csv_table.hpp"
#include "plugins/metrics/replay/line_reader.hpp"
#include "plugins/metrics/replay/recording.hpp"
#include "plugins/metrics/replay/timestamp.hpp"

namespace metrics_replay_parts_test {

using namespace nova::replay;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kEver = INT64_MAX / 4;
const double kNaN = std::nan("");

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            (std::string("nova_replay_") + std::to_string(getpid()) + "_" + test->name());
    std::filesystem::create_directories(path_);
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return (path_ / name).string();
  }
  static std::string gzipped(const std::string& text) {
    z_stream z{};
    EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&z, text.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
  }
  Recording recording(const std::string& text, std::int64_t step = 0) const {
    const auto path = write("r.csv", text);
    return Recording::make(read_csv(path), step, "r.csv");
  }
  std::string refused(const std::string& path) const {
    try {
      Recording::make(read_csv(path), 0, path);
    } catch (const nova::Error& e) {
      const std::string text = e.what();
      const auto at = text.find(path_.string() + "/");
      return at == std::string::npos ? text : text.substr(path_.string().size() + 1);
    }
    return "accepted";
  }

  std::filesystem::path path_;
};

std::vector<double> points(const Recording& r, std::int64_t now_s, std::int64_t t0_s,
                           std::int64_t step_s, std::size_t n, Within within = Within::mean,
                           std::size_t series = 0) {
  std::vector<double> out(n, -7);
  r.points(series, within, now_s == kEver ? kEver : now_s * kSecond, t0_s * kSecond,
           step_s * kSecond, out);
  return out;
}
void expect_same(const std::vector<double>& got, const std::vector<double>& want,
                 const std::string& what = "") {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (std::isnan(want[i]))
      EXPECT_TRUE(std::isnan(got[i])) << what << " point " << i << " is " << got[i];
    else
      EXPECT_EQ(got[i], want[i]) << what << " point " << i;
}

TEST(ReplayTimestamp, ReadsEveryFormAndRefusesOthers) {
  const std::pair<const char*, std::int64_t> good[] = {
      {"0", 0},
      {"898387140", 898387140 * kSecond},
      {"898387140.5", 898387140 * kSecond + kSecond / 2},
      {"-1.5", -kSecond - kSecond / 2},
      {"-0.25", -kSecond / 4},
      {"8.98387140e8", 898387140 * kSecond},
      {"1970-01-02", 86400 * kSecond},
      {"1998-06-10T15:30:00Z", 897492600 * kSecond},
      {"1998-06-10 15:30", 897492600 * kSecond},
      {"1998-06-10 15:30:00.25", 897492600 * kSecond + kSecond / 4},
      {"1998-06-10T17:30:00+02:00", 897492600 * kSecond},
      {"1998-06-10T10:00:00-0530", 897492600 * kSecond},
      {"1969-12-31T23:59:59Z", -kSecond},
  };
  for (const auto& [text, ns] : good) {
    const auto got = parse_timestamp(text);
    ASSERT_TRUE(got) << text;
    EXPECT_EQ(*got, ns) << text;
  }
  for (const char* bad : {"", "x", "12x", "1998-13-01", "1998-02-30", "1998-06-10T25:00:00Z",
                          "1998-06-10T15", "1998-06-10T15:30:00+2", "1998-06-10Tnoon", "1..2",
                          "898387140000000", "nan", "inf", "1e30", "1998-06-10T15:30:00Zjunk"})
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
}

TEST(ReplayTimestamp, IsWrittenForPeople) {
  EXPECT_STREQ(to_iso(897492600 * kSecond).text, "1998-06-10T15:30:00Z");
  EXPECT_STREQ(to_iso(-kSecond).text, "1969-12-31T23:59:59Z");
}

using ReplayCsv = Folder;

TEST_F(ReplayCsv, ReadsTheThreeLayouts) {
  const auto two = read_csv(write("two.csv", "timestamp_unix_s,value\n0,1.5\n60,\n120,3\n"));
  ASSERT_EQ(two.series.size(), 1u);
  EXPECT_EQ(two.series[0].name, "value");
  expect_same(two.series[0].values, {1.5, kNaN, 3});

  const auto wide = read_csv(write("w.csv", "time,cpu,\"mem, used\"\n0,1,2\n60,nan,\" 4 \"\n"));
  ASSERT_EQ(wide.series.size(), 2u);
  EXPECT_EQ(wide.series[1].name, "mem, used");
  expect_same(wide.series[0].values, {1, kNaN});
  EXPECT_EQ(wide.times.size(), 1u);

  const auto lng =
      read_csv(write("l.csv", "series,timestamp,value\na,0,1\n\"b{h=\"\"1\"\"}\",0,2\na,60,3\n"));
  ASSERT_EQ(lng.series.size(), 2u);
  EXPECT_EQ(lng.series[1].name, "b{h=\"1\"}");
  expect_same(lng.series[0].values, {1, 3});
  EXPECT_EQ(lng.times[0], (std::vector<std::int64_t>{0, 60 * kSecond}));
}

TEST_F(ReplayCsv, ForgivesByteOrderMarkCrLfBlankLinesAndAMissingLastLineEnd) {
  const auto t =
      read_csv(write("t.csv", "\xEF\xBB\xBFtimestamp,value\r\n0, +1\r\n\r\n60 ,2\r\n\n120,3"));
  EXPECT_EQ(t.series[0].name, "value");
  expect_same(t.series[0].values, {1, 2, 3});
}

TEST_F(ReplayCsv, ReadsGzipAlsoOfSeveralMembersAndLongerThanItsBuffer) {
  std::string text = "timestamp,value\n";
  for (int i = 0; i < 60000; ++i) text += std::to_string(i * 60) + "," + std::to_string(i) + "\n";
  const auto half = text.find('\n', text.size() / 2) + 1;
  const auto t =
      read_csv(write("t.csv.gz", gzipped(text.substr(0, half)) + gzipped(text.substr(half))));
  ASSERT_EQ(t.series[0].values.size(), 60000u);
  for (int i = 0; i < 60000; ++i) ASSERT_EQ(t.series[0].values[i], i);
}

TEST_F(ReplayCsv, RefusesBrokenFilesWithTheirPlace) {
  const std::string good = "timestamp,value\n0,1\n60,2\n";
  auto damaged = gzipped(good);
  damaged[damaged.size() - 6] ^= 0x55;  // the checksum
  std::string noise = "timestamp,value\n";
  std::mt19937 random{20240229};
  for (int i = 0; i < 5000; ++i)
    noise += std::to_string(i * 60) + "," + std::to_string(random()) + "\n";
  const auto packed = gzipped(noise);
  const std::tuple<const char*, std::string, std::string> cases[] = {
      {"empty.csv", "", "empty.csv:1: the file is empty, a header line is needed"},
      {"blank.csv", "\n \n", "blank.csv:1: the file is empty, a header line is needed"},
      {"header.csv", "timestamp,value\n", "header.csv: holds a header and no samples"},
      {"none.csv", "0,1\n60,2\n",
       "none.csv:1: the first line must be a header such as timestamp_unix_s,value, got \"0,1\""},
      {"one.csv", "value\n1\n",
       "one.csv:1: the header must name at least two columns, got \"value\""},
      {"text.csv", "timestamp,value\n0,1\n60,fast\n",
       "text.csv:3: value must be a number, got \"fast\""},
      {"unit.csv", "timestamp,load\n0,1ms\n", "unit.csv:2: load must be a number, got \"1ms\""},
      {"inf.csv", "timestamp,value\n0,inf\n", "inf.csv:2: value must be finite, got \"inf\""},
      {"huge.csv", "timestamp,value\n0,1e999\n", "huge.csv:2: value must be finite, got \"1e999\""},
      {"time.csv", "timestamp,value\nnoon,1\n",
       "time.csv:2: timestamp must be Unix seconds, ISO 8601 or an index, got \"noon\""},
      {"ms.csv", "timestamp,value\n1700000000000,1\n",
       "ms.csv:2: timestamp must be Unix seconds, ISO 8601 or an index, got \"1700000000000\""},
      {"short.csv", "timestamp,a,b\n0,1,2\n60,1\n", "short.csv:3: must have 3 fields, got 2"},
      {"long.csv", "timestamp,a\n0,1,2\n", "long.csv:2: must have 2 fields, got more"},
      {"cut.csv", "series,timestamp,value\na,0,1\na,6", "cut.csv:3: must have 3 fields, got 2"},
      {"swapped.csv", "value,Timestamp\n5,1700000000\n",
       "swapped.csv:1: the first column must hold the times, got \"value\" there and \"Timestamp\" "
       "in column 2"},
      {"same.csv", "timestamp,a,a\n0,1,2\n", "same.csv:1: two columns are named \"a\""},
      {"noname.csv", "timestamp,a,\n0,1,2\n", "noname.csv:1: column 3 has no name"},
      {"quote.csv", "timestamp,\"a\n0,1\n", "quote.csv:1: a quoted field is not closed"},
      {"after.csv", "timestamp,a\n0,\"1\"x\n", "after.csv:2: text follows a quoted field"},
      {"single.csv", "timestamp,value\n1998-06-10,1\n",
       "single.csv: one sample alone has no spacing, set `step` in the config"},
      {"crc.csv.gz", damaged, "crc.csv.gz: gzip data is damaged: incorrect data check"},
      {"cut.csv.gz", packed.substr(0, packed.size() / 2),
       "cut.csv.gz: gzip data ends early (truncated file?)"},
      {"tail.csv.gz", packed.substr(0, packed.size() - 4),
       "tail.csv.gz: gzip data ends early (truncated file?)"},
      {"wide.csv", "timestamp," + std::string(5 << 20, 'x'),
       "wide.csv: a line of more than 4 MiB after line 0"},
  };
  for (const auto& [name, bytes, want] : cases) {
    const auto got = refused(write(name, bytes));
    EXPECT_EQ(got.substr(0, want.size()), want) << got;
  }
  EXPECT_EQ(refused((path_ / "missing.csv").string()),
            "missing.csv: cannot be opened: No such file or directory");
  EXPECT_NE(refused(path_.string()), "accepted") << "a folder";
}

TEST_F(ReplayCsv, SurvivesAnyBytes) {
  std::mt19937 random{20240229};
  const std::string alphabet = "0123456789.,-\"\n\r\teE:TZ\\{}=aé\0x\x1f\x8b";
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = round % 2 ? "timestamp,value\n" : "";
    const auto length = random() % 200;
    for (std::size_t i = 0; i < length; ++i) bytes += alphabet[random() % alphabet.size()];
    refused(write("any.csv", bytes));  // an answer or a nova::Error; the sanitizers watch the rest
  }
}

using ReplayRecording = Folder;

TEST_F(ReplayRecording, AGridOfTheSameStepIsTheFileOneStepLater) {
  const auto r = recording("timestamp,value\n600,1\n660,2\n720,3\n");
  EXPECT_EQ(r.step_ns(), 60 * kSecond);
  EXPECT_EQ(r.first_ns(), 600 * kSecond);
  EXPECT_EQ(r.last_ns(), 780 * kSecond);
  // The sample stamped 600 stands for [600, 660): the grid point 660.
  expect_same(points(r, kEver, 600, 60, 6), {kNaN, 1, 2, 3, kNaN, kNaN});
}

TEST_F(ReplayRecording, SamplesThatEndBesideTheGridAreToldAtItsNextPoint) {
  const auto r = recording("timestamp,value\n240,1\n540,2\n840,3\n");  // four minutes past
  expect_same(points(r, kEver, 300, 300, 5), {kNaN, 1, 2, 3, kNaN});
  expect_same(points(r, 600, 600, 300, 1), {1});  // over since 540
  expect_same(points(r, 599, 600, 300, 1), {kNaN});
  expect_same(points(r, 900, 600, 300, 2), {1, 2});
  expect_same(points(r, 900, 900, 600, 1), {1.5});
  expect_same(points(r, kEver, 1200, 600, 1), {2.5});
  expect_same(points(r, 780, 540, 60, 5), {1, 1, 1, 1, 1});  // a minute's grid can meet it
}

TEST_F(ReplayRecording, NothingIsKnownBeforeItsIntervalIsOver) {
  const auto r = recording("timestamp,value\n600,1\n660,2\n720,3\n");
  expect_same(points(r, 659, 660, 60, 3), {kNaN, kNaN, kNaN});
  expect_same(points(r, 660, 660, 60, 3), {1, kNaN, kNaN});
  expect_same(points(r, 719, 660, 60, 3), {1, kNaN, kNaN});
  expect_same(points(r, 720, 660, 60, 3), {1, 2, kNaN});
  EXPECT_FALSE(r.newest(0, false, 659 * kSecond));
  EXPECT_EQ(r.newest(0, false, 660 * kSecond)->value, 1);
  EXPECT_EQ(r.newest(0, false, 779 * kSecond)->time_ns, 720 * kSecond);
  EXPECT_EQ(r.newest(0, false, kEver)->time_ns, 780 * kSecond);
}

TEST_F(ReplayRecording, OnAFinerGridASampleStandsUntilTheNextIsComplete) {
  const auto r = recording("timestamp,value\n0,5\n300,8\n600,9\n", 300 * kSecond);
  EXPECT_FALSE(r.indexed());
  // Five-minute means are known only when the five minutes are over.
  expect_same(points(r, kEver, 240, 60, 7), {kNaN, 5, 5, 5, 5, 5, 8});
  expect_same(points(r, 899, 840, 60, 2), {8, kNaN});
  // Who asks for the newest point alone has a value every minute.
  for (int minute = 5; minute < 20; ++minute)
    expect_same(points(r, 60 * minute, 60 * minute, 60, 1), {minute < 10   ? 5.0
                                                             : minute < 15 ? 8
                                                                           : 9});
  expect_same(points(r, kEver, 300, 75, 4, Within::sum), {1.25, 1.25, 1.25, 1.25});
}

TEST_F(ReplayRecording, NoPointHasToWaitForWhatCoversAPartOfIt) {
  const auto r = recording("timestamp,value\n0,1\n90,2\n180,3\n270,4\n");
  // A minute's grid a minute late: (0, 60], (60, 120], (120, 180] and so on.
  for (const auto now : {180, 240, 300})
    expect_same(points(r, now, now, 60, 1), {now == 180 ? 1.5 : now == 240 ? 2 : 3});
  expect_same(points(r, 300, 120, 60, 4), {1, 1.5, 2, 3});
}

TEST_F(ReplayRecording, ACoarserGridFoldsByWithin) {
  const auto r = recording(
      "timestamp,value\n600,1\n660,5\n720,3\n780,\n840,7\n900,8\n960,9\n1020,10\n1080,2\n");
  const std::pair<Within, std::vector<double>> cases[] = {
      {Within::mean, {3, 7.5, 7}}, {Within::max, {5, 8, 10}},    {Within::min, {1, 7, 2}},
      {Within::last, {3, 8, 2}},   {Within::sum, {9, kNaN, 21}},  // a sum with a hole is not known
  };
  for (const auto& [within, want] : cases)
    expect_same(points(r, kEver, 780, 180, 3, within), want,
                "within " + std::to_string(static_cast<int>(within)));
}

TEST_F(ReplayRecording, ARateNeverFallsBelowZeroAndSpansGaps) {
  auto r = recording("timestamp,total\n600,100\n660,160\n720,\n780,400\n840,30\n900,90\n");
  r.prepare_rate(0);
  expect_same(points(r, kEver, 660, 60, 6, Within::rate), {kNaN, 1, kNaN, 2, 0.5, 1});
  expect_same(points(r, kEver, 960, 120, 1, Within::rate), {0.75});
  EXPECT_EQ(r.newest(0, true, kEver)->value, 1);
}

TEST_F(ReplayRecording, RepairsOrderAndDuplicatesAndCountsThem) {
  const auto r = recording("timestamp,a,b\n720,3,30\n600,1,10\n660,2,20\n660,5,50\n900,9,90\n");
  EXPECT_EQ(r.repairs().unordered, 3u);
  EXPECT_EQ(r.repairs().duplicate, 1u);
  EXPECT_EQ(r.repairs().gaps, 2u);
  EXPECT_EQ(r.repairs().irregular, 0u);
  expect_same(points(r, kEver, 660, 60, 6), {1, 5, 3, kNaN, kNaN, 9});
  expect_same(points(r, kEver, 660, 60, 6, Within::mean, 1), {10, 50, 30, kNaN, kNaN, 90});
}

TEST_F(ReplayRecording, IrregularPointsKeepTheirTimeAndNeverComeEarly) {
  const auto r = recording("timestamp,value\n600,1\n661,2\n719,3\n780,4\n840,5\n900,6\n");
  EXPECT_EQ(r.step_ns(), 60 * kSecond);
  EXPECT_EQ(r.repairs().irregular, 3u);
  // (660, 720] holds 58 s of the 2 and one second of the 3, which is complete only at 779.
  expect_same(points(r, 779, 720, 60, 2), {1, kNaN});
  const auto later = points(r, 780, 720, 60, 2);
  EXPECT_DOUBLE_EQ(later[1], (2 * 58 + 3 * 1) / 59.0);
}

TEST_F(ReplayRecording, CountsAnIndexInStepsOfAMinuteOrAsTold) {
  const auto minute = recording("i,value\n0,1\n1,2\n2,3\n");
  EXPECT_TRUE(minute.indexed());
  EXPECT_EQ(minute.step_ns(), 60 * kSecond);
  EXPECT_EQ(minute.last_ns(), 180 * kSecond);
  const auto hour = recording("i,value\n0,1\n1,2\n2,3\n", 3600 * kSecond);
  expect_same(points(hour, kEver, 3600, 3600, 3), {1, 2, 3});
}

TEST_F(ReplayRecording, SeriesOfALongFileMayDifferInStep) {
  const auto r =
      recording("series,timestamp,value\nfast,600,1\nfast,660,2\nslow,600,7\nslow,900,8\n");
  EXPECT_EQ(r.step_ns(), 60 * kSecond);
  EXPECT_EQ(r.first_ns(), 600 * kSecond);
  EXPECT_EQ(r.last_ns(), 1200 * kSecond);
  expect_same(points(r, kEver, 900, 300, 2, Within::mean, 1), {7, 8});
  expect_same(points(r, 899, 840, 60, 1, Within::mean, 1), {kNaN});
  expect_same(points(r, 900, 900, 60, 1, Within::mean, 1), {7});
}

// The slow twin: a value of [a, b) by walking every second of it, told at `at`.
double by_seconds(const std::vector<std::pair<std::int64_t, double>>& samples, std::int64_t step,
                  std::int64_t a, std::int64_t b, std::int64_t at) {
  double sum = 0;
  int seconds = 0;
  for (const auto& [t, v] : samples) {
    const bool covers = t < b && t + step > a;
    EXPECT_TRUE(!covers || t + step <= at) << "told before it is complete";
  }
  for (std::int64_t s = a; s < b; ++s)
    for (const auto& [t, v] : samples)
      if (s >= t && s < t + step && !std::isnan(v)) {
        sum += v;
        ++seconds;
      }
  return seconds > 0 ? sum / seconds : kNaN;
}

TEST_F(ReplayRecording, AgreesWithTheSlowTwinOnRandomFilesAndGrids) {
  std::mt19937_64 random{20240229};
  for (int round = 0; round < 300; ++round) {
    const std::int64_t step = 10 + static_cast<std::int64_t>(random() % 50);
    const std::int64_t first = 1000 + static_cast<std::int64_t>(random() % 100);
    std::vector<std::pair<std::int64_t, double>> samples;
    std::string text = "timestamp,value\n";
    for (int i = 0; i < 30; ++i) {
      if (i > 2 && random() % 5 == 0) continue;
      const bool missing = random() % 6 == 0;
      samples.emplace_back(first + i * step, missing ? kNaN : static_cast<double>(random() % 100));
      text += std::to_string(samples.back().first) + "," +
              (missing ? "" : std::to_string(samples.back().second)) + "\n";
    }
    const auto r = recording(text, step * kSecond);
    const std::int64_t grid = 5 + static_cast<std::int64_t>(random() % 120);
    const std::int64_t t0 = 900 + static_cast<std::int64_t>(random() % 500);
    const std::int64_t now = 900 + static_cast<std::int64_t>(random() % 3000);
    const auto got = points(r, now, t0, grid, 20);
    // Told later until ends and points can meet.
    while ((samples.front().first + step - t0) % std::gcd(step, grid) != 0)
      for (auto& sample : samples) ++sample.first;
    // A sample can begin at any multiple of their common divisor before the end of a point.
    const std::int64_t later = step - std::gcd(step, grid);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::int64_t at = t0 + static_cast<std::int64_t>(i) * grid, b = at - later;
      const double want = at > now ? kNaN : by_seconds(samples, step, b - grid, b, at);
      if (std::isnan(want))
        EXPECT_TRUE(std::isnan(got[i])) << "round " << round << " point " << i;
      else
        EXPECT_NEAR(got[i], want, 1e-9) << "round " << round << " point " << i;
    }
  }
}

TEST_F(ReplayRecording, ReadsTheWorldCupWeek) {
  const std::string file = std::string(NOVA_SOURCE_DIR) + "/configs/traces/worldcup98_week.csv.gz";
  const auto r = Recording::make(read_csv(file), 0, file);
  EXPECT_EQ(r.step_ns(), 60 * kSecond);
  EXPECT_FALSE(r.repairs().any());
  EXPECT_EQ(r.last_ns() - r.first_ns(), 7 * 86400 * kSecond);
  EXPECT_STREQ(to_iso(r.first_ns()).text, "1998-06-09T00:00:00Z");
  EXPECT_EQ(r.newest(0, false, 897350460 * kSecond)->value, 158.683);
}

TEST(ReplayLabels, AreReadFromTheName) {
  const auto l = parse_labels("cpu{host=\"a,b\", zone=c}");
  EXPECT_EQ(l.base, "cpu");
  ASSERT_EQ(l.pairs.size(), 2u);
  EXPECT_EQ(l.pairs[0], (std::pair<std::string, std::string>{"host", "a,b"}));
  EXPECT_EQ(l.pairs[1], (std::pair<std::string, std::string>{"zone", "c"}));
  EXPECT_EQ(parse_labels("plain").base, "plain");
  EXPECT_EQ(parse_labels("odd{x}").base, "odd{x}");
}

}  // namespace metrics_replay_parts_test
