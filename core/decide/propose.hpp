// What each policy proposes in a situation. Pure functions of their arguments.
#pragma once

#include "core/decide/decision.hpp"
#include "core/decide/policy.hpp"
#include "core/decide/situation.hpp"

namespace nova {

// Reactive: n = ceil(load / (per_machine * target)), unless that is within the tolerance band.
Proposal propose(const TargetTrackingSpec& policy, const Situation& situation);

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
