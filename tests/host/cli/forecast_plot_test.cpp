// Goal: the page of `forecast --plot` stands alone, holds its data safely, and draws in a browser.
// Method: the data are read back from the page; headless Chromium, where there is one, says what
// its scripts made of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/host/cli/page.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace forecast_plot_test {

using ::testing::HasSubstr;
using ::testing::Not;

class ForecastPlot : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("forecast_plot_") +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static double day_of(int t) { return 100 + 50 * std::sin(t * 0.2618) + t * 7919 % 13; }

  // Two weeks of hours, by default with a day in them, under each of these names; then the page.
  std::string page(const std::vector<std::string>& names, double (*value)(int) = day_of) {
    std::ofstream csv(folder_ / "load.csv");
    csv << "series,timestamp,value\n";
    for (const auto& name : names)
      for (int t = 0; t < 336; ++t)
        csv << name << ',' << 1'709'510'400 + 3600 * t << ','
            << (t == 77 ? "" : std::to_string(value(t))) << '\n';
    csv.close();
    const auto ran =
        run_words({"forecast", "--input", (folder_ / "load.csv").string(), "--horizon", "24",
                   "--models", "seasonal_naive,regression", "--plot", html().string()});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    EXPECT_EQ(ran.out, "");
    return text_of(html());
  }
  std::filesystem::path html() const { return folder_ / "page.html"; }

  // What a browser makes of the page, without the data and the scripts; "" = there is none here.
  std::string drawn() const {
    if (output_of("command -v chromium").empty()) return "";
    const auto dom = output_of(
        "timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--user-data-dir=" +
        (folder_ / "profile").string() + " --virtual-time-budget=2000 --dump-dom file://" +
        html().string() + " 2>/dev/null");
    return dom.substr(0, dom.find("<script id=")) + dom.substr(dom.rfind("</script>"));
  }

  static nlohmann::json data_of(const std::string& page) {
    const std::string open = "<script id=\"data\" type=\"application/json\">";
    const auto from = page.find(open) + open.size();
    return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
  }
  std::filesystem::path folder_;
};

constexpr const char* kNasty = "\"</script><b>&'\"\"x\"";

TEST_F(ForecastPlot, HoldsHistoryForecastAndAccuracy) {
  const auto text = page({"web", kNasty});
  for (const auto* other : {" src=", " href=", "url(", "@import", "{{DATA}}"})
    EXPECT_EQ(text.find(other), std::string::npos) << other;
  const auto data = data_of(text);
  EXPECT_EQ(data["source"], "load.csv");
  EXPECT_EQ(data["total"], 2);
  ASSERT_EQ(data["series"].size(), 2u);
  EXPECT_EQ(data["series"][1]["series"], "</script><b>&'\"x");
  const auto& web = data["series"][0];
  EXPECT_EQ(web["history"].size(), 336u);
  EXPECT_TRUE(web["history"][77].is_null());
  EXPECT_EQ(web["grid"]["step"], 3'600'000);
  EXPECT_EQ(web["median"].size(), 24u);
  EXPECT_EQ(web["seasons"], nlohmann::json({24, 168}));
  ASSERT_EQ(web["accuracy"].size(), 3u);
  EXPECT_EQ(web["accuracy"][2]["model"], "auto");
  EXPECT_EQ(web["accuracy"][0]["mase"].size(), 24u);
}

TEST_F(ForecastPlot, ASeriesTooShortToBeScoredIsDrawn) {
  std::ofstream(folder_ / "short.csv")
      << "timestamp,value\n1709510400,5\n1709514000,6\n1709517600,5\n";
  const auto ran = run_words({"forecast", "--input", (folder_ / "short.csv").string(), "--horizon",
                              "2", "--plot", html().string()});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_NE(text_of(html()).find("\"accuracy\":[]"), std::string::npos);
}

TEST_F(ForecastPlot, ShowsTheFirstOfThousandsAndSaysSo) {
  std::vector<std::string> names;
  for (int s = 0; s < 520; ++s) names.push_back("s" + std::to_string(s));
  const auto data = data_of(page(names));
  EXPECT_EQ(data["total"], 520);
  EXPECT_EQ(data["series"].size(), 500u);
  EXPECT_EQ(data["series"][499]["series"], "s499");
}

TEST_F(ForecastPlot, DrawsInABrowser) {
  page({"web", kNasty});
  const auto body = drawn();
  if (body.empty()) GTEST_SKIP() << "there is no chromium here";
  EXPECT_THAT(body, HasSubstr("<title>Forecasts of load.csv</title>"));
  EXPECT_THAT(body, HasSubstr("24 steps ahead of 2 series."));
  EXPECT_THAT(body, HasSubstr("<h2 id=\"name\">web</h2>"));
  EXPECT_THAT(body, HasSubstr("&lt;/script&gt;&lt;b&gt;&amp;'\"x</option>"));
  EXPECT_THAT(body, HasSubstr("aria-label=\"web: "));                  // the fan
  EXPECT_THAT(body, HasSubstr("Average one day (24 steps) over 14"));  // the seasons
  EXPECT_THAT(body, HasSubstr("Average one week (168 steps) over 2"));
  EXPECT_THAT(body, HasSubstr("aria-label=\"Scaled error by lead: "));  // the accuracy
  EXPECT_THAT(body, HasSubstr("Accuracy over all 2 series"));
  EXPECT_THAT(body, HasSubstr(" Seasons of one day. Assumed from the step, not seen in the values: "
                              "seasons of one week."));
  for (const auto* slip : {"NaN", "undefined", "Infinity", "[object"})
    EXPECT_THAT(body, Not(HasSubstr(slip)));
}

TEST_F(ForecastPlot, ClaimsNothingOfASeriesWithoutChange) {
  const auto data = data_of(page({"flat"}, [](int) { return 5.0; }));
  EXPECT_EQ(data["series"][0]["constant"], true);
  EXPECT_EQ(data["series"][0]["seasons_from"], nlohmann::json({"step", "step"}));
  const auto flat = drawn();
  page({"teeth"}, [](int t) { return static_cast<double>(t % 24); });
  const auto teeth = drawn();
  if (flat.empty()) GTEST_SKIP() << "there is no chromium here";
  EXPECT_THAT(flat, HasSubstr(" The series is constant at 5.</p>"));
  EXPECT_THAT(flat, HasSubstr("A constant series has none."));
  EXPECT_THAT(flat, HasSubstr("there is nothing to compare."));
  for (const auto* claim : {"easons of", "Average one", "aria-label=\"Scaled error"})
    EXPECT_THAT(flat, Not(HasSubstr(claim)));
  // One that repeats itself exactly has no scaled errors, but other scores.
  EXPECT_THAT(teeth, HasSubstr("the history repeats its last season exactly."));
  EXPECT_THAT(teeth, HasSubstr("sMAPE %"));
  EXPECT_THAT(teeth, Not(HasSubstr("aria-label=\"Scaled error")));
}

}  // namespace forecast_plot_test
}  // namespace nova::cli
