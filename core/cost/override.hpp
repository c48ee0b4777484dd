// Price overrides: what the operator knows better than the price list.
//
// In: rules from the config (`prices`) and the offers a cost plugin listed. Out: the same offers at
// the operator's prices, marked: quality `override`, and a source that tells rule and former price.
// For each offer the first rule that matches holds, the rest are not looked at. Called by
// host/loader where offers enter, so that all that follows, journal and budgets included, knows one
// price. Why: discounts that lists do not know make dearer machines look cheap
// (aws/karpenter-provider-aws#3860, #3672). Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/cost/offer.hpp"

namespace nova {

struct PriceOverride {
  // Patterns with * and ?; empty = any. `purchase` is the word of an offer id: "on-demand".
  std::string provider, region, machine_type, os, purchase;
  // One of the three. Amounts are nanos of `currency`; they touch no offer in another one.
  enum class Kind { set, add, percent } kind = Kind::percent;
  std::int64_t nanos_per_hour = 0;
  double percent = 0;  // -10 takes a tenth off
  std::string currency = "USD";

  bool operator==(const PriceOverride&) const = default;
};

// Whether the rule is about this offer, its currency aside.
bool matches(const PriceOverride& rule, const Offer& offer);

// Applies the rules and says, once a rule, which of them could not be applied to an offer they
// match: it is in another currency, its price is not known, or would be below zero or beyond any.
// Such an offer stays as it is. A set price never ages; of a commitment it is the price of an hour
// used, with nothing upfront. A percentage changes what is upfront, too.
std::vector<std::string> apply_overrides(std::span<const PriceOverride> rules,
                                         std::span<Offer> offers);

}  // namespace nova
