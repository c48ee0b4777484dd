// All offers of a tariff: every machine type in every region and zone, on demand and, if
// configured, as spot.
//
// Input: the component's config. Output: offers by id with their hourly prices. Called by
// plugin.cpp.
#pragma once

#include <novascale/config.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tariff.hpp"

namespace nova::generic {

struct Item {
  std::string id, region, zone, machine_type, family, attributes_json;
  double vcpus, memory_gib;
  bool spot;
  std::int64_t nanos_per_hour;
};
struct RegionRate {
  std::string region;
  std::int64_t storage_nanos_per_gb_hour;
};
struct SpotTerms {
  bool offered = false;
  std::int64_t price = kMillion;  // millionths of the on-demand price
  double interruption_month = 0;  // share of machines interrupted in a month
};

class PriceList {
 public:
  // Throws nova::Error with the JSON pointer of what is wrong.
  explicit PriceList(const Config& config);

  const std::vector<Item>& items() const noexcept { return items_; }
  const std::vector<RegionRate>& storage() const noexcept { return storage_; }
  const Item* find(std::string_view offer_id) const;

  const std::string& provider() const noexcept { return provider_; }
  const std::string& currency() const noexcept { return currency_; }
  const std::string& arch() const noexcept { return arch_; }
  const std::string& os() const noexcept { return os_; }
  // Midnight UTC of the day the rates are from; nothing = the config is in force now.
  std::optional<std::int64_t> captured_ns() const noexcept { return captured_ns_; }
  const ChargeUnit& charge() const noexcept { return charge_; }
  const VolumeDiscount& volume() const noexcept { return volume_; }
  const SpotTerms& spot() const noexcept { return spot_; }

  // Volume discounts are for machines on demand; a spot price is what it is.
  const VolumeDiscount& discount_of(const Item& item) const { return item.spot ? none_ : volume_; }

 private:
  void add(const Config& machine, const Config& region, const SizeRates& rates);

  std::string provider_, currency_, arch_, os_;
  std::optional<std::int64_t> captured_ns_;
  ChargeUnit charge_;
  VolumeDiscount volume_, none_;
  SpotTerms spot_;
  std::vector<Item> items_;
  std::vector<RegionRate> storage_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace nova::generic
