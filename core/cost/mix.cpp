#include "core/cost/mix.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/number.hpp"

namespace nova {
namespace {

const PricedOffer* find(std::span<const PricedOffer> offers, const std::string& id) {
  const auto at = std::find_if(offers.begin(), offers.end(),
                               [&](const PricedOffer& offer) { return offer.id == id; });
  return at == offers.end() ? nullptr : &*at;
}

double capacity_of(std::span<const PricedOffer> offers, const std::string& id) {
  const auto* offer = find(offers, id);
  return offer ? offer->capacity : 1.0;
}

double unit_price(const PricedOffer& offer) {
  return static_cast<double>(offer.price.nanos) / offer.capacity;
}

// Takes machines away, dearest per unit of capacity first, while the rest still suffices.
void release(std::map<std::string, std::uint32_t>& counts, double& capacity, double need,
             std::span<const PricedOffer> offers) {
  std::vector<std::string> order;
  for (const auto& [id, count] : counts)
    if (!find(offers, id)) order.push_back(id);
  for (auto offer = offers.rbegin(); offer != offers.rend(); ++offer) order.push_back(offer->id);
  for (const auto& id : order) {
    const auto held = counts.find(id);
    if (held == counts.end()) continue;
    const double each = capacity_of(offers, id);
    const auto spare = std::floor((capacity - need) / each + kRounding);
    const auto gone = std::min<double>(held->second, std::max(0.0, spare));
    held->second -= static_cast<std::uint32_t>(gone);
    capacity -= gone * each;
  }
}

}  // namespace

std::vector<PricedOffer> usable_offers(std::span<const Offer> offers, const OfferFilter& filter,
                                       double reference_vcpus, double reference_memory_gib) {
  std::vector<PricedOffer> usable;
  for (const auto& offer : offers) {
    if (!matches(filter, offer) || offer.purchase != Purchase::on_demand || !offer.price) continue;
    if (offer.available && *offer.available <= 0) continue;
    double capacity = 0;
    if (reference_vcpus > 0) capacity = offer.vcpus / reference_vcpus;
    if (reference_memory_gib > 0) {
      const double by_memory = offer.memory_gib / reference_memory_gib;
      capacity = reference_vcpus > 0 ? std::min(capacity, by_memory) : by_memory;
    }
    if (reference_vcpus <= 0 && reference_memory_gib <= 0) capacity = 1.0;
    if (capacity > 0) usable.push_back({offer.id, *offer.price, capacity});
  }
  std::sort(usable.begin(), usable.end(), [](const PricedOffer& a, const PricedOffer& b) {
    const double pa = unit_price(a), pb = unit_price(b);
    if (pa != pb) return pa < pb;
    if (a.capacity != b.capacity) return a.capacity > b.capacity;
    return a.id < b.id;
  });
  return usable;
}

Mix price_mix(std::span<const MixRow> rows, std::span<const PricedOffer> offers) {
  Mix mix;
  mix.rows.assign(rows.begin(), rows.end());
  std::sort(mix.rows.begin(), mix.rows.end(),
            [](const MixRow& a, const MixRow& b) { return a.offer_id < b.offer_id; });
  for (const auto& row : mix.rows) {
    mix.capacity += row.count * capacity_of(offers, row.offer_id);
    if (const auto* offer = find(offers, row.offer_id))
      mix.price = mix.price + offer->price * row.count;
  }
  return mix;
}

Result<Mix> plan_mix(std::uint32_t machines, std::span<const MixRow> held,
                     std::span<const PricedOffer> offers) {
  std::map<std::string, std::uint32_t> counts;
  for (const auto& row : held) counts[row.offer_id] += row.count;
  double capacity = price_mix(held, offers).capacity;
  if (capacity > machines) release(counts, capacity, machines, offers);
  if (capacity + kRounding < machines) {
    if (offers.empty())
      return Error{ErrorCode::failed_precondition,
                   "no usable offer: none matches the filter with a "
                   "known on-demand price in USD"};
    const auto& best = offers.front();
    counts[best.id] +=
        static_cast<std::uint32_t>(std::ceil((machines - capacity) / best.capacity - kRounding));
  }
  std::vector<MixRow> rows;
  for (const auto& [id, count] : counts) rows.push_back({id, count});
  return price_mix(rows, offers);
}

}  // namespace nova
