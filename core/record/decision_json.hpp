// Decisions, mixes and offers as they stand in the journal.
#pragma once

#include <vector>

#include "core/cost/mix.hpp"
#include "core/decide/decision.hpp"
#include "core/record/entry.hpp"

namespace nova {

Json to_json(const Decision& decision);
// Whether the decision on record knew how many machines there were.
bool knew_fleet(const Json& decision);
Json to_json(const std::vector<MixRow>& rows);
std::vector<MixRow> mix_rows_from(const Json& rows);
Json to_json(const std::vector<PricedOffer>& offers);
std::vector<PricedOffer> offers_from(const Json& offers);

}  // namespace nova
