#include "core/plan/risk.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "core/plan/plan.hpp"

namespace nova {
namespace {

Urgency level_of(double score) {
  return score >= 0.75  ? Urgency::critical
         : score >= 0.5 ? Urgency::high
         : score >= 0.2 ? Urgency::medium
         : score > 0.02 ? Urgency::low
                        : Urgency::none;
}

std::string of_hundred(double share) { return short_number(100 * share, 3) + " %"; }

Risk risk(const char* kind, double score, std::string finding, std::string mitigation) {
  score = std::clamp(std::isfinite(score) ? score : 1.0, 0.0, 1.0);
  const auto level = level_of(score);
  if (level == Urgency::none) mitigation.clear();
  return {kind, score, level, std::move(finding), std::move(mitigation)};
}

using Outlooks = std::span<const std::optional<Forecast>>;

bool any_known(Outlooks outlooks) {
  return std::any_of(outlooks.begin(), outlooks.end(), [](const auto& o) { return o.has_value(); });
}

constexpr const char* kNoOutlook = "not known: no signal has an outlook yet";

// Chance that `machines` are overloaded within the short horizon, and by which resource.
std::pair<double, std::string> overload(const CapacityPlan& plan, Outlooks outlooks,
                                        std::span<const ResourceView> views, double machines) {
  double worst = 0;
  std::string by;
  const auto until = plan.asked.now + plan.rules.short_term;
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (!outlooks[i]) continue;
    const auto& c = views[i].capacity;
    const double limit = machines * c.per_machine * c.max_utilisation;
    const auto w = outlooks[i]->window(plan.asked.now, until);
    for (auto k = w.first; k < w.last; ++k)
      if (const double chance = outlooks[i]->probability_above(limit, k); chance > worst) {
        worst = chance;
        by = views[i].name;
      }
  }
  return {worst, by};
}

Risk performance(const CapacityPlan& plan, Outlooks outlooks, std::span<const ResourceView> views) {
  if (!any_known(outlooks)) return risk("performance", 0, kNoOutlook, "");
  const auto [chance, by] = overload(plan, outlooks, views, plan.asked.fleet.current);
  return risk("performance", chance,
              "chance " + of_hundred(chance) + " that " + (by.empty() ? "any signal" : by) +
                  " overloads the present " + std::to_string(plan.asked.fleet.current) +
                  " machines within " + in_words(plan.rules.short_term),
              plan.machines[0] > plan.asked.fleet.current
                  ? "be " + std::to_string(plan.machines[0]) + " machines, which the quantile " +
                        short_number(plan.asked.quantile, 3) + " of demand needs"
                  : "size from a higher quantile (weights.performance) or for a lower "
                    "target_utilisation");
}

// How much more the medium horizon may cost than now; where there is a budget, how much of it that
// would use: none of the risk at half of it, all at the whole.
Risk cost(const CapacityPlan& plan, const FleetRisk& fleet) {
  if (fleet.usd_per_hour <= 0) return risk("cost", 0, "no price is known of what is held", "");
  const double present = std::max(1.0, static_cast<double>(plan.asked.fleet.current));
  const auto peak = std::min(plan.machines[1], plan.asked.fleet.max);
  const double growth = std::max(0.0, peak / present - 1);
  const std::string rise = short_number(present * fleet.usd_per_hour) + " USD/h may become " +
                           short_number(std::max<double>(present, peak) * fleet.usd_per_hour) +
                           " within " + in_words(plan.rules.medium_term);
  if (fleet.budget_share <= 0)
    return risk("cost", growth, rise, "commit to the base load, allow spot machines for peaks");
  const double projected = fleet.budget_share * (1 + growth);
  return risk("cost", 2 * projected - 1,
              rise + ", " + of_hundred(projected) + " of the tightest budget",
              "raise the budget, or allow spot machines and a higher target_utilisation");
}

// What is left when the largest pool goes, or one machine where there are no pools.
Risk availability(const CapacityPlan& plan, Outlooks outlooks, std::span<const ResourceView> views,
                  const FleetRisk& fleet) {
  if (!any_known(outlooks)) return risk("availability", 0, kNoOutlook, "");
  const double current = std::max(1.0, static_cast<double>(plan.asked.fleet.current));
  const double one = 1 / current;
  const double lost =
      std::max({fleet.worst_pool_share, one, static_cast<double>(fleet.unhealthy) / current});
  const auto [chance, by] = overload(plan, outlooks, views, current * (1 - lost));
  const std::string what = fleet.worst_pool_share >= lost ? "the largest spot pool"
                           : fleet.unhealthy > 1          ? "the unhealthy machines"
                                                          : "one machine";
  return risk("availability", chance,
              "without " + what + " (" + of_hundred(lost) + " of the capacity) the rest is " +
                  "overloaded within " + in_words(plan.rules.short_term) + " with chance " +
                  of_hundred(chance),
              what == "one machine" ? "keep one machine more (headroom: 1)"
                                    : "spread over more pools (spot.max_share, limits), or keep "
                                      "headroom for " +
                                          of_hundred(lost));
}

Risk interruption(const CapacityPlan& plan, const FleetRisk& fleet) {
  const double within = hours(plan.rules.medium_term);
  const double share = 1 - std::exp(-fleet.lost_per_hour * within);
  return risk("interruption", share,
              of_hundred(share) + " of the capacity is expected to be taken back within " +
                  in_words(plan.rules.medium_term),
              "lower spot.max_risk or spot.max_share");
}

Risk forecast(const CapacityPlan& plan, std::span<const ResourceView> views) {
  double widest = 0;
  std::string by;
  bool untrusted = false;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const auto& r = plan.resources[i];
    const double wide = r.known() ? r.uncertainty[1] : 1;
    untrusted = untrusted || !views[i].trusted;
    if (wide <= widest) continue;
    widest = wide;
    by = r.name;
  }
  for (std::size_t i = 0; i < views.size(); ++i)
    if (const auto& r = plan.resources[i]; !r.known())
      return risk(
          "forecast", 1,
          r.name + " is not known " + in_words(plan.rules.medium_term) + " ahead: " + r.problem,
          "");
  return risk("forecast", widest,
              (by.empty() ? "no signal" : by) + " is known to +-" + of_hundred(widest) + " " +
                  in_words(plan.rules.medium_term) + " ahead (80 % interval)" +
                  (untrusted ? "; no trusted model, seasonal naive stands in" : ""),
              untrusted ? "name models in a predictive policy and give them more history"
                        : "size from a higher quantile (weights.performance, weights.risk)");
}

}  // namespace

RiskAssessment assess_risk(const CapacityPlan& plan,
                           std::span<const std::optional<Forecast>> outlooks,
                           std::span<const ResourceView> views, const FleetRisk& fleet) {
  RiskAssessment out;
  out.risks = {performance(plan, outlooks, views), cost(plan, fleet),
               availability(plan, outlooks, views, fleet), interruption(plan, fleet),
               forecast(plan, views)};
  std::stable_sort(out.risks.begin(), out.risks.end(),
                   [](const Risk& a, const Risk& b) { return a.score > b.score; });
  out.overall = out.risks.front().score;
  return out;
}

}  // namespace nova
