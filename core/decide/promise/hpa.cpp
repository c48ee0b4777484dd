#include "core/decide/promise/hpa.hpp"

#include <algorithm>
#include <cmath>

namespace nova::promise {
namespace {

constexpr double kTolerance = 0.1, kWindow_s = 300, kPolicyPeriod_s = 15;
constexpr double kRounding = 1e-9;
constexpr double kWeekDays = 7;

}  // namespace

void HpaRule::remember(std::uint32_t machines) {
  auto& [slots, sizes] = recent_;
  while (count_ > 0 && sizes[count_ - 1] <= machines) --count_;
  const auto gone = [&](std::uint64_t slot) {
    return static_cast<double>(slot_ - slot) * limits_.slot_s >= kWindow_s;
  };
  std::size_t first = count_ == kMost ? 1 : 0;
  while (first < count_ && gone(slots[first])) ++first;
  std::copy(slots.begin() + first, slots.begin() + count_, slots.begin());
  std::copy(sizes.begin() + first, sizes.begin() + count_, sizes.begin());
  count_ -= first;
  slots[count_] = slot_;
  sizes[count_++] = machines;
}

std::uint32_t HpaRule::decide(const Look& now) {
  ++slot_;
  const std::uint32_t current = now.serving + now.booting;
  const double measured = std::max(1u, now.serving_before);
  const double ready = std::min<double>(measured, now.serving);
  const double ratio = now.load / (measured * limits_.target_utilisation);
  const double unready = current - ready;
  double wanted = current;
  if (ratio > 1 && unready > 0) {
    const double all = ready + unready, damped = ratio * ready / all;
    if (damped >= 1 && std::abs(damped - 1) > kTolerance)
      wanted = std::max(wanted, std::ceil(damped * all - kRounding));
  } else if (std::abs(ratio - 1) > kTolerance) {
    wanted = std::ceil(ratio * ready - kRounding);
  }
  const auto recommendation =
      static_cast<std::uint32_t>(std::clamp<double>(wanted, limits_.min, limits_.max));
  remember(recommendation);
  const auto out = std::min(std::max(current, recommendation), recent_.machines[0]);
  const double periods = limits_.slot_s / kPolicyPeriod_s;
  const double most = std::max(current * std::pow(2.0, periods), current + 4.0 * periods);
  return static_cast<std::uint32_t>(std::min(static_cast<double>(out), std::min(most, 2e9)));
}

HpaShadow::HpaShadow(const HpaRule::Limits& limits, std::size_t boot, std::size_t day)
    : rule_(limits),
      boot_(boot),
      keep_(decay(kWeekDays * static_cast<double>(day))),
      past_(boot + 1) {}

std::uint32_t HpaShadow::least(std::size_t from, std::size_t to) const {
  std::uint32_t fewest = UINT32_MAX;
  for (std::size_t age = from; age <= std::min(to, past_.size()); ++age)
    fewest = std::min(fewest, past_[age]);
  return fewest;
}

void HpaShadow::observe(double load) {
  past_.push(desired_);
  recent_bill_ = recent_bill_ * keep_ + desired_;
  slots_ = slots_ * keep_ + 1;
  // At the start of the new slot, what was asked for boot slots ago serves.
  const auto serving_before = least(1, boot_ + 1);
  const auto serving = least(1, std::max<std::size_t>(1, boot_));
  const auto wanted = rule_.decide({load, serving_before, serving, desired_ - serving});
  desired_ = wanted;
}

}  // namespace nova::promise
