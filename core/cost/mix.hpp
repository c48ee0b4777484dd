// A mix: how many machines of each offer together give the capacity that is asked for.
//
// In: machines needed (reference machines), the offers a group may use, what it holds now. Out: the
// counts to ask for and what they cost an hour. Rules of this room: what runs is kept, so nothing
// is moved for pennies; what is added is the cheapest per unit of capacity; what is removed is the
// dearest per unit of capacity. Only on-demand offers with a known price in USD take part.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"
#include "core/cost/offer.hpp"

namespace nova {

// An offer as one group sees it.
struct PricedOffer {
  std::string id;  // "" = the one kind of machine a group without offers has
  UsdPerHour price;
  double capacity = 1.0;  // in reference machines, > 0
};

struct MixRow {
  std::string offer_id;
  std::uint32_t count = 0;

  bool operator==(const MixRow&) const = default;
};

struct Mix {
  std::vector<MixRow> rows;  // by offer id; a row with count 0 means "give up what you hold"
  double capacity = 0;       // in reference machines
  UsdPerHour price;

  bool operator==(const Mix& other) const { return rows == other.rows; }
};

// Offers that match, can be priced and can be bought, cheapest per unit of capacity first; ties go
// to the larger machine, then to the smaller id. `reference` sizes of 0 leave that resource out.
std::vector<PricedOffer> usable_offers(std::span<const Offer> offers, const OfferFilter& filter,
                                       double reference_vcpus, double reference_memory_gib);

// The mix for `machines` reference machines, from what is held now. Offers held but no longer
// listed keep their machines until they are released; they count with capacity 1 and price 0 and go
// first. Errors: failed_precondition if machines must be added and no offer is usable.
Result<Mix> plan_mix(std::uint32_t machines, std::span<const MixRow> held,
                     std::span<const PricedOffer> offers);

// What `rows` give and cost, by the same rules.
Mix price_mix(std::span<const MixRow> rows, std::span<const PricedOffer> offers);

}  // namespace nova
