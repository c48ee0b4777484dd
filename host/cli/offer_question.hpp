// A question about offers: which ones, in which order. Pure; called by cost_offers.cpp.
//
// Prices compared are effective ones (effective_nanos_per_hour): a reservation with everything paid
// upfront is not free. One currency is never compared with another: USD comes first, then the
// others by name.
#pragma once

#include <string>
#include <vector>

#include "core/cost/offer.hpp"

namespace nova::cli {

enum class OfferOrder { price, price_per_vcpu, price_per_gib, type, risk };

// "price", "price-per-vcpu", ... in the order of OfferOrder.
const std::vector<std::string>& offer_orders();
const std::vector<std::string>&
purchase_words();  // "on-demand", "spot", "reserved", "savings-plan"
std::string purchase_word(Purchase purchase);

struct OfferQuestion {
  std::vector<std::string> regions, types, purchase;  // empty = any; types are shell patterns
  Range vcpus, memory_gib;
  std::string zone, arch, os;  // "" = any
  OfferOrder order = OfferOrder::price;

  // What plugins are asked with (plugin-api/schema/offer_filter.json).
  std::string filter_json() const;
  // An offer of a whole region is in each of its zones.
  bool keeps(const Offer& offer) const;
};

// "4:16", "4:", ":16" or "4" (exactly). False for anything else.
bool parse_range(const std::string& text, Range& range);

// By the question's order; what is not known comes last, equals by price, then by id.
void sort_offers(std::vector<Offer>& offers, OfferOrder order);

}  // namespace nova::cli
