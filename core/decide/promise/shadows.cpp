#include "core/decide/promise/shadows.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"

namespace nova::promise {
namespace {

constexpr double kCheapest = 4, kDearest = 40000;
constexpr double kLongDays = 30, kShortDays = 7;
constexpr double kPriorRate = 0.6;  // violations a slot times price, where nothing is known

std::array<double, kShadows> make_prices() {
  std::array<double, kShadows> prices;
  for (std::size_t j = 0; j < kShadows; ++j)
    prices[j] = kCheapest * std::pow(kDearest / kCheapest,
                                     static_cast<double>(j) / static_cast<double>(kShadows - 1));
  return prices;
}
const std::array<double, kShadows> kPrices = make_prices();

}  // namespace

Shadows::Shadows(const ShadowRules& rules)
    : rules_(rules),
      keep_long_(decay(kLongDays * static_cast<double>(rules.day))),
      keep_week_(decay(kShortDays * static_cast<double>(rules.day))),
      block_(rules.boot + 1),
      suffix_(rules.boot + 1) {
  for (auto& counts : suffix_) counts.fill(UINT32_MAX);
}

double Shadows::price(std::size_t shadow) { return kPrices[shadow]; }

double Shadows::prior_price(double rate) { return kPriorRate / rate; }

void Shadows::set(std::uint32_t machines) {
  desired_.fill(machines);
  regret_.fill(0);
}

void Shadows::find_serving() {
  block_[at_] = desired_;
  for (std::size_t j = 0; j < kShadows; ++j)
    prefix_[j] = at_ == 0 ? desired_[j] : std::min(prefix_[j], desired_[j]);
  const bool last = at_ + 1 == block_.size();
  for (std::size_t j = 0; j < kShadows; ++j)
    serving_[j] = last ? prefix_[j] : std::min(prefix_[j], suffix_[at_ + 1][j]);
  if (!last) {
    ++at_;
    return;
  }
  suffix_ = block_;
  for (std::size_t i = suffix_.size() - 1; i-- > 0;)
    for (std::size_t j = 0; j < kShadows; ++j)
      suffix_[i][j] = std::min(suffix_[i][j], suffix_[i + 1][j]);
  at_ = 0;
}

void Shadows::account(double load, std::uint32_t max, bool known) {
  find_serving();
  if (!known) return;
  const double enough = load - kRounding;
  const bool in_reach = enough <= max;
  for (std::size_t j = 0; j < kShadows; ++j) {
    const bool violated = in_reach && enough > serving_[j];
    violations_[j] = violations_[j] * keep_long_ + (violated ? 1 : 0);
    bills_[j] = bills_[j] * keep_long_ + desired_[j];
    recent_bills_[j] = recent_bills_[j] * keep_week_ + desired_[j];
  }
  slots_ = slots_ * keep_long_ + 1;
  recent_slots_ = recent_slots_ * keep_week_ + 1;
}

void Shadows::decide(const Odds& odds) {
  const auto sizes = odds.sizes();
  const auto hull = odds.hull();
  const double boot = static_cast<double>(rules_.boot);
  std::size_t at = 0;  // on the hull: the dearer a violation, the larger the best size
  for (std::size_t j = 0; j < kShadows; ++j) {
    const double price = kPrices[j];
    while (at + 1 < hull.size() && sizes[hull[at + 1]].cost(price) <= sizes[hull[at]].cost(price))
      ++at;
    const double good = sizes[hull[at]].cost(price) + rules_.tie;
    auto& current = desired_[j];
    const double now = current + price * odds.chance(current);
    std::size_t best = hull[at];
    if (current >= odds.smallest() && now <= good) {
      regret_[j] /= 2;
      continue;
    }
    for (std::size_t i = best + 1; i < sizes.size() && sizes[i].machines <= good; ++i)
      if (sizes[i].cost(price) <= good) best = i;
    const auto wanted = sizes[best].machines;
    if (wanted > current) {
      current = wanted;
      regret_[j] = 0;
      continue;
    }
    regret_[j] += now - sizes[best].cost(price);
    if (regret_[j] > rules_.patience + rules_.relaunch * boot * (current - wanted)) {
      current = wanted;
      regret_[j] = 0;
    }
  }
}

double Shadows::violation_rate(std::size_t shadow, double prior_days) const {
  const double prior = prior_days * static_cast<double>(rules_.day);
  return (violations_[shadow] + prior * kPriorRate / kPrices[shadow]) / (slots_ + prior);
}

}  // namespace nova::promise
