#include "core/cost/menu.hpp"

#include <algorithm>
#include <tuple>

namespace nova {
namespace {

double unit_price(const PricedOffer& offer) {
  return static_cast<double>(offer.price.nanos) / offer.capacity;
}

double capacity_of(const Offer& offer, const BuyRules& rules, double vcpus, double memory_gib) {
  for (const auto* name : {&offer.id, &offer.machine_type})
    if (const auto stated = rules.per_offer.find(*name); stated != rules.per_offer.end())
      return stated->second;
  if (vcpus <= 0 && memory_gib <= 0) return 1.0;
  if (vcpus <= 0) return offer.memory_gib / memory_gib;
  if (memory_gib <= 0) return offer.vcpus / vcpus;
  return std::min(offer.vcpus / vcpus, offer.memory_gib / memory_gib);
}

}  // namespace

Menu::Menu(std::vector<PricedOffer> offers) : offers_(std::move(offers)) {
  by_id_.reserve(offers_.size());
  for (std::size_t i = 0; i < offers_.size(); ++i) {
    const auto& offer = offers_[i];
    by_id_.try_emplace(offer.id, i);
    if (!volume_) volume_ = offer.volume;
    if (offer.spot()) continue;
    const auto [at, fresh] = on_demand_.try_emplace(kind(offer), offer.price);
    if (!fresh) at->second = std::min(at->second, offer.price);
  }
}

const PricedOffer* Menu::find(const std::string& id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &offers_[at->second];
}

std::string Menu::kind(const PricedOffer& offer) {
  return offer.region + '/' + offer.machine_type + '/' + offer.os;
}

std::optional<UsdPerHour> Menu::on_demand(const PricedOffer& offer) const {
  const auto at = on_demand_.find(kind(offer));
  if (at == on_demand_.end()) return std::nullopt;
  return at->second;
}

bool Menu::stale(TimePoint now, std::optional<Duration> most) const {
  return most && std::none_of(offers_.begin(), offers_.end(), [&](const PricedOffer& offer) {
           return offer.as_of && now - *offer.as_of <= *most;
         });
}

std::vector<PricedOffer> usable_offers(std::span<const Offer> offers, const OfferFilter& filter,
                                       const BuyRules& rules, double reference_vcpus,
                                       double reference_memory_gib) {
  std::vector<PricedOffer> usable;
  for (const auto& offer : offers) {
    const bool spot = offer.purchase == Purchase::spot;
    if (offer.purchase != Purchase::on_demand && !(spot && rules.spot)) continue;
    if (!offer.price || !matches(filter, offer)) continue;
    if (offer.available && *offer.available <= 0) continue;
    const double capacity = capacity_of(offer, rules, reference_vcpus, reference_memory_gib);
    if (!(capacity > 0) || offer.price->nanos > 10'000'000'000'000) continue;
    PricedOffer p{offer.id, *offer.price, capacity};
    p.purchase = offer.purchase;
    p.machine_type = offer.machine_type;
    p.family = offer.family.empty() ? offer.machine_type.substr(0, offer.machine_type.find('.'))
                                    : offer.family;
    p.region = offer.region;
    p.zone = offer.zone;
    p.os = offer.os;
    if (offer.interruption_month) p.interruption_month = *offer.interruption_month;
    if (offer.available)
      p.available = static_cast<std::uint32_t>(std::min<std::int64_t>(*offer.available, 1'000'000));
    if (rules.max_price_age) p.as_of = offer.as_of;
    p.charge = rule_of(offer);
    if (offer.quality == PriceQuality::overridden) p.override_source = offer.source;
    p.volume = offer.volume;
    usable.push_back(std::move(p));
  }
  std::sort(usable.begin(), usable.end(), [](const PricedOffer& a, const PricedOffer& b) {
    return std::tuple(a.spot(), unit_price(a), -a.capacity, std::string_view(a.id)) <
           std::tuple(b.spot(), unit_price(b), -b.capacity, std::string_view(b.id));
  });
  return usable;
}

}  // namespace nova
