// OfferBook: what each group may buy now, best first, from what the cost plugins list.
//
// Refreshed every few minutes; a provider that does not answer keeps its last list. Groups without
// cost plugins have one kind of machine at their own price.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/cost/mix.hpp"
#include "host/loop/senses.hpp"
#include "host/loop/world.hpp"

namespace nova {

class OfferBook {
 public:
  OfferBook(const World& world, Report report);

  // Asks the cost plugins if it is time; returns the groups whose offers are others now (all of
  // them at the first call).
  std::vector<std::size_t> refresh(TimePoint now);
  const std::vector<PricedOffer>& of(std::size_t group) const { return offers_[group]; }

 private:
  const World& world_;
  Report report_;
  std::optional<TimePoint> last_;
  std::map<std::string, std::vector<Offer>> listed_;  // by cost plugin
  std::map<std::string, std::string> trouble_;        // told already
  std::vector<std::vector<PricedOffer>> offers_;
};

}  // namespace nova
