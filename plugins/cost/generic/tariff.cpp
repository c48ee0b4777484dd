#include "tariff.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <numeric>

namespace nova::generic {

namespace {

using Wide = __int128;  // 38 digits: room for money x time x machines x millionths

constexpr std::uint64_t kMostMachines = 9'000'000'000'000;  // times a million still fits int64

std::optional<std::int64_t> rounded(Wide numerator, Wide denominator) {
  const Wide result = (numerator + denominator / 2) / denominator;  // half up; nothing is negative
  if (result > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(result);
}

// Product over product; factors that cancel are taken out before they can overflow.
std::optional<std::int64_t> ratio(std::initializer_list<std::int64_t> factors, std::int64_t divisor,
                                  std::int64_t divisor2) {
  Wide numerator = 1;
  std::int64_t below[2] = {divisor, divisor2};
  for (std::int64_t factor : factors) {
    for (auto& d : below) {
      const std::int64_t common = std::gcd(factor, d);
      if (common == 0) continue;
      factor /= common;
      d /= common;
    }
    if (__builtin_mul_overflow(numerator, Wide{factor}, &numerator)) return std::nullopt;
  }
  const Wide denominator = Wide{below[0]} * below[1];
  if (numerator > std::numeric_limits<Wide>::max() - denominator) return std::nullopt;
  return rounded(numerator, denominator);
}

}  // namespace

std::optional<std::int64_t> to_millionths(double number) {
  if (!(number >= 0 && number <= static_cast<double>(kMostMachines))) return std::nullopt;
  return std::llround(number * static_cast<double>(kMillion));
}

std::optional<std::int64_t> hourly_nanos(const SizeRates& rates, const Size& size,
                                         std::int64_t multiplier) {
  Wide list = 0;  // nanos x millionths
  const std::pair<std::int64_t, std::int64_t> parts[] = {{rates.vcpu_nanos, size.vcpus},
                                                         {rates.gib_nanos, size.memory_gib},
                                                         {rates.storage_gb_nanos, size.storage_gb}};
  for (const auto& [rate, amount] : parts) list += Wide{rate} * amount;
  if (__builtin_mul_overflow(list, Wide{multiplier}, &list) ||
      list > std::numeric_limits<Wide>::max() / 2)
    return std::nullopt;
  return rounded(list, Wide{kMillion} * kMillion);
}

std::optional<std::int64_t> scaled_nanos(std::int64_t nanos, std::int64_t multiplier) {
  return rounded(Wide{nanos} * multiplier, kMillion);
}

std::optional<std::int64_t> ChargeUnit::charged_seconds(std::int64_t seconds) const {
  if (seconds < 0) return std::nullopt;
  const std::int64_t units = seconds / unit_s + (seconds % unit_s != 0 ? 1 : 0);
  std::int64_t used = 0;
  if (__builtin_mul_overflow(units, unit_s, &used)) return std::nullopt;
  return std::max(minimum_s, used);
}

std::optional<std::int64_t> VolumeDiscount::weight(std::uint64_t n) const {
  if (n > kMostMachines) return std::nullopt;
  std::int64_t sum = 0, discount = 0;
  std::uint64_t from =
      1;  // first machine of the tier at hand; before the first tier nothing is taken off
  for (const auto& tier : tiers_) {
    if (tier.from > n) break;
    sum += static_cast<std::int64_t>(tier.from - from) * (kMillion - discount);
    from = tier.from;
    discount = tier.discount;
  }
  if (mode_ == Mode::all_units) return static_cast<std::int64_t>(n) * (kMillion - discount);
  return sum + static_cast<std::int64_t>(n + 1 - from) * (kMillion - discount);
}

std::optional<std::int64_t> total_nanos(std::int64_t nanos_per_hour, std::uint64_t machines,
                                        std::uint64_t beside, std::int64_t charged_s,
                                        const VolumeDiscount& discount) {
  if (machines == 0) return 0;
  std::uint64_t running = 0;
  if (__builtin_add_overflow(machines, beside, &running)) return std::nullopt;
  const auto weight = discount.weight(running);
  if (!weight) return std::nullopt;
  const auto all = static_cast<std::int64_t>(running);
  const std::int64_t common = std::gcd(*weight, all);
  return ratio({nanos_per_hour, charged_s, static_cast<std::int64_t>(machines), *weight / common},
               all / common, 3600 * kMillion);
}

}  // namespace nova::generic
