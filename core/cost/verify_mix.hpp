// An independent judge of mixes: every constraint of a question, checked from the question alone.
//
// Shares no code with the optimiser beyond the question itself, so that a mistake there is seen
// here. Every answer passes it before it is given out, whoever made it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/cost/question.hpp"

namespace nova {

// Each violated constraint with what it asks and what was found, e.g. "zone us-east-1a: spot memory
// 620 GiB, at most 50 % of 1000 GiB". Empty: the mix is feasible.
std::vector<std::string> violations(const MixQuestion& question,
                                    const std::vector<std::uint32_t>& counts);

}  // namespace nova
