// Goal: `cost offers` finds a price without any config, says where it is from and how old, and
// names the wrong word. Method: the verb as from a shell, in this process, on the build's plugins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/cli/cells.hpp"
#include "host/cli/cost.hpp"
#include "host/cli/cost_plugins.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace cost_offers_test {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

Ran offers(std::vector<std::string> words) {
  words.insert(words.begin(), {"cost", "offers"});
  return run_words(std::move(words));
}

TEST(CostOffers, AnswersWithoutAConfig) {
  const auto ran = offers({"--provider", "aws", "--region", "us-east-1", "--type", "m5.large",
                           "--os", "linux", "--format", "json", "--sort", "type"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto told = json::parse(ran.out);
  EXPECT_EQ(told["matching"], 1 + 5 + 6) << "on demand, five pools, six ways to reserve";
  std::map<std::string, json> by_id;
  for (const auto& o : told["offers"]) by_id[o["offer"]] = o;
  const auto& list = by_id.at("aws/us-east-1//m5.large/linux/on-demand");
  EXPECT_EQ(list["effective_nanos_per_hour"], 96'000'000);
  EXPECT_EQ(list["quality"], "list");
  EXPECT_EQ(list["as_of"], "2026-07-05");
  EXPECT_EQ(list["vcpus"], 2);
  EXPECT_EQ(list["memory_gib"], 8);
  EXPECT_EQ(list["interruption_month"], nullptr);
  EXPECT_EQ(by_id.at("aws/us-east-1/us-east-1a/m5.large/linux/spot")["interruption_month"], 0.175);
  const auto& year = by_id.at("aws/us-east-1//m5.large/linux/reserved/1y-all-upfront");
  EXPECT_EQ(year["upfront_nanos"], 494'000'000'000);
  EXPECT_EQ(year["effective_nanos_per_hour"], 56'392'694);
}

TEST(CostOffers, ComparesClouds) {
  const auto ran = offers({"--vcpus", "4", "--memory", "16", "--purchase", "on-demand", "--os",
                           "linux", "--region", "us-east-1,us-central1,eastus,us-east", "--sort",
                           "price", "--format", "csv"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  for (const char* id :
       {"\naws/us-east-1//m5.xlarge/linux/on-demand,4,16,0.192,USD,list,",
        "\ngce/us-central1//n2-standard-4/linux/on-demand,4,16,0.194236,USD,list,",
        "\ngeneric/us-east//g4/linux/on-demand,4,16,0.196,USD,list,", "\nazure/eastus//"})
    EXPECT_THAT(ran.out, HasSubstr(id));
  std::istringstream lines(ran.out);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line,
            "offer,vcpus,memory_gib,price_per_hour,currency,quality,source,as_of,age_days,"
            "interruption_month,list_per_hour,upfront,term_h");
  double last = 0;
  while (std::getline(lines, line)) {
    const auto price = std::stod(line.substr(line.find(",4,16,") + 6));
    EXPECT_GE(price, last);
    last = price;
  }
}

TEST(CostOffers, PrintsATableForPeople) {
  const auto ran = offers({"--provider", "aws", "--region", "us-east-1", "--type", "m5.*", "--arch",
                           "amd64", "--purchase", "spot", "--os", "linux", "--limit", "2"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("OFFER "));
  EXPECT_THAT(ran.out, HasSubstr("17.5 %"));
  EXPECT_THAT(ran.out, HasSubstr("observed"));
  EXPECT_THAT(ran.out, HasSubstr("mean over the region's zones"));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 3);
  EXPECT_THAT(ran.err, HasSubstr("--limit 0 shows all"));
}

TEST(CostOffers, TakesTheConfigsPluginsAndSettings) {
  char pattern[] = "/tmp/novascale-cost-XXXXXX";
  const fs::path folder = mkdtemp(pattern);
  const auto config = (folder / "c.json").string();
  const auto write = [&](const json& plugins) {
    std::ofstream(config) << json{{"plugins", plugins}, {"groups", json::array()}};
  };
  write({{{"name", "ours"},
          {"component", "org.novacron.cost.generic"},
          {"config", {{"regions", {{{"name", "dc"}}}}, {"currency", "EUR"}}}}});
  const auto ran = run_words({"--config", config, "cost", "offers"});
  write({{{"name", "amazon"},
          {"component", "org.novacron.cost.aws"},
          {"config", {{"regions", {"us-eats-1"}}}}}});
  const auto refused = run_words({"--config", config, "cost", "offers"});
  fs::remove_all(folder);
  EXPECT_EQ(refused.code, kNo);
  EXPECT_THAT(refused.err, HasSubstr("/regions/0: there is none such, got \"us-eats-1\""));
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("generic/dc//g2/linux/on-demand"));
  EXPECT_THAT(ran.out, HasSubstr("EUR"));
  EXPECT_THAT(ran.out, HasSubstr("config of ours"));
  EXPECT_EQ(ran.out.find("aws/"), std::string::npos);
}

TEST(CostOffers, ShowsTheOperatorsPrices) {
  const auto folder = fs::temp_directory_path() / ("nova_prices_" + std::to_string(getpid()));
  fs::create_directories(folder);
  const auto config = (folder / "c.json").string();
  std::ofstream(config) << json{
      {"plugins",
       {{{"name", "aws"},
         {"component", "org.novacron.cost.aws"},
         {"config", {{"regions", {"us-east-1", "cn-north-1"}}}}}}},
      {"prices",
       {{{"machine_type", "m5.large"}, {"region", "us-*"}, {"price_per_hour", 0.07}},
        {{"machine_type", "m5.large"}, {"add_per_hour", 0.01}},
        {{"machine_type", "m5.*"}, {"purchase", "on-demand"}, {"add_percent", -25}}}}};
  const auto ran = run_words({"--config", config, "cost", "offers", "--type", "m5.*", "--os",
                              "linux", "--purchase", "on-demand", "--format", "json"});
  const auto table = run_words({"--config", config, "cost", "offers", "--type", "m5.large", "--os",
                                "linux", "--region", "us-east-1", "--purchase", "on-demand"});
  fs::remove_all(folder);
  ASSERT_EQ(ran.code, kFine) << ran.err;
  std::map<std::string, json> by_id;
  const auto told = json::parse(ran.out);
  for (const auto& o : told["offers"]) by_id[o["offer"]] = o;
  const auto& set = by_id.at("aws/us-east-1//m5.large/linux/on-demand");
  EXPECT_EQ(set["nanos_per_hour"], 70'000'000);
  EXPECT_EQ(set["quality"], "override");
  EXPECT_EQ(set["as_of"], nullptr);
  EXPECT_THAT(set["source"].get<std::string>(),
              HasSubstr("override set (before: 0.096 USD/h, AWS Price List"));
  const auto& less = by_id.at("aws/us-east-1//m5.xlarge/linux/on-demand");
  EXPECT_EQ(less["nanos_per_hour"], 144'000'000);
  EXPECT_EQ(less["quality"], "override");
  EXPECT_EQ(less["as_of"], "2026-07-05");
  const auto& yuan = by_id.at("aws/cn-north-1//m5.large/linux/on-demand");
  EXPECT_EQ(yuan["quality"], "list") << "a sum in USD is not added to CNY";
  EXPECT_THAT(ran.err, HasSubstr("/prices/1: does not hold for aws/cn-north-1//m5.large/linux/"
                                 "on-demand, which is in CNY, the override in USD"));
  EXPECT_THAT(table.out, HasSubstr("override"));
}

// A price of five hours ago is not one of today.
TEST(CostOffers, TellsAgesInTheUnitThatMatters) {
  using namespace std::chrono_literals;
  const std::pair<Duration, const char*> cases[] = {{-5s, "0 min"},      {59s, "0 min"},
                                                    {119min, "119 min"}, {5h, "5 h"},
                                                    {47h, "47 h"},       {49h, "2 d"}};
  for (const auto& [age, text] : cases) EXPECT_EQ(age_text(age), text);
}

TEST(CostOffers, NamesTheWrongWord) {
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{"--provider", "awss"}, kUsage, "there is no price plugin \"awss\" (did you mean \"aws\"?)"},
      {{"--purchase", "spto"},
       kUsage,
       "--purchase must be one of on-demand, spot, reserved, savings-plan, got \"spto\" (did you "
       "mean \"spot\"?)"},
      {{"--sort", "prize"}, kUsage, "(did you mean \"price\"?)"},
      {{"--format", "xml"}, kUsage, "--format must be one of table, json, csv"},
      {{"--vcpus", "16:4"}, kUsage, "--vcpus must be a range such as 4:16"},
      {{"--limit", "-3"}, kUsage, "--limit must be >= 0"},
      {{"--region", ",us"}, kUsage, "a list must have no empty name"},
      {{"--provider", "gce", "--region", "us-central-1"},
       kNo,
       "no offer in region \"us-central-1\" (did you mean \"us-central1\"?)"},
      {{"--provider", "gce", "--region", "us-central1,europe-wets1"},
       kNo,
       "\"europe-wets1\" (did you mean \"europe-west1\"?)"},
      {{"--provider", "gce", "--type", "n3-standard-4"},
       kNo,
       "no offer of type \"n3-standard-4\" (did you mean \""},
      {{"--provider", "gce", "--os", "linus"},
       kNo,
       "no offer with \"linus\" (did you mean \"linux\"?)"},
      {{"--provider", "gce", "--arch", "riscv"}, kNo, "no offer of architecture \"riscv\""},
      {{"--provider", "gce", "--zone", "moon-1a"}, kNo, "no offer in zone \"moon-1a\""},
      {{"--provider", "gce", "--type", "f1-micro", "--vcpus", "64"}, kNo, "no offer matches"},
  };
  for (const auto& [words, code, message] : cases) {
    const auto ran = offers(words);
    EXPECT_EQ(ran.code, code) << words.back();
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_EQ(offers({"--help"}).code, kFine);
}

TEST(Cost, IsAVerbWithSubVerbs) {
  EXPECT_EQ(run_words({"cost"}).code, kUsage);
  EXPECT_EQ(run_words({"cost", "--help"}).code, kFine);
  const auto wrong = run_words({"cost", "ofers"});
  EXPECT_EQ(wrong.code, kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("unknown sub-verb \"ofers\" (did you mean \"offers\"?)"));
}

}  // namespace cost_offers_test
}  // namespace nova::cli
