// Menu: what a group may buy, each offer with its capacity for that group.
//
// In: offers as cost plugins list them, the group's filter and rules of buying. Out: those that can
// be bought and compared, on-demand ones first, cheapest per unit of capacity first. Made by the
// host when prices change and journalled whole, so a replay needs no plugin; read by the engine.
// Immutable, safe from any thread. Only prices in USD are on it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/time.hpp"
#include "core/cost/buying.hpp"
#include "core/cost/charge.hpp"
#include "core/cost/offer.hpp"

namespace nova {

// An offer as one group sees it.
struct PricedOffer {
  std::string id;  // "" = the one kind of machine a group without offers has
  UsdPerHour price;
  double capacity = 1.0;  // in reference machines, > 0
  Purchase purchase = Purchase::on_demand;
  std::string machine_type{}, family{}, region{}, zone{}, os{};
  double interruption_month = std::numeric_limits<double>::quiet_NaN();  // NaN = not known
  std::optional<std::uint32_t> available{};  // machines to be had now; none = not known
  std::optional<TimePoint> as_of{};          // when the price was true
  ChargeRule charge{Duration{1}, Duration{0}};
  std::string override_source{};  // rule and former price of one the operator set; else empty
  VolumeAccountPtr volume{};      // whose tiers `price` is before

  bool spot() const { return purchase == Purchase::spot; }
};

class Menu {
 public:
  Menu() = default;
  Menu(std::vector<PricedOffer> offers);  // keeps their order

  std::span<const PricedOffer> offers() const { return offers_; }
  bool empty() const { return offers_.empty(); }
  const PricedOffer* find(const std::string& id) const;

  // What the same machine costs on demand, the least of the zones; none = not to be had so.
  std::optional<UsdPerHour> on_demand(const PricedOffer& offer) const;

  // The account whose tiers count, null = none: that of the first offer that has one. A menu with
  // several reckons with list prices at the others.
  const VolumeAccount* volume() const { return volume_.get(); }
  bool tiered(const PricedOffer& offer) const {
    return volume_ && offer.volume && offer.volume->name == volume_->name;
  }

  // Whether every price is older than `most` (of unknown age is too old): no price is believed.
  bool stale(TimePoint now, std::optional<Duration> most) const;

 private:
  static std::string kind(const PricedOffer& offer);

  std::vector<PricedOffer> offers_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::unordered_map<std::string, UsdPerHour> on_demand_;
  VolumeAccountPtr volume_;
};

// Offers that match, can be priced and can be bought; ties go to the larger machine, then to the
// smaller id. `reference` sizes of 0 leave that resource out.
std::vector<PricedOffer> usable_offers(std::span<const Offer> offers, const OfferFilter& filter,
                                       const BuyRules& rules, double reference_vcpus,
                                       double reference_memory_gib);

}  // namespace nova
