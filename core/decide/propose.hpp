// What each policy proposes in a situation. Pure functions of their arguments.
#pragma once

#include <span>

#include "core/decide/decision.hpp"
#include "core/decide/policy.hpp"
#include "core/decide/situation.hpp"

namespace nova {

// Reactive: n = ceil(load / (per_machine * target)), unless that is within the tolerance band.
Proposal propose(const TargetTrackingSpec& policy, const Situation& situation);

// Steps: beyond a line for long enough, one step of the farthest band that was crossed. Of a signal
// that is only watched nobody knows what a machine more makes of it: then one step is taken after
// the other, each when all machines serve; and without a line below there is no say in scale-in.
Proposal propose(const ThresholdSpec& policy, const Situation& situation);

// No opinion on the count: scheduled() has put its bounds into the situation; says which.
Proposal propose(const ScheduleSpec& policy, const Situation& situation);

// What the plugin said in this tick.
Proposal propose(const PluginSpec& policy, const Situation& situation);

// What is scheduled for now becomes the situation's: floors a lead time early, so that they are met
// when they begin; of several, the highest floor, the lowest ceiling and the lowest target.
void scheduled(const std::vector<PolicySpec>& policies, Situation& situation);

// What all of them propose. Where nobody has an opinion yet and none of them reacts (whether a
// plugin does is its own affair, and lines of what is only watched know no size), somebody must:
// the rule an operator would have written, target tracking on every signal.
std::vector<Proposal> propose_all(std::span<const PolicySpec* const> policies,
                                  const Situation& situation);

// The signal of that name, if it has a value now; else null and `why`.
const SignalSituation* watched(const Situation& situation, const std::string& name,
                               std::string& why);

// From trusted forecasts: the sizing quantile of demand over the lead time adds machines, over the
// scale-in window permits removal; both only with enough confidence (DESIGN 5, "Confidence").
Proposal propose(const PredictiveSpec& policy, const Situation& situation);

// As the engine of the promise wants, unless a scale-in is less sure than `confidence_threshold`;
// no opinion while it learns or a signal is lost.
Proposal propose_promised(const PromiseSpec& promise, double confidence_threshold,
                          const Situation& situation);

// Where the promise decides, the others stand by: merged in, they would set its bill.
void stand_by(const Situation& situation, std::vector<Proposal>& proposals);

// Prices of one machine-hour over and short, in USD, as the policy and the machine price give them.
Prices prices_of(const PredictiveSpec& policy, UsdPerHour machine);

// Fleet sizes worth showing beside `desired`, best score first; at most six. Where a promise
// decides, probability and score are those it weighs.
std::vector<Alternative> weigh(const Situation& situation, const Prices& prices,
                               std::uint32_t desired, const std::vector<Proposal>& proposals);

}  // namespace nova
