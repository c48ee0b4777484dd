// GroupEngine's snapshot: what was learned, as JSON; and back, refusing what does not fit.
#include "core/engine/group_engine.hpp"
#include "core/engine/panel_json.hpp"
#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"

namespace nova {
namespace {

Json time_or_null(const std::optional<TimePoint>& t) {
  return t ? Json(unix_ns(*t)) : Json(nullptr);
}

std::optional<TimePoint> time_from(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return from_unix_ns(value.get<std::int64_t>());
}

}  // namespace

Json to_json(const ArbiterMemory& memory) {
  Json recommendations = Json::array();
  for (const auto& r : memory.recommendations)
    recommendations.push_back({unix_ns(r.time), r.machines});
  Json regrets = Json::array();
  for (const auto t : memory.regrets) regrets.push_back(unix_ns(t));
  return {{"recommendations", recommendations},
          {"first_seen_ns", time_or_null(memory.first_seen)},
          {"last_up_ns", time_or_null(memory.last_up)},
          {"last_change_ns", time_or_null(memory.last_change)},
          {"last_down_ns", time_or_null(memory.last_down)},
          {"regrets_ns", regrets}};
}

ArbiterMemory memory_from(const Json& j) {
  ArbiterMemory memory;
  for (const auto& r : j.at("recommendations"))
    memory.recommendations.push_back({from_unix_ns(r.at(0).get<std::int64_t>()), r.at(1)});
  memory.first_seen = time_from(j.at("first_seen_ns"));
  memory.last_up = time_from(j.at("last_up_ns"));
  memory.last_change = time_from(j.at("last_change_ns"));
  memory.last_down = time_from(j.value("last_down_ns", Json()));
  for (const auto& t : j.value("regrets_ns", Json::array()))
    memory.regrets.push_back(from_unix_ns(t.get<std::int64_t>()));
  return memory;
}

Json GroupEngine::state() const {
  Json signals = Json::array();
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    const auto& s = signals_[i];
    Json fits = Json::array();
    for (const auto& f : s.fits) fits.push_back({time_or_null(f.last), f.failing});
    signals.push_back({{"name", spec_->signals[i].name},
                       {"forecast_step_ns", s.window.forecast_step().count()},
                       {"window", to_json(s.window)},
                       {"new_points", s.new_points},
                       {"due_ns", time_or_null(s.due)},
                       {"fits", fits},
                       {"seasons", to_json(s.seasons)},
                       {"panel", to_json(s.panel)}});
  }
  Json watched = Json::array();
  for (const auto& signal : watched_) watched.push_back(signal.state());
  Json last = nullptr;
  if (last_decision_)
    last = {unix_ns(last_decision_->time), static_cast<int>(last_decision_->action),
            to_json(last_decision_->mix.rows), to_json(last_decision_->retiring)};
  const Json seen{{"time_ns", unix_ns(seen_)}, {"fleet", to_json(seen_fleet_)}};
  Json state{{"now_ns", unix_ns(now_)},
             {"signals", signals},
             {"arbiter", to_json(memory_)},
             {"last_decision", last},
             {"retiring", retiring_},
             {"asked", asked_},
             {"seen", seen}};
  state["hindsight"] = hindsight_.state();
  if (!watched.empty()) state["watched"] = watched;
  if (latency_fitted_) state["latency_fitted"] = *latency_fitted_;
  if (serving_) state["serving"] = to_json(*serving_);
  if (pause_) state["pause"] = to_json(*pause_);
  if (promise_) state["promise"] = promise_->state();
  return state;
}

Result<void> GroupEngine::restore(const Json& state) try {
  const auto& signals = state.at("signals");
  std::vector<Signal> restored;
  const auto misfit = [&](const std::string& what) {
    return Error{ErrorCode::data_loss, "state of " + spec_->name() + ": " + what};
  };
  if (signals.size() != signals_.size()) return misfit("its signals are others now");
  for (std::size_t i = 0; i < signals.size(); ++i) {
    const auto& j = signals[i];
    Signal signal = make_signal(spec_->signals[i], predictive_);
    if (j.at("name") != spec_->signals[i].name || j.at("fits").size() != signal.fits.size() ||
        j.at("forecast_step_ns") != signal.window.forecast_step().count())
      return misfit("signal " + spec_->signals[i].name + " is another now");
    nova::restore(signal.window, j.at("window"));
    signal.new_points = j.at("new_points");
    signal.due = time_from(j.value("due_ns", Json()));
    for (std::size_t m = 0; m < signal.fits.size(); ++m)
      signal.fits[m] = {time_from(j.at("fits")[m].at(0)), j.at("fits")[m].at(1)};
    nova::restore(signal.seasons, j.at("seasons"));
    const auto done = nova::restore(signal.panel, signal.window.forecast_step(), j.at("panel"));
    if (!done) return misfit(done.error().message);
    restored.push_back(std::move(signal));
  }
  if (promise_ && !promise_->restore(state.at("promise")))
    return misfit("its promise or its signals are others now");
  // Of what is watched, one that is new, or another now, starts anew.
  for (const auto& j : state.value("watched", Json::array()))
    for (auto& signal : watched_) signal.restore(j);
  memory_ = memory_from(state.at("arbiter"));
  if (const auto serving = state.find("serving"); serving_ && serving != state.end())
    nova::restore(*serving_, *serving);
  pause_ = pause_from(state);
  if (const auto at = state.find("hindsight"); at != state.end()) hindsight_.restore(*at);
  now_ = from_unix_ns(state.at("now_ns").get<std::int64_t>());
  last_decision_.reset();
  if (const auto& last = state.at("last_decision"); !last.is_null()) {
    last_decision_.emplace();
    last_decision_->time = from_unix_ns(last.at(0).get<std::int64_t>());
    last_decision_->action = static_cast<Action>(last.at(1).get<int>());
    last_decision_->mix.rows = mix_rows_from(last.at(2));
    last_decision_->retiring = mix_rows_from(last.at(3));
  }
  retiring_ = state.at("retiring").get<std::map<std::string, std::uint32_t>>();
  asked_ = state.at("asked").get<std::map<std::string, std::uint32_t>>();
  seen_ = from_unix_ns(state.at("seen").at("time_ns").get<std::int64_t>());
  fleet_ = seen_fleet_ = fleet_from(state.at("seen").at("fleet"));
  signals_ = std::move(restored);
  if (!learned_.empty()) learn_capacity(true);
  if (const auto at = state.find("latency_fitted"); at != state.end())
    latency_fitted_ = at->get<double>();
  if (latency_) learn_latency();
  return {};
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, "state of " + spec_->name() + ": " + e.what()};
}

}  // namespace nova
