// Prices newer than the catalogue's, beside it: what a cloud that can ask its provider knows now.
//
// A plain value, made by the cloud (aws/live_prices) and read by CloudPrices: for an offer that the
// catalogue has, the price here is told instead; offers it lacks are told whole. Each price names
// its own source, day and quality, so that nobody takes one for the other.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "price_book.hpp"

namespace nova::cloud {

struct LivePrice {
  Price price;
  std::int32_t purchase = 0;
  std::string os;
  std::int64_t fresh_ns = 0;  // how long it is taken for the present one
};

struct LiveBook {
  std::vector<std::unique_ptr<const Source>> sources;  // where Price::source points
  std::unordered_map<std::string, LivePrice> prices;   // by offer id
  std::vector<nova::Offer> added;                      // offers the catalogue does not have

  const LivePrice* find(std::string_view offer_id) const {
    const auto at = prices.find(std::string(offer_id));
    return at == prices.end() ? nullptr : &at->second;
  }
};

// What a cloud does that only has its catalogue.
struct NoLive {
  NoLive(const Context&, const PriceBook&) {}
  void refresh(const Call&) {}
  const LiveBook* book() const { return nullptr; }
  Json describe() const { return "built in"; }
};

}  // namespace nova::cloud
