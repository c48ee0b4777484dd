// Branch and bound: the best mix of a small program, proven.
//
// Where a few machines are asked for, rounding is most of the cost and exchanges of two at a time
// may not lead from one rounding to another. There the relaxation is split on a count that is not
// whole, both halves are solved again, and halves that cannot be cheaper than the best mix known
// are dropped. What is not linear (a worst pool survived, so many pools, so few types) is
// propagated into bounds and rows and split on where a whole point breaks it. Depth first, the
// likelier half first. Source: Land and Doig, "An automatic method of solving discrete programming
// problems", Econometrica 28 (1960). Internal to the optimiser; deterministic.
#pragma once

#include <cstdint>

#include "core/cost/relaxation.hpp"
#include "core/cost/search.hpp"

namespace nova {

// Hands every whole point it comes to to `search`, which keeps the best. `root`: over all columns
// of the program, solved; `gap`: how near to the best is good enough. Looks at no more than `nodes`
// relaxations. Returns what no mix can cost less than, nanos an hour; +infinity where there is
// proven to be none.
double branch(const Program& program, const Relaxation& root, Search& search, double gap,
              std::int64_t nodes);

}  // namespace nova
