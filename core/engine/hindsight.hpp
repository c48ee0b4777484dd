// Hindsight: what decisions were worth, judged by the load that came.
//
// Every tick: keeps account of what the real fleet did, of what a fleet that only reacts would have
// done (the counterfactual), and of what each shadow policy would have done, all at the price of
// one reference machine; and judges each decision that was carried out once its machines have
// served for a while. Kept by the engine, one a group. Decides nothing; pure, so a replay judges
// alike.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/engine/trial_fleet.hpp"

namespace nova {

// One decision, judged.
struct Outcome {
  TimePoint decided, judged;
  Action action = Action::hold;
  std::uint32_t current = 0, desired = 0;
  std::uint32_t needed =
      0;  // most machines the load asked for at its target, or at what was promised
  std::uint32_t least = 0;     // fewest that would not have been overloaded
  std::uint64_t late = 0;      // violated steps once the machines asked for were to serve
  FleetAccount own, reactive;  // since it was decided

  // A scale-out that was needed and enough, a scale-in that left enough, a move that cost no step.
  bool success() const;
  std::string why() const;  // a sentence
};

class Hindsight {
 public:
  // `group` must outlive this object.
  Hindsight(const GroupSpec& group, Duration step);

  // The decision was carried out.
  void acted(const Decision& decision);
  void take(TimePoint first_end, const std::vector<std::vector<double>>& samples,
            const std::vector<double>& factors);
  // Once a tick, with the group's situation; `known`: its fleet is.
  void step(const Situation& now, const Behaviour& behaviour, bool known);

  const std::vector<Outcome>& outcomes() const { return outcomes_; }  // judged in this tick
  const FleetAccount& own() const { return own_; }
  const FleetAccount& reactive() const { return reactive_.account(); }
  const std::vector<TrialFleet>& shadows() const { return shadows_; }
  std::optional<TimePoint> since() const { return since_; }  // when accounts were opened
  // From a decision to its judgement: lead_time and as long again as a machine that is given up
  // must not be missed.
  Duration horizon() const { return horizon_; }

  Json state() const;
  // What does not fit starts anew. Errors: Json::exception.
  void restore(const Json& state);

 private:
  void judge(const Situation& now, bool violated);

  const GroupSpec* group_;
  Duration step_, horizon_;
  Judge judge_;
  bool promised_ = false;
  std::shared_ptr<const std::vector<PolicySpec>> reactive_rules_;
  TrialFleet reactive_;
  std::vector<TrialFleet> shadows_;
  std::optional<TimePoint> since_;
  std::optional<std::uint32_t> serving_;  // of the real fleet, at the tick before
  FleetAccount own_;
  std::deque<Outcome> pending_;  // accounts in it: when it was decided
  std::vector<Outcome> outcomes_;
};

}  // namespace nova
