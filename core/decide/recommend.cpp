#include "core/decide/recommend.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/text.hpp"
#include "core/cost/commitment.hpp"

namespace nova {
namespace {

using Question = RecommendQuestion;

constexpr std::size_t kMedium = 1;
constexpr double kWorthResizing = 1.5;    // needs of the binding resource to those of the next
constexpr double kBigSaving = 0.2;        // of the bill: no longer a small matter
constexpr double kUsualCommitment = 0.7;  // price of one-year terms to on demand (COST.md)
constexpr Duration kCommitHistory = std::chrono::hours(24 * 7);
constexpr Duration kYear = std::chrono::hours(24 * 365);

std::string usd(double dollars) { return short_number(dollars, 4) + " USD"; }
std::string hundredths(double share) { return short_number(100 * share, 3) + " %"; }

// Else what will be short, and the chance that something is, are not known.
bool any_outlook(const Question& q) {
  return std::any_of(q.outlooks.begin(), q.outlooks.end(), [](const auto& o) { return !!o; });
}

// Machine-hours short and the chance of overload of `machines` over the medium horizon.
void weigh_size(const Question& q, SizeOption& option) {
  const auto& asked = q.plan->asked;
  const auto until = asked.now + q.plan->rules.medium_term;
  double hours_short = 0;
  for (std::size_t i = 0; i < q.views.size(); ++i) {
    if (!q.outlooks[i]) continue;
    const auto& outlook = *q.outlooks[i];
    const auto& c = q.views[i].capacity;
    const double unit = c.per_machine * c.target_utilisation;
    const double limit = served_at(option.machines, c.per_machine, c.max_utilisation);
    double sum = 0;
    for (std::size_t k = 0; k < outlook.leads().size(); ++k) {
      const auto end = std::min(outlook.time_of(k), until);
      const auto begin = std::max(
          asked.now, k == 0 ? outlook.time_of(k) - outlook.step() : outlook.time_of(k - 1));
      if (end <= begin) continue;
      sum += outlook.expected_above(option.machines * unit, k) / unit * hours(end - begin);
      option.overload_probability =
          std::max(option.overload_probability, outlook.probability_above(limit, k));
    }
    hours_short = std::max(hours_short, sum);  // of the resource that is shortest
  }
  option.short_hours = hours_short;
}

SizeOption size_option(const Question& q, std::uint32_t machines) {
  SizeOption o;
  o.machines = machines;
  o.price = q.price_of(machines);
  const auto current = q.plan->asked.fleet.current;
  o.moves = machines > current ? machines - current : current - machines;
  o.score_usd = o.price.dollars() * hours(q.plan->rules.medium_term);
  if (!any_outlook(q)) {
    o.short_hours = o.overload_probability = std::nan("");
    return o;
  }
  weigh_size(q, o);
  o.score_usd += q.prices.under * o.short_hours;
  return o;
}

bool dominates(const SizeOption& a, const SizeOption& b) {
  const bool no_worse = a.price <= b.price && a.short_hours <= b.short_hours &&
                        a.moves <= b.moves && a.overload_probability <= b.overload_probability;
  return no_worse && (a.price < b.price || a.short_hours < b.short_hours || a.moves < b.moves ||
                      a.overload_probability < b.overload_probability);
}

void argue(SizeOption& o, const SizeOption& chosen) {
  const auto say = [&](bool better, std::string what) {
    (better ? o.pros : o.cons).push_back(std::move(what));
  };
  if (const double more = static_cast<double>(o.price.nanos - chosen.price.nanos) * 1e-9; more != 0)
    say(more < 0, usd(std::abs(more)) + "/h " + (more < 0 ? "cheaper" : "dearer"));
  // Less than a thousandth is no argument.
  constexpr double kTells = 1e-3;
  if (std::abs(o.short_hours - chosen.short_hours) > kTells * std::max(1.0, chosen.short_hours))
    say(o.short_hours < chosen.short_hours, short_number(o.short_hours, 3) +
                                                " machine-hours short instead of " +
                                                short_number(chosen.short_hours, 3));
  if (std::abs(o.overload_probability - chosen.overload_probability) > kTells)
    say(o.overload_probability < chosen.overload_probability,
        "overloaded with chance " + hundredths(o.overload_probability) + " instead of " +
            hundredths(chosen.overload_probability));
  if (o.moves != chosen.moves)
    say(o.moves < chosen.moves,
        o.moves == 0 ? "nothing moves" : std::to_string(o.moves) + " machines move");
}

std::vector<SizeOption> pareto_front(const Question& q, std::uint32_t chosen) {
  const auto& plan = *q.plan;
  const auto& fleet = plan.asked.fleet;
  std::set<std::uint32_t> sizes{chosen, fleet.current};
  for (const auto* all : {&plan.machines, &plan.likely, &plan.least})
    for (const auto n : *all) sizes.insert(std::clamp(n, fleet.min, fleet.max));
  if (chosen > fleet.min) sizes.insert(chosen - 1);
  if (chosen < fleet.max) sizes.insert(chosen + 1);
  if (!any_outlook(q)) sizes = {chosen, fleet.current};
  std::vector<SizeOption> all;
  for (const auto n : sizes) all.push_back(size_option(q, n));
  std::vector<SizeOption> kept;
  for (const auto& o : all) {
    const bool beaten =
        std::any_of(all.begin(), all.end(), [&](const SizeOption& x) { return dominates(x, o); });
    if (!beaten || o.machines == chosen || o.machines == fleet.current) kept.push_back(o);
  }
  const auto recommended = *std::find_if(kept.begin(), kept.end(),
                                         [&](const SizeOption& o) { return o.machines == chosen; });
  for (auto& o : kept)
    if (o.machines != chosen) argue(o, recommended);
  std::stable_sort(kept.begin(), kept.end(), [](const SizeOption& a, const SizeOption& b) {
    return a.score_usd < b.score_usd;
  });
  return kept;
}

// When the sizing quantile of some resource first passes what the present machines serve at
// `utilisation` of it.
std::optional<TimePoint> passed_at(const Question& q, double Capacity::*utilisation) {
  const auto& asked = q.plan->asked;
  std::optional<TimePoint> first;
  for (std::size_t i = 0; i < q.views.size(); ++i) {
    if (!q.outlooks[i]) continue;
    const auto& outlook = *q.outlooks[i];
    const auto& c = q.views[i].capacity;
    const double limit = served_at(asked.fleet.current, c.per_machine, c.*utilisation);
    for (std::size_t k = 0; k < outlook.leads().size(); ++k) {
      if (outlook.time_of(k) <= asked.now || outlook.quantile(asked.quantile, k) <= limit) continue;
      // Anywhere since the lead before.
      const auto since = std::max(
          asked.now, k == 0 ? outlook.time_of(k) - outlook.step() : outlook.time_of(k - 1));
      first = std::min(first.value_or(since), since);
      break;
    }
  }
  return first;
}

Urgency urgency_by(TimePoint by, const CapacityPlan& plan) {
  const auto left = by - plan.asked.now;
  if (left <= Duration{0}) return Urgency::critical;
  if (left <= plan.rules.short_term) return Urgency::high;
  return left <= plan.rules.medium_term ? Urgency::medium : Urgency::low;
}

std::string needs_text(const CapacityPlan& plan, std::size_t horizon) {
  const auto* r = plan.binding_at(horizon);
  if (!r) return "";
  const auto& need = r->needs[horizon];
  return r->name + " may reach " + short_number(need.upper) + " (quantile " +
         short_number(plan.asked.quantile, 3) + ", " + r->source + ") at " + to_iso8601(need.peak) +
         ", which needs " + std::to_string(need.machines);
}

void appraise_move(const Question& q, const SizeOption& from, const SizeOption& to,
                   Recommendation& r) {
  r.cost = CostImpact{from.price, to.price};
  if (!any_outlook(q)) return;
  const auto horizon = q.plan->rules.medium_term;
  const auto outlook = [&](const SizeOption& o) {
    return Outlook{cost_of(o.price, horizon), Usd::from_dollars(q.prices.under * o.short_hours)};
  };
  TransitionCost move;
  if (to.price > from.price)
    move.boot = cost_of({to.price.nanos - from.price.nanos}, q.plan->asked.lead_time);
  r.roi = roi(outlook(from), outlook(to), move, horizon);
}

// To grow until the end of one horizon; none if the present size does for it.
std::optional<Recommendation> grow_advice(const Question& q, std::size_t h) {
  const auto& plan = *q.plan;
  const auto& fleet = plan.asked.fleet;
  if (plan.machines[h] <= fleet.current) return std::nullopt;
  Recommendation r;
  r.machines = std::clamp(plan.machines[h], fleet.current, std::max(fleet.current, fleet.max));
  r.reason = needs_text(plan, h);
  if (plan.machines[h] > fleet.max)
    r.reason += std::string(", of which ") + fleet.max_is + " allows " + std::to_string(fleet.max);
  const auto at = passed_at(q, &Capacity::max_utilisation);
  const auto by =
      at ? std::optional(*at - plan.asked.lead_time) : passed_at(q, &Capacity::target_utilisation);
  r.priority = at ? urgency_by(*by, plan) : Urgency::low;
  r.reason += "; the present " + std::to_string(fleet.current) +
              (at ? " are overloaded from " + to_iso8601(*at) + " on"
                  : " would run above target_utilisation, not above max_utilisation");
  if (r.machines == fleet.current) return r;  // held at the bound
  r.remedy = Remedy::scale_out;
  if (by) r.implement_by = std::max(plan.asked.now, *by);
  return r;
}

// Without an outlook the load of now is known.
void grow_now(const Question& q, std::size_t binding, Recommendation& r) {
  const auto& fleet = q.plan->asked.fleet;
  const auto need = q.plan->resources[binding].need_now;
  if (need <= fleet.current) return;
  const auto& c = q.views[binding].capacity;
  const bool overloaded =
      q.views[binding].load > served_at(fleet.current, c.per_machine, c.max_utilisation);
  r.machines = std::clamp(need, fleet.current, std::max(fleet.current, fleet.max));
  r.reason = "the load of now needs " + std::to_string(need) +
             (need > fleet.max ? std::string(", of which ") + fleet.max_is + " allows " +
                                     std::to_string(fleet.max)
                               : "") +
             "; " + r.reason;
  r.priority = overloaded ? Urgency::critical : Urgency::low;
  if (r.machines == fleet.current) return;  // held at the bound
  r.remedy = Remedy::scale_out;
  r.implement_by = q.plan->asked.now;
}

// On the size of the fleet.
Recommendation size_advice(const Question& q) {
  const auto& plan = *q.plan;
  const auto& fleet = plan.asked.fleet;
  Recommendation r;
  r.machines = fleet.current;
  if (!plan.binding_at(0)) {
    r.reason = "no signal has an outlook yet";
    for (const auto& each : plan.resources)
      if (!each.known() && sizes(each.role)) r.reason += "; " + each.name + ": " + each.problem;
    if (plan.binding) grow_now(q, *plan.binding, r);
    return r;
  }
  for (const std::size_t h : {0, 1})
    if (auto grow = grow_advice(q, h)) return *std::move(grow);
  const auto least = std::max(plan.machines[kMedium], fleet.min);
  if (least < fleet.current) {
    r.remedy = Remedy::scale_in;
    r.machines = least;
    r.reason = "for " + in_words(plan.rules.medium_term) + " " + needs_text(plan, kMedium);
    if (least > plan.machines[kMedium]) r.reason += ", of which min keeps " + std::to_string(least);
    const double before = q.price_of(fleet.current).dollars(), after = q.price_of(least).dollars();
    r.priority = before > 0 && 1 - after / before >= kBigSaving ? Urgency::medium : Urgency::low;
    return r;
  }
  if (auto grow = grow_advice(q, 2)) return *std::move(grow);
  r.reason = "the present " + std::to_string(fleet.current) + " suffice for " +
             in_words(plan.rules.long_term) + ": " + needs_text(plan, 2);
  return r;
}

// Another shape of machine, where one resource asks for many more than all others.
std::optional<Recommendation> resize_advice(const Question& q) {
  const auto& plan = *q.plan;
  const auto* binding = plan.binding_at(kMedium);
  if (!binding) return std::nullopt;
  const ResourcePlan* next = nullptr;
  for (const auto& r : plan.resources)
    if (r.known() && sizes(r.role) && r.resource != binding->resource &&
        (!next || r.needs[kMedium].machines > next->needs[kMedium].machines))
      next = &r;
  if (!next) return std::nullopt;
  const double most = binding->needs[kMedium].machines, less = next->needs[kMedium].machines;
  const auto floor = std::max<double>(less, plan.asked.fleet.min);
  if (less < 1 || most < kWorthResizing * floor || most < floor + 2) return std::nullopt;
  const double size = binding->resource == "cpu"       ? q.vcpus
                      : binding->resource == "memory"  ? q.memory_gib
                      : binding->resource == "storage" ? q.storage_gib
                                                       : 0;
  const char* unit = binding->resource == "cpu" ? " vcpus" : " GiB";
  Recommendation r;
  r.remedy = Remedy::resize;
  r.priority = Urgency::low;
  r.machines = static_cast<std::uint32_t>(floor);
  r.reason = binding->resource + " asks for " + short_number(most) + " machines within " +
             in_words(plan.rules.medium_term) + ", " + next->resource + " for " +
             short_number(less) + ": machines with " + short_number(most / floor, 3) + " x the " +
             binding->resource +
             (size > 0 ? " (" + short_number(size * most / floor, 3) + unit + " instead of " +
                             short_number(size) + ")"
                       : "") +
             " would do with " + short_number(floor);
  return r;
}

std::optional<Recommendation> mix_advice(const Question& q) {
  if (!q.cheaper) return std::nullopt;
  Recommendation r;
  r.remedy = q.cheaper->other_region ? Remedy::migrate : Remedy::change_mix;
  r.machines = q.plan->asked.fleet.current;
  r.cost = CostImpact{q.cheaper->from, q.cheaper->to};
  r.roi = q.cheaper->worth;
  r.priority = -r.cost->share() >= kBigSaving ? Urgency::medium : Urgency::low;
  r.reason = q.cheaper->text;
  return r;
}

// Machines that were needed most of the time, which terms would make cheaper.
std::optional<Recommendation> commit_advice(const Question& q) {
  if (q.owns_commitments || q.views.empty()) return std::nullopt;
  const auto& first = q.views[0];
  if (first.step * static_cast<std::int64_t>(first.history.size()) < kCommitHistory)
    return std::nullopt;
  std::vector<double> machines(first.history.size(), std::nan(""));
  for (const auto& v : q.views) {
    if (v.history.size() != first.history.size() || v.end != first.end) return std::nullopt;
    for (std::size_t t = 0; t < machines.size(); ++t)
      if (std::isfinite(v.history[t]))
        machines[t] = std::fmax(machines[t], machines_for(v.history[t], v.capacity.per_machine,
                                                          v.capacity.target_utilisation));
  }
  const auto& fleet = q.plan->asked.fleet;
  double known = 0, sum = 0;
  for (auto& n : machines)
    if (std::isfinite(n)) {
      n = std::clamp<double>(n, fleet.min, fleet.max);
      sum += n;
      ++known;
    }
  const auto one = q.price_of(1);
  if (2 * known < static_cast<double>(machines.size()) || one.nanos <= 0) return std::nullopt;
  const auto terms = UsdPerHour::from_dollars(kUsualCommitment * one.dollars());
  const auto base = newsvendor_count(machines, terms, one);
  if (base == 0) return std::nullopt;
  const auto days = seconds(first.step) * known / 86400;
  Recommendation r;
  r.remedy = Remedy::commit;
  r.priority = Urgency::low;
  r.machines = base;
  r.cost = CostImpact{UsdPerHour::from_dollars(one.dollars() * sum / known),
                      cost_with(machines, base, terms, one)};
  if (r.cost->to >= r.cost->from) return std::nullopt;
  r.roi = roi({cost_of(r.cost->from, kYear), {}}, {cost_of(r.cost->to, kYear), {}}, {}, kYear);
  r.reason = std::to_string(base) + " machines were needed more than " +
             hundredths(kUsualCommitment) + " of the last " + short_number(days, 3) +
             " d; one-year terms usually cost that share of on demand (an estimate: `cost "
             "commitments` has the real terms)";
  return r;
}

}  // namespace

const char* to_string(Remedy remedy) noexcept {
  constexpr const char* kNames[] = {"scale_out",  "scale_in", "hold",   "resize",
                                    "change_mix", "commit",   "migrate"};
  return kNames[static_cast<std::size_t>(remedy)];
}

double CostImpact::share() const { return from.nanos == 0 ? 0 : to.dollars() / from.dollars() - 1; }

Recommendations recommend(const RecommendQuestion& q) {
  Recommendations out;
  auto size = size_advice(q);
  out.options = pareto_front(q, size.machines);
  const auto option = [&](std::uint32_t n) -> const SizeOption& {
    return *std::find_if(out.options.begin(), out.options.end(),
                         [n](const SizeOption& o) { return o.machines == n; });
  };
  appraise_move(q, option(q.plan->asked.fleet.current), option(size.machines), size);
  if (size.remedy == Remedy::hold) size.roi.reset();
  out.all.push_back(std::move(size));
  for (auto more : {resize_advice(q), mix_advice(q), commit_advice(q)})
    if (more) out.all.push_back(*std::move(more));
  std::stable_sort(
      out.all.begin() + 1, out.all.end(),
      [](const Recommendation& a, const Recommendation& b) { return a.priority > b.priority; });
  return out;
}

}  // namespace nova
