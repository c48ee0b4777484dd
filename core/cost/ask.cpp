#include "core/cost/ask.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <tuple>

#include "core/cost/carbon.hpp"
#include "core/cost/exact.hpp"

namespace nova {
namespace {

using Kind = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

Kind kind_of(const Offer& o) { return {o.provider, o.region, o.machine_type, o.os}; }

// Why an offer cannot be a column of its own; empty = it can.
std::string unusable(const Offer& o, const MixWish& wish) {
  if (o.purchase != Purchase::on_demand && o.purchase != Purchase::spot) return "not for use";
  if (!matches(wish.filter, o)) return "filter";
  if (o.purchase == Purchase::spot && !wish.spot) return "spot is off";
  if (!o.price) return o.currency == "USD" || o.currency.empty() ? "no price" : "in " + o.currency;
  if (o.price->nanos < 0 || o.price->nanos > 10'000'000'000'000) return "price out of range";
  if (!(o.vcpus >= 0) || !(o.memory_gib >= 0) || o.vcpus > 1e6 || o.memory_gib > 1e6)
    return "size out of range";
  if (wish.max_price_age.count() > 0 && (!o.as_of || wish.now - *o.as_of > wish.max_price_age))
    return "stale price";
  return {};
}

class Asking {
 public:
  Asking(std::span<const Offer> offers, const MixWish& wish) : offers_(offers), wish_(wish) {
    for (const auto& row : wish.held) held_[row.offer_id] += row.count;
    for (const auto& o : offers) {
      if (o.purchase != Purchase::on_demand || !o.price) continue;
      if (!account_) account_ = o.volume.get();
      const auto price = discounted(*o.price);
      const auto [at, fresh] = on_demand_.try_emplace(kind_of(o), price);
      if (!fresh) at->second = std::min(at->second, price);
    }
    auto& q = asked_.question;
    q.demand = amounts(wish.vcpus, wish.memory_gib, wish.slots);
    q.limits = wish.limits;
    if (!wish.volume.tiers().empty()) account_ = nullptr;  // told by who asks: of all
    q.volume = account_ ? account_->discount : wish.volume;
    q.account_machines = wish.account_machines;
    q.loss_of_all = wish.loss_of_all;
    q.carbon_usd_per_kg = wish.carbon_usd_per_kg;
    q.life_hours = wish.life_hours;
    for (const auto& cover : wish.cover)
      q.commitments.push_back(std::max<std::int64_t>(0, cover.units));
  }

  Asked run() {
    asked_.question.columns.reserve(offers_.size());
    asked_.offer.reserve(offers_.size());
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      const auto& o = offers_[i];
      auto why = unusable(o, wish_);
      if (why.empty()) why = o.purchase == Purchase::spot ? add_spot(i) : add_on_demand(i);
      if (!why.empty()) ++asked_.left_out[why];
    }
    return std::move(asked_);
  }

 private:
  UsdPerHour discounted(UsdPerHour list) const {
    return {mul_div(list.nanos, kMillion - to_millionths(wish_.on_demand_discount), kMillion)};
  }

  MixColumn column(const Offer& o, PayAs pay, UsdPerHour price) const {
    MixColumn c;
    c.offer_id = o.id;
    c.machine_type = o.machine_type;
    c.family = o.family.empty() ? o.machine_type.substr(0, o.machine_type.find('.')) : o.family;
    c.zone = o.zone.empty() ? o.region : o.zone;
    c.pay = pay;
    c.amount = amounts(o.vcpus, o.memory_gib,
                       slots_of(o.vcpus, o.memory_gib, wish_.slot_vcpus, wish_.slot_memory_gib));
    c.price = c.expected = price;
    c.tiered = !account_ || (o.volume && o.volume->name == account_->name);
    if (o.carbon_g_per_kwh)
      c.carbon_g_per_hour = carbon_g_per_hour(o.vcpus, o.memory_gib, *o.carbon_g_per_kwh);
    if (o.available)
      c.available =
          static_cast<std::uint32_t>(std::clamp<std::int64_t>(*o.available, 0, 1'000'000));
    c.move_in = wish_.move_in;
    c.move_out = wish_.move_out;
    return c;
  }

  void add(MixColumn c, std::size_t offer) {
    asked_.question.columns.push_back(std::move(c));
    asked_.offer.push_back(offer);
  }

  std::string add_spot(std::size_t i) {
    const auto& o = offers_[i];
    const auto od = on_demand_.find(kind_of(o));
    if (od == on_demand_.end()) return "spot without an on-demand price to compare with";
    const auto hazard = hazard_of_month_share(
        o.interruption_month.value_or(std::numeric_limits<double>::quiet_NaN()));
    if (!hazard.ok()) return "risk out of range";
    const auto verdict =
        judge({o.id, *o.price, od->second, *hazard, 0, std::nullopt}, wish_.spot_rules, wish_.now);
    if (verdict == SpotVerdict::too_risky) return "spot too risky";
    if (verdict == SpotVerdict::too_dear) return "spot too dear";
    auto c = column(o, PayAs::spot, *o.price);
    c.hazard = *hazard;
    c.expected = expected_cost(*o.price, od->second, *hazard, wish_.spot_rules.cost);
    c.held = held(o.id);
    add(std::move(c), i);
    return {};
  }

  // On-demand machines, and the same ones as far as commitments that match them pay.
  std::string add_on_demand(std::size_t i) {
    const auto& o = offers_[i];
    auto c = column(o, PayAs::on_demand, discounted(*o.price));
    const CoverRequest request{{}, c.family, o.machine_type, o.region, o.zone, o.os, *o.price, 1};
    auto left = held(o.id);
    for (std::size_t k = 0; k < wish_.cover.size(); ++k) {
      const auto each = units_needed(wish_.cover[k].commitment, request, wish_.now);
      if (each <= 0 || asked_.question.commitments[k] < each) continue;
      auto covered = column(o, PayAs::covered, {});
      covered.commitment = k;
      covered.units = each;
      // What runs and can be covered is covered already: no machine moves for it.
      const auto fit = asked_.question.commitments[k] / each - used_[k] / each;
      covered.held = static_cast<std::uint32_t>(std::clamp<std::int64_t>(fit, 0, left));
      used_[k] += covered.held * each;
      left -= covered.held;
      add(std::move(covered), i);
    }
    c.held = left;
    add(std::move(c), i);
    return {};
  }

  std::uint32_t held(const std::string& id) const {
    const auto at = held_.find(id);
    return at == held_.end() ? 0 : std::min(at->second, 100'000u);
  }

  std::span<const Offer> offers_;
  const MixWish& wish_;
  std::map<std::string, std::uint32_t> held_;
  std::map<Kind, UsdPerHour> on_demand_;  // effective, the least of the zones
  std::map<std::size_t, std::int64_t> used_;
  const VolumeAccount* account_ = nullptr;  // whose tiers count: the first that has any
  Asked asked_;
};

}  // namespace

Result<Asked> ask(std::span<const Offer> offers, const MixWish& wish) {
  const auto sane = [](double x) { return x >= 0 && x <= 1e8; };
  if (!sane(wish.vcpus) || !sane(wish.memory_gib) || !sane(wish.slot_vcpus) ||
      !sane(wish.slot_memory_gib) || wish.slots < 0 || wish.slots > 100'000'000)
    return Error{ErrorCode::invalid_argument, "demand: must be in [0, 1e8]"};
  if (wish.vcpus + wish.memory_gib <= 0 && wish.slots == 0)
    return Error{ErrorCode::invalid_argument, "demand: asks for neither vCPUs, memory nor slots"};
  if (wish.slots > 0 && wish.slot_vcpus + wish.slot_memory_gib <= 0)
    return Error{ErrorCode::invalid_argument, "slots: need the size of one"};
  if (!(wish.on_demand_discount >= 0 && wish.on_demand_discount < 1))
    return Error{ErrorCode::invalid_argument, "on_demand_discount: must be in [0, 1)"};
  auto asked = Asking(offers, wish).run();
  if (!asked.question.columns.empty()) return asked;
  std::string why;
  for (const auto& [reason, count] : asked.left_out)
    why += (why.empty() ? ": " : ", ") + reason + " (" + std::to_string(count) + ")";
  return Error{ErrorCode::failed_precondition, "no usable offer" + why};
}

}  // namespace nova
