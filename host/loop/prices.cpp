#include "host/loop/prices.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/replay.hpp"

namespace nova {
namespace {

constexpr Duration kRefresh = std::chrono::minutes(5);

// A price that is true later than before is news only where age matters, and then not at once.
bool same_age(const PricedOffer& a, const PricedOffer& b, std::optional<Duration> max_age) {
  if (!a.as_of || !b.as_of || !max_age) return a.as_of.has_value() == b.as_of.has_value();
  return std::chrono::abs(*a.as_of - *b.as_of) < *max_age / 4;
}

bool same_risk(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same(std::span<const PricedOffer> a, std::span<const PricedOffer> b,
          std::optional<Duration> max_age) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    return x.id == y.id && x.price == y.price && x.capacity == y.capacity &&
           x.available == y.available && x.override_source == y.override_source &&
           same_risk(x.interruption_month, y.interruption_month) && same_age(x, y, max_age);
  });
}

// What cannot be had any more, but may still run.
void keep_missing(std::vector<PricedOffer>& now, const Menu& before) {
  std::set<std::string_view> listed;
  for (const auto& offer : now) listed.insert(offer.id);
  std::vector<PricedOffer> missing;
  for (const auto& offer : before.offers())
    if (!listed.contains(offer.id)) {
      missing.push_back(offer);
      missing.back().available = 0;
    }
  now.insert(now.end(), missing.begin(), missing.end());
}

// Groups with equal keys have equal menus.
std::string key_of(const GroupSpec& group) {
  const auto& f = group.offer_filter;
  const auto end = [](std::optional<double> x) {
    return x ? nlohmann::json(*x) : nlohmann::json();
  };
  const nlohmann::json key{group.cost,
                           {end(f.vcpus.low), end(f.vcpus.high)},
                           {end(f.memory_gib.low), end(f.memory_gib.high)},
                           {f.arch, f.os, f.region, f.machine_type},
                           {group.machine.vcpus, group.machine.memory_gib},
                           group.buying.per_offer,
                           group.buying.spot,
                           group.buying.max_price_age.value_or(Duration{0}).count(),
                           group.cost.empty() ? group.price.nanos : 0};
  return key.dump();
}

// What the groups that buy here can use at most: all of a cloud would be hundreds of thousands of
// offers. Spot is asked for only where somebody may use it.
std::string question_for(const World& world, const std::string& plugin) {
  std::set<std::string> regions, archs, systems;
  std::set<std::string> purchase{"on-demand"};
  for (const auto& group : world.groups) {
    if (std::find(group.cost.begin(), group.cost.end(), plugin) == group.cost.end()) continue;
    regions.insert(group.offer_filter.region);
    archs.insert(group.offer_filter.arch);
    systems.insert(group.offer_filter.os);
    if (group.buying.spot) purchase.insert("spot");
  }
  nlohmann::json filter = {{"purchase", purchase}};
  if (!regions.empty() && !regions.count("")) filter["regions"] = regions;
  if (archs.size() == 1 && !archs.count("")) filter["arch"] = *archs.begin();
  if (systems.size() == 1 && !systems.count("")) filter["os"] = *systems.begin();
  return filter.dump();
}

}  // namespace

OfferBook::OfferBook(const World& world, Report report)
    : world_(world),
      report_(std::move(report)),
      menus_(world.groups.size(), std::make_shared<const Menu>()) {}

std::vector<std::size_t> OfferBook::refresh(TimePoint now) {
  if (last_ && now - *last_ < kRefresh) return {};
  const bool first = !last_;
  last_ = now;
  for (const auto& [plugin, client] : world_.costs) {
    auto list = client->list_offers(question_for(world_, plugin), world_.timeout(plugin));
    const std::string trouble = list ? "" : list.error().message;
    if (trouble != trouble_[plugin] && !trouble.empty()) report_("", "", trouble);
    trouble_[plugin] = trouble;
    if (!list) continue;
    const std::set<std::string> remarks(list->remarks.begin(), list->remarks.end());
    for (const auto& remark : remarks)
      if (!remarks_[plugin].contains(remark)) report_("", "", plugin + ": " + remark);
    remarks_[plugin] = remarks;
    listed_[plugin] = std::move(list->offers);
    for (auto& offer : listed_[plugin])
      if (!offer.as_of) offer.as_of = now;  // who does not say when it was true says it now
  }
  std::vector<std::size_t> changed;
  std::map<std::string, std::shared_ptr<const Menu>> made;
  for (std::size_t g = 0; g < world_.groups.size(); ++g) {
    const auto& spec = world_.groups[g];
    auto& menu = made[key_of(spec)];
    if (!menu) menu = menu_for(spec, *menus_[g]);
    if (!first && menu == menus_[g]) continue;
    if (!first && same(menu->offers(), menus_[g]->offers(), spec.buying.max_price_age)) {
      menu = menus_[g];  // all that buy alike keep what they have
      continue;
    }
    menus_[g] = menu;
    changed.push_back(g);
  }
  return changed;
}

std::shared_ptr<const Menu> OfferBook::menu_for(const GroupSpec& spec, const Menu& before) const {
  if (spec.cost.empty()) return std::make_shared<const Menu>(default_offers(spec));
  std::vector<Offer> all;
  for (const auto& plugin : spec.cost)
    if (const auto listed = listed_.find(plugin); listed != listed_.end())
      all.insert(all.end(), listed->second.begin(), listed->second.end());
  auto usable = usable_offers(all, spec.offer_filter, spec.buying, spec.machine.vcpus,
                              spec.machine.memory_gib);
  keep_missing(usable, before);
  return std::make_shared<const Menu>(std::move(usable));
}

}  // namespace nova
