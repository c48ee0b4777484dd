// The mix optimiser: demand and offers in, the cheapest safe mix out.
//
// Front door of the room for whoever asks "which machines?": a group's tick, `cost optimize`, a
// bench. In: a MixQuestion. Out: counts per column with their cost term by term, a lower bound that
// proves how far from the best the answer can be, and its risk; or the binding constraint by name.
// The present mix takes part: an answer is never dearer than it while it is feasible, moves
// included. Anytime by steps, not by time, so the same question gets the same answer everywhere.
// How: the linear relaxation gives bound, dual prices and the few columns that matter; small
// programs are branched to the proven best; of others integer mixes are built from those columns
// and from the present mix, and improved by exchange and iterated greedy; once per volume tier.
// verify_mix judges the result. Pure, no state, safe from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.hpp"
#include "core/cost/question.hpp"

namespace nova {

struct MixEffort {
  std::int64_t steps = 300'000;  // exchanges weighed; some milliseconds
  double gap = 0.002;            // good enough: within this share of the bound
  std::uint64_t seed = 1;
  bool explain = true;  // name what binds where nothing is feasible; takes some more solving
};

// Errors: invalid_argument as `check`; failed_precondition where no mix is feasible, with the
// constraint that binds: "no feasible mix: budget: ... (proven)".
Result<MixAnswer> optimise(const MixQuestion& question, const MixEffort& effort = {});

// A question without the columns that no answer needs: what another replaces for no more, whatever
// the caps, budgets and prices of risk are. For who asks it many times over.
PartQuestion without_replaced(const MixQuestion& question);

// What could be done instead, from cheapest to safest: the Pareto front in expected cost and in
// share of the demand lost per hour, over several prices of risk and shares of on-demand.
struct MixAlternative {
  MixAnswer answer;
  double risk = 0;         // share of the demand expected to be lost per hour
  std::string stated_for;  // "as asked", "a little safer", "safer", "much safer", "no spot"...
};
Result<std::vector<MixAlternative>> alternatives(const MixQuestion& question,
                                                 const MixEffort& effort = {});

}  // namespace nova
