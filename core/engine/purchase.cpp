// GroupEngine's way through the cost room: from a decided size to the machines to ask for.
//
// Machines are added and given up in two steps: what a new mix replaces runs on ("retiring") until
// the new machines serve. Sizes that no mix or budget allows are cut to the largest that one does.
#include <algorithm>
#include <cmath>

#include "core/engine/counts.hpp"
#include "core/engine/group_engine.hpp"
#include "core/engine/market.hpp"

namespace nova {
namespace {

double penalty_at(const Decision& decision, std::uint32_t machines) {
  for (const auto& a : decision.alternatives)
    if (a.machines == machines && !std::isnan(a.score_usd_per_hour))
      return a.score_usd_per_hour - a.price.dollars();
  return 0;
}

}  // namespace

// Held machines without those that are on their way out.
std::vector<MixRow> GroupEngine::staying() const {
  auto counts = counts_of(fleet_.held());
  for (const auto& [id, count] : retiring_)
    if (const auto at = counts.find(id); at != counts.end())
      at->second -= std::min(at->second, count);
  return rows_of(counts, true);
}

// How many of the newest machines of an offer may go now: those whose paid time ends before the
// next decision. The controller picks the newest, so one that is paid for shields older ones.
std::uint32_t GroupEngine::releasable(const PricedOffer& offer, std::uint32_t held,
                                      const Market* market) const {
  if (offer.charge.unit <= step_ && offer.charge.minimum <= step_) return held;
  const auto* runs = market ? market->ledger().runs(payer_) : nullptr;
  if (!runs || runs->known(offer.id) == 0) return held;
  return std::min(held, runs->releasable(offer.id, offer.charge, now_, step_));
}

// For a mix made without the shop: machines that are paid for stay.
void GroupEngine::keep_paid(MixOption& option, const Menu& menu, const Market* market) const {
  const auto held = counts_of(staying());
  for (auto& row : option.mix.rows) {
    const auto* offer = menu.find(row.offer_id);
    const auto at = held.find(row.offer_id);
    if (!offer || at == held.end()) continue;
    row.count = std::max(row.count, at->second - releasable(*offer, at->second, market));
  }
  option.mix = price_mix(option.mix.rows, menu);
}

// Whether a mix keeps machines because they are paid for.
bool GroupEngine::holds_paid(const MixOption& option, const Menu& menu,
                             const Market* market) const {
  const auto held = counts_of(staying());
  for (const auto& row : option.mix.rows) {
    const auto* offer = menu.find(row.offer_id);
    const auto at = held.find(row.offer_id);
    if (!offer || at == held.end()) continue;
    const auto free = releasable(*offer, at->second, market);
    if (free < at->second && row.count == at->second - free) return true;
  }
  return false;
}

std::uint32_t GroupEngine::others(const Menu& menu, const Market* market) const {
  return market ? market->ledger().others(payer_, menu) : 0;
}

ShopView GroupEngine::view(std::span<const MixRow> held, std::span<const FreeCover> cover,
                           const Menu& menu, const Market* market) const {
  ShopView v;
  v.others = others(menu, market);
  v.most = std::max(std::max(spec_->min, fleet_.min), std::min(spec_->max, fleet_.max));
  v.held = held;
  v.cover = cover;
  v.now = now_;
  v.lead_time = spec_->lead_time;
  v.releasable = [this, market](const PricedOffer& offer, std::uint32_t count) {
    return releasable(offer, count, market);
  };
  if (!market) return v;
  v.hazard = [this, market](const PricedOffer& offer, double prior) {
    return market->hazard(spec_->tenant, offer.id, prior);
  };
  v.refused = [this, market](const PricedOffer& offer) { return is_refused(offer, *market); };
  return v;
}

bool GroupEngine::is_refused(const PricedOffer& offer, const Market& market) const {
  return market.refusals().blocks(spec_->tenant, offer.id, now_);
}

// The pools this group could buy from if they did not refuse.
std::vector<Refusal> GroupEngine::refused(const Menu& menu, const Market* market) const {
  if (!market) return {};
  auto pools = market->refusals().of(spec_->tenant, now_);
  std::erase_if(pools, [&](const Refusal& pool) { return !menu.find(pool.offer); });
  return pools;
}

// The mix for a size, all that is retiring beside it.
Result<MixOption> GroupEngine::mix_for(std::uint32_t machines, bool fewer, bool explain,
                                       const Menu& menu, const Market* market,
                                       const Shop* shop) const {
  if (!shop) {
    auto mix = plan_mix(machines, staying(), menu, [&](const PricedOffer& offer) {
      return market && is_refused(offer, *market);
    });
    if (!mix) return mix.error();
    MixOption option;
    option.mix = std::move(mix).value();
    if (fewer) keep_paid(option, menu, market);
    return option;
  }
  auto bought = shop->buy(machines, fewer ? Freedom::release : Freedom::keep, std::nullopt,
                          explain && !fewer);
  // What runs may break the limits by itself: then machines may join, too.
  if (!bought && fewer) bought = shop->buy(machines, Freedom::any, std::nullopt, explain);
  return bought;
}

// The largest size in [least, wanted] for which there is a mix within `budget`, with that mix;
// `why` says what forbids more. More machines are taken to cost more, so the search is short.
Result<GroupEngine::Purchase> GroupEngine::largest(std::uint32_t least, std::uint32_t wanted,
                                                   const Menu& menu, const Market* market,
                                                   std::optional<UsdPerHour> budget) const {
  const auto held = staying();
  const auto cover = market ? market->ledger().cover(payer_, now_) : std::vector<FreeCover>();
  const auto shop_view = view(held, cover, menu, market);
  std::optional<Shop> shop;
  if (!plain(menu)) shop.emplace(menu, spec_->buying, shop_view);
  const auto current = reference_machines(price_mix(held, menu).capacity);
  const auto running = retiring_bill(menu);
  Error why{ErrorCode::failed_precondition, "no feasible mix"};
  double bill = 0;  // of the last one tried
  const auto try_it = [&](std::uint32_t n) -> std::optional<Purchase> {
    auto option = mix_for(n, wanted < current, n == wanted, menu, market, shop ? &*shop : nullptr);
    if (!option) {
      if (n == wanted) why = option.error();
      bill = NAN;
      return std::nullopt;
    }
    bill = (option->mix.price + running).dollars();
    if (budget && option->mix.price + running > *budget) return std::nullopt;
    return Purchase{n, std::move(option).value(), why.message};
  };
  if (auto all = try_it(wanted)) return *std::move(all);
  double low_bill = NAN, high_bill = bill;
  std::optional<Purchase> found;
  if (least > current && least < wanted) found = try_it(least);
  auto low = least, high = wanted;  // low: allowed or not tried, high: forbidden
  if (found) low_bill = bill;
  for (int step = 0; low + 1 < high; ++step) {
    auto next = low + (high - low) / 2;
    if (const double spare = budget ? budget->dollars() - low_bill : NAN;
        step % 3 != 2 && high_bill > low_bill && spare >= 0)
      next = low + static_cast<std::uint32_t>((high - low) * spare / (high_bill - low_bill));
    next = std::clamp(next, low + 1, high - 1);
    if (auto fits = try_it(next)) {
      found = std::move(fits);
      low = next;
      low_bill = bill;
    } else {
      high = next;
      high_bill = bill;
    }
  }
  if (!found) return why;
  return *std::move(found);
}

UsdPerHour GroupEngine::retiring_bill(const Menu& menu) const {
  return price_mix(rows_of(retiring_, false), menu).price;
}

// One kind of machine, or prices that are not believed: nothing to weigh.
bool GroupEngine::plain(const Menu& menu) const {
  return spec_->cost.empty() || (menu.offers().size() < 2 && !menu.volume()) ||
         menu.stale(now_, spec_->buying.max_price_age);
}

// Fills in what to ask for: `mix` beside what is retiring, or what a new mix makes retire.
void GroupEngine::take(Decision& decision, const MixOption& option, const Menu& menu,
                       const Market* market) const {
  const auto held = counts_of(fleet_.held());
  auto target = counts_of(option.mix.rows);
  auto gone = surplus(counts_of(staying()), target);
  bool joins = false;
  for (const auto& [id, count] : target) {
    const auto at = held.find(id);
    joins = joins || count > (at == held.end() ? 0 : at->second);
  }
  // Machines that are only given up go at once; those that are replaced wait for the others.
  Counts out = retiring_ready(target, menu) ? Counts() : retiring_;
  if (joins)
    for (const auto& [id, count] : gone) out[id] += count;
  for (const auto& [id, count] : out) target[id] += count;
  for (const auto& [id, count] : held) target.try_emplace(id, 0);
  decision.retiring = rows_of(out, false);
  decision.mix = price_mix(rows_of(target, true), menu, others(menu, market));
  decision.lost_per_hour = option.lost_per_hour;
  decision.worst_pool_share = option.worst_pool_share;
}

// The machines that replace others serve.
bool GroupEngine::retiring_ready(const Counts& target, const Menu& menu) const {
  return !retiring_.empty() && serves(target, menu);
}

// So much of a mix serves that its capacity is there.
bool GroupEngine::serves(const Counts& target, const Menu& menu) const {
  std::vector<MixRow> serving;
  for (const auto& row : fleet_.rows) {
    const auto at = target.find(row.offer_id);
    const auto wanted = at == target.end() ? 0 : at->second;
    serving.push_back({row.offer_id, std::min(row.serving, wanted)});
  }
  const double need = price_mix(rows_of(target, false), menu).capacity;
  const double have = price_mix(serving, menu).capacity;
  return have + capacity_hair(need) >= need;
}

void GroupEngine::buy(Decision& decision, const Situation& now, const Menu& menu,
                      const Market* market) {
  if (decision.action == Action::hold) {
    decision.mix = price_mix(fleet_.held(), menu);
    decision.retiring = rows_of(retiring_, false);
    if (!fleet_limit()) move(decision, menu, market);
    return;
  }
  // Without prices no budget can be kept: nothing is added beyond the least there must be.
  const auto least = std::max(now.current, now.min);
  if (decision.desired > least && market && menu.stale(now_, spec_->buying.max_price_age) &&
      market->ledger().book().binds(spec_->tenant, spec_->id)) {
    cut(decision, least, "price_age",
        "no price is younger than " + to_string(*spec_->buying.max_price_age) +
            ", so no budget can be kept");
    if (decision.action == Action::hold) return buy(decision, now, menu, market);
  }
  const bool out = decision.action == Action::scale_out;
  const auto bought =
      largest(out ? now.current : decision.desired, decision.desired, menu, market, std::nullopt);
  if (!bought) {
    hold(decision, "no_offer", bought.error().message);
  } else {
    if (bought->machines < decision.desired) cut(decision, bought->machines, "mix", bought->why);
    const auto rest = reference_machines(bought->option.mix.capacity);
    if (!out && rest > decision.desired && holds_paid(bought->option, menu, market))
      cut(decision, std::min(rest, now.current), "paid_time",
          "what is paid for is kept until it must be paid for again");
    else if (rest > decision.desired &&
             holds_tier(bought->option.mix, decision.desired, menu, others(menu, market)))
      cut(decision, std::min(rest, out ? std::max(now.max, decision.desired) : now.current),
          "volume_tier", "fewer machines would cost more");
    if (decision.action != Action::hold) {
      take(decision, bought->option, menu, market);
      if (decision.mix == price_mix(fleet_.held(), menu))
        hold(decision, "machine_size", "no whole machine can go");
    }
  }
  if (decision.action == Action::hold) {
    decision.mix = price_mix(fleet_.held(), menu);
    decision.retiring = rows_of(retiring_, false);
  }
}

// Cuts what is wanted, towards what there is, for a reason that has a name.
void GroupEngine::cut(Decision& decision, std::uint32_t to, const std::string& name,
                      const std::string& why) const {
  decision.limits.push_back({name, decision.desired, to});
  decision.reason += "; " + name + ": " + std::to_string(decision.desired) + " -> " +
                     std::to_string(to) + (why.empty() ? "" : " (" + why + ")");
  decision.desired = to;
  const bool changes =
      decision.action == Action::scale_in ? to < decision.current : to > decision.current;
  if (changes) return;
  decision.desired = decision.current;
  decision.action = Action::hold;
  decision.cause = name;
}

// What is beside the decision for whoever reads it: what else could be bought, and what it is
// worth.
void GroupEngine::appraise(Decision& decision, const Menu& menu, const Market* market) const {
  if (decision.action == Action::hold || spec_->cost.empty() || menu.empty()) return;
  const auto held = price_mix(fleet_.held(), menu, others(menu, market));
  if (!plain(menu) && decision.action != Action::move) {
    const auto rows = staying();
    const auto cover = market ? market->ledger().cover(payer_, now_) : std::vector<FreeCover>();
    const auto shop_view = view(rows, cover, menu, market);
    decision.options =
        Shop(menu, spec_->buying, shop_view)
            .options(decision.desired,
                     decision.action == Action::scale_in ? Freedom::release : Freedom::keep);
  }
  if (decision.roi) return;
  const auto horizon = spec_->buying.move.expected_life;
  const auto outlook = [&](UsdPerHour price, std::uint32_t machines) {
    return Outlook{cost_of(price, horizon),
                   Usd::from_dollars(penalty_at(decision, machines) * hours(horizon))};
  };
  Usd boot;
  const auto before = counts_of(held.rows);
  for (const auto& [id, count] : surplus(counts_of(decision.mix.rows), before))
    if (const auto* offer = menu.find(id)) boot += cost_of(offer->price * count, spec_->lead_time);
  decision.roi =
      roi(outlook(held.price, decision.current), outlook(decision.mix.price, decision.desired),
          TransitionCost{boot, {}, {}, {}, {}}, horizon);
}

void GroupEngine::settle(Decision& decision, const Menu& menu, Market& market) {
  auto& ledger = market.ledger();
  if (decision.action == Action::hold) {
    if (fleet_.known) decision.mix.price = ledger.running(payer_);
    return;
  }
  auto& book = ledger.book();
  SpendRequest request{spec_->tenant, spec_->id, now_, {}, {}};
  const auto price = [&] {
    request.rate = ledger.rate(payer_, decision.mix.rows, menu, now_);
    request.once = ledger.forfeit(payer_, decision.mix.rows, menu, now_);
    return book.check(request);
  };
  auto verdict = price();
  if (!verdict.allowed) {
    const auto most = book.most_rate(spec_->tenant, spec_->id, now_).value_or(UsdPerHour{});
    ledger.rate(payer_, last_fleet().held(), menu, now_);
    afford(decision, menu, market, most, "budget " + verdict.binding, verdict.violated.front());
    // Commitments may cover it otherwise than was reckoned: then nothing is added beyond min.
    if (const auto again = price(); !again.allowed && decision.desired > spec_->min) {
      afford(decision, menu, market, {}, "budget " + again.binding, again.violated.front());
      price();
    }
  }
  decision.mix.price = request.rate;
  if (decision.action != Action::hold && !decision.dry_run) book.reserve(spec_->name(), request);
}

void GroupEngine::afford(Decision& decision, const Menu& menu, const Market& market,
                         UsdPerHour most, const std::string& budget, const std::string& why) {
  if (decision.action == Action::move) {
    decision.roi.reset();
    hold(decision, budget, why);
  } else {
    const auto least = std::max(decision.current, std::min(decision.desired, spec_->min));
    auto bought = largest(least, decision.desired, menu, &market, most);
    // What there must be is bought whatever it costs.
    std::string all_of_it = why;
    if (!bought && least > decision.current) {
      bought = largest(decision.current, least, menu, &market, std::nullopt);
      if (bought)
        all_of_it += "; min " + std::to_string(spec_->min) + " is bought whatever it costs";
    }
    cut(decision, bought ? bought->machines : decision.current, budget, all_of_it);
    if (decision.action != Action::hold) {
      take(decision, bought->option, menu, &market);
      decision.options.clear();
      decision.roi.reset();
      appraise(decision, menu, &market);
    }
  }
  if (decision.action == Action::hold) {
    decision.mix = price_mix(fleet_.held(), menu);
    decision.retiring = rows_of(retiring_, false);
    decision.options.clear();
  }
  last_decision_ = decision;
}

}  // namespace nova
