// GroupEngine's moves: the same size for less.
//
// Looked for now and then, made when it pays; the comparison is made again once the new machines
// serve, before what they replace goes.
#include "core/base/ids.hpp"
#include "core/decide/text.hpp"
#include "core/engine/counts.hpp"
#include "core/engine/group_engine.hpp"
#include "core/engine/market.hpp"

namespace nova {
namespace {

constexpr Duration kLookEvery = std::chrono::minutes(15);  // for a cheaper mix

}  // namespace

// Another mix for the same size that is worth moving to.
std::optional<GroupEngine::Cheaper> GroupEngine::cheaper(std::uint32_t machines, const Menu& menu,
                                                         const Market* market) const {
  if (plain(menu) || machines == 0) return std::nullopt;
  const auto rows = fleet_.held();
  const auto held = counts_of(rows);
  const auto cover = market ? market->ledger().cover(payer_, now_) : std::vector<FreeCover>();
  const auto shop_view = view(rows, cover, menu, market);
  const Shop shop(menu, spec_->buying, shop_view);
  auto better = shop.buy(machines, Freedom::any);
  if (!better) return std::nullopt;
  Cheaper found{shop.present(machines), std::move(better).value(), {}, {}, "", {}};
  const auto target = counts_of(found.better.mix.rows);
  found.come = surplus(target, held);
  found.gone = surplus(held, target);
  found.text = in_words(found.come) + " instead of " + in_words(found.gone);
  Usd boot;
  for (const auto& [id, count] : found.come)
    if (const auto* offer = menu.find(id)) boot += cost_of(offer->price * count, spec_->lead_time);
  const auto& rule = spec_->buying.move;
  const auto life = rule.expected_life;
  found.worth =
      roi({cost_of(found.present.expected, life), {}}, {cost_of(found.better.expected, life), {}},
          TransitionCost{boot, {}, {}, {}, {}}, life);
  if (!why_not(found.worth, rule).empty() || (found.come.empty() && found.gone.empty()))
    return std::nullopt;
  return found;
}

// The comparison once more when the machines in the place of others serve: prices may have turned
// since they were asked for. The cheapest part of all that runs, where it keeps what was to go.
std::optional<GroupEngine::Cheaper> GroupEngine::cheaper_to_stay(std::uint32_t machines,
                                                                 const Menu& menu,
                                                                 const Market* market) const {
  if (plain(menu)) return std::nullopt;
  const auto cover = market ? market->ledger().cover(payer_, now_) : std::vector<FreeCover>();
  const auto all = fleet_.held(), planned = staying();
  const auto of_all = view(all, cover, menu, market);
  const auto of_planned = view(planned, cover, menu, market);
  auto best = Shop(menu, spec_->buying, of_all).buy(machines, Freedom::release, {}, false);
  if (!best) return std::nullopt;
  Cheaper found{
      Shop(menu, spec_->buying, of_planned).present(machines), *std::move(best), {}, {}, "", {}};
  const auto kept = counts_of(found.better.mix.rows), plan = counts_of(planned);
  found.come = surplus(kept, plan);
  found.gone = surplus(plan, kept);
  if (found.come.empty() || !(found.better.expected < found.present.expected) ||
      !serves(kept, menu))
    return std::nullopt;
  found.text = in_words(found.come) + " stay" +
               (found.gone.empty() ? "" : ", " + in_words(found.gone) + " go");
  return found;
}

// The same size for less: replaced machines go once the others serve, and nothing is replaced for
// pennies or twice within the life that has to pay for it.
void GroupEngine::move(Decision& decision, const Menu& menu, const Market* market) {
  if (!retiring_.empty()) {
    const auto target = counts_of(staying());
    if (!retiring_ready(target, menu)) return;
    decision.action = Action::move;
    if (const auto found = cheaper_to_stay(decision.current, menu, market)) {
      decision.cause = "dearer_after_launch";
      decision.reason += "; " + found->text +
                         ": prices have turned since these were to be replaced, " +
                         short_number(found->better.expected.dollars()) + " against " +
                         short_number(found->present.expected.dollars()) + " USD/h";
      decision.retiring.clear();
      decision.mix = found->better.mix;
      return;
    }
    decision.cause = "replaced";
    decision.reason += "; " + in_words(retiring_) + " can go: the machines in their place serve";
    decision.retiring.clear();
    decision.mix = price_mix(rows_of(target, true), menu);
    return;
  }
  const auto& rule = spec_->buying.move;
  if (plain(menu) || !look_due() || decision.current == 0) return;
  const auto& since = memory_.last_change ? memory_.last_change : memory_.first_seen;
  if (since && now_ < *since + rule.expected_life) return;
  for (const auto& row : fleet_.rows)
    if (row.booting > 0) return;
  const auto found = cheaper(decision.current, menu, market);
  if (!found) return;
  decision.action = Action::move;
  decision.cause = "cheaper_mix";
  decision.reason += "; " + found->text + ": " + short_number(found->present.expected.dollars()) +
                     " becomes " + short_number(found->better.expected.dollars()) + " USD/h, " +
                     to_string(found->worth);
  decision.roi = found->worth;
  take(decision, found->better, menu, market);
}

// Each group at its own phase, so that they do not all look in one tick.
bool GroupEngine::look_due() const {
  const auto offset = static_cast<std::int64_t>(series_key(spec_->tenant, spec_->id, "") %
                                                static_cast<std::uint64_t>(kLookEvery.count()));
  const auto phase = [&](TimePoint t) { return (unix_ns(t) + offset) / kLookEvery.count(); };
  return phase(now_) != phase(now_ - step_);
}

}  // namespace nova
