// A group's plan as JSON: the body of a `plan` entry, the answer of /api/v1/recommendations and of
// the verb `plan`. Written only: nothing is replayed from it.
#pragma once

#include "core/decide/recommend.hpp"
#include "core/record/entry.hpp"

namespace nova {

// Times as ISO 8601, money in USD, shares 0..1; numbers that are not known are null.
Json to_json(const GroupPlan& plan);

}  // namespace nova
