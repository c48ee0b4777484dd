#include "core/decide/promise/calendar.hpp"

#include <algorithm>
#include <cmath>

namespace nova::promise {
namespace {

constexpr std::size_t kHalfHours = 48, kDays = 10, kPhases = 96;
constexpr std::int16_t kUnknown = -1;                   // below every bin
constexpr double kFiner = 64;                           // relative errors are of the size 0.1
constexpr double kPhasePrior = 10;                      // pseudo-samples of the pooled chance
constexpr std::array<double, 4> kDayPrior{0, 0, 2, 8};  // pseudo-days, by variant
constexpr double kAround = 3;                           // slots of a day that count as one time
constexpr double kMustBeat = 0.92;
constexpr double kHalfLifeDays = 5;
constexpr std::array<double, 3> kEvents{0.05, 0.01, 0.003};  // shares of the pooled tail

std::int16_t key_of(double relative) {
  return static_cast<std::int16_t>(bin_of(kFiner * relative));
}

template <std::size_t N>
double hits(const std::array<std::int16_t, N>& errors, std::size_t count, std::int16_t bound) {
  int above = 0;
  for (std::size_t i = 0; i < count; ++i) above += errors[i] > bound ? 1 : 0;
  return above;
}

}  // namespace

Calendar::Calendar(std::size_t day)
    : half_hour_(day % kHalfHours == 0 ? day / kHalfHours : 0),
      rows_(kHalfHours * kDays + 1),
      keep_(decay(kHalfLifeDays * static_cast<double>(day))),
      errors_(half_hour_ * rows_, kUnknown) {}

std::int16_t& Calendar::cell(std::uint64_t slot) {
  return errors_[(slot % half_hour_) * rows_ + slot / half_hour_ % rows_];
}

void Calendar::fill(std::uint64_t slot, Page& page, bool daily) const {
  const std::size_t phase = slot % half_hour_, row = slot / half_hour_ % rows_;
  const auto* column = errors_.data() + phase * rows_;
  page.phases_ = page.dailies_ = 0;
  for (std::size_t i = 1; i <= kPhases; ++i) {
    const auto e = column[row >= i ? row - i : row + rows_ - i];
    if (e != kUnknown) page.phase_[page.phases_++] = e;
  }
  if (!daily) return;
  for (std::size_t d = 1; d <= kDays; ++d)
    for (std::size_t k = 0; k < 3; ++k) {
      const auto back = d * kHalfHours * half_hour_ + 1;
      if (slot + k < back) continue;
      const auto s = slot + k - back;
      const auto e = errors_[(s % half_hour_) * rows_ + s / half_hour_ % rows_];
      if (e != kUnknown) page.daily_[page.dailies_++] = e;
    }
}

double Calendar::chance_of(std::size_t variant, double pooled, double phase_hits, double phases,
                           double day_hits, double dailies) {
  if (variant == 0) return pooled;
  const double by_phase = (phase_hits + kPhasePrior * pooled) / (phases + kPhasePrior);
  if (variant == 1) return by_phase;
  const double prior = kAround * kDayPrior[variant];
  return (day_hits + prior * by_phase) / (dailies + prior);
}

void Calendar::learn(std::uint64_t slot, double relative, double relative_scale, const Tail& tail) {
  if (half_hour_ == 0) return;
  cell(slot) = key_of(relative);
  if (!tail.ready()) return;
  Page page;
  fill(slot, page, true);
  std::array<double, kVariants> likelihood;
  likelihood.fill(1);
  for (const double share : kEvents) {
    const double bound = tail.bound(share) * relative_scale;
    const auto key = key_of(bound);
    const double at_phase = hits(page.phase_, page.phases_, key);
    const double at_time = hits(page.daily_, page.dailies_, key);
    for (std::size_t v = 0; v < kVariants; ++v) {
      const double p = std::clamp(chance_of(v, share, at_phase, static_cast<double>(page.phases_),
                                            at_time, static_cast<double>(page.dailies_)),
                                  1e-6, 1 - 1e-6);
      likelihood[v] *= relative > bound ? p : 1 - p;
    }
  }
  for (std::size_t v = 0; v < kVariants; ++v)
    losses_[v] = losses_[v] * keep_ - std::log(likelihood[v]);
}

void Calendar::skip(std::uint64_t slot) {
  if (half_hour_ > 0) cell(slot) = kUnknown;
}

void Calendar::choose() {
  const auto best = std::min_element(losses_.begin(), losses_.end());
  chosen_ = *best < kMustBeat * losses_[0] ? static_cast<std::size_t>(best - losses_.begin()) : 0;
}

void Calendar::open(std::uint64_t slot, Page& page) const {
  page.variant_ = chosen_;
  if (chosen_ > 0) fill(slot, page, chosen_ > 1);
}

double Calendar::Page::chance(double relative, double pooled) const {
  if (variant_ == 0) return pooled;
  const auto key = key_of(relative);
  return chance_of(variant_, pooled, hits(phase_, phases_, key), static_cast<double>(phases_),
                   variant_ > 1 ? hits(daily_, dailies_, key) : 0, static_cast<double>(dailies_));
}

}  // namespace nova::promise
