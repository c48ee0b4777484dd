#include "core/decide/promise/promise.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"
#include "core/decide/promise/snapshot.hpp"
#include "core/plan/need.hpp"

namespace nova::promise {
namespace {

// Of the first quarter of a day: odds that were learned from so little are too low.
constexpr double kFirstCaution = 2;

std::size_t first_shadow(const Rules& rules) {
  // A bill to be matched says nothing of a share.
  const double share = rules.bill_of_hpa_at > 0 ? PriceRules{}.share : rules.price.share;
  const double price = kFirstCaution * Shadows::prior_price(rules.price.reserve * share);
  std::size_t j = 0;
  while (j + 1 < kShadows && Shadows::price(j + 1) <= price) ++j;
  return j;
}

ShadowRules shadow_rules(const Rules& rules) {
  ShadowRules s;
  s.boot = rules.boot;
  s.day = rules.day;
  s.tie = rules.tie;
  if (!rules.calm) s.patience = s.relaunch = 0;
  return s;
}

}  // namespace

Promise::Promise(const Rules& rules)
    : rules_(rules),
      shadows_(shadow_rules(rules)),
      chosen_(rules.shadow.value_or(first_shadow(rules))) {
  for (std::size_t i = 0; i < rules.signals; ++i)
    outlooks_.emplace_back(OutlookShape{rules.day, rules.boot, rules.calendar});
  shadows_.set(rules.min);
  if (rules.bill_of_hpa_at > 0)
    hpa_.emplace(HpaRule::Limits{rules.bill_of_hpa_at, rules.min, rules.max, rules.slot_s},
                 rules.boot, rules.day);
}

std::uint64_t Promise::known() const {
  std::uint64_t fewest = UINT64_MAX;
  for (const auto& outlook : outlooks_) fewest = std::min(fewest, outlook.known());
  return fewest;
}

void Promise::account(std::span<const double> loads, std::optional<double> serving) {
  double load = 0;
  bool known = true;
  for (const double x : loads) {
    known = known && std::isfinite(x);
    load = std::max(load, std::isfinite(x) ? x : 0);
  }
  shadows_.account(load, rules_.max, known && slots_ > rules_.day / 4);
  if (hpa_) {
    if (slots_ == 1)
      hpa_->set(std::clamp(machines_for(load, 1, rules_.bill_of_hpa_at), rules_.min, rules_.max));
    if (serving && slots_ > rules_.day) {
      bill_.slots += 1;
      bill_.own += wanted();
      bill_.matched += hpa_->desired();
    }
    hpa_->observe(load);
  }
  if (!serving || !known || slots_ <= rules_.day) return;
  spent_.slots += 1;
  if (load > *serving + kRounding) spent_.violations += 1;
}

void Promise::observe(std::span<const double> loads, std::optional<double> serving) {
  ++slots_;
  account(loads, serving);
  for (std::size_t i = 0; i < outlooks_.size(); ++i)
    outlooks_[i].push(std::isfinite(loads[i]) ? std::optional(loads[i]) : std::nullopt);
  if (!learned()) {
    double load = 0;
    for (const auto& outlook : outlooks_)
      if (outlook.known() > 0) load = std::max(load, outlook.next());
    shadows_.set(
        std::clamp(machines_for(load, 1, rules_.first_utilisation), rules_.min, rules_.max));
    return;
  }
  odds_.weigh(outlooks_, {rules_.min, rules_.max, rules_.floor, Shadows::price(kShadows - 1)});
  shadows_.decide(odds_);
  const auto half_hour = std::max<std::size_t>(1, rules_.day / 48);
  if (!rules_.shadow && price_chosen() && slots_ % half_hour == 0) choose();
}

void Promise::choose() {
  if (hpa_)
    chosen_ = choose_by_bill(
        shadows_, permitted_bill(bill_, hpa_->recent_bill() / hpa_->slots(), rules_.day));
  else
    chosen_ = choose_shadow(rules_.price, shadows_, permitted());
}

std::string Promise::snapshot() const {
  SnapshotWriter writer;
  Promise copy = *this;  // state() reads and writes with the same words
  copy.state(writer);
  return std::move(writer).finish();
}

bool Promise::restore(std::string_view bytes) {
  Promise restored(rules_);
  SnapshotReader reader(bytes);
  restored.state(reader);
  if (!reader.complete()) return false;
  for (auto& outlook : restored.outlooks_) outlook.derive();
  *this = std::move(restored);
  return true;
}

double Promise::overload(std::uint32_t machines) const {
  double most = 0;
  for (const auto& outlook : outlooks_)
    most = std::max(most, outlook.overload(static_cast<double>(machines)));
  return most;
}

}  // namespace nova::promise
