#include "core/engine/hindsight.hpp"

#include <algorithm>

namespace nova {
namespace {

std::vector<PolicySpec> reactive_rules(const GroupSpec& group) {
  std::vector<PolicySpec> rules;
  for (const auto& signal : group.signals) rules.emplace_back(TargetTrackingSpec{signal.name, {}});
  return rules;
}

std::vector<const PolicySpec*> all_of(const std::vector<PolicySpec>& rules) {
  std::vector<const PolicySpec*> all;
  for (const auto& rule : rules) all.push_back(&rule);
  return all;
}

Json outcome_json(const Outcome& o) {
  return {{"decided_ns", unix_ns(o.decided)},
          {"action", static_cast<int>(o.action)},
          {"machines", {o.current, o.desired, o.needed, o.least}},
          {"late", o.late},
          {"own", to_json(o.own)},
          {"reactive", to_json(o.reactive)}};
}

Outcome outcome_from(const Json& j) {
  Outcome o;
  o.decided = from_unix_ns(j.at("decided_ns").get<std::int64_t>());
  o.action = static_cast<Action>(j.at("action").get<int>());
  const auto& machines = j.at("machines");
  o.current = machines.at(0);
  o.desired = machines.at(1);
  o.needed = machines.at(2);
  o.least = machines.at(3);
  o.late = j.at("late");
  o.own = account_from(j.at("own"));
  o.reactive = account_from(j.at("reactive"));
  return o;
}

}  // namespace

bool Outcome::success() const {
  switch (action) {
    case Action::scale_out:
      return needed > current && late == 0;
    case Action::scale_in:
      return least <= desired;
    case Action::move:
    case Action::hold:
      break;
  }
  return own.violations == 0;
}

std::string Outcome::why() const {
  const auto machines = [](std::uint32_t n) {
    return std::to_string(n) + (n == 1 ? " machine" : " machines");
  };
  const auto steps = [](std::uint64_t n) {
    return std::to_string(n) + (n == 1 ? " step was" : " steps were");
  };
  switch (action) {
    case Action::scale_out:
      if (needed <= current) return "the load that came needed no more than " + machines(needed);
      if (late > 0)
        return steps(late) + " violated although they should have served, the load needed " +
               machines(needed);
      return "the load that came needed " + machines(needed);
    case Action::scale_in:
      if (least > desired)
        return "the load that came would have overloaded fewer than " + machines(least);
      return machines(least) + " would have been enough";
    case Action::move:
    case Action::hold:
      break;
  }
  return steps(own.violations) + " violated meanwhile";
}

Hindsight::Hindsight(const GroupSpec& group, Duration step)
    : group_(&group),
      step_(step),
      reactive_rules_(std::make_shared<const std::vector<PolicySpec>>(reactive_rules(group))),
      reactive_("reactive", group, all_of(*reactive_rules_), step) {
  const auto* acting = predictive_in(group);
  promised_ = acting && acting->promise;
  if (promised_) judge_.utilisation = acting->promise->at_utilisation;
  if (acting) judge_.slo_penalty = acting->slo_penalty;
  std::map<std::string, int> seen;
  for (const auto& policy : group.policies) {
    if (!is_shadow(policy)) continue;
    std::string name = type_of(policy);
    if (const int n = ++seen[name]; n > 1) name += " " + std::to_string(n);
    shadows_.emplace_back(name, group, std::vector<const PolicySpec*>{&policy}, step);
  }
  horizon_ = group.lead_time + std::max(step, stabilisation_window(group, promised_));
}

void Hindsight::take(TimePoint first_end, const std::vector<std::vector<double>>& samples,
                     const std::vector<double>& factors) {
  for (auto& shadow : shadows_) shadow.take(first_end, samples, factors);
}

void Hindsight::acted(const Decision& decision) {
  Outcome o;
  o.decided = decision.time;
  o.action = decision.action;
  o.current = decision.current;
  o.desired = decision.desired;
  o.own = own_;
  o.reactive = reactive_.account();
  pending_.push_back(o);
}

void Hindsight::step(const Situation& now, const Behaviour& limits, bool known) {
  auto behaviour = limits;
  behaviour.pause.reset();
  if (promised_) judge_.utilisation = now.promised_utilisation;
  const bool counts = known && serving_.has_value();
  bool violated = false;
  if (known && !since_) since_ = now.now;
  // What is given up is gone at the step's end, what comes serves at its start.
  if (counts)
    violated = account_step(own_, now, now.current, std::min(*serving_, now.serving), judge_);
  if (known) {
    serving_ = now.serving;
  } else {
    serving_.reset();
  }
  const auto* judge = counts ? &judge_ : nullptr;
  if (since_) {
    reactive_.step(now, behaviour, judge);
    for (auto& shadow : shadows_) shadow.step(now, behaviour, judge);
  }
  this->judge(now, violated);
}

void Hindsight::judge(const Situation& now, bool violated) {
  outcomes_.clear();
  if (pending_.empty()) return;
  const auto needed = machines_at(
      now, [&](const SignalSituation& s) { return promised_ ? judge_.utilisation : s.target(); });
  const auto least = machines_at(now, [&](const auto&) { return judge_.utilisation; });
  for (auto& o : pending_) {
    o.needed = std::max(o.needed, needed);
    o.least = std::max(o.least, least);
    o.late += violated && now.now >= o.decided + group_->lead_time + step_;
  }
  while (!pending_.empty() && pending_.front().decided + horizon_ <= now.now) {
    auto o = pending_.front();
    pending_.pop_front();
    o.judged = now.now;
    o.own = own_ - o.own;
    o.reactive = reactive_.account() - o.reactive;
    outcomes_.push_back(o);
  }
}

Json Hindsight::state() const {
  Json shadows = Json::array(), pending = Json::array();
  for (const auto& shadow : shadows_) shadows.push_back(shadow.state());
  for (const auto& o : pending_) pending.push_back(outcome_json(o));
  Json state{{"own", to_json(own_)},
             {"reactive", reactive_.state()},
             {"shadows", shadows},
             {"pending", pending}};
  if (since_) state["since_ns"] = unix_ns(*since_);
  if (serving_) state["serving"] = *serving_;
  return state;
}

void Hindsight::restore(const Json& state) {
  // One account that starts anew would not compare with the others: then all do.
  const auto& shadows = state.at("shadows");
  if (shadows.size() != shadows_.size()) return;
  auto fresh = *this;
  for (std::size_t i = 0; i < shadows.size(); ++i)
    if (!fresh.shadows_[i].restore(shadows[i])) return;
  if (!fresh.reactive_.restore(state.at("reactive"))) return;
  fresh.own_ = account_from(state.at("own"));
  for (const auto& o : state.at("pending")) fresh.pending_.push_back(outcome_from(o));
  if (const auto at = state.find("since_ns"); at != state.end())
    fresh.since_ = from_unix_ns(at->get<std::int64_t>());
  if (const auto at = state.find("serving"); at != state.end())
    fresh.serving_ = at->get<std::uint32_t>();
  reactive_ = std::move(fresh.reactive_);
  shadows_ = std::move(fresh.shadows_);
  own_ = fresh.own_;
  pending_ = std::move(fresh.pending_);
  since_ = fresh.since_;
  serving_ = fresh.serving_;
}

}  // namespace nova
