#include "core/engine/tick_json.hpp"

#include <algorithm>
#include <cmath>

#include "core/engine/panel_json.hpp"

namespace nova {

Json to_json(const Pause& pause) {
  Json j{{"out", pause.out}, {"in", pause.in}};
  if (pause.until) j["until_ns"] = unix_ns(*pause.until);
  return j;
}

std::optional<Pause> pause_from(const Json& parent) {
  const auto j = parent.find("pause");
  if (j == parent.end()) return std::nullopt;
  Pause pause{j->at("out"), j->at("in"), {}};
  if (const auto until = j->find("until_ns"); until != j->end())
    pause.until = from_unix_ns(until->get<std::int64_t>());
  return pause;
}

Json to_json(const FleetView& fleet) {
  Json j{{"known", fleet.known}, {"generation", fleet.generation}};
  if (!fleet.problem.empty()) j["problem"] = fleet.problem;
  if (fleet.operation_unknown) j["operation_unknown"] = true;
  if (fleet.min != 0) j["min"] = fleet.min;
  if (fleet.max != UINT32_MAX) j["max"] = fleet.max;
  Json rows = Json::array();
  for (const auto& r : fleet.rows)
    rows.push_back({{"offer", r.offer_id},
                    {"desired", r.desired},
                    {"booting", r.booting},
                    {"serving", r.serving},
                    {"unhealthy", r.unhealthy},
                    {"draining", r.draining}});
  j["rows"] = rows;
  return j;
}

FleetView fleet_from(const Json& j) {
  FleetView fleet;
  fleet.known = j.at("known");
  fleet.generation = j.at("generation");
  fleet.problem = j.value("problem", "");
  fleet.operation_unknown = j.value("operation_unknown", false);
  fleet.min = j.value("min", 0u);
  fleet.max = j.value("max", UINT32_MAX);
  for (const auto& r : j.at("rows"))
    fleet.rows.push_back({r.at("offer"), r.at("desired"), r.at("booting"), r.at("serving"),
                          r.at("unhealthy"), r.at("draining")});
  return fleet;
}

namespace {

template <class T>
std::size_t index_by(const std::vector<T>& all, const auto& same) {
  return static_cast<std::size_t>(std::find_if(all.begin(), all.end(), same) - all.begin());
}

Json error_json(const Error& error) {
  return {{"code", static_cast<std::int32_t>(error.code)}, {"message", error.message}};
}

Error error_from(const Json& j) {
  return {static_cast<ErrorCode>(j.at("code").get<std::int32_t>()),
          j.at("message").get<std::string>()};
}

}  // namespace

Json to_json(const TickInput& input) {
  Json groups = Json::array();
  for (const auto& g : input.groups) {
    Json samples = Json::array(), watched = Json::array();
    for (const auto& column : g.samples) samples.push_back(numbers(column));
    for (const auto& column : g.watched) watched.push_back(numbers(column));
    Json j{
        {"first_end_ns", unix_ns(g.first_end)}, {"samples", samples}, {"fleet", to_json(g.fleet)}};
    if (g.acted) j["acted"] = true;
    if (g.pause) j["pause"] = to_json(*g.pause);
    for (const auto& [offer, why] : g.refused) j["refused"][offer] = to_string(why);
    if (!g.watched.empty()) j["watched"] = watched;
    groups.push_back(std::move(j));
  }
  return {{"groups", groups}};
}

Result<TickInput> tick_input_from(TimePoint now, const Json& body) try {
  TickInput input{now, {}};
  for (const auto& j : body.at("groups")) {
    GroupInput g;
    g.first_end = from_unix_ns(j.at("first_end_ns").get<std::int64_t>());
    for (const auto& column : j.at("samples")) g.samples.push_back(doubles(column));
    for (const auto& column : j.value("watched", Json::array()))
      g.watched.push_back(doubles(column));
    g.fleet = fleet_from(j.at("fleet"));
    g.acted = j.value("acted", false);
    g.pause = pause_from(j);
    const auto refused = j.value("refused", Json::object());
    for (const auto& [key, one] : refused.items())
      if (refused.is_array())  // older journals name the offers alone
        g.refused.emplace(one.get<std::string>(), RefusedFor::capacity);
      else
        g.refused.emplace(key, refused_for(one.get<std::string>()));
    input.groups.push_back(std::move(g));
  }
  return input;
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("journal input: ") + e.what()};
}

Json to_json(const ModelAnswer& a, const GroupEngine& group) {
  Json j{{"signal", group.spec().signals[a.signal].name},
         {"model", group.model_names(a.signal)[a.model]},
         {"origin_ns", unix_ns(a.origin)},
         {"fitted", a.fitted}};
  if (!a.status) {
    j["error"] = error_json(a.status.error());
    return j;
  }
  if (!a.note.empty()) j["note"] = a.note;
  j["leads"] = group.leads(a.signal);
  j["levels"] = group.levels();
  j["mean"] = numbers(a.mean);
  j["quantiles"] = numbers(a.quantiles);
  return j;
}

Result<ModelAnswer> model_answer_from(const Json& body, std::size_t group_index,
                                      const GroupEngine& group) try {
  ModelAnswer a;
  const auto& signals = group.spec().signals;
  const std::string signal = body.at("signal"), model = body.at("model");
  a.group = group_index;
  a.signal = index_by(signals, [&](const SignalSpec& s) { return s.name == signal; });
  if (a.signal == signals.size())
    return Error{ErrorCode::data_loss, "journal forecast: no signal " + signal};
  const auto models = group.model_names(a.signal);
  a.model = index_by(models, [&](const std::string& name) { return name == model; });
  if (a.model == models.size())
    return Error{ErrorCode::data_loss, "journal forecast: no model " + model};
  a.origin = from_unix_ns(body.at("origin_ns").get<std::int64_t>());
  a.fitted = body.at("fitted");
  if (const auto error = body.find("error"); error != body.end()) {
    a.status = error_from(*error);
    return a;
  }
  a.note = body.value("note", "");
  a.mean = doubles(body.at("mean"));
  a.quantiles = doubles(body.at("quantiles"));
  return a;
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("journal forecast: ") + e.what()};
}

Json to_json(const PolicyAnswer& a) {
  Json j{{"plugin", a.plugin}};
  if (!a.status) {
    j["error"] = error_json(a.status.error());
    return j;
  }
  j["machines"] = a.machines ? Json(*a.machines) : Json(nullptr);
  if (std::isfinite(a.confidence)) j["confidence"] = a.confidence;
  if (!a.note.empty()) j["note"] = a.note;
  return j;
}

Result<PolicyAnswer> policy_answer_from(const Json& body, std::size_t group_index) try {
  PolicyAnswer a;
  a.group = group_index;
  a.plugin = body.at("plugin");
  if (const auto error = body.find("error"); error != body.end()) {
    a.status = error_from(*error);
    return a;
  }
  if (const auto& machines = body.at("machines"); !machines.is_null())
    a.machines = machines.get<std::uint32_t>();
  a.confidence = number(body.value("confidence", Json()));
  a.note = body.value("note", "");
  return a;
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("journal proposal: ") + e.what()};
}

}  // namespace nova
