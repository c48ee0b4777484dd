// OfferBook: what each group may buy now, from what the cost plugins list.
//
// Refreshed every few minutes. A provider that does not answer keeps its last list, whose prices
// get older; an offer that is listed no more keeps its last price and cannot be had. Groups without
// cost plugins have one kind of machine at their own price.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/cost/menu.hpp"
#include "host/loop/senses.hpp"
#include "host/loop/world.hpp"

namespace nova {

class OfferBook {
 public:
  OfferBook(const World& world, Report report);

  // Asks the cost plugins if it is time; returns the groups whose offers are others now (all of
  // them at the first call).
  std::vector<std::size_t> refresh(TimePoint now);
  // What is wrong with the cost plugins, by name; "" = nothing.
  const std::map<std::string, std::string>& troubles() const { return trouble_; }
  const Menu& of(std::size_t group) const { return *menus_[group]; }

 private:
  std::shared_ptr<const Menu> menu_for(const GroupSpec& spec, const Menu& before) const;

  const World& world_;
  Report report_;
  std::optional<TimePoint> last_;
  std::map<std::string, std::vector<Offer>> listed_;      // by cost plugin
  std::map<std::string, std::string> trouble_;            // told already
  std::map<std::string, std::set<std::string>> remarks_;  // of the last list, told already
  std::vector<std::shared_ptr<const Menu>> menus_;        // groups that buy alike share one
};

}  // namespace nova
