// Dives: integers out of the linear relaxation, one rounding at a time.
//
// From the optimum of the relaxation one fractional count is rounded (up with the probability of
// its fraction), its bound tightened, the relaxation solved again, until all counts are whole or
// nothing is feasible. Dives over the few columns that matter cost a fraction of a millisecond each
// and end near the optimum where caps and sizes interlock so that exchanges get stuck. Randomised,
// seeded, deterministic. Source: Berthold, "Primal Heuristics for Mixed Integer Programs", thesis
// 2006, chapter 3 (diving). Internal to the optimiser.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "core/cost/program.hpp"
#include "core/cost/relaxation.hpp"

namespace nova {

// Counts of all columns, whole; they may lack what the last roundings took. `root` is solved; it is
// copied. `greedy`: round the largest fraction first and always to the nearest.
std::vector<std::uint32_t> dive(const Program& program, const Relaxation& root, bool greedy,
                                std::mt19937_64& random);

}  // namespace nova
