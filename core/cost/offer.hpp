// An offer: a machine type at a place, under a purchase option, at a price.
//
// Made by the host from what a cost plugin lists; compared in this room. Unknown is an answer: a
// price that is not known is absent, never zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/volume.hpp"

namespace nova {

enum class Purchase { unknown = 0, on_demand = 1, spot = 2, reserved = 3, savings_plan = 4 };
// Overridden: by the operator, who knows better than the plugin (override.hpp).
enum class PriceQuality { unknown = 0, list = 1, observed = 2, estimated = 3, overridden = 4 };

const char* to_string(Purchase purchase) noexcept;
const char* to_string(PriceQuality quality) noexcept;

struct Offer {
  std::string id;      // provider/region/zone/machine_type/os/purchase
  std::string plugin;  // name of the cost plugin that listed it
  std::string provider, region, zone, machine_type, arch, os;
  double vcpus = 0;       // 0 = not known
  double memory_gib = 0;  // 0 = not known
  Purchase purchase = Purchase::unknown;
  std::string currency;             // ISO 4217
  std::optional<UsdPerHour> price;  // set only when the currency is USD
  PriceQuality quality = PriceQuality::unknown;
  std::string source;              // where the price comes from
  std::optional<TimePoint> as_of;  // when it was valid
  Duration charge_unit{std::chrono::hours(1)};
  Duration charge_minimum{std::chrono::hours(1)};
  std::optional<std::int64_t> available;  // machines to be had now; none = not known
  std::string family;
  std::optional<std::int64_t> nanos_per_hour, upfront_nanos;  // 1e-9 of `currency`, whichever it is
  Duration term{};                           // of a commitment; zero = bought by use
  std::optional<double> family_units;        // size within the family
  std::optional<double> carbon_g_per_kwh;    // of the grid there
  std::optional<double> interruption_month;  // share of machines interrupted in a month, [0, 1]
  VolumeAccountPtr volume;                   // whose tiers `price` is before
};

// What an hour costs when a commitment is used to its end: hourly price + upfront / term, rounded
// half up, in 1e-9 of the offer's currency. Absent where a part of it is not known.
std::optional<std::int64_t> effective_nanos_per_hour(const Offer& offer);

// Closed range; an absent end is open.
struct Range {
  std::optional<double> low, high;
  bool contains(double x) const { return (!low || x >= *low) && (!high || x <= *high); }
};

// Which offers a group may use. Offers whose size is not known do not match a range on it.
struct OfferFilter {
  Range vcpus, memory_gib;
  std::string arch, os, region, machine_type;  // empty = any
};

bool matches(const OfferFilter& filter, const Offer& offer);

// Patterns with * and ?; all else is itself.
bool glob_matches(const std::string& pattern, const std::string& text);

}  // namespace nova
