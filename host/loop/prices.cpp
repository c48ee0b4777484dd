#include "host/loop/prices.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/replay.hpp"

namespace nova {
namespace {

constexpr Duration kRefresh = std::chrono::minutes(5);

bool same(const std::vector<PricedOffer>& a, const std::vector<PricedOffer>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].id != b[i].id || a[i].price != b[i].price || a[i].capacity != b[i].capacity)
      return false;
  return true;
}

// What the groups that buy here can use at most: all of a cloud would be hundreds of thousands of
// offers. usable_offers takes what is bought on demand.
std::string question_for(const World& world, const std::string& plugin) {
  std::set<std::string> regions, archs, systems;
  for (const auto& group : world.groups) {
    if (std::find(group.cost.begin(), group.cost.end(), plugin) == group.cost.end()) continue;
    regions.insert(group.offer_filter.region);
    archs.insert(group.offer_filter.arch);
    systems.insert(group.offer_filter.os);
  }
  nlohmann::json filter = {{"purchase", {"on-demand"}}};
  if (!regions.empty() && !regions.count("")) filter["regions"] = regions;
  if (archs.size() == 1 && !archs.count("")) filter["arch"] = *archs.begin();
  if (systems.size() == 1 && !systems.count("")) filter["os"] = *systems.begin();
  return filter.dump();
}

}  // namespace

OfferBook::OfferBook(const World& world, Report report)
    : world_(world), report_(std::move(report)), offers_(world.groups.size()) {}

std::vector<std::size_t> OfferBook::refresh(TimePoint now) {
  if (last_ && now - *last_ < kRefresh) return {};
  const bool first = !last_;
  last_ = now;
  for (const auto& [plugin, client] : world_.costs) {
    auto list = client->list_offers(question_for(world_, plugin), world_.timeout(plugin));
    const std::string trouble = list ? "" : list.error().message;
    if (trouble != trouble_[plugin] && !trouble.empty()) report_("", "", trouble);
    trouble_[plugin] = trouble;
    if (list) listed_[plugin] = std::move(list->offers);
  }
  std::vector<std::size_t> changed;
  for (std::size_t g = 0; g < world_.groups.size(); ++g) {
    const auto& spec = world_.groups[g];
    std::vector<Offer> all;
    for (const auto& plugin : spec.cost) {
      const auto& listed = listed_[plugin];
      all.insert(all.end(), listed.begin(), listed.end());
    }
    auto usable = spec.cost.empty() ? default_offers(spec)
                                    : usable_offers(all, spec.offer_filter, spec.machine.vcpus,
                                                    spec.machine.memory_gib);
    if (!first && same(usable, offers_[g])) continue;
    offers_[g] = std::move(usable);
    changed.push_back(g);
  }
  return changed;
}

}  // namespace nova
