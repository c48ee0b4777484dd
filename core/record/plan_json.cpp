#include "core/record/plan_json.hpp"

#include <cmath>

namespace nova {
namespace {

// What people and dashboards read; nobody computes on from it.
Json rounded(double x) {
  if (!std::isfinite(x)) return nullptr;
  if (x == 0) return 0;
  const double unit = std::pow(10.0, 5 - std::ceil(std::log10(std::abs(x))));
  return std::isfinite(unit) && unit > 0 ? std::round(x * unit) / unit : x;
}

Json when(const std::optional<TimePoint>& t) {
  return t ? Json(to_iso8601(std::chrono::floor<std::chrono::seconds>(*t))) : Json(nullptr);
}

Json by_horizon(const std::array<double, 3>& values) {
  Json j;
  for (std::size_t h = 0; h < values.size(); ++h) j[kHorizonNames[h]] = rounded(values[h]);
  return j;
}

Json saturation_json(const Saturation& s) {
  return {{"at", when(s.at)},
          {"probability", rounded(s.probability)},
          {"chance", by_horizon(s.chance)}};
}

Json extremes_json(const std::vector<Extreme>& all) {
  Json list = Json::array();
  for (const auto& e : all)
    list.push_back({{"offset", to_string(e.offset)},
                    {"level", rounded(e.level)},
                    {"ratio", rounded(e.ratio)},
                    {"lasting", to_string(e.lasting)},
                    {"next", to_iso8601(e.next)}});
  return list;
}

Json resource_json(const ResourcePlan& r, bool binds_now) {
  Json j{{"signal", r.name},
         {"resource", r.resource},
         {"load", rounded(r.load)},
         {"utilisation", rounded(r.utilisation)},
         {"per_machine", rounded(r.per_machine)},
         {"machines_now", r.need_now},
         {"binding_now", binds_now}};
  if (r.learned)
    j["learned_per_machine"] = {{"value", rounded(r.learned->per_machine)},
                                {"sd", rounded(r.learned->sd)},
                                {"idle_utilisation", rounded(r.learned->idle)},
                                {"pairs", r.learned->points}};
  if (!r.known()) {
    j["problem"] = r.problem;
    return j;
  }
  j["source"] = r.source;
  for (std::size_t h = 0; h < r.needs.size(); ++h) {
    const auto& n = r.needs[h];
    j["needs"][kHorizonNames[h]] = {
        {"median", rounded(n.median)}, {"upper", rounded(n.upper)},
        {"peak", to_iso8601(n.peak)},  {"machines", n.machines},
        {"machines_likely", n.likely}, {"uncertainty", rounded(r.uncertainty[h])},
        {"binding", n.binding}};
  }
  j["saturates"] = saturation_json(r.fleet);
  j["saturates_at_most_machines"] = saturation_json(r.ceiling);
  j["seasons"] = Json::array();
  for (const auto& p : r.course.patterns)
    j["seasons"].push_back({{"length", to_string(p.length)},
                            {"strength", rounded(p.strength)},
                            {"low", rounded(p.low)},
                            {"high", rounded(p.high)},
                            {"peaks", extremes_json(p.peaks)},
                            {"valleys", extremes_json(p.valleys)}});
  j["trend"] = {{"heading", to_string(r.course.trend.heading)},
                {"per_day", rounded(r.course.trend.per_day)},
                {"strength", rounded(r.course.trend.strength)}};
  return j;
}

Json watched_json(const ResourcePlan& r) {
  Json j{{"signal", r.name},
         {"resource", r.resource},
         {"role", to_string(r.role)},
         {"value", rounded(r.load)},
         {"limit", r.limit ? rounded(*r.limit) : Json(nullptr)},
         {"utilisation", rounded(r.utilisation)}};
  if (!r.known()) {
    j["problem"] = r.problem;
    return j;
  }
  j["source"] = r.source;
  for (std::size_t h = 0; h < r.needs.size(); ++h)
    j["expected"][kHorizonNames[h]] = {{"median", rounded(r.needs[h].median)},
                                       {"upper", rounded(r.needs[h].upper)},
                                       {"peak", to_iso8601(r.needs[h].peak)}};
  j["saturates"] = saturation_json(r.fleet);
  j["trend"] = {{"heading", to_string(r.course.trend.heading)},
                {"per_day", rounded(r.course.trend.per_day)}};
  return j;
}

Json recommendation_json(const Recommendation& r) {
  Json j{{"action", to_string(r.remedy)},
         {"priority", to_string(r.priority)},
         {"machines", r.machines},
         {"implement_by", when(r.implement_by)},
         {"reason", r.reason}};
  if (r.cost)
    j["cost_impact"] = {{"usd_per_hour", rounded(r.cost->from.dollars())},
                        {"becomes_usd_per_hour", rounded(r.cost->to.dollars())},
                        {"share", rounded(r.cost->share())}};
  if (r.roi)
    j["roi"] = {{"horizon", to_string(r.roi->horizon)},
                {"benefit_usd", rounded(r.roi->benefit().dollars())},
                {"cost_usd", rounded(r.roi->cost().dollars())},
                {"ratio", r.roi->free() ? Json(nullptr) : rounded(r.roi->ratio())},
                {"text", to_string(*r.roi)}};
  return j;
}

}  // namespace

Json to_json(const GroupPlan& g) {
  const auto& plan = g.plan;
  const auto& fleet = plan.asked.fleet;
  Json j{{"time", to_iso8601(plan.asked.now)},
         {"serving", fleet.serving},
         {"current", fleet.current},
         {"min", fleet.min},
         {"max", fleet.max},
         {"lead_time", to_string(plan.asked.lead_time)},
         {"quantile", rounded(plan.asked.quantile)},
         {"bottleneck_threshold", plan.rules.bottleneck_threshold}};
  const auto horizons = plan.rules.horizons();
  for (std::size_t h = 0; h < horizons.size(); ++h) {
    const auto* binding = plan.binding_at(h);
    j["horizons"][kHorizonNames[h]] = {{"until", to_iso8601(plan.asked.now + horizons[h])},
                                       {"in", to_string(horizons[h])},
                                       {"machines", plan.machines[h]},
                                       {"machines_likely", plan.likely[h]},
                                       {"binding", binding ? Json(binding->name) : Json(nullptr)}};
  }
  j["resources"] = Json::array();
  Json watched = Json::array();
  for (std::size_t i = 0; i < plan.resources.size(); ++i)
    if (const auto& r = plan.resources[i]; sizes(r.role))
      j["resources"].push_back(resource_json(r, plan.binding == i));
    else
      watched.push_back(watched_json(r));
  if (!watched.empty()) j["watched"] = std::move(watched);
  j["bottlenecks"] = Json::array();
  for (const auto& b : plan.bottlenecks) {
    const auto& r = plan.resources[b.resource];
    j["bottlenecks"].push_back({{"signal", r.name},
                                {"resource", r.resource},
                                {"urgency", to_string(b.urgency)},
                                {"utilisation", rounded(r.utilisation)},
                                {"saturates_at", when(r.fleet.at)},
                                {"probability", rounded(r.fleet.probability)},
                                {"affected", b.affected},
                                {"actions", b.actions}});
  }
  j["risk"] = {{"overall", rounded(g.risk.overall)}};
  for (const auto& risk : g.risk.risks)
    j["risk"]["risks"].push_back({{"kind", risk.kind},
                                  {"score", rounded(risk.score)},
                                  {"level", to_string(risk.level)},
                                  {"finding", risk.finding},
                                  {"mitigation", risk.mitigation}});
  j["recommendations"] = Json::array();
  for (const auto& r : g.advice.all) j["recommendations"].push_back(recommendation_json(r));
  j["alternatives"] = Json::array();
  for (const auto& o : g.advice.options)
    j["alternatives"].push_back({{"machines", o.machines},
                                 {"usd_per_hour", rounded(o.price.dollars())},
                                 {"expected_short_machine_hours", rounded(o.short_hours)},
                                 {"moves", o.moves},
                                 {"overload_probability", rounded(o.overload_probability)},
                                 {"score_usd", rounded(o.score_usd)},
                                 {"pros", o.pros},
                                 {"cons", o.cons}});
  if (plan.storage)
    j["storage_gib"] = {{"now", rounded(plan.storage->now)},
                        {"peak", by_horizon(plan.storage->peak)}};
  return j;
}

}  // namespace nova
