// Goal: a menu holds what a group may buy and compare, with its capacity, price and age.
#include "core/cost/menu.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace menu_test {

using namespace std::chrono_literals;
const TimePoint kNow = from_unix_ns(1'700'000'000'000'000'000);

Offer offer(const std::string& zone, const std::string& type, Purchase purchase, double usd) {
  Offer o;
  o.id = "aws/r/" + zone + "/" + type + "/linux/" + to_string(purchase);
  o.region = "r";
  o.zone = zone;
  o.machine_type = type;
  o.os = "linux";
  o.vcpus = 4;
  o.memory_gib = 16;
  o.purchase = purchase;
  o.price = UsdPerHour::from_dollars(usd);
  o.as_of = kNow - 2h;
  return o;
}

TEST(Menu, HasSpotOnlyWhereItIsAllowed) {
  const Offer all[] = {offer("a", "m5.large", Purchase::spot, 0.03),
                       offer("", "m5.large", Purchase::on_demand, 0.1),
                       offer("", "m5.large", Purchase::reserved, 0.05)};
  BuyRules rules;
  EXPECT_EQ(usable_offers(all, {}, rules, 4, 16).size(), 1u);
  rules.spot = true;
  const auto usable = usable_offers(all, {}, rules, 4, 16);
  ASSERT_EQ(usable.size(), 2u);
  EXPECT_FALSE(usable[0].spot());  // on demand first, whatever it costs
  EXPECT_TRUE(usable[1].spot());
  EXPECT_EQ(usable[1].family, "m5");
}

TEST(Menu, CapacityIsTheRulesWordBeforeTheRatio) {
  const Offer all[] = {offer("a", "m5.large", Purchase::on_demand, 0.1),
                       offer("b", "m5.large", Purchase::on_demand, 0.1)};
  BuyRules rules;
  EXPECT_DOUBLE_EQ(usable_offers(all, {}, rules, 2, 8)[0].capacity, 2);
  rules.per_offer = {{"m5.large", 1.5}, {all[0].id, 1.25}};
  const Menu menu(usable_offers(all, {}, rules, 2, 8));
  EXPECT_DOUBLE_EQ(menu.find(all[0].id)->capacity, 1.25);
  EXPECT_DOUBLE_EQ(menu.find(all[1].id)->capacity, 1.5);
}

TEST(Menu, KnowsTheSameMachineOnDemand) {
  BuyRules rules;
  rules.spot = true;
  const Offer all[] = {offer("a", "m5.large", Purchase::spot, 0.03),
                       offer("a", "m5.large", Purchase::on_demand, 0.12),
                       offer("b", "m5.large", Purchase::on_demand, 0.1),
                       offer("a", "c5.large", Purchase::spot, 0.03)};
  const Menu menu(usable_offers(all, {}, rules, 4, 16));
  EXPECT_EQ(menu.on_demand(*menu.find(all[0].id)), UsdPerHour::from_dollars(0.1));
  EXPECT_EQ(menu.on_demand(*menu.find(all[3].id)), std::nullopt);
  EXPECT_EQ(menu.find("nothing"), nullptr);
}

TEST(Menu, IsStaleWhenEveryPriceIsTooOldOrOfNoKnownAge) {
  BuyRules rules;
  Offer all[] = {offer("a", "m5.large", Purchase::on_demand, 0.1),
                 offer("b", "m5.large", Purchase::on_demand, 0.1)};
  const auto stale = [&](std::optional<Duration> most) {
    rules.max_price_age = most;
    return Menu(usable_offers(all, {}, rules, 4, 16)).stale(kNow, most);
  };
  EXPECT_FALSE(stale(std::nullopt));
  EXPECT_FALSE(stale(2h));
  EXPECT_TRUE(stale(1h));
  all[1].as_of = kNow;
  EXPECT_FALSE(stale(1h));
  all[0].as_of.reset(), all[1].as_of.reset();
  EXPECT_TRUE(stale(10000h));
}

}  // namespace menu_test
}  // namespace nova
