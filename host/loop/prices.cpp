#include "host/loop/prices.hpp"

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

}  // namespace

OfferBook::OfferBook(const World& world, Report report)
    : world_(world), report_(std::move(report)), offers_(world.groups.size()) {}

std::vector<std::size_t> OfferBook::refresh(TimePoint now) {
  if (last_ && now - *last_ < kRefresh) return {};
  const bool first = !last_;
  last_ = now;
  for (const auto& [plugin, client] : world_.costs) {
    auto list = client->list_offers("{}", world_.timeout(plugin));
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
