#include "core/plan/bottleneck.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/base/text.hpp"

namespace nova {
namespace {

constexpr double kTogether = 0.7;      // correlation from which on signals move together
constexpr double kChanceToHeed = 0.1;  // of a saturation, that one prepares for

Urgency urgency_of(const ResourcePlan& r, const CapacityPlan& plan) {
  if (r.utilisation >= plan.rules.bottleneck_threshold) return Urgency::critical;
  if (r.fleet.at) {
    const auto in = *r.fleet.at - plan.asked.now;
    if (in <= plan.asked.lead_time) return Urgency::critical;
    if (in <= plan.rules.short_term) return Urgency::high;
    return in <= plan.rules.medium_term ? Urgency::medium : Urgency::low;
  }
  return r.fleet.chance[2] >= kChanceToHeed ? Urgency::low : Urgency::none;
}

std::string whole_second(TimePoint t) {
  return to_iso8601(std::chrono::floor<std::chrono::seconds>(t));
}

std::string counted(std::uint32_t machines) {
  return std::to_string(machines) + (machines == 1 ? " machine" : " machines");
}

// The horizon whose need the present fleet does not meet, if there is one.
std::optional<std::size_t> first_short(const ResourcePlan& r, const FleetNow& fleet) {
  for (std::size_t h = 0; h < r.needs.size(); ++h)
    if (r.needs[h].machines > fleet.current) return h;
  return std::nullopt;
}

// Of a signal that is watched: machines help where it moves with a load that they share.
std::vector<std::string> actions_watched(const ResourcePlan& r, const CapacityPlan& plan,
                                         const std::vector<std::string>& loads) {
  std::vector<std::string> all;
  std::string by, why;
  if (r.utilisation >= plan.rules.bottleneck_threshold)
    by = "now";
  else if (r.fleet.at)
    by = "by " + whole_second(*r.fleet.at);
  else
    return all;
  for (const auto& load : loads) why += (why.empty() ? "" : ", ") + load;
  const auto limit = "its limit " + short_number(r.limit.value_or(0));
  all.push_back(loads.empty()
                    ? by +
                          ": look into it, no load of the group moves with it: machines alone may "
                          "not keep it within " +
                          limit
                    : by + ": add machines, or shed or defer load, to keep it within " + limit +
                          ": it moves with " + why);
  return all;
}

std::vector<std::string> actions_for(const ResourcePlan& r, const CapacityPlan& plan) {
  const auto& fleet = plan.asked.fleet;
  std::vector<std::string> all;
  if (r.utilisation >= plan.rules.bottleneck_threshold) {
    if (r.need_now > fleet.current && fleet.current < fleet.max)
      all.push_back("now: add " + counted(std::min(r.need_now, fleet.max) - fleet.current) +
                    ", the load needs " + std::to_string(r.need_now));
    else if (fleet.serving < fleet.current)
      all.push_back("now: " + counted(fleet.current - fleet.serving) +
                    " asked for do not serve yet: shed or defer load until they do");
    else
      all.push_back("now: shed or defer load, no machine may be added");
  }
  if (const auto h = first_short(r, fleet); h && fleet.current < fleet.max) {
    const auto& need = r.needs[*h];
    const auto by = r.fleet.at ? *r.fleet.at - plan.asked.lead_time : need.peak;
    all.push_back((by <= plan.asked.now ? std::string("now") : "by " + whole_second(by)) + ": be " +
                  std::to_string(std::min(need.machines, fleet.max)) + " instead of " +
                  std::to_string(fleet.current) + " for " + short_number(need.upper) + " at " +
                  to_iso8601(need.peak));
  }
  std::uint32_t most = 0;
  for (const auto& need : r.needs) most = std::max(most, need.machines);
  if (most > fleet.max)
    all.push_back(std::string("raise ") + fleet.max_is + " (" + std::to_string(fleet.max) +
                  ") to " + std::to_string(most) +
                  (r.ceiling.at ? " before " + whole_second(*r.ceiling.at) : "") +
                  ", or use larger machines");
  return all;
}

}  // namespace

double moves_with(std::span<const double> a, std::span<const double> b) {
  constexpr double kFewest = 12;
  const auto n = std::min(a.size(), b.size());
  a = a.last(n);
  b = b.last(n);
  double count = 0, sa = 0, sb = 0;
  for (std::size_t t = 0; t < n; ++t)
    if (std::isfinite(a[t]) && std::isfinite(b[t])) {
      ++count;
      sa += a[t];
      sb += b[t];
    }
  if (count < kFewest) return 0;
  const double ma = sa / count, mb = sb / count;
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t t = 0; t < n; ++t)
    if (std::isfinite(a[t]) && std::isfinite(b[t])) {
      aa += (a[t] - ma) * (a[t] - ma);
      bb += (b[t] - mb) * (b[t] - mb);
      ab += (a[t] - ma) * (b[t] - mb);
    }
  // Of a constant nothing is left but rounding.
  constexpr double kRound = 1e-24;
  if (aa <= kRound * count * ma * ma || bb <= kRound * count * mb * mb) return 0;
  return ab / std::sqrt(aa * bb);
}

std::vector<Bottleneck> rank_bottlenecks(const CapacityPlan& plan,
                                         std::span<const ResourceView> views) {
  std::vector<Bottleneck> all(plan.resources.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].resource = i;
    all[i].urgency = urgency_of(plan.resources[i], plan);
    if (all[i].urgency == Urgency::none) continue;
    std::vector<std::string> loads;
    for (std::size_t j = 0; j < views.size(); ++j)
      if (j != i && views[j].step == views[i].step && views[j].end == views[i].end &&
          moves_with(views[i].history, views[j].history) >= kTogether) {
        all[i].affected.push_back(views[j].name);
        if (sizes(views[j].role)) loads.push_back(views[j].name);
      }
    const auto& r = plan.resources[i];
    all[i].actions = sizes(r.role) ? actions_for(r, plan) : actions_watched(r, plan, loads);
  }
  const auto key = [&](const Bottleneck& b) {
    const auto& r = plan.resources[b.resource];
    const double utilisation = std::isfinite(r.utilisation) ? r.utilisation : -1;
    return std::tuple(-static_cast<int>(b.urgency), r.fleet.at.value_or(TimePoint::max()),
                      -r.fleet.chance[2], -utilisation, std::string_view(r.name));
  };
  std::sort(all.begin(), all.end(),
            [&](const Bottleneck& a, const Bottleneck& b) { return key(a) < key(b); });
  return all;
}

}  // namespace nova
