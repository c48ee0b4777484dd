#include "core/cost/volume.hpp"

#include <algorithm>

#include "core/cost/exact.hpp"

namespace nova {

Result<VolumeDiscount> VolumeDiscount::make(Mode mode, std::vector<VolumeTier> tiers) {
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < tiers.size(); ++i) {
    const auto at = "/tiers/" + std::to_string(i);
    if (tiers[i].from <= last)
      return Error{ErrorCode::invalid_argument, at + "/from: must be above " +
                                                    std::to_string(last) + ", got " +
                                                    std::to_string(tiers[i].from)};
    if (!(tiers[i].discount >= 0 && tiers[i].discount < 1))
      return Error{ErrorCode::invalid_argument,
                   at + "/discount: must be in [0, 1), got " + std::to_string(tiers[i].discount)};
    last = tiers[i].from;
  }
  VolumeDiscount volume;
  volume.mode_ = mode;
  volume.tiers_ = std::move(tiers);
  return volume;
}

std::int64_t VolumeDiscount::weight(std::uint32_t n) const {
  std::int64_t sum = 0, price = kMillion;
  std::int64_t from = 1;  // first machine of the tier at hand
  for (const auto& tier : tiers_) {
    if (tier.from > n) break;
    sum += (static_cast<std::int64_t>(tier.from) - from) * price;
    from = tier.from;
    price = kMillion - to_millionths(tier.discount);
  }
  if (mode_ == Mode::all_units) return price * n;
  return n == 0 ? 0 : sum + (static_cast<std::int64_t>(n) + 1 - from) * price;
}

UsdPerHour VolumeDiscount::discounted(UsdPerHour list, std::uint32_t machines) const {
  if (machines == 0 || tiers_.empty()) return list;
  return {mul_div(list.nanos, weight(machines), kMillion * machines)};
}

double VolumeDiscount::least_share() const {
  double most = 0;
  for (const auto& tier : tiers_) most = std::max(most, tier.discount);
  return 1 - most;
}

UsdPerHour VolumeDiscount::marginal(UsdPerHour each, std::uint32_t n) const {
  return n == 0 ? UsdPerHour{} : UsdPerHour{total(each, n).nanos - total(each, n - 1).nanos};
}

std::uint32_t VolumeDiscount::cheapest_from(UsdPerHour each, std::uint32_t n) const {
  auto best = n;
  for (const auto& tier : tiers_)
    if (tier.from > n && total(each, tier.from) < total(each, best)) best = tier.from;
  return best;
}

}  // namespace nova
