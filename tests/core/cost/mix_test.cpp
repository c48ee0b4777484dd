// Goal: the cheapest usable offer is added, the dearest is given up, nothing is moved for nothing.
#include "core/cost/mix.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace nova {
namespace mix_test {

Offer offer(const std::string& id, double vcpus, double gib, double usd) {
  Offer o;
  o.id = id;
  o.vcpus = vcpus;
  o.memory_gib = gib;
  o.purchase = Purchase::on_demand;
  o.currency = "USD";
  o.price = UsdPerHour::from_dollars(usd);
  return o;
}

TEST(UsableOffers, LeavesOutWhatCannotBeBoughtOrCompared) {
  auto spot = offer("spot", 4, 16, 0.01);
  spot.purchase = Purchase::spot;
  auto unpriced = offer("unpriced", 4, 16, 0);
  unpriced.price.reset();
  auto sold_out = offer("sold out", 4, 16, 0.01);
  sold_out.available = 0;
  const auto small = offer("small", 2, 8, 0.1), large = offer("large", 8, 32, 0.36);
  const auto thin = offer("thin", 4, 2, 0.01), unknown = offer("unknown", 0, 0, 0.01);
  const Offer all[] = {spot, unpriced, sold_out, small, large, thin, unknown};
  OfferFilter filter;
  filter.memory_gib = {4, std::nullopt};
  const auto usable = usable_offers(all, filter, {}, 4, 16);
  ASSERT_EQ(usable.size(), 2u);
  EXPECT_EQ(usable[0].id, "large");  // 0.18 per reference machine against 0.20
  EXPECT_DOUBLE_EQ(usable[0].capacity, 2);
  EXPECT_DOUBLE_EQ(usable[1].capacity, 0.5);
}

TEST(UsableOffers, CountsTheLeastResource) {
  const Offer all[] = {offer("a", 16, 16, 1)};
  EXPECT_DOUBLE_EQ(usable_offers(all, {}, {}, 4, 16)[0].capacity, 1);
  EXPECT_DOUBLE_EQ(usable_offers(all, {}, {}, 4, 0)[0].capacity, 4);
  EXPECT_DOUBLE_EQ(usable_offers(all, {}, {}, 0, 0)[0].capacity, 1);
}

const PricedOffer kCheap{"cheap", UsdPerHour::from_dollars(0.1), 1};
const PricedOffer kDear{"dear", UsdPerHour::from_dollars(0.9), 2};
const Menu kOffers({kCheap, kDear});

std::vector<MixRow> rows(std::uint32_t cheap, std::uint32_t dear) {
  return {{"cheap", cheap}, {"dear", dear}};
}

TEST(PlanMix, AddsCheapestReleasesDearest) {
  EXPECT_EQ(plan_mix(5, {}, kOffers)->rows, (std::vector<MixRow>{{"cheap", 5}}));
  EXPECT_EQ(plan_mix(8, rows(2, 2), kOffers)->rows, rows(4, 2));
  EXPECT_EQ(plan_mix(4, rows(2, 2), kOffers)->rows, rows(2, 1));
  EXPECT_EQ(plan_mix(1, rows(2, 2), kOffers)->rows, rows(1, 0));
  // A big machine may not go if the rest would not suffice.
  EXPECT_EQ(plan_mix(3, rows(2, 1), kOffers)->rows, rows(1, 1));
  EXPECT_EQ(plan_mix(4, rows(2, 1), kOffers)->rows, rows(2, 1));
}

// The large one costs less for what it gives, and is not needed whole.
TEST(PlanMix, AddsWhatTheRestNeedsAndNoMore) {
  const Menu menu(
      {{"small", UsdPerHour::from_dollars(0.08), 1}, {"large", UsdPerHour::from_dollars(0.3), 4}});
  EXPECT_EQ(plan_mix(7, std::vector<MixRow>{{"small", 6}}, menu)->rows,
            (std::vector<MixRow>{{"small", 7}}));
  EXPECT_EQ(plan_mix(4, {}, menu)->rows, (std::vector<MixRow>{{"large", 1}}));
  EXPECT_EQ(plan_mix(5, {}, menu)->rows, (std::vector<MixRow>{{"small", 5}}));
}

TEST(PlanMix, GivesUpFirstWhatIsNoLongerListed) {
  const std::vector<MixRow> held{{"cheap", 3}, {"gone", 2}};
  const auto mix = plan_mix(3, held, kOffers);
  EXPECT_EQ(mix->rows, (std::vector<MixRow>{{"cheap", 3}, {"gone", 0}}));
}

TEST(PriceMix, CountsTheVolumeTierOfTheAccount) {
  PricedOffer mine{"m", UsdPerHour::from_dollars(1), 1}, other{"o", UsdPerHour::from_dollars(2), 1};
  mine.volume = std::make_shared<const VolumeAccount>(VolumeAccount{
      "dc",
      *VolumeDiscount::make(VolumeDiscount::Mode::all_units, {{5, 0.05}, {10, 0.10}, {25, 0.15}})});
  const Menu menu({other, mine});
  const auto usd = [&](std::uint32_t m, std::uint32_t o, std::uint32_t beside) {
    const std::vector<MixRow> rows{{"m", m}, {"o", o}, {"gone", 3}};
    return price_mix(rows, menu, beside).price.dollars();
  };
  EXPECT_DOUBLE_EQ(usd(4, 1, 0), 6);
  EXPECT_DOUBLE_EQ(usd(4, 1, 1), 2 + 4 * 0.95);
  EXPECT_DOUBLE_EQ(usd(24, 0, 0), 21.6);
  EXPECT_DOUBLE_EQ(usd(25, 0, 0), 21.25);
  const auto held = [&](std::uint32_t m, double need, std::uint32_t beside) {
    const std::vector<MixRow> rows{{"m", m}};
    return holds_tier(price_mix(rows, menu, beside), need, menu, beside);
  };
  EXPECT_TRUE(held(25, 24, 0));
  EXPECT_FALSE(held(25, 25, 0));  // it is needed
  EXPECT_FALSE(held(24, 23, 0));
  EXPECT_TRUE(held(24, 23, 1));
  EXPECT_FALSE(held(26, 25, 0));
}

TEST(PlanMix, SaysWhenNothingCanBeBought) {
  const auto mix = plan_mix(2, {}, {});
  ASSERT_FALSE(mix.ok());
  EXPECT_EQ(mix.error().code, ErrorCode::failed_precondition);
  EXPECT_TRUE(plan_mix(0, {}, {}).ok());
}

TEST(PlanMix, AsksAgainOnlyWhereThereIsNoOther) {
  const Menu menu({{"cheap", UsdPerHour::from_dollars(1)}, {"dear", UsdPerHour::from_dollars(2)}});
  const auto first = [&](auto refused) {
    return plan_mix(2, {}, menu, refused)->rows.at(0).offer_id;
  };
  EXPECT_EQ(first([](const PricedOffer&) { return false; }), "cheap");
  EXPECT_EQ(first([](const PricedOffer& o) { return o.id == "cheap"; }), "dear");
  EXPECT_EQ(first([](const PricedOffer&) { return true; }), "cheap");
}

// Laws: the capacity suffices; the price is the sum of its rows; machines are either added or given
// up, never both.
TEST(PlanMix, SufficesAndNeverMoves) {
  std::mt19937_64 random{9};
  for (int round = 0; round < 2000; ++round) {
    std::vector<PricedOffer> offers;
    const auto kinds = 1 + random() % 4;
    for (std::size_t k = 0; k < kinds; ++k)
      offers.push_back({std::string(1, static_cast<char>('a' + k)),
                        {static_cast<std::int64_t>(1 + random() % 1000)},
                        0.25 * static_cast<double>(1 + random() % 12)});
    std::sort(offers.begin(), offers.end(), [](const auto& x, const auto& y) {
      return static_cast<double>(x.price.nanos) / x.capacity <
             static_cast<double>(y.price.nanos) / y.capacity;
    });
    std::vector<MixRow> held;
    for (const auto& o : offers) held.push_back({o.id, static_cast<std::uint32_t>(random() % 6)});
    const auto need = static_cast<std::uint32_t>(random() % 20);
    const auto mix = plan_mix(need, held, offers);
    ASSERT_TRUE(mix.ok());
    EXPECT_GE(mix->capacity + 1e-9, need);
    bool added = false, released = false;
    for (const auto& before : held)
      for (const auto& after : mix->rows)
        if (before.offer_id == after.offer_id) {
          added = added || after.count > before.count;
          released = released || after.count < before.count;
        }
    EXPECT_FALSE(added && released);
    std::int64_t nanos = 0;
    for (const auto& row : mix->rows)
      for (const auto& o : offers)
        if (o.id == row.offer_id) nanos += o.price.nanos * row.count;
    EXPECT_EQ(mix->price.nanos, nanos);
  }
}

}  // namespace mix_test
}  // namespace nova
