// Goal: money to the nano, as the golden tables of the cost page say.
// Method: those tables, laws over many counts, and a slow twin that prices machine by machine.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "plugins/cost/generic/price_list.hpp"
#include "plugins/cost/generic/schema.hpp"
#include "plugins/cost/generic/tariff.hpp"

namespace generic_tariff_test {

using namespace nova::generic;
using Mode = VolumeDiscount::Mode;
constexpr std::int64_t kUnit = 1'000'000'000;

const std::vector<VolumeDiscount::Tier> kTiers = {{5, 50'000}, {10, 100'000}, {25, 150'000}};

PriceList list(const std::string& json) { return PriceList(nova::Config(json, kSchema)); }
std::string refused(const std::string& json) {
  try {
    list(json);
  } catch (const nova::Error& e) {
    EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT);
    return e.what();
  }
  return "accepted";
}

TEST(GenericCharge, RoundsUpToTheUnitAndTheMinimum) {
  const std::tuple<ChargeUnit, std::int64_t, std::int64_t> cases[] = {
      {{3600, 3600}, 0, 3600},
      {{3600, 3600}, 1, 3600},
      {{3600, 3600}, 3600, 3600},
      {{3600, 3600}, 3601, 7200},
      {{1, 60}, 10, 60},
      {{1, 60}, 60, 60},
      {{1, 60}, 61, 61},
      {{1, 0}, 0, 0},
      {{60, 3600}, 3601, 3660},
      {{3600, 60}, 10, 3600},
      {{3600, 86400}, 90000, 90000},
  };
  for (const auto& [unit, seconds, want] : cases)
    EXPECT_EQ(unit.charged_seconds(seconds), want) << seconds;
  EXPECT_FALSE(ChargeUnit{}.charged_seconds(-1));
  EXPECT_FALSE(ChargeUnit{}.charged_seconds(INT64_MAX));
}

TEST(GenericCharge, CostsWhatTheGoldenCasesSay) {
  const std::int64_t hour = 96'000'000;  // 0.096 an hour
  const auto cost = [&](ChargeUnit unit, std::int64_t seconds) {
    return total_nanos(hour, 1, 0, *unit.charged_seconds(seconds), {});
  };
  EXPECT_EQ(cost({3600, 3600}, 3601), 192'000'000);
  EXPECT_EQ(cost({1, 60}, 3601), 96'026'667);
  EXPECT_EQ(cost({1, 60}, 10), 1'600'000);
  EXPECT_EQ(cost({1, 60}, 60), 1'600'000);
}

TEST(GenericVolume, MatchesTheGoldenTable) {
  const std::uint64_t counts[] = {4, 5, 9, 10, 24, 25, 26, 100};
  const double all_units[] = {4.00, 4.75, 8.55, 9.00, 21.60, 21.25, 22.10, 85.00};
  const double graduated[] = {4.00, 4.95, 8.75, 9.65, 22.25, 23.10, 23.95, 86.85};
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(total_nanos(kUnit, counts[i], 0, 3600, {Mode::all_units, kTiers}),
              std::llround(all_units[i] * 1e9))
        << counts[i];
    EXPECT_EQ(total_nanos(kUnit, counts[i], 0, 3600, {Mode::graduated, kTiers}),
              std::llround(graduated[i] * 1e9))
        << counts[i];
  }
}

TEST(GenericVolume, AllUnitsIsNotMonotoneAndGraduatedIs) {
  const VolumeDiscount all{Mode::all_units, kTiers}, graduated{Mode::graduated, kTiers};
  EXPECT_LT(*all.weight(25), *all.weight(24))
      << "the trap: scaling in from 25 to 24 raises the bill";
  for (std::uint64_t n = 1; n < 200; ++n)
    EXPECT_GT(*graduated.weight(n), *graduated.weight(n - 1)) << n;
}

TEST(GenericVolume, AgreesWithPricingMachineByMachine) {
  const VolumeDiscount all{Mode::all_units, kTiers}, graduated{Mode::graduated, kTiers};
  const auto discount = [](std::uint64_t n) {
    return n >= 25 ? 150'000 : n >= 10 ? 100'000 : n >= 5 ? 50'000 : 0;
  };
  std::int64_t sum = 0;
  for (std::uint64_t n = 1; n <= 300; ++n) {
    sum += kMillion - discount(n);
    EXPECT_EQ(graduated.weight(n), sum) << n;
    EXPECT_EQ(all.weight(n), static_cast<std::int64_t>(n) * (kMillion - discount(n))) << n;
  }
  EXPECT_EQ(all.weight(0), 0);
  EXPECT_EQ(graduated.weight(0), 0);
  EXPECT_FALSE(all.weight(UINT64_MAX));
}

// An account's offers, each quoted beside the others, add up to its bill, whatever the mode.
TEST(GenericVolume, QuotesBesideTheRestAddUpToTheBill) {
  std::mt19937_64 random{20240229};
  for (const Mode mode : {Mode::all_units, Mode::graduated}) {
    const VolumeDiscount discount{mode, kTiers};
    for (int round = 0; round < 500; ++round) {
      const std::uint64_t a = random() % 30, b = random() % 30, c = random() % 30;
      const auto quote = [&](std::uint64_t n) {
        return *total_nanos(kUnit, n, a + b + c - n, 3600, discount);
      };
      EXPECT_NEAR(static_cast<double>(quote(a) + quote(b) + quote(c)),
                  static_cast<double>(*total_nanos(kUnit, a + b + c, 0, 3600, discount)), 2)
          << a << " " << b << " " << c;  // each of the three rounds once
    }
  }
}

TEST(GenericTotal, KeepsEveryNanoInLargeSumsAndSaysWhenItCannot) {
  // 10^6 machines at 3.06 for a year of 8,760 h.
  EXPECT_EQ(total_nanos(3'060'000'000, 1'000'000, 0, 8760 * 3600, {}), std::nullopt)
      << "2.7e10 dollars";
  EXPECT_EQ(total_nanos(3'060'000'000, 100'000, 0, 8760 * 3600, {}), 2'680'560'000'000'000'000);
  EXPECT_EQ(total_nanos(1, 1, 0, 1800, {}), 1) << "half a nano rounds up";
  EXPECT_EQ(total_nanos(1, 1, 0, 1799, {}), 0);
  EXPECT_EQ(total_nanos(kUnit, 0, 7, 3600, {}), 0);
  EXPECT_EQ(total_nanos(INT64_MAX, 1, 0, INT64_MAX, {}), std::nullopt);
  EXPECT_EQ(total_nanos(kUnit, UINT64_MAX, 5, 3600, {}), std::nullopt);
}

TEST(GenericPriceList, MatchesTheGoldenPrices) {
  const auto prices =
      list(R"({"machines": [{"type": "m", "vcpus": 4, "memory_gib": 16, "storage_gb": 100}]})");
  const auto* east = prices.find("generic/us-east//m/linux/on-demand");
  const auto* west = prices.find("generic/us-west//m/linux/on-demand");
  ASSERT_TRUE(east && west);
  EXPECT_EQ(east->nanos_per_hour, 216'000'000);
  EXPECT_EQ(west->nanos_per_hour, 237'600'000);
  EXPECT_EQ(total_nanos(west->nanos_per_hour, 10, 0, 3600, prices.volume()), 2'138'400'000);
  EXPECT_EQ(prices.items().size(), 4u) << "four regions, no spot";
}

TEST(GenericPriceList, HasAnOfferPerTypeRegionZoneAndPurchase) {
  const auto prices = list(R"({
    "provider": "on/prem", "currency": "EUR", "captured_at": "2026-01-31", "os": "bsd",
    "machines": [{"type": "a", "vcpus": 1, "memory_gib": 0.5}, {"type": "b", "vcpus": 2, "memory_gib": 4, "price_per_hour": 0.5}],
    "regions": [{"name": "r1", "zones": ["x", "y"]}, {"name": "r2", "multiplier": 1.5}],
    "spot": {"discount": 0.6, "interruption_month": 0.1}})");
  EXPECT_EQ(prices.items().size(), 12u);
  const std::pair<const char*, std::int64_t> want[] = {
      {"on%2Fprem/r1/x/a/bsd/on-demand", 28'000'000},
      {"on%2Fprem/r1/y/a/bsd/spot", 11'200'000},
      {"on%2Fprem/r2//a/bsd/on-demand", 42'000'000},
      {"on%2Fprem/r2//b/bsd/on-demand", 750'000'000},
      {"on%2Fprem/r2//b/bsd/spot", 300'000'000}};
  for (const auto& [id, nanos] : want) {
    ASSERT_NE(prices.find(id), nullptr) << id;
    EXPECT_EQ(prices.find(id)->nanos_per_hour, nanos) << id;
  }
  EXPECT_EQ(prices.find("on%2Fprem/r1//a/bsd/on-demand"), nullptr) << "r1 has zones";
  EXPECT_EQ(prices.captured_ns(), 1769817600 * kUnit);
  EXPECT_TRUE(prices.discount_of(*prices.find("on%2Fprem/r2//b/bsd/spot")).tiers().empty());
  EXPECT_EQ(prices.storage()[1].storage_nanos_per_gb_hour, 300'000);
}

TEST(GenericPriceList, RefusesABadConfigWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"rates": {"per_vcpu_hour": -1}})", "/rates/per_vcpu_hour: must be >= 0, got -1"},
      {R"({"rates": {"per_cpu_hour": 1}})", "/rates/per_cpu_hour: is not a known key"},
      {R"({"currency": "dollars"})", "/currency: must be an ISO 4217 code, got \"dollars\""},
      {R"({"captured_at": "yesterday"})",
       "/captured_at: must be a day such as 2026-01-31, got \"yesterday\""},
      {R"({"captured_at": "2026-02-30"})",
       "/captured_at: must be a day such as 2026-01-31, got \"2026-02-30\""},
      {R"({"charge": {"unit": "0s"}})", "/charge/unit: must be >= 1s, got 0s"},
      {R"({"charge": {"unit": "-1h"}})", "/charge/unit: must be >= 1s, got -1h"},
      {R"({"charge": {"minimum": "100ms"}})", "/charge/minimum: must be whole seconds, got 100ms"},
      {R"({"volume": {"mode": "both"}})",
       "/volume/mode: must be one of [\"all_units\",\"graduated\"], got \"both\""},
      {R"({"volume": {"tiers": [{"from": 10, "discount": 0.1}, {"from": 5, "discount": 0.2}]}})",
       "/volume/tiers/1/from: must be above the tier before (10), got 5"},
      {R"({"volume": {"tiers": [{"from": 10, "discount": 1.5}]}})",
       "/volume/tiers/0/discount: must be <= 1, got 1.5"},
      {R"({"machines": [{"type": "a", "vcpus": 1}]})", "/machines/0/memory_gib: is required"},
      {R"({"machines": [{"type": "a", "vcpus": 1, "memory_gib": 1}, {"type": "a", "vcpus": 2, "memory_gib": 1}]})",
       "/machines/1/type: offer generic/us-east//a/linux/on-demand is there twice"},
      {R"({"regions": [{"multiplier": 2}]})", "/regions/0/name: is required"},
      {R"({"spot": {}})", "/spot/discount: is required"},
      {R"({"spot": {"discount": 2}})", "/spot/discount: must be <= 1, got 2"},
  };
  for (const auto& [json, want] : cases) EXPECT_EQ(refused(json), want) << json;
}

}  // namespace generic_tariff_test
