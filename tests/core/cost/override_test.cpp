// Goal: the operator's prices replace listed ones exactly where they say, are marked as such, and
// never mix currencies. Method: a table of rules on one offer, then order, patterns and refusals.
#include "core/cost/override.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace override_test {

using Kind = PriceOverride::Kind;

Offer listed() {
  Offer o;
  o.id = "aws/us-east-1//m5.large/linux/on-demand";
  o.provider = "aws", o.region = "us-east-1", o.machine_type = "m5.large", o.os = "linux";
  o.purchase = Purchase::on_demand;
  o.currency = "USD";
  o.nanos_per_hour = 96'000'000;
  o.price = UsdPerHour{96'000'000};
  o.quality = PriceQuality::list;
  o.source = "a list";
  o.as_of = from_unix_ns(1);
  return o;
}

PriceOverride rule(Kind kind, double amount) {
  PriceOverride r;
  r.kind = kind;
  r.percent = kind == Kind::percent ? amount : 0;
  r.nanos_per_hour = kind == Kind::percent ? 0 : std::llround(amount * 1e9);
  return r;
}

TEST(PriceOverride, ChangesThePriceAndSaysSo) {
  const std::tuple<PriceOverride, std::int64_t, const char*, bool> cases[] = {
      {rule(Kind::set, 0.05), 50'000'000, "override set (before: 0.096 USD/h, a list)", false},
      {rule(Kind::set, 0), 0, "override set (before: 0.096 USD/h, a list)", false},
      {rule(Kind::add, 0.004), 100'000'000, "override +0.004 USD/h (before: 0.096 USD/h, a list)",
       true},
      {rule(Kind::add, -0.096), 0, "override -0.096 USD/h (before: 0.096 USD/h, a list)", true},
      {rule(Kind::percent, -10), 86'400'000, "override -10 % (before: 0.096 USD/h, a list)", true},
      {rule(Kind::percent, 33.3333333), 128'000'000,
       "override +33.3333333 % (before: 0.096 USD/h, a list)", true},
      {rule(Kind::percent, -100), 0, "override -100 % (before: 0.096 USD/h, a list)", true}};
  for (const auto& [r, nanos, source, ages] : cases) {
    Offer o = listed();
    EXPECT_TRUE(apply_overrides({&r, 1}, {&o, 1}).empty());
    EXPECT_EQ(o.nanos_per_hour, nanos) << source;
    EXPECT_EQ(o.price, UsdPerHour{nanos}) << source;
    EXPECT_EQ(o.quality, PriceQuality::overridden);
    EXPECT_EQ(o.source, source);
    EXPECT_EQ(o.as_of.has_value(), ages) << source;
  }
  EXPECT_STREQ(to_string(PriceQuality::overridden), "override");
}

TEST(PriceOverride, TheFirstThatMatchesHolds) {
  const std::pair<const char*, std::string PriceOverride::*> patterns[] = {
      {"a?s", &PriceOverride::provider},
      {"us-*", &PriceOverride::region},
      {"m5.*", &PriceOverride::machine_type},
      {"lin*", &PriceOverride::os},
      {"on-demand", &PriceOverride::purchase}};
  for (const auto& [pattern, member] : patterns) {
    auto special = rule(Kind::percent, -50);
    special.*member = pattern;
    auto other = special;
    other.*member = "else";
    const PriceOverride rules[] = {other, special, rule(Kind::percent, -10)};
    Offer o = listed();
    apply_overrides(rules, {&o, 1});
    EXPECT_EQ(o.nanos_per_hour, 48'000'000) << pattern;
    apply_overrides({&other, 1}, {&o, 1});
    EXPECT_EQ(o.nanos_per_hour, 48'000'000) << "a rule about others";
  }
  for (const auto& [purchase, word] : {std::pair{Purchase::spot, "spot"},
                                       {Purchase::reserved, "reserved"},
                                       {Purchase::savings_plan, "savings-plan"}}) {
    auto r = rule(Kind::percent, -50);
    r.purchase = word;
    Offer o = listed();
    EXPECT_FALSE(matches(r, o));
    o.purchase = purchase;
    EXPECT_TRUE(matches(r, o));
  }
}

TEST(PriceOverride, CurrenciesDoNotMix) {
  Offer offers[] = {listed(), listed(), listed()};
  for (auto& o : offers) o.currency = "CNY", o.price.reset();
  offers[1].id = "second";
  const PriceOverride rules[] = {rule(Kind::add, 0.1)};
  const auto remarks = apply_overrides(rules, offers);
  ASSERT_EQ(remarks.size(), 1u) << "told once a rule";
  EXPECT_EQ(remarks[0],
            "/prices/0: does not hold for aws/us-east-1//m5.large/linux/on-demand, which is in "
            "CNY, the override in USD");
  EXPECT_EQ(offers[0].nanos_per_hour, 96'000'000);
  EXPECT_EQ(offers[0].quality, PriceQuality::list);
  auto yuan = rule(Kind::set, 0.7);
  yuan.currency = "CNY";
  EXPECT_TRUE(apply_overrides({&yuan, 1}, offers).empty());
  EXPECT_EQ(offers[0].nanos_per_hour, 700'000'000);
  EXPECT_EQ(offers[0].price, std::nullopt) << "still no price in USD";
  const PriceOverride half = rule(Kind::percent, -50);
  EXPECT_TRUE(apply_overrides({&half, 1}, offers).empty()) << "a percentage has no currency";
  EXPECT_EQ(offers[0].nanos_per_hour, 350'000'000);
}

TEST(PriceOverride, UnknownAndImpossiblePrices) {
  Offer unknown = listed();
  unknown.nanos_per_hour.reset(), unknown.price.reset(), unknown.currency = "";
  const auto less = rule(Kind::percent, -10), below = rule(Kind::add, -0.2),
             set = rule(Kind::set, 0.3);
  EXPECT_NE(apply_overrides({&less, 1}, {&unknown, 1}).at(0).find("has no known price to change"),
            std::string::npos);
  EXPECT_EQ(unknown.nanos_per_hour, std::nullopt);
  EXPECT_TRUE(apply_overrides({&set, 1}, {&unknown, 1}).empty());
  EXPECT_EQ(unknown.price, UsdPerHour::from_dollars(0.3)) << "a set price makes it known";
  EXPECT_EQ(unknown.currency, "USD");
  Offer o = listed();
  EXPECT_NE(apply_overrides({&below, 1}, {&o, 1}).at(0).find("less than nothing"),
            std::string::npos);
  EXPECT_EQ(o.nanos_per_hour, 96'000'000);
  o.nanos_per_hour = 9'000'000'000'000'000'000;
  const auto more = rule(Kind::percent, 1000);
  EXPECT_EQ(apply_overrides({&more, 1}, {&o, 1}).size(), 1u);
}

TEST(PriceOverride, OfCommitments) {
  Offer year = listed();
  year.purchase = Purchase::reserved;
  year.term = std::chrono::hours(8760);
  year.nanos_per_hour = 20'000'000, year.upfront_nanos = 200'000'000'000;
  Offer same = year;
  const auto half = rule(Kind::percent, -50), set = rule(Kind::set, 0.04);
  apply_overrides({&half, 1}, {&year, 1});
  EXPECT_EQ(year.nanos_per_hour, 10'000'000);
  EXPECT_EQ(year.upfront_nanos, 100'000'000'000);
  apply_overrides({&set, 1}, {&same, 1});
  EXPECT_EQ(effective_nanos_per_hour(same), 40'000'000);
}

}  // namespace override_test
}  // namespace nova
