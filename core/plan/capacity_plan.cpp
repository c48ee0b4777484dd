#include "core/plan/capacity_plan.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/text.hpp"
#include "core/plan/bottleneck.hpp"

namespace nova {
namespace {

HorizonNeed need_until(const Forecast& outlook, const PlanFor& asked, const Capacity& capacity,
                       Duration horizon) {
  HorizonNeed need;
  bool first = true;
  for (std::size_t i = 0; i < outlook.leads().size(); ++i) {
    const auto end = outlook.time_of(i);
    const auto begin = i == 0 ? end - outlook.step() : outlook.time_of(i - 1);
    if (end <= asked.now || begin >= asked.now + horizon) continue;
    const double upper = outlook.quantile(asked.quantile, i);
    if (first || upper > need.upper) {
      need.upper = upper;
      need.peak = end;
    }
    need.low = first ? upper : std::min(need.low, upper);
    const double median = outlook.quantile(0.5, i);
    need.median = first ? median : std::max(need.median, median);
    first = false;
  }
  const auto machines = [&](double demand) {
    return machines_for(demand, capacity.per_machine, capacity.target_utilisation);
  };
  need.machines = machines(need.upper);
  need.likely = machines(need.median);
  need.least = machines(need.low);
  return need;
}

double uncertainty_at(const Forecast& outlook, TimePoint when) {
  std::size_t i = 0;
  while (i + 1 < outlook.leads().size() && outlook.time_of(i) < when) ++i;
  const double median = outlook.quantile(0.5, i);
  const double spread = (outlook.quantile(0.9, i) - outlook.quantile(0.1, i)) / 2;
  if (spread <= 0) return 0;
  return median > 0 ? spread / median : 1;
}

Duration known(const ResourceView& view) {
  return view.step * static_cast<std::int64_t>(view.history.size());
}

// Who has seen less than the shortest look ahead has nothing to say of days.
bool enough(const ResourceView& view, const PlanningRules& rules) {
  return view.trusted != nullptr || known(view) >= rules.short_term;
}

ResourcePlan plan_resource(const ResourceView& view, const std::optional<Forecast>& outlook,
                           const PlanFor& asked, const PlanningRules& rules) {
  ResourcePlan r;
  r.name = view.name;
  r.resource = view.resource;
  r.role = view.role;
  r.limit = view.limit;
  r.load = view.load;
  r.learned = view.learned;
  const bool sizing = sizes(view.role);
  // A value that is watched is as if one machine served its limit.
  const auto c = sizing ? view.capacity : Capacity{view.limit.value_or(INFINITY), 1, 1};
  r.per_machine = sizing ? c.per_machine : 0;
  const double serves = sizing ? served_at(asked.fleet.serving, c.per_machine, 1) : c.per_machine;
  r.utilisation = serves > 0 && std::isfinite(serves) ? view.load / serves : std::nan("");
  if (sizing && std::isfinite(view.load))
    r.need_now = machines_for(view.load, c.per_machine, c.target_utilisation);
  r.course = find_course(view.history, view.end, view.step, view.seasons);
  if (!outlook) {
    r.problem = "too little history: " +
                (enough(view, rules)
                     ? "no two values far enough apart"
                     : in_words(known(view)) + " of at least " + in_words(rules.short_term));
    return r;
  }
  r.source = view.trusted ? view.source : view.season > 0 ? "seasonal naive" : "naive";
  const auto horizons = rules.horizons();
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    r.needs[h] = need_until(*outlook, asked, c, horizons[h]);
    if (!sizing) r.needs[h].machines = r.needs[h].likely = r.needs[h].least = 0;
    r.uncertainty[h] = uncertainty_at(*outlook, asked.now + horizons[h]);
  }
  const auto limit = [&](std::uint32_t machines) {
    return served_at(machines, c.per_machine, rules.bottleneck_threshold);
  };
  if (!sizing && !view.limit) return r;
  r.fleet = find_saturation(*outlook, limit(sizing ? asked.fleet.current : 1), asked.now, rules);
  r.ceiling = find_saturation(*outlook, limit(sizing ? asked.fleet.max : 1), asked.now, rules);
  return r;
}

void find_binding(CapacityPlan& plan) {
  for (std::size_t i = 0; i < plan.resources.size(); ++i) {
    const auto& r = plan.resources[i];
    if (sizes(r.role) && std::isfinite(r.load) &&
        (!plan.binding || r.need_now > plan.resources[*plan.binding].need_now))
      plan.binding = i;
  }
  for (std::size_t h = 0; h < plan.machines.size(); ++h) {
    ResourcePlan* most = nullptr;
    for (auto& r : plan.resources) {
      if (!r.known() || !sizes(r.role)) continue;
      plan.machines[h] = std::max(plan.machines[h], r.needs[h].machines);
      plan.likely[h] = std::max(plan.likely[h], r.needs[h].likely);
      plan.least[h] = std::max(plan.least[h], r.needs[h].least);
      if (!most || r.needs[h].machines > most->needs[h].machines) most = &r;
    }
    if (most) most->needs[h].binding = true;
  }
}

}  // namespace

const char* to_string(Urgency urgency) noexcept {
  constexpr const char* kNames[] = {"none", "low", "medium", "high", "critical"};
  return kNames[static_cast<std::size_t>(urgency)];
}

const ResourcePlan* CapacityPlan::binding_at(std::size_t horizon) const {
  for (const auto& r : resources)
    if (r.needs[horizon].binding) return &r;
  return nullptr;
}

std::vector<std::optional<Forecast>> outlooks_of(std::span<const ResourceView> resources,
                                                 const PlanningRules& rules) {
  const auto horizons = rules.horizons();
  const auto reach = *std::max_element(horizons.begin(), horizons.end());
  std::vector<std::optional<Forecast>> all;
  for (const auto& view : resources) {
    if (!enough(view, rules)) {
      all.emplace_back();
      continue;
    }
    auto made = make_outlook(
        {view.history, view.end, view.step, view.season, view.trusted, reach + view.step});
    all.push_back(made ? std::optional(std::move(made).value()) : std::nullopt);
  }
  return all;
}

CapacityPlan make_capacity_plan(const PlanFor& asked, std::span<const ResourceView> resources,
                                std::span<const std::optional<Forecast>> outlooks,
                                const PlanningRules& rules) {
  CapacityPlan plan;
  plan.asked = asked;
  plan.rules = rules;
  for (std::size_t i = 0; i < resources.size(); ++i)
    plan.resources.push_back(plan_resource(resources[i], outlooks[i], asked, rules));
  find_binding(plan);
  plan.bottlenecks = rank_bottlenecks(plan, resources);
  if (const double each = asked.fleet.storage_gib; each > 0) {
    auto& storage = plan.storage.emplace();
    storage.now = each * asked.fleet.current;
    for (std::size_t h = 0; h < plan.machines.size(); ++h)
      storage.peak[h] = each * std::clamp(plan.machines[h], asked.fleet.min, asked.fleet.max);
  }
  return plan;
}

CapacityPlan make_capacity_plan(const PlanFor& asked, std::span<const ResourceView> resources,
                                const PlanningRules& rules) {
  return make_capacity_plan(asked, resources, outlooks_of(resources, rules), rules);
}

}  // namespace nova
