// GroupEngine's plan: what it knows of its signals and machines, put before the planner. It changes
// nothing, so decisions are the same with and without it.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/ids.hpp"
#include "core/decide/propose.hpp"
#include "core/engine/group_engine.hpp"
#include "core/engine/market.hpp"

namespace nova {
namespace {

// A bill is matched, no share of violations is stated: as if one step in ten might be violated.
constexpr double kBillQuantile = 0.9;

double planning_quantile(const PredictiveSpec& policy, const Situation& now) {
  if (!policy.promise) return sizing_quantile(prices_of(policy, now.price));
  return policy.promise->violations > 0 ? std::max(0.5, 1 - policy.promise->violations)
                                        : kBillQuantile;
}

// What a promise is measured by is what it is planned by.
Capacity capacity_of(const SignalSituation& signal, std::optional<double> promised) {
  if (!promised) return signal.capacity();
  return {signal.spec->per_machine, *promised, *promised};
}

std::set<std::string> regions_of(const std::map<std::string, std::uint32_t>& counts,
                                 const Menu& menu) {
  std::set<std::string> regions;
  for (const auto& [id, count] : counts)
    if (const auto* offer = menu.find(id)) regions.insert(offer->region);
  return regions;
}

}  // namespace

bool GroupEngine::plan_due(Duration every) const {
  // Each group at its own phase, so that not all are planned in one tick.
  const auto offset = static_cast<std::int64_t>(series_key(spec_->tenant, spec_->id, "plan") %
                                                static_cast<std::uint64_t>(every.count()));
  const auto phase = [&](TimePoint t) { return (unix_ns(t) + offset) / every.count(); };
  return phase(now_) != phase(now_ - step_);
}

std::optional<MixChange> GroupEngine::cheaper_mix(std::uint32_t machines, const Menu& menu,
                                                  const Market* market) const {
  if (!retiring_.empty() || machines == 0) return std::nullopt;
  const auto found = cheaper(machines, menu, market);
  if (!found) return std::nullopt;
  MixChange change;
  change.text = found->text;
  change.from = found->present.expected;
  change.to = found->better.expected;
  change.worth = found->worth;
  const auto there = regions_of(found->gone, menu);
  for (const auto& region : regions_of(found->come, menu))
    change.other_region = change.other_region || (!there.empty() && !there.contains(region));
  return change;
}

FleetRisk GroupEngine::fleet_risk(std::uint32_t machines, const Menu& menu,
                                  const Market* market) const {
  FleetRisk risk;
  const auto held = staying();
  const auto price = price_mix(held, menu).price;
  if (machines > 0) risk.usd_per_hour = price.dollars() / machines;
  for (const auto& row : fleet_.rows) risk.unhealthy += row.unhealthy;
  if (market)
    if (const auto most = market->ledger().book().most_rate(spec_->tenant, spec_->id, now_))
      risk.budget_share = most->nanos > 0 ? price.dollars() / most->dollars() : 1;
  if (plain(menu) || machines == 0) return risk;
  const auto cover = market ? market->ledger().cover(payer_, now_) : std::vector<FreeCover>();
  const auto shop_view = view(held, cover, menu, market);
  const auto present = Shop(menu, spec_->buying, shop_view).present(machines);
  risk.lost_per_hour = present.lost_per_hour;
  risk.worst_pool_share = present.worst_pool_share;
  return risk;
}

ResourceView GroupEngine::view_of(const SignalSpec& spec, const SignalWindow& window,
                                  const SeasonWatch& watch, bool look_for_seasons,
                                  std::vector<Season>& seasons) const {
  ResourceView v;
  seasons = watch.found();
  v.season = watch.judge();
  if (look_for_seasons && !watch.state().looked) {
    seasons = find_seasons(window.coarse(), SeasonWatch::rules(window.forecast_step()));
    v.season = seasons.empty() ? 0 : seasons.front().length;
  }
  v.name = spec.name;
  v.resource = spec.resource.empty() ? v.name : spec.resource;
  v.role = spec.role;
  v.limit = spec.limit;
  v.load = window.latest();
  v.history = window.coarse();
  v.end = window.coarse_end();
  v.step = window.forecast_step();
  v.seasons = seasons;
  return v;
}

GroupPlan GroupEngine::plan(const Menu& menu, const Market* market, const PlanningRules& rules,
                            bool look_for_seasons) const {
  const auto now = situation(menu);
  const PredictiveSpec policy = acting_ ? *acting_ : PredictiveSpec{};
  PlanFor asked;
  asked.now = now_;
  asked.lead_time = spec_->lead_time;
  asked.quantile = planning_quantile(policy, now);
  asked.fleet = {now.serving, now.current, now.min,
                 now.max,     now.max_is,  spec_->machine.storage_gib.value_or(0)};

  // Those that are watched come behind those that size the group.
  const auto sizing = signals_.size();
  std::vector<std::vector<Season>> seasons(sizing + watched_.size());
  std::vector<ResourceView> views;
  for (std::size_t i = 0; i < sizing; ++i) {
    const auto& signal = signals_[i];
    views.push_back(
        view_of(spec_->signals[i], signal.window, signal.seasons, look_for_seasons, seasons[i]));
    auto& v = views.back();
    if (spec_->signals[i].role == Role::demand)
      if (const auto known = learned_capacity(i)) v.learned = known->fit;
    v.capacity = capacity_of(now.signals[i],
                             promise_ ? std::optional(promised_utilisation()) : std::nullopt);
    v.trusted = now.signals[i].forecast;
    v.source = now.signals[i].model;
  }
  for (std::size_t i = 0; i < watched_.size(); ++i)
    views.push_back(view_of(spec_->watched[i], watched_[i].window(), watched_[i].seasons(),
                            look_for_seasons, seasons[sizing + i]));

  GroupPlan out;
  const auto outlooks = outlooks_of(views, rules);
  out.plan = make_capacity_plan(asked, views, outlooks, rules);
  const auto that_size = std::span<const ResourceView>(views).first(sizing);
  out.risk = assess_risk(out.plan, outlooks, that_size, fleet_risk(now.current, menu, market));

  RecommendQuestion q;
  q.plan = &out.plan;
  q.views = that_size;
  q.outlooks = outlooks;
  const double sure = std::min(asked.quantile, 0.9999);
  q.prices = {now.price.dollars(), now.price.dollars() * sure / (1 - sure)};
  // What is held, with the cheapest added or the dearest released; a volume tier prices all of it.
  const auto beside = others(menu, market);
  const auto held = price_mix(staying(), menu, beside).price;
  q.price_of = [&](std::uint32_t n) {
    if (n == now.current) return held;
    const auto mix = plan_mix(n, staying(), menu);
    return mix ? price_mix(mix->rows, menu, beside).price : now.price * n;
  };
  q.cheaper = cheaper_mix(now.current, menu, market);
  q.owns_commitments = market && !market->ledger().cover(payer_, now_).empty();
  q.vcpus = spec_->machine.vcpus;
  q.memory_gib = spec_->machine.memory_gib;
  q.storage_gib = spec_->machine.storage_gib.value_or(0);
  out.advice = recommend(q);
  return out;
}

}  // namespace nova
