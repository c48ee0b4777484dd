// Volume: a provider's discount by the number of machines that run in an account.
//
// In: tiers and counts. Out: what n machines cost an hour, what one more or one fewer changes, and
// the count that is cheapest. Two modes, told apart because they differ by a trap: under
// `all_units` the tier reached prices every machine, so 25 may cost less than 24, one more machine
// may have a negative price, and giving one up may raise the bill. Counts are per billing account
// and charge period, never per group. Order: list price, region, volume, then cover by commitments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"

namespace nova {

struct VolumeTier {
  std::uint32_t from = 1;  // machines
  double discount = 0;     // share taken off, [0, 1)
};

class VolumeDiscount {
 public:
  enum class Mode { all_units, graduated };

  VolumeDiscount() = default;  // no discount
  // Errors: invalid_argument unless tiers ascend from 1 and discounts lie in [0, 1).
  static Result<VolumeDiscount> make(Mode mode, std::vector<VolumeTier> tiers);

  Mode mode() const noexcept { return mode_; }
  const std::vector<VolumeTier>& tiers() const noexcept { return tiers_; }

  // What n machines cost together in millionths of the list price of one.
  std::int64_t weight(std::uint32_t n) const;

  // What machines whose list prices add up to `list` cost while `machines` run in the account
  // (themselves included): list * weight(machines) / machines, rounded once. So the shares of all
  // who use an account add up to its bill.
  UsdPerHour discounted(UsdPerHour list, std::uint32_t machines) const;

  // The least share of its list price that a machine can cost.
  double least_share() const;

  UsdPerHour total(UsdPerHour each, std::uint32_t n) const { return discounted(each * n, n); }

  // What the n-th machine adds to the bill; negative where it opens a tier of `all_units`.
  UsdPerHour marginal(UsdPerHour each, std::uint32_t n) const;

  // The count from n upwards whose bill is smallest (ties to the fewest): n itself, or the start of
  // a tier above it. Taking the spare machines is cheaper than not taking them.
  std::uint32_t cheapest_from(UsdPerHour each, std::uint32_t n) const;

  // Whether going from `before` down to `after` machines raises the bill: such a scale-in is
  // refused or reported.
  bool scale_in_raises_bill(UsdPerHour each, std::uint32_t before, std::uint32_t after) const {
    return after < before && total(each, after) > total(each, before);
  }

 private:
  Mode mode_ = Mode::all_units;
  std::vector<VolumeTier> tiers_;
};

// The machines that are counted together: those of one cost plugin, whose groups share its account.
struct VolumeAccount {
  std::string name;
  VolumeDiscount discount;
};
using VolumeAccountPtr = std::shared_ptr<const VolumeAccount>;  // null = no tiers

}  // namespace nova
