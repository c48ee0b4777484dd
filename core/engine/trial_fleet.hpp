// TrialFleet: the fleet that another policy would have run on the load that came.
//
// It decides every tick as the group does, with the same arbiter and limits (never paused), but on
// a fleet of its own that boots in lead_time and never fails; nothing is asked of a controller. So
// a shadow policy, or "reactive only", can be scored beside what was really done. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "core/base/boxed.hpp"
#include "core/decide/arbiter.hpp"
#include "core/decide/policy.hpp"
#include "core/decide/situation.hpp"
#include "core/engine/group.hpp"
#include "core/engine/promise_step.hpp"
#include "core/engine/slot_fleet.hpp"
#include "core/plan/need.hpp"
#include "core/record/entry.hpp"

namespace nova {

// What a fleet did, step by step, while the real one was known.
struct FleetAccount {
  std::uint64_t steps = 0, violations = 0;  // violated: some load was above what served
  double machine_hours = 0;                 // reference machines asked for
  Usd spend;                                // of these at the price of one
  Usd penalty;                              // of machines that were short, where it has a price

  Usd total() const { return spend + penalty; }
  friend FleetAccount operator-(const FleetAccount& a, const FleetAccount& b);
};

// By what a step is judged.
struct Judge {
  double utilisation = 1;                 // of serving capacity, above which it is violated
  std::optional<UsdPerHour> slo_penalty;  // of a machine short
};

Json to_json(const FleetAccount& account);
// Errors: Json::exception.
FleetAccount account_from(const Json& json);

// Fewest reference machines that bear the latest loads at `utilisation` of a signal.
template <class Utilisation>
std::uint32_t machines_at(const Situation& now, Utilisation utilisation) {
  std::uint32_t machines = 0;
  for (const auto& s : now.signals)
    if (!std::isnan(s.load))
      machines = std::max(machines, machines_for(s.load, s.spec->per_machine, utilisation(s)));
  return machines;
}

// The step that ended had these latest loads; `serving` machines served, `asked` were billed.
// Returns whether it was violated.
bool account_step(FleetAccount& account, const Situation& now, std::uint32_t asked,
                  std::uint32_t serving, const Judge& judge);

class TrialFleet {
 public:
  // `policies` and `group` must outlive this object. `name` is for people.
  TrialFleet(std::string name, const GroupSpec& group, std::vector<const PolicySpec*> policies,
             Duration step);

  // Samples as PromiseStep::take.
  void take(TimePoint first_end, const std::vector<std::vector<double>>& samples,
            const std::vector<double>& factors);
  // Once a tick. `now` is the group's situation; its fleet is where this one starts. `judge`: by
  // what the step that ended is scored; null = it is not.
  void step(Situation now, const Behaviour& behaviour, const Judge* judge);

  const std::string& name() const { return name_; }
  const ShadowDecision& decision() const { return decision_; }
  const FleetAccount& account() const { return account_; }
  const std::optional<SlotFleet>& fleet() const { return fleet_; }  // none before the first step

  Json state() const;
  // False if it is not a snapshot of this policy. Errors: Json::exception.
  bool restore(const Json& state);

 private:
  std::string name_;
  const GroupSpec* group_;
  std::vector<const PolicySpec*> policies_;
  Duration step_, stabilisation_window_;
  bool forecasts_ = false;  // it may look at them
  Boxed<PromiseStep> promise_;
  std::optional<SlotFleet> fleet_;
  ArbiterMemory memory_;
  ShadowDecision decision_;
  FleetAccount account_;

  std::uint32_t boot_slots() const;
};

Json to_json(const ArbiterMemory& memory);
ArbiterMemory memory_from(const Json& json);

}  // namespace nova
