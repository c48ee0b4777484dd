// Goal: offers become columns with the right prices, or are left out for a reason that is told.
#include "core/cost/ask.hpp"

#include <gtest/gtest.h>

#include "core/cost/optimise.hpp"

namespace nova {
namespace ask_test {

const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);

Offer offer(const std::string& type, Purchase purchase, double usd) {
  Offer o;
  o.provider = "aws";
  o.region = "us-east-1";
  o.zone = "us-east-1a";
  o.machine_type = type;
  o.os = "linux";
  o.vcpus = 2;
  o.memory_gib = 8;
  o.purchase = purchase;
  o.currency = "USD";
  o.price = UsdPerHour::from_dollars(usd);
  o.as_of = kNow;
  o.id = "aws/us-east-1/us-east-1a/" + type + "/linux/" + to_string(purchase);
  return o;
}

MixWish wish() {
  MixWish w;
  w.vcpus = 20;
  w.now = kNow;
  return w;
}

TEST(Ask, PricesSpotWithItsInterruptions) {
  auto spot = offer("m5.large", Purchase::spot, 0.04366);
  spot.interruption_month = 0.175;
  const Offer offers[] = {offer("m5.large", Purchase::on_demand, 0.096), spot};
  const auto asked = ask(offers, wish());
  ASSERT_TRUE(asked.ok());
  ASSERT_EQ(asked->question.columns.size(), 2u);
  EXPECT_NEAR(asked->question.columns[1].expected.dollars(), 0.043665, 5e-7);
  EXPECT_EQ(asked->question.columns[1].family, "m5");
  EXPECT_EQ(asked->offer, (std::vector<std::size_t>{0, 1}));
  EXPECT_TRUE(optimise(asked->question).ok());
}

TEST(Ask, SaysWhatItLeavesOut) {
  const auto on_demand = offer("m5.large", Purchase::on_demand, 0.096);
  auto yuan = on_demand, unpriced = on_demand, stale = on_demand, huge = on_demand;
  yuan.price.reset(), yuan.currency = "CNY";
  unpriced.price.reset();
  stale.as_of = kNow - std::chrono::hours(30);
  huge.vcpus = 1e300;
  auto risky = offer("m5.large", Purchase::spot, 0.03), dear = risky,
       lonely = offer("x.1", Purchase::spot, 0.03);
  dear.interruption_month = 0.01;
  dear.price = UsdPerHour::from_dollars(0.09);
  const Offer offers[] = {on_demand, yuan,   unpriced,
                          stale,     huge,   risky,
                          dear,      lonely, offer("m5.large", Purchase::reserved, 0.01)};
  auto w = wish();
  w.max_price_age = std::chrono::hours(24);
  const auto asked = ask(offers, w);
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->question.columns.size(), 1u);
  const std::map<std::string, std::size_t> want{
      {"in CNY", 1},
      {"no price", 1},
      {"not for use", 1},
      {"size out of range", 1},
      {"spot too dear", 1},
      {"spot too risky", 1},
      {"spot without an on-demand price to compare with", 1},
      {"stale price", 1}};
  EXPECT_EQ(asked->left_out, want);
  const auto none = ask({offers + 1, 2}, w);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().message, "no usable offer: in CNY (1), no price (1)");
}

TEST(Ask, CoversWhatRunsFirst) {
  const Offer offers[] = {offer("m5.large", Purchase::on_demand, 0.096)};
  auto w = wish();
  Commitment ri;
  ri.id = "ri";
  ri.family = "m5";
  ri.size_flexible = true;
  ri.units = 64;
  ri.start = kNow;
  ri.end = kNow + std::chrono::hours(1);
  w.cover = {{ri, 50}};  // three m5.large of 16 units
  w.held = {{offers[0].id, 5}};
  const auto asked = ask(offers, w);
  ASSERT_TRUE(asked.ok());
  const auto& columns = asked->question.columns;
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].pay, PayAs::covered);
  EXPECT_EQ(columns[0].held, 3u);
  EXPECT_EQ(columns[1].held, 2u);
  const auto mix = optimise(asked->question);
  ASSERT_TRUE(mix.ok());
  EXPECT_EQ(mix->counts, (std::vector<std::uint32_t>{3, 7}));
}

TEST(Ask, CountsSlots) {
  const Offer offers[] = {offer("m5.large", Purchase::on_demand, 0.096)};
  auto w = wish();
  w.vcpus = 0;
  w.slots = 10;
  w.slot_vcpus = 0.5, w.slot_memory_gib = 3;  // two by memory, four by vCPU
  const auto mix = optimise(ask(offers, w)->question);
  ASSERT_TRUE(mix.ok());
  EXPECT_EQ(mix->machines, 5u);
  EXPECT_EQ(slots_of(0.3, 0, 0.1, 0), 3);
  EXPECT_EQ(slots_of(4, 16, 0, 0), 0);
}

TEST(Ask, RefusesWishesThatAreNone) {
  const Offer offers[] = {offer("m5.large", Purchase::on_demand, 0.096)};
  for (const double x : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    auto w = wish();
    w.vcpus = x;
    EXPECT_EQ(ask(offers, w).error().code, ErrorCode::invalid_argument) << x;
  }
}

}  // namespace ask_test
}  // namespace nova
