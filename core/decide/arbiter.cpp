#include "core/decide/arbiter.hpp"

#include <algorithm>
#include <cmath>

#include "core/decide/text.hpp"
#include "core/plan/plan.hpp"

namespace nova {
namespace {

// The outcome in the making; every rule that changes it leaves its name.
struct Draft {
  std::uint32_t machines;
  std::vector<Limit> limits;

  void at_least(std::uint32_t floor, const char* name) {
    if (machines < floor) change(floor, name);
  }
  void at_most(std::uint32_t ceiling, const char* name) {
    if (machines > ceiling) change(ceiling, name);
  }
  void change(std::uint32_t to, const char* name) {
    limits.push_back({name, machines, to});
    machines = to;
  }
};

// Machines the latest load needs over all signals: at target, or where a promise rules, at what was
// promised.
std::uint32_t need_now(const Situation& now) {
  const bool promised = now.promise_rules();
  std::uint32_t need = 0;
  for (const auto& s : now.signals) {
    const double at = promised ? now.promised_utilisation : s.target();
    if (!std::isnan(s.load)) need = std::max(need, machines_for(s.load, s.spec->per_machine, at));
  }
  return need;
}

// Machines the median forecast needs in the worst step of the scale-in window. (The engine of a
// promise looks as far itself, and never holds a size more likely too small than not.)
std::uint32_t need_median(const Situation& now) {
  if (now.promise_rules()) return 0;
  std::uint32_t need = 0;
  for (const auto& s : now.signals) {
    if (!s.forecast) continue;
    const auto until =
        now.now + std::max(now.stabilisation_window, now.lead_time + s.forecast->step());
    if (const auto peak = s.forecast->peak(now.now, until, 0.5))
      need = std::max(need, machines_for(*peak, s.spec->per_machine, s.target()));
  }
  return need;
}

bool any_missing(const Situation& now) {
  return std::any_of(now.signals.begin(), now.signals.end(),
                     [](const SignalSituation& s) { return std::isnan(s.load); }) ||
         std::any_of(now.watched.begin(), now.watched.end(),
                     [](const WatchedSituation& s) { return std::isnan(s.value()); });
}

std::uint32_t highest_recommendation(const ArbiterMemory& memory) {
  std::uint32_t highest = 0;
  for (const auto& r : memory.recommendations) highest = std::max(highest, r.machines);
  return highest;
}

void remember(ArbiterMemory& memory, const Situation& now, std::uint32_t machines) {
  auto& recent = memory.recommendations;
  recent.push_back({now.now, machines});
  while (recent.front().time <= now.now - now.stabilisation_window && recent.size() > 1)
    recent.pop_front();
}

// What no pace may override: machines that are needed, or cannot be known to be spare.
void floor_scale_in(Draft& draft, const Situation& now, const std::vector<Proposal>& proposals,
                    const ArbiterMemory& memory) {
  if (draft.machines >= now.current) return;
  if (std::any_of(proposals.begin(), proposals.end(), [](const auto& p) { return p.failed; }))
    draft.at_least(now.current, "policy_failed");
  if (any_missing(now)) draft.at_least(now.current, "signal_missing");
  draft.at_least(std::min(now.current, need_now(now)), "latest_load");
  draft.at_least(std::min(now.current, need_median(now)), "median_forecast");
  if (now.now < *memory.first_seen + now.stabilisation_window)
    draft.at_least(now.current, "first_start");
}

// Until when scale-in backs off; none while calm.
std::optional<TimePoint> thrashing_until(const ArbiterMemory& memory, TimePoint now) {
  const auto recent =
      static_cast<std::size_t>(std::count_if(memory.regrets.begin(), memory.regrets.end(),
                                             [&](TimePoint t) { return t > now - kThrashSpan; }));
  if (recent < kThrashing) return std::nullopt;
  const auto doublings = std::min<std::size_t>(recent - kThrashing, 8);
  return memory.regrets.back() + std::min(kThrashPause * (1 << doublings), kThrashSpan);
}

void pace_scale_in(Draft& draft, const Situation& now, const Behaviour& behaviour,
                   const ArbiterMemory& memory) {
  if (draft.machines >= now.current) return;
  draft.at_least(std::min(now.current, highest_recommendation(memory)), "stabilisation_window");
  if (memory.last_change && now.now < *memory.last_change + behaviour.cooldown_down)
    draft.at_least(now.current, "cooldown_down");
  if (const auto until = thrashing_until(memory, now.now);
      until && now.now < *until && !now.promise_rules())
    draft.at_least(now.current, "thrashing");
  const auto most = behaviour.max_step_down.of(now.current);
  if (most < now.current) draft.at_least(now.current - most, "max_step_down");
}

void pace_scale_out(Draft& draft, const Situation& now, const Behaviour& behaviour,
                    const ArbiterMemory& memory) {
  if (draft.machines <= now.current) return;
  if (memory.last_up && now.now < *memory.last_up + behaviour.cooldown_up)
    draft.at_most(now.current, "cooldown_up");
  const auto most = behaviour.max_step_up.of(now.current);
  if (most < UINT32_MAX - now.current) draft.at_most(now.current + most, "max_step_up");
}

// The operator's word, last of all.
void hands_off(Draft& draft, const Situation& now, const Behaviour& behaviour) {
  if (!behaviour.pause || !behaviour.pause->holds(now.now)) return;
  if (behaviour.pause->out) draft.at_most(now.current, "pause");
  if (behaviour.pause->in) draft.at_least(now.current, "pause");
}

const Proposal* largest(const std::vector<Proposal>& proposals) {
  const Proposal* best = nullptr;
  for (const auto& p : proposals)
    if (p.active && (!best || p.machines > best->machines)) best = &p;
  return best;
}

std::string inactive_reasons(const std::vector<Proposal>& proposals) {
  std::string text;
  for (const auto& p : proposals) text += (text.empty() ? "" : "; ") + p.policy + ": " + p.reason;
  return text.empty() ? "no policy" : text;
}

void explain(Decision& decision, const Proposal* winner) {
  if (decision.action != Action::hold) {
    const bool by_policy = winner && winner->machines != decision.current;
    decision.cause = by_policy ? winner->policy : decision.limits.back().name;
  } else if (!decision.limits.empty()) {
    decision.cause = decision.limits.back().name;
  } else {
    decision.cause = winner ? "steady" : "no_opinion";
  }
  decision.reason =
      winner ? winner->policy + ": " + winner->reason : inactive_reasons(decision.proposals);
  for (const auto& limit : decision.limits)
    decision.reason += "; " + limit.name + " makes " + std::to_string(limit.wanted) + " " +
                       std::to_string(limit.allowed);
}

}  // namespace

const char* to_string(Action action) noexcept {
  switch (action) {
    case Action::scale_out:
      return "scale_out";
    case Action::scale_in:
      return "scale_in";
    case Action::move:
      return "move";
    case Action::hold:
      break;
  }
  return "hold";
}

Decision arbitrate(const Situation& now, std::vector<Proposal> proposals,
                   const Behaviour& behaviour, ArbiterMemory& memory) {
  if (!memory.first_seen) memory.first_seen = now.now;
  const Proposal* winner = largest(proposals);
  // Policies were asked about the group without its headroom.
  const bool moves = winner && winner->machines != behaviour.without_headroom(now.current);
  Draft draft{moves ? winner->machines : now.current, {}};
  if (const auto spare = behaviour.headroom_of(draft.machines); moves && spare > 0)
    draft.at_least(draft.machines + spare, "headroom");
  if (behaviour.on_missing == OnMissing::fallback_count &&
      std::any_of(now.signals.begin(), now.signals.end(),
                  [&](const SignalSituation& s) { return now.lost(s); }))
    draft.at_least(behaviour.fallback_count, "fallback_count");
  floor_scale_in(draft, now, proposals, memory);
  remember(memory, now, draft.machines);
  pace_scale_in(draft, now, behaviour, memory);
  pace_scale_out(draft, now, behaviour, memory);
  draft.at_most(now.max, now.max_is);
  draft.at_least(now.min, now.min_is);
  hands_off(draft, now, behaviour);

  Decision decision;
  decision.time = now.now;
  decision.serving = now.serving;
  decision.current = now.current;
  decision.desired = draft.machines;
  decision.action = draft.machines > now.current   ? Action::scale_out
                    : draft.machines < now.current ? Action::scale_in
                                                   : Action::hold;
  decision.dry_run = behaviour.dry_run;
  decision.limits = std::move(draft.limits);
  if (winner) decision.confidence = winner->confidence;
  const auto at = winner ? winner - proposals.data() : 0;
  decision.proposals = std::move(proposals);
  explain(decision, winner ? &decision.proposals[static_cast<std::size_t>(at)] : nullptr);
  return decision;
}

void acted(const Decision& decision, Duration lead_time, ArbiterMemory& memory) {
  if (decision.action == Action::hold) return;
  memory.last_change = decision.time;
  if (decision.action == Action::scale_in) memory.last_down = decision.time;
  if (decision.action != Action::scale_out) return;
  memory.last_up = decision.time;
  if (!memory.last_down || decision.time > *memory.last_down + lead_time) return;
  auto& regrets = memory.regrets;
  regrets.push_back(decision.time);
  while (regrets.front() <= decision.time - kThrashSpan) regrets.pop_front();
}

}  // namespace nova
