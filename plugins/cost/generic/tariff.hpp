// The arithmetic of a tariff, in whole nanos of the currency's unit: hourly prices, charge units,
// volume discounts.
//
// No sum is made in floating point. A number of the config becomes an integer once (nanos of money,
// millionths of anything else); a price is rounded once, half up, to the nano: an hourly price when
// the offer is made, a total when it is quoted. Called by PriceList. Formulas: design page COST.md
// 1 and 2.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace nova::generic {

inline constexpr std::int64_t kMillion = 1'000'000;

// 1.1 -> 1'100'000; nothing for what is negative, not finite, or beyond 9e12.
std::optional<std::int64_t> to_millionths(double number);

// What an hour of one unit of a machine's size costs.
struct SizeRates {
  std::int64_t vcpu_nanos = 0, gib_nanos = 0, storage_gb_nanos = 0;
};
struct Size {  // in millionths of a vCPU, GiB, GB
  std::int64_t vcpus = 0, memory_gib = 0, storage_gb = 0;
};

// List price times the multiplier (millionths), rounded once; nothing if it passes int64.
std::optional<std::int64_t> hourly_nanos(const SizeRates& rates, const Size& size,
                                         std::int64_t multiplier);
std::optional<std::int64_t> scaled_nanos(std::int64_t nanos, std::int64_t multiplier);

// What a provider charges for: whole units of time, and a minimum.
struct ChargeUnit {
  std::int64_t unit_s = 3600, minimum_s = 3600;  // the safe assumption where nothing is known
  // max(minimum, seconds rounded up to the unit); nothing for a negative time or one beyond int64.
  std::optional<std::int64_t> charged_seconds(std::int64_t seconds) const;
};

// A discount by the number of machines that run at the same time in the account.
class VolumeDiscount {
 public:
  enum class Mode { all_units, graduated };
  struct Tier {
    std::uint64_t from;     // machines
    std::int64_t discount;  // millionths taken off
  };
  VolumeDiscount() = default;
  // tiers ascend by `from`, which is at least 1.
  VolumeDiscount(Mode mode, std::vector<Tier> tiers) : mode_(mode), tiers_(std::move(tiers)) {}

  Mode mode() const noexcept { return mode_; }
  const std::vector<Tier>& tiers() const noexcept { return tiers_; }

  // What n machines cost, in millionths of the price of one; nothing beyond 9e12 machines.
  // all_units: the tier reached prices all of them, so 25 may cost less than 24.
  // graduated: each tier prices the machines within it.
  std::optional<std::int64_t> weight(std::uint64_t n) const;

 private:
  Mode mode_ = Mode::all_units;
  std::vector<Tier> tiers_;
};

// What `machines` at `nanos_per_hour` each cost for so many charged seconds while `beside` more run
// in the account: their share, by head, of the bill for all. Hence the quotes of all offers of an
// account, each beside the rest, add up to its bill in both modes. Nothing if it passes int64.
std::optional<std::int64_t> total_nanos(std::int64_t nanos_per_hour, std::uint64_t machines,
                                        std::uint64_t beside, std::int64_t charged_s,
                                        const VolumeDiscount& discount);

}  // namespace nova::generic
