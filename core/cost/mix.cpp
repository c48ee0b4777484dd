#include "core/cost/mix.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/base/number.hpp"

namespace nova {
namespace {

double capacity_of(const Menu& menu, const std::string& id) {
  const auto* offer = menu.find(id);
  return offer ? offer->capacity : 1.0;
}

// Takes machines away, dearest per unit of capacity first, while the rest still suffices.
void release(std::map<std::string, std::uint32_t>& counts, double& capacity, double need,
             const Menu& menu) {
  std::vector<std::string> order;
  for (const auto& [id, count] : counts)
    if (!menu.find(id)) order.push_back(id);
  const auto offers = menu.offers();
  for (auto offer = offers.rbegin(); offer != offers.rend(); ++offer) order.push_back(offer->id);
  for (const auto& id : order) {
    const auto held = counts.find(id);
    if (held == counts.end()) continue;
    const double each = capacity_of(menu, id);
    const auto spare = std::floor((capacity - need) / each + kRounding);
    const auto gone = std::min<double>(held->second, std::max(0.0, spare));
    held->second -= static_cast<std::uint32_t>(gone);
    capacity -= gone * each;
  }
}

}  // namespace

std::uint32_t tiered_machines(std::span<const MixRow> rows, const Menu& menu) {
  std::uint32_t machines = 0;
  for (const auto& row : rows)
    if (const auto* offer = menu.find(row.offer_id); offer && menu.tiered(*offer))
      machines += row.count;
  return machines;
}

bool holds_tier(const Mix& mix, double need, const Menu& menu, std::uint32_t others) {
  if (!menu.volume()) return false;
  auto rows = mix.rows;
  const auto price = price_mix(rows, menu, others).price;
  for (auto& row : rows) {
    const auto* offer = menu.find(row.offer_id);
    if (row.count == 0 || !offer || !menu.tiered(*offer)) continue;
    if (mix.capacity - offer->capacity + kRounding < need) continue;
    --row.count;
    if (price_mix(rows, menu, others).price > price) return true;
    ++row.count;
  }
  return false;
}

Mix price_mix(std::span<const MixRow> rows, const Menu& menu, std::uint32_t others) {
  Mix mix;
  UsdPerHour list;  // before the volume discount
  mix.rows.assign(rows.begin(), rows.end());
  std::sort(mix.rows.begin(), mix.rows.end(),
            [](const MixRow& a, const MixRow& b) { return a.offer_id < b.offer_id; });
  for (const auto& row : mix.rows) {
    mix.capacity += row.count * capacity_of(menu, row.offer_id);
    if (const auto* offer = menu.find(row.offer_id)) {
      auto& sum = menu.tiered(*offer) ? list : mix.price;
      sum = sum + offer->price * row.count;
    }
  }
  if (menu.volume())
    mix.price =
        mix.price + menu.volume()->discount.discounted(list, tiered_machines(rows, menu) + others);
  return mix;
}

Result<Mix> plan_mix(std::uint32_t machines, std::span<const MixRow> held, const Menu& menu,
                     const std::function<bool(const PricedOffer&)>& refused) {
  std::map<std::string, std::uint32_t> counts;
  for (const auto& row : held) counts[row.offer_id] += row.count;
  double capacity = price_mix(held, menu).capacity;
  if (capacity > machines) release(counts, capacity, machines, menu);
  if (capacity + kRounding < machines) {
    const auto offers = menu.offers();
    const auto needed = [&](const PricedOffer& offer) {
      return static_cast<std::uint32_t>(
          std::ceil((machines - capacity) / offer.capacity - kRounding));
    };
    // Refused ones last, then what all that is needed costs.
    const PricedOffer* best = nullptr;
    std::pair<bool, UsdPerHour> least;
    for (const auto& offer : offers) {
      if (offer.spot() || offer.available.value_or(1) == 0) continue;
      const std::pair cost(refused && refused(offer), offer.price * needed(offer));
      if (!best || cost < least) best = &offer, least = cost;
    }
    if (!best)
      return Error{ErrorCode::failed_precondition,
                   "no usable offer: none matches the filter with a "
                   "known on-demand price in USD"};
    counts[best->id] += needed(*best);
  }
  std::vector<MixRow> rows;
  for (const auto& [id, count] : counts) rows.push_back({id, count});
  return price_mix(rows, menu);
}

}  // namespace nova
