#include "core/engine/trial_fleet.hpp"

#include "core/decide/propose.hpp"

namespace nova {

FleetAccount operator-(const FleetAccount& a, const FleetAccount& b) {
  return {a.steps - b.steps, a.violations - b.violations, a.machine_hours - b.machine_hours,
          a.spend - b.spend, a.penalty - b.penalty};
}

Json to_json(const FleetAccount& a) {
  return {{"steps", a.steps},
          {"violations", a.violations},
          {"machine_hours", a.machine_hours},
          {"usd_nanos", a.spend.nanos},
          {"penalty_nanos", a.penalty.nanos}};
}

FleetAccount account_from(const Json& j) {
  return {j.at("steps").get<std::uint64_t>(),
          j.at("violations").get<std::uint64_t>(),
          j.at("machine_hours").get<double>(),
          {j.at("usd_nanos").get<std::int64_t>()},
          {j.at("penalty_nanos").get<std::int64_t>()}};
}

bool account_step(FleetAccount& account, const Situation& now, std::uint32_t asked,
                  std::uint32_t serving, const Judge& judge) {
  const auto least = machines_at(now, [&](const auto&) { return judge.utilisation; });
  const bool violated = least > serving;
  ++account.steps;
  account.violations += violated;
  account.machine_hours += asked * hours(now.step);
  account.spend += cost_of(now.price * asked, now.step);
  if (violated && judge.slo_penalty)
    account.penalty += cost_of(*judge.slo_penalty * (least - serving), now.step);
  return violated;
}

TrialFleet::TrialFleet(std::string name, const GroupSpec& group,
                       std::vector<const PolicySpec*> policies, Duration step)
    : name_(std::move(name)), group_(&group), policies_(std::move(policies)), step_(step) {
  for (const auto* policy : policies_)
    if (const auto* predictive = std::get_if<PredictiveSpec>(policy)) {
      forecasts_ = true;
      if (predictive->promise) promise_.emplace(group, *predictive->promise, step);
    }
  stabilisation_window_ = stabilisation_window(group, promise_.has_value());
}

std::uint32_t TrialFleet::boot_slots() const {
  return static_cast<std::uint32_t>((group_->lead_time.count() + step_.count() - 1) /
                                    step_.count());
}

void TrialFleet::take(TimePoint first_end, const std::vector<std::vector<double>>& samples,
                      const std::vector<double>& factors) {
  if (promise_) promise_->take(first_end, samples, factors);
}

void TrialFleet::step(Situation now, const Behaviour& behaviour, const Judge* judge) {
  const auto slot = static_cast<std::uint64_t>(unix_ns(now.now) / step_.count());
  if (!fleet_) {
    fleet_.emplace(now.serving, boot_slots());
    fleet_->scale(slot, std::max(now.current, now.serving));
  } else if (judge) {
    account_step(account_, now, fleet_->desired(), fleet_->serving(), *judge);
  }
  fleet_->begin(slot);
  now.current = fleet_->desired();
  now.serving = fleet_->serving();
  now.stabilisation_window = stabilisation_window_;
  now.promise = promise_ ? &promise_->run(now.serving) : nullptr;
  now.promised_utilisation = promise_ ? promise_->at_utilisation() : 1;
  if (!forecasts_)
    for (auto& signal : now.signals) signal.forecast = nullptr;
  auto lean = now;
  lean.current = behaviour.without_headroom(now.current);
  auto proposals = propose_all(policies_, lean);
  stand_by(now, proposals);
  const auto decision = arbitrate(now, std::move(proposals), behaviour, memory_);
  acted(decision, group_->lead_time, memory_);
  fleet_->scale(slot, decision.desired);
  decision_ = {name_,       decision.current, decision.desired,
               now.serving, decision.cause,   decision.reason};
}

Json TrialFleet::state() const {
  Json state{{"policy", name_}, {"arbiter", to_json(memory_)}, {"account", to_json(account_)}};
  if (promise_) state["promise"] = promise_->state();
  if (!fleet_) return state;
  Json launches = Json::array();
  for (const auto& launch : fleet_->launches()) launches.push_back({launch.ready, launch.machines});
  state["fleet"] = {{"serving", fleet_->serving()}, {"launches", launches}};
  return state;
}

bool TrialFleet::restore(const Json& state) {
  if (state.at("policy") != name_ || state.contains("promise") != promise_.has_value())
    return false;
  auto memory = memory_from(state.at("arbiter"));
  const auto account = account_from(state.at("account"));
  std::optional<SlotFleet> fleet;
  if (const auto at = state.find("fleet"); at != state.end()) {
    std::deque<SlotFleet::Launch> launches;
    for (const auto& launch : at->at("launches"))
      launches.push_back({launch.at(0).get<std::uint64_t>(), launch.at(1).get<std::uint32_t>()});
    fleet.emplace(at->at("serving").get<std::uint32_t>(), boot_slots(), std::move(launches));
  }
  if (promise_ && !promise_->restore(state.at("promise"))) return false;
  memory_ = std::move(memory);
  account_ = account;
  fleet_ = std::move(fleet);
  return true;
}

}  // namespace nova
