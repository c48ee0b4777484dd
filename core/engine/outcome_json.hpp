// Bodies of the journal's `outcome` entries: one decision judged, or how a group stands by now.
#pragma once

#include "core/engine/group_engine.hpp"
#include "core/record/entry.hpp"

namespace nova {

// What came of one decision; who writes it adds which one.
Json to_json(const Outcome& outcome);

// Accounts since they were opened, and how good forecasts proved, per signal, model and lead.
Json standing(const GroupEngine& group);

}  // namespace nova
