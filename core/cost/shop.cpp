#include "core/cost/shop.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/cost/exact.hpp"

namespace nova {
namespace {

constexpr double kSlotsOfReference = 1e6;  // slots of one reference machine
constexpr std::int64_t kMostUnits = 1'000'000'000'000;
constexpr std::uint32_t kMostHeld = 100'000;
constexpr Usd kNever{10'000'000'000'000};  // giving up what must be kept: as dear as it gets
// A tick has milliseconds, and one resource makes easy programs.
constexpr MixEffort kEffort{.steps = 12'000, .gap = 0.005, .seed = 1};
constexpr MixEffort kBrief{.steps = 3'000, .gap = 0.01, .seed = 1};

Usd for_time(UsdPerHour price, Duration time) {
  return {std::min(cost_of(price, time).nanos, kNever.nanos)};
}

}  // namespace

Shop::Shop(const Menu& menu, const BuyRules& rules, const ShopView& view)
    : menu_(menu), rules_(rules), view_(view) {
  std::map<std::string, std::uint32_t> held;
  for (const auto& row : view.held) held[row.offer_id] += row.count;
  for (auto& [id, count] : held) count = std::min(count, kMostHeld);
  for (const auto& cover : view.cover)
    units_.push_back(std::clamp<std::int64_t>(cover.units, 0, kMostUnits));
  used_.resize(units_.size());
  for (const auto& offer : menu.offers()) {
    const auto at = held.find(offer.id);
    const auto count = at == held.end() ? 0 : at->second;
    if (at != held.end()) held.erase(at);
    if (offer.spot() && !add_spot(offer, count)) continue;
    if (!offer.spot()) add_offer(offer, count);
  }
  // What nobody lists any more: not to be had again, worth as much as the dearest on the menu.
  UsdPerHour dearest;
  for (const auto& offer : menu.offers()) dearest = std::max(dearest, offer.price);
  for (const auto& [id, count] : held) {
    MixColumn c;
    c.offer_id = c.machine_type = c.family = id;
    c.amount[kSlots] = static_cast<std::int64_t>(kSlotsOfReference);
    c.expected = dearest;
    c.available = c.held = count;
    push(std::move(c), 0);
  }
}

namespace {

std::uint32_t releasable(const ShopView& view, const PricedOffer& offer, std::uint32_t held) {
  return view.releasable ? std::min(held, view.releasable(offer, held)) : held;
}

MixColumn column_of(const PricedOffer& offer, std::uint32_t held, PayAs pay, Duration lead_time) {
  MixColumn c;
  c.offer_id = offer.id;
  c.machine_type = offer.machine_type.empty() ? offer.id : offer.machine_type;
  c.family = offer.family;
  c.zone = offer.zone.empty() ? offer.region : offer.zone;
  c.pay = pay;
  c.amount[kSlots] = std::max<std::int64_t>(1, std::llround(offer.capacity * kSlotsOfReference));
  c.price = c.expected = offer.price;
  c.available = offer.available;
  c.held = held;
  c.move_in = for_time(offer.price, lead_time);
  return c;
}

}  // namespace

bool Shop::add_spot(const PricedOffer& offer, std::uint32_t held) {
  const auto on_demand = menu_.on_demand(offer);
  const auto prior = hazard_of_month_share(offer.interruption_month);
  if (!on_demand || !prior) return held > 0 ? (add_offer(offer, held), true) : false;
  const double hazard = view_.hazard ? view_.hazard(offer, *prior) : *prior;
  const SpotPool pool{offer.id, offer.price, *on_demand, hazard, 0, std::nullopt};
  const bool fine = rules_.spot && judge(pool, rules_.spot_rules, view_.now) == SpotVerdict::fine;
  if (!fine && held == 0) return false;
  auto c = column_of(offer, held, PayAs::spot, view_.lead_time);
  c.hazard = std::min(hazard, 1e6);
  c.expected = expected_cost(offer.price, *on_demand, c.hazard, rules_.spot_rules.cost);
  c.expected.nanos = std::min(c.expected.nanos, kNever.nanos);
  if (!fine || refused(offer)) c.available = held;  // what runs may run on; no more of it
  push(std::move(c), held - releasable(view_, offer, held));
  return true;
}

bool Shop::refused(const PricedOffer& offer) const { return view_.refused && view_.refused(offer); }

void Shop::push(MixColumn column, std::uint32_t paid) {
  const auto* offer = menu_.find(column.offer_id);
  column.tiered = offer && menu_.tiered(*offer);
  columns_.push_back(std::move(column));
  paid_.push_back(paid);
}

// On-demand machines, and the same ones as far as commitments pay for them.
void Shop::add_offer(const PricedOffer& offer, std::uint32_t held) {
  auto c = column_of(offer, held, PayAs::on_demand, view_.lead_time);
  if (offer.spot()) c.available = held;  // nothing to compare its price with: no more of it
  auto paid = held - releasable(view_, offer, held);
  const CoverRequest request{{},         c.family, offer.machine_type, offer.region,
                             offer.zone, offer.os, offer.price,        1};
  for (std::size_t k = 0; rules_.use_commitments && !offer.spot() && k < units_.size(); ++k) {
    const auto each = units_needed(view_.cover[k].commitment, request, view_.now);
    if (each <= 0 || units_[k] < each || each > kMostUnits) continue;
    auto covered = column_of(offer, 0, PayAs::covered, view_.lead_time);
    covered.price = covered.expected = {};
    covered.commitment = k;
    covered.units = each;
    // What runs and can be covered is covered already: no machine moves for it.
    const auto fit = (units_[k] - used_[k]) / each;
    covered.held = static_cast<std::uint32_t>(std::clamp<std::int64_t>(fit, 0, c.held));
    if (refused(offer)) covered.available = covered.held;
    used_[k] += covered.held * each;
    c.held -= covered.held;
    paid -= std::min(paid, covered.held);  // covered ones stay longest anyway
    push(std::move(covered), 0);
  }
  if (refused(offer)) c.available = c.held;
  paid = std::min(paid, c.held);
  push(std::move(c), paid);
}

MixQuestion Shop::question(double machines, Freedom freedom,
                           std::optional<UsdPerHour> budget) const {
  MixQuestion q;
  q.columns = columns_;
  q.commitments = units_;
  if (menu_.volume()) q.volume = menu_.volume()->discount;
  q.account_machines = view_.others;
  // Rounded parts may miss by half a millionth each: what a hair may miss is not asked for.
  q.demand[kSlots] = std::llround((machines - capacity_hair(machines)) * kSlotsOfReference);
  q.limits = rules_.limits;
  if (rules_.spot) {
    q.limits.spot = rules_.spot_max_share;
    if (machines > 0) q.limits.base_on_demand = std::min(1.0, rules_.on_demand_base / machines);
  } else {
    q.limits.alive = 0;  // no spot to bind
  }
  // A cap that is a whole number of machines admits that many, whatever the hair.
  for (auto* cap : {&q.limits.pool, &q.limits.family, &q.limits.zone, &q.limits.spot})
    *cap = std::min(1.0, *cap * (1 + 2e-4));
  q.limits.budget = budget;
  q.life_hours = std::max(1e-3, hours(rules_.move.expected_life));
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    auto& c = q.columns[j];
    if (freedom != Freedom::any) c.move_in = {};
    if (freedom == Freedom::keep && c.held > 0) c.move_out = kNever;
    if (freedom != Freedom::release) continue;
    c.available = c.held;
    if (paid_[j] == 0) continue;
    // What is paid for stays: a column of its own, too dear to give up.
    auto stays = c;
    stays.held = paid_[j];
    stays.available = stays.held;
    stays.move_out = kNever;
    c.held -= paid_[j];
    c.available = c.held;
    q.columns.push_back(std::move(stays));
  }
  return q;
}

MixOption Shop::option(const MixQuestion& q, const std::vector<std::uint32_t>& counts) const {
  std::map<std::string, std::uint32_t> rows;
  for (const auto& row : view_.held) rows[row.offer_id] = 0;
  std::map<std::string, double> pools;
  MixOption o;
  const auto cost = price_of(q, counts);
  o.expected = cost.expected;
  for (std::size_t j = 0; j < counts.size(); ++j) {
    const auto& c = q.columns[j];
    if (counts[j] == 0) continue;
    rows[c.offer_id] += counts[j];
    if (c.pay != PayAs::spot) continue;
    const double share = share_of(q, c) * counts[j];
    o.lost_per_hour += c.hazard * share;
    auto& pool = pools[c.machine_type + '/' + c.zone];
    pool += share;
    if (pool > o.worst_pool_share) {
      o.worst_pool_share = pool;
      o.worst_pool = c.machine_type + '/' + c.zone;
    }
  }
  std::vector<MixRow> list;
  for (const auto& [id, count] : rows) list.push_back({id, count});
  o.mix = price_mix(list, menu_);
  o.mix.price = cost.bill;
  return o;
}

Result<MixOption> Shop::buy(double machines, Freedom freedom, std::optional<UsdPerHour> budget,
                            bool explain) const {
  const auto q = question(machines, freedom, budget);
  auto effort = kEffort;
  effort.explain = explain;
  auto answer = optimise(q, effort);
  if (!answer) return answer.error();
  auto bought = option(q, answer->counts);
  if (menu_.volume() && bought.mix.capacity > std::max(machines, view_.most)) {
    auto plain = q;
    plain.volume = {};
    if (answer = optimise(plain, effort); !answer) return answer.error();
    bought = option(q, answer->counts);
  }
  bought.stated_for = "as asked";
  return bought;
}

std::vector<MixOption> Shop::options(double machines, Freedom freedom) const {
  const auto q = question(machines, freedom, std::nullopt);
  std::vector<MixOption> all;
  const auto front = alternatives(q, kBrief);
  if (!front) return all;
  for (const auto& one : *front) {
    all.push_back(option(q, one.answer.counts));
    all.back().stated_for = one.stated_for;
  }
  return all;
}

MixOption Shop::present(double machines) const {
  const auto q = question(machines, Freedom::any, std::nullopt);
  std::vector<std::uint32_t> held;
  for (const auto& c : q.columns) held.push_back(c.held);
  auto now = option(q, held);
  now.stated_for = "as it is";
  return now;
}

}  // namespace nova
