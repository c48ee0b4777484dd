// A price book: the offers of one cloud, out of its catalogue, as far as the config lets them in.
//
// Input: the catalogue's bytes and a Selection. Output: items (an item is one offer, named by row,
// option and zone: 8 bytes) and, for an item, its offer and price. Nothing is made before it is
// asked for, so a book of 300 000 offers opens at once and holds only the columns it reads in
// place. Prices are integers of 1e-9 of the region's currency, rounded half up once. Called by the
// plugin (cloud.hpp). Immutable after construction: safe to read from any thread.
//
// Sources: hazards and payment options as in the design page COST.md 3.1 and 4.
#pragma once

#include <cstdint>
#include <novascale/cost.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue.hpp"
#include "filter.hpp"

namespace nova::cloud {

// What the config lets in; an empty list lets in all.
struct Selection {
  std::vector<std::string> regions, types, os, purchase;  // types are shell patterns
  std::vector<std::string> offerings;  // of reserved and savings plans: "standard", ...
  bool estimate_missing = false;       // base region's price times the region's index
};

struct Source {
  std::string name;
  std::int64_t as_of_ns;  // midnight UTC of the day of capture
  std::int32_t quality;   // NOVA_PRICE_*
};

struct Item {
  std::uint32_t row;
  std::uint16_t option;
  char zone;  // 'a' of us-east-1a; 0 = the whole region
};

struct Price {
  std::int64_t nanos_per_hour = NOVA_NONE, upfront_nanos = NOVA_NONE, term_s = NOVA_NONE;
  const Source* source = nullptr;  // null = not known
};

// A way to buy a machine: a purchase option for an operating system, and where its price stands.
struct Option {
  std::int32_t purchase = 0;
  std::string purchase_word, os, offering, payment;
  std::string suffix;                    // of the offer id: "/1y-all-upfront"
  std::span<const std::uint32_t> price;  // per hour, or the sum upfront where ratio > 0
  std::span<const std::uint8_t> info;    // empty = offered where there is a price
  std::uint32_t source = 0;              // where there is no info
  int years = 0;
  std::int64_t ratio = 0;  // 1e-4 of the all-upfront price; 0 = `price` is per hour
};

// A price made from the base region's by the index of another, rounded; nothing beyond int64.
std::optional<std::int64_t> scaled_price(std::int64_t nanos, double index);

class PriceBook {
 public:
  // Throws nova::Error: NOVA_INVALID_ARGUMENT with the JSON pointer of a name that is not there.
  PriceBook(std::span<const std::byte> catalogue, const Selection& selection);

  // Calls visit(Item) for every offer that passes, by region, machine type, option and zone.
  template <class Visit>
  void each(const Filter& filter, Visit&& visit) const;

  std::optional<Item> find(std::string_view offer_id) const;

  Price price(const Item& item) const;
  // Share of machines interrupted in a month; NaN = not known or not spot.
  double interruption_month(const Item& item) const;
  // All columns but those of the charging model.
  nova::Offer offer(const Item& item) const;

  const Option& option(const Item& item) const { return options_[item.option]; }
  std::string_view region(const Item& item) const { return regions_[region_of(item.row)]; }
  const std::string& currency(std::size_t region) const { return currencies_[region]; }
  std::optional<std::size_t> find_region(std::string_view name) const;
  const std::vector<Option>& options() const noexcept { return options_; }
  // Not a place near a region that only has its name and prices.
  bool whole_region(std::size_t region) const { return kinds_[region] == "region"; }
  // Sets the columns that tell what a machine is; false: a type that the catalogue does not have.
  bool describe(std::string_view type, nova::Offer& offer) const;
  std::size_t region_index(const Item& item) const { return region_of(item.row); }
  std::string_view machine_type(const Item& item) const { return types_[row_type_[item.row]]; }
  std::string_view family(const Item& item) const { return families_[row_type_[item.row]]; }
  double family_units(const Item& item) const { return units_[row_type_[item.row]]; }
  // Commitments in this family cover any size of it.
  bool size_flexible(const Item& item) const { return flexible_[row_type_[item.row]] != 0; }

  const std::string& provider() const noexcept { return provider_; }
  const std::vector<std::string_view>& regions() const noexcept { return regions_; }
  const std::vector<std::string_view>& types() const noexcept { return types_; }
  const std::vector<Source>& sources() const noexcept { return sources_; }
  bool region_allowed(std::size_t region) const { return region_allowed_[region]; }
  double region_price_index(std::size_t region) const { return index_[region]; }
  std::optional<std::size_t> base_region() const { return base_; }
  // What a price that is made from the base region's is marked with; null = nothing is to be made.
  const Source* estimate_source() const {
    return estimate_ < 0 ? nullptr : &sources_[std::size_t(estimate_)];
  }
  const Json& header() const noexcept { return catalogue_.header(); }

 private:
  void read_options(const Selection& selection);
  void check_rows() const;
  std::size_t region_of(std::uint32_t row) const;
  std::optional<std::uint32_t> find_row(std::size_t region, std::string_view type) const;
  bool offered(std::uint32_t row, const Option& option) const;
  std::vector<bool> types_wanted(const Filter& filter) const;
  void describe_type(std::size_t type, nova::Offer& offer) const;
  std::string zone_name(const Item& item) const;
  std::string attributes(const Item& item) const;
  std::optional<std::int64_t> estimate(const Item& item) const;

  Catalogue catalogue_;
  std::string provider_;
  std::vector<Source> sources_;
  std::vector<double> bands_;
  std::vector<std::string_view> regions_, kinds_, parents_, types_, families_, archs_, details_;
  std::vector<std::string> currencies_;
  std::span<const double> index_, vcpus_, memory_mib_, gpus_, units_;
  std::span<const std::uint8_t> flexible_, zones_;
  std::span<const std::uint16_t> row_type_;
  std::span<const std::uint32_t> first_, month_;  // month_: GCE, 1e-4 of the currency
  std::vector<Option> options_;
  std::vector<bool> region_allowed_, type_allowed_;
  std::optional<std::size_t> base_;
  int estimate_ = -1;
};

template <class Visit>
void PriceBook::each(const Filter& filter, Visit&& visit) const {
  const auto wanted = types_wanted(filter);
  std::vector<std::uint16_t> options;
  for (std::size_t o = 0; o < options_.size(); ++o)
    if (filter.wants_os(options_[o].os) && filter.wants_purchase(options_[o].purchase_word))
      options.push_back(static_cast<std::uint16_t>(o));
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    if (!region_allowed_[r] || !filter.wants_region(regions_[r]) ||
        !filter.wants_zone_of(regions_[r]))
      continue;
    const char zone = filter.zone.size() == regions_[r].size() + 1 ? filter.zone.back() : '\0';
    for (std::uint32_t row = first_[r]; row < first_[r + 1]; ++row) {
      if (!wanted[row_type_[row]]) continue;
      const unsigned zones = zones_.empty() ? 0u : zones_[row];
      if (zone != 0 && zones != 0 && !(zone >= 'a' && zone <= 'h' && zones >> (zone - 'a') & 1))
        continue;
      for (const auto o : options) {
        if (!offered(row, options_[o])) continue;
        if (options_[o].purchase != NOVA_SPOT || zones == 0) {
          visit(Item{row, o, '\0'});
          continue;
        }
        for (char z = 'a'; z <= 'h'; ++z)
          if (zones >> (z - 'a') & 1 && (zone == 0 || zone == z)) visit(Item{row, o, z});
      }
    }
  }
}

}  // namespace nova::cloud
