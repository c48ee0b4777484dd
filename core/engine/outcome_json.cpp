#include "core/engine/outcome_json.hpp"

namespace nova {

Json to_json(const Outcome& o) {
  return {{"decided_ns", unix_ns(o.decided)},
          {"action", to_string(o.action)},
          {"current", o.current},
          {"desired", o.desired},
          {"success", o.success()},
          {"why", o.why()},
          {"needed", o.needed},
          {"late", o.late},
          {"own", to_json(o.own)},
          {"reactive", to_json(o.reactive)}};
}

Json standing(const GroupEngine& group) {
  const auto& h = group.hindsight();
  Json shadows = Json::array(), forecasts = Json::array();
  for (const auto& shadow : h.shadows())
    shadows.push_back({{"policy", shadow.name()}, {"account", to_json(shadow.account())}});
  const auto& signals = group.spec().signals;
  for (std::size_t s = 0; s < signals.size(); ++s)
    for (const auto& score : group.panel(s).scores())
      forecasts.push_back({{"signal", signals[s].name},
                           {"model", score.model},
                           {"lead_s", seconds(signals[s].forecast_step * score.lead)},
                           {"scored", number(score.points)},
                           {"accuracy", number(score.accuracy)},
                           {"skill", number(score.skill)},
                           {"coverage", number(score.coverage)}});
  return {{"since_ns", h.since() ? Json(unix_ns(*h.since())) : Json(nullptr)},
          {"own", to_json(h.own())},
          {"reactive", to_json(h.reactive())},
          {"shadows", shadows},
          {"forecasts", forecasts}};
}

}  // namespace nova
