// What is to be warned of: a lost signal, a fleet below its least, a promise that is not kept,
// models without trust, a load that all that can be had will not serve, money that runs out.
#include "core/engine/condition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/decide/text.hpp"
#include "core/engine/group_engine.hpp"
#include "core/engine/market.hpp"

namespace nova {
namespace {

// Chance of a saturation from which on it is told, and below which it is told no more.
constexpr double kSure = 0.9, kDoubtful = 0.7;
constexpr double kMoreLikelyThanNot = 0.5;  // when it is said to be
constexpr double kMended = 0.9;             // of what was promised: it is told to be kept again
constexpr double kRelieved =
    0.9;  // of what is served: a load that is told to be no longer too much

}  // namespace

// The most machines this group can have now, and what binds it. An upper bound: spot is taken for
// free of risk, and where commitments cover machines no budget is reckoned with; so it never warns
// of what a better purchase would avert.
GroupEngine::Ceiling GroupEngine::ceiling(const Menu& menu, const Market& market) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Ceiling out{static_cast<double>(spec_->max), "max"};
  if (fleet_.known && fleet_.max < spec_->max)
    out = {static_cast<double>(fleet_.max), "the controller's max"};
  const double held = price_mix(fleet_.held(), menu).capacity;
  double to_be_had = 0, dollars = kInfinity;  // dollars: for one reference machine
  for (const auto& offer : menu.offers()) {
    to_be_had = offer.available ? to_be_had + *offer.available * offer.capacity : kInfinity;
    const double share = menu.tiered(offer) ? menu.volume()->discount.least_share() : 1;
    if (offer.available != 0u)
      dollars = std::min(dollars, share * offer.price.dollars() / offer.capacity);
  }
  const auto at_most = [&](double machines, const char* why) {
    if (std::floor(machines) < out.machines) out = {std::floor(machines), why};
  };
  if (!menu.empty()) at_most(held + to_be_had, "sold out");
  const auto& ledger = market.ledger();
  const auto rate = ledger.book().most_rate(spec_->tenant, spec_->id, now_);
  if (rate && dollars > 0 && std::isfinite(dollars) && ledger.cover(payer_, now_).empty())
    at_most(std::max(held, rate->dollars() / dollars + 1e-9), "budget");
  return out;
}

// From the calibrated quantiles: whether a step will need more than all that can be had, and when
// the first one is likelier to than not.
void GroupEngine::add_saturation(std::size_t index, const Ceiling& ceiling,
                                 std::vector<Condition>& out) const {
  if (!predictive_) return;
  const auto& signal = signals_[index];
  const auto& spec = this->signal(index);
  Condition c{spec_->tenant, spec_->id, "will_saturate", "signal " + spec.name, "critical", ""};
  c.raises = false;
  const auto& forecast = signal.panel.forecast();
  // Of what is not known now nothing new is told, and nothing taken back.
  if (!forecast || std::isnan(signal.window.latest())) return out.push_back(c);
  const double serves = ceiling.machines * spec.per_machine * spec.max_utilisation;
  const auto until = now_ + predictive_->prediction_horizon;
  std::optional<std::size_t> likely;  // the first step that is more likely than not to
  for (std::size_t i = 0; i < forecast->leads().size() && forecast->time_of(i) <= until; ++i) {
    const auto at = forecast->time_of(i);
    const double chance = forecast->probability_above(serves, i);
    if (at <= now_ || chance < kMoreLikelyThanNot) continue;
    if (!likely) likely = i;
    if (chance < kDoubtful) continue;
    c.raises = chance >= kSure;
    const auto first = forecast->time_of(*likely);
    c.text = "signal " + spec.name + " will saturate in " + in_words(first - now_) +
             (first < at ? ", within " + in_words(at - now_) : "") + " with " +
             short_number(std::floor(100 * std::min(chance, 0.99)), 2) + " %: at " +
             to_iso8601(first) + " the load will exceed " + short_number(serves) +
             ", which is all that " + short_number(ceiling.machines) + " machines serve (" +
             ceiling.why + ")";
    c.more = {{"at_ns", unix_ns(first)},
              {"sure_at_ns", unix_ns(at)},
              {"probability", chance},
              {"serves", serves},
              {"bound_by", ceiling.why}};
    if (c.raises) break;
  }
  if (!c.text.empty()) out.push_back(std::move(c));
}

// Of a fleet that is smaller than it must be: what was asked for, and what cut that last.
void GroupEngine::add_below_min(std::vector<Condition>& out) const {
  if (!last_decision_ || !fleet_.known) return;
  std::uint64_t have = 0;  // serve, or will
  for (const auto& row : fleet_.rows) have += row.serving + row.booting;
  if (have >= spec_->min) return;
  const auto& decision = *last_decision_;
  auto why = decision.reason;
  if (const auto at = decision.limits.empty() ? 0 : why.rfind(decision.limits.back().name);
      at != std::string::npos)
    why.erase(0, at);
  out.push_back({spec_->tenant, spec_->id, "below_min", "machines", "critical",
                 std::to_string(have) + " machines serve or boot, and min is " +
                     std::to_string(spec_->min) + "; wanted are " +
                     std::to_string(decision.desired) + ": " + why,
                 Situation::kLateSteps});
}

// Of a load that all that can be had does not serve now, whatever decides.
void GroupEngine::add_saturated(std::size_t index, const Ceiling& ceiling,
                                std::vector<Condition>& out) const {
  const auto& spec = this->signal(index);
  const double load = signals_[index].window.latest();
  const double serves = ceiling.machines * spec.per_machine * spec.max_utilisation;
  Condition c{spec_->tenant,
              spec_->id,
              "saturated",
              "signal " + spec.name,
              "critical",
              "the load of " + spec.name + ", " + short_number(load) + ", exceeds " +
                  short_number(serves) + ", which is all that " + short_number(ceiling.machines) +
                  " machines serve (" + ceiling.why + ")",
              Situation::kLateSteps};
  c.raises = load > serves;
  c.more = {{"load", number(load)}, {"serves", serves}, {"bound_by", ceiling.why}};
  if (!(load <= kRelieved * serves)) out.push_back(std::move(c));
}

// Of a promise that was not kept, once a day of steps has told how it goes.
void GroupEngine::add_broken_promise(std::vector<Condition>& out) const {
  if (!promise_) return;
  const auto& engine = promise_->engine();
  const auto& spent = engine.spent();
  const double promised = acting_->promise->violations;
  const double share = spent.slots > 0 ? spent.violations / spent.slots : 0;
  if (!(promised > 0) || spent.slots < static_cast<double>(engine.rules().day) ||
      share < kMended * promised)
    return;
  Condition c{spec_->tenant,
              spec_->id,
              "promise_broken",
              "promise",
              "critical",
              short_number(100 * share, 3) + " % of " + short_number(spent.slots, 9) +
                  " steps were violated, and " + short_number(100 * promised) +
                  " % is the most that was promised"};
  c.raises = share > promised;
  c.more = {{"promised", promised}, {"violated", share}, {"steps", spent.slots}};
  out.push_back(std::move(c));
}

std::vector<Condition> GroupEngine::conditions(const Menu& menu, const Market& market) const {
  std::vector<Condition> out;
  add_below_min(out);
  add_broken_promise(out);
  const auto most = ceiling(menu, market);
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto& signal = signals_[i];
    const auto& spec = spec_->signals[i];
    const auto about = "signal " + spec.name;
    const auto missing = signal.window.steps_missing();
    add_doubt(signal.window, spec_->tenant, spec_->id, about, out);
    if (missing >= Situation::kLateSteps)
      out.push_back({spec_->tenant, spec_->id, "signal_lost", about, "critical",
                     about + " has had no value for " +
                         in_words(step_ * static_cast<std::int64_t>(missing))});
    add_saturated(i, most, out);
    add_saturation(i, most, out);
    if (!predictive_ || promise_ || signal.panel.forecast() || signal.panel.models() == 0) continue;
    bool judged = true;  // every model was scored, or does not answer
    for (std::size_t m = 0; m < signal.panel.models(); ++m) {
      const auto& trust = signal.panel.seat(m).trust[signal.panel.shape().acting];
      judged = judged && (signal.fits[m].failing || trust.enough());
    }
    if (judged)
      out.push_back({spec_->tenant, spec_->id, "model_untrusted", about, "warning",
                     "no forecast of " + about + " may be acted on: " + signal.panel.why_not(),
                     static_cast<std::size_t>(3 * spec.forecast_step / step_)});
  }
  for (const auto& signal : watched_) signal.add_conditions(spec_->tenant, spec_->id, out);
  return out;
}

void add_doubt(const SignalWindow& window, const std::string& tenant, const std::string& group,
               const std::string& about, std::vector<Condition>& out) {
  if (std::isnan(window.doubted())) return;
  out.push_back({tenant, group, "signal_doubted", about, "warning",
                 about + " came as " + short_number(window.doubted()) +
                     (window.doubted() < 0 ? ", and no load is below 0"
                                           : ", a billion times all that is known of it") +
                     ": taken as missing",
                 1, true, Json{{"level", window.doubted() < 0 ? "below 0" : "too large"}}});
}

std::vector<Condition> budget_conditions(const BudgetBook& book, TimePoint now) {
  std::vector<Condition> out;
  for (const auto& status : book.status(now)) {
    const auto slash = status.budget.find('/');
    const auto add = [&](bool monthly, BudgetLevel level, double share) {
      if (level == BudgetLevel::ok) return;
      const std::string period = monthly ? "a month" : "an hour";
      out.push_back({slash == std::string::npos ? "" : status.budget.substr(0, slash), "", "budget",
                     "budget " + status.budget + " " + period,
                     level == BudgetLevel::warning ? "warning" : "critical",
                     "budget " + status.budget + ": " + to_string(level) + ", " +
                         short_number(100 * share, 3) + " % of its limit " + period,
                     1, true,
                     Json{{"budget", status.budget},
                          {"level", to_string(level)},
                          {"monthly", monthly},
                          {"share", share}}});
    };
    add(false, status.hourly, status.hourly_share);
    add(true, status.monthly, status.monthly_share);
  }
  return out;
}

}  // namespace nova
