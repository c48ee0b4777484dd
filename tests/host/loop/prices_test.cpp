// Goal: groups are offered what they may buy, at the newest known price, and are told when that
// changes and only then.
// Method: a plugin whose list stands in a file that the test rewrites.
#include "host/loop/prices.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/record/decision_json.hpp"
#include "host/loader/catalogue.hpp"

namespace nova {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);

class Prices : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = ::testing::TempDir() + "moody_" +
            std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".json";
    loader::PluginCatalogue catalogue({NOVA_BUILD_DIR "/test-plugins/loop"});
    const auto found = catalogue.open("com.example.moody");
    ASSERT_TRUE(found.ok()) << found.error().message;
    loader::InstanceSpec spec;
    spec.name = "moody";
    spec.config_json = json{{"file", file_}}.dump();
    auto made = loader::Instance::create(loader::HostContext::make({}), found->library,
                                         *found->component, spec);
    ASSERT_TRUE(made.ok()) << made.error().message;
    instance_ = std::move(made).value();
    client_ = std::make_unique<loader::CostClient>(*instance_);
    world_.costs["moody"] = client_.get();
    GroupSpec group;
    group.id = "web";
    group.cost = {"moody"};
    group.machine = {2, 8, {}};
    group.buying.spot = true;
    world_.groups = {group, group};
    world_.groups[1].id = "plain";
    world_.groups[1].buying.spot = false;
  }
  void TearDown() override {
    std::filesystem::remove(file_);
    std::filesystem::remove(file_ + ".asked");
  }
  // A vector: json{x} is a list of x to one compiler and x itself to another.
  void say(const std::vector<json>& offers) { std::ofstream(file_) << json{{"offers", offers}}; }
  void fail() { std::ofstream(file_) << R"({"fail":true})"; }
  json asked() const {
    std::ifstream in(file_ + ".asked");
    return json::parse(in);
  }
  OfferBook book() {
    return OfferBook(world_,
                     [this](const auto&, const auto&, const auto& text) { told_.push_back(text); });
  }

  std::string file_;
  std::shared_ptr<loader::Instance> instance_;
  std::unique_ptr<loader::CostClient> client_;
  World world_;
  std::vector<std::string> told_;
};

const json kOnDemand = {{"type", "m5.large"}, {"usd", 0.1}};
const json kSpot = {{"type", "m5.large"}, {"zone", "a"}, {"spot", true}, {"usd", 0.03}};
const std::string kOnDemandId = "moody/r//m5.large/linux/on-demand";
const std::string kSpotId = "moody/r/a/m5.large/linux/spot";
using Groups = std::vector<std::size_t>;

TEST_F(Prices, EachGroupSeesWhatItMayBuy) {
  say({kSpot, kOnDemand});
  auto offers = book();
  EXPECT_EQ(offers.refresh(kNow), (Groups{0, 1}));
  EXPECT_EQ(asked()["purchase"], json::parse(R"(["on-demand","spot"])"));
  EXPECT_EQ(offers.of(0).offers().size(), 2u);
  EXPECT_EQ(offers.of(1).offers().size(), 1u);
  EXPECT_NE(offers.of(0).find(kSpotId), nullptr);
  EXPECT_EQ(offers.of(1).find(kSpotId), nullptr);
}

TEST_F(Prices, SpotIsAskedForOnlyWhereSomebodyMayUseIt) {
  say({kOnDemand});
  world_.groups[0].buying.spot = false;
  auto offers = book();
  offers.refresh(kNow);
  EXPECT_EQ(asked()["purchase"], json::parse(R"(["on-demand"])"));
}

TEST_F(Prices, AreAskedForEveryFewMinutesAndOnlyChangesAreNews) {
  say({kSpot, kOnDemand});
  auto offers = book();
  offers.refresh(kNow);
  auto dearer = kSpot;
  dearer["usd"] = 0.04;
  say({dearer, kOnDemand});
  EXPECT_TRUE(offers.refresh(kNow + 1min).empty());   // not yet
  EXPECT_EQ(offers.refresh(kNow + 5min), Groups{0});  // the other buys no spot
  EXPECT_EQ(offers.of(0).find(kSpotId)->price, UsdPerHour::from_dollars(0.04));
  EXPECT_TRUE(offers.refresh(kNow + 10min).empty());
}

TEST_F(Prices, ARuleThatDoesNotHoldIsToldOnce) {
  PriceOverride rule;
  rule.kind = PriceOverride::Kind::add;
  rule.nanos_per_hour = -5'000'000'000;
  client_ = std::make_unique<loader::CostClient>(*instance_, std::vector{rule});
  world_.costs["moody"] = client_.get();
  say({kOnDemand});
  auto offers = book();
  offers.refresh(kNow);
  offers.refresh(kNow + 5min);
  EXPECT_EQ(told_, (std::vector<std::string>{"moody: /prices/0: does not hold for " + kOnDemandId +
                                             ", which would cost less than nothing, or too much"}));
  EXPECT_EQ(offers.of(0).find(kOnDemandId)->price, UsdPerHour::from_dollars(0.1));
}

TEST_F(Prices, OfASilentProviderAreKeptAndAge) {
  world_.groups[0].buying.max_price_age = 1h;
  say({kSpot, kOnDemand});
  auto offers = book();
  offers.refresh(kNow);
  fail();
  EXPECT_TRUE(offers.refresh(kNow + 5min).empty());
  EXPECT_TRUE(offers.refresh(kNow + 10min).empty());
  ASSERT_EQ(told_.size(), 1u);  // once
  EXPECT_NE(told_[0].find("in no mood"), std::string::npos);
  EXPECT_EQ(offers.of(0).find(kOnDemandId)->price, UsdPerHour::from_dollars(0.1));
  EXPECT_FALSE(offers.of(0).stale(kNow + 1h, 1h));
  EXPECT_TRUE(offers.of(0).stale(kNow + 61min, 1h));
  // Heard of again, and young again: that is news, for whom age matters.
  say({kSpot, kOnDemand});
  EXPECT_EQ(offers.refresh(kNow + 65min), Groups{0});
  EXPECT_FALSE(offers.of(0).stale(kNow + 66min, 1h));
}

TEST_F(Prices, SayThemselvesWhenTheyWereTrue) {
  world_.groups[0].buying.max_price_age = 1h;
  auto old = kOnDemand;
  old["as_of_s"] = 1'700'000'000 - 7200;
  say({old});
  auto offers = book();
  offers.refresh(kNow);
  EXPECT_TRUE(offers.of(0).stale(kNow, 1h));
  EXPECT_FALSE(offers.of(1).stale(kNow, std::nullopt));
}

// What runs must have a price, but no more of it can be had.
TEST_F(Prices, AnOfferThatIsListedNoMoreKeepsItsPrice) {
  say({kSpot, kOnDemand});
  auto offers = book();
  offers.refresh(kNow);
  say({kOnDemand});
  EXPECT_EQ(offers.refresh(kNow + 5min), Groups{0});
  ASSERT_NE(offers.of(0).find(kSpotId), nullptr);
  EXPECT_EQ(offers.of(0).find(kSpotId)->available, 0u);
  EXPECT_EQ(offers.of(0).find(kSpotId)->price, UsdPerHour::from_dollars(0.03));
  say({kSpot, kOnDemand});
  EXPECT_EQ(offers.refresh(kNow + 10min), Groups{0});
  EXPECT_EQ(offers.of(0).find(kSpotId)->available, std::nullopt);
}

TEST_F(Prices, AreTheSameBehindTheJournal) {
  world_.groups[0].buying.max_price_age = 1h;
  say({kSpot, kOnDemand});
  auto offers = book();
  offers.refresh(kNow);
  const auto list = offers.of(0).offers();
  const std::vector<PricedOffer> all(list.begin(), list.end());
  const auto text = to_json(all).dump();
  EXPECT_EQ(to_json(offers_from(Json::parse(text))).dump(), text);
  EXPECT_NE(text.find("as_of_ns"), std::string::npos);
}

TEST_F(Prices, AGroupWithoutPluginsHasOneKindOfMachine) {
  world_.groups[1].cost.clear();
  say({kOnDemand});
  auto offers = book();
  offers.refresh(kNow);
  ASSERT_EQ(offers.of(1).offers().size(), 1u);
  EXPECT_EQ(offers.of(1).offers()[0].id, "");
  EXPECT_EQ(offers.of(1).offers()[0].price, UsdPerHour::from_dollars(0.1));
}

}  // namespace
}  // namespace nova
