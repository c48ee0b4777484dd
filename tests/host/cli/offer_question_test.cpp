// Goal: a question keeps what it names and orders by the price that is really paid. Method: tables
// of cases on a handful of offers.
#include "host/cli/offer_question.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace nova::cli {
namespace offer_question_test {

Offer offer(const std::string& type, double vcpus, std::int64_t nanos,
            Purchase purchase = Purchase::on_demand, const std::string& currency = "USD") {
  Offer o;
  o.id = type;
  o.region = "us-east-1";
  o.machine_type = type;
  o.arch = "x86_64";
  o.os = "linux";
  o.vcpus = vcpus;
  o.memory_gib = 4 * vcpus;
  o.purchase = purchase;
  o.currency = currency;
  if (nanos >= 0) o.nanos_per_hour = nanos;
  return o;
}

TEST(OfferQuestion, ReadsRanges) {
  const std::tuple<const char*, bool, std::optional<double>, std::optional<double>> cases[] = {
      {"4:16", true, 4, 16},  {"4:", true, 4, {}},        {":16", true, {}, 16},
      {"4", true, 4, 4},      {"0.5:1.5", true, .5, 1.5}, {":", false, {}, {}},
      {"", false, {}, {}},    {"16:4", false, {}, {}},    {"-1:2", false, {}, {}},
      {"a:2", false, {}, {}}, {"1:2:3", false, {}, {}},   {"nan:", false, {}, {}}};
  for (const auto& [text, good, low, high] : cases) {
    Range range;
    EXPECT_EQ(parse_range(text, range), good) << text;
    if (good) {
      EXPECT_EQ(range.low, low) << text;
      EXPECT_EQ(range.high, high) << text;
    }
  }
}

TEST(OfferQuestion, KeepsWhatItNames) {
  auto pool = offer("m5.large", 2, 1, Purchase::spot);
  pool.zone = "us-east-1a";
  OfferQuestion q;
  EXPECT_TRUE(q.keeps(pool));
  q.regions = {"eu-west-1", "us-east-1"};
  q.types = {"c5.*", "m?.large"};
  q.purchase = {"spot"};
  q.vcpus = {2, 2};
  EXPECT_TRUE(q.keeps(pool));
  EXPECT_FALSE(q.keeps(offer("m5.large", 2, 1)));
  EXPECT_FALSE(q.keeps(offer("m5.xlarge", 2, 1, Purchase::spot)));
  q.zone = "us-east-1b";
  EXPECT_FALSE(q.keeps(pool));
  EXPECT_TRUE(q.keeps(offer("m5.large", 2, 1, Purchase::spot)))
      << "an offer of the region is in each zone";
  q.zone = "us-east-12";
  EXPECT_TRUE(glob_matches("m5.[x]*", "m5.[x]y")) << "brackets are themselves";
  EXPECT_FALSE(glob_matches("m5.[x]*", "m5.xy"));
}

TEST(OfferQuestion, TellsPluginsTheSame) {
  OfferQuestion q;
  EXPECT_EQ(q.filter_json(), "{}");
  q.vcpus = {4, {}};
  q.purchase = {"spot"};
  q.zone = "z";
  EXPECT_EQ(nlohmann::json::parse(q.filter_json()),
            (nlohmann::json{{"vcpus", {4.0, 1e15}}, {"purchase", {"spot"}}, {"zone", "z"}}));
}

TEST(OfferQuestion, OrdersByThePriceThatIsPaid) {
  auto reserved = offer("reserved", 2, 0, Purchase::reserved);
  reserved.upfront_nanos = 494'000'000'000;
  reserved.term = std::chrono::hours(8760);
  EXPECT_EQ(effective_nanos_per_hour(reserved), 56'392'694);
  auto risky = offer("risky", 2, 30'000'000, Purchase::spot), unknown = risky;
  risky.interruption_month = 0.3;
  unknown.id = unknown.machine_type = "unknown";
  const std::vector<Offer> offers = {offer("cny", 2, 1, Purchase::on_demand, "CNY"),
                                     offer("none", 2, -1),
                                     offer("x.12large", 48, 96'000'000),
                                     offer("x.2large", 2, 85'000'000),
                                     reserved,
                                     risky,
                                     unknown};
  const std::pair<OfferOrder, const char*> cases[] = {
      {OfferOrder::price, "risky unknown reserved x.2large x.12large none cny "},
      {OfferOrder::price_per_vcpu, "x.12large risky unknown reserved x.2large none cny "},
      {OfferOrder::type, "cny none reserved risky unknown x.2large x.12large "},
      {OfferOrder::risk, "reserved x.2large x.12large none risky unknown cny "}};
  for (const auto& [order, want] : cases) {
    auto sorted = offers;
    sort_offers(sorted, order);
    std::string ids;
    for (const auto& o : sorted) ids += o.id + " ";
    EXPECT_EQ(ids, want);
  }
}

TEST(OfferQuestion, AnUnknownPartLeavesThePriceUnknown) {
  auto o = offer("m", 1, 5);
  EXPECT_EQ(effective_nanos_per_hour(o), 5);
  o.term = std::chrono::hours(1);
  EXPECT_EQ(effective_nanos_per_hour(o), std::nullopt) << "no upfront sum is told";
  o.upfront_nanos = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(effective_nanos_per_hour(o), std::nullopt) << "beyond what can be told";
}

}  // namespace offer_question_test
}  // namespace nova::cli
