// Bodies of the journal's `input`, `forecast` and `proposal` entries: what the engine was given in
// one tick.
#pragma once

#include "core/engine/engine.hpp"
#include "core/engine/tick.hpp"
#include "core/record/entry.hpp"

namespace nova {

// Samples as columns, one object a group in the engine's order.
Json to_json(const TickInput& input);
// Errors: data_loss.
Result<TickInput> tick_input_from(TimePoint now, const Json& body);

Json to_json(const Pause& pause);
// The member "pause" of `parent`, if there is one. Errors: Json::exception.
std::optional<Pause> pause_from(const Json& parent);

Json to_json(const FleetView& fleet);
// Errors: Json::exception.
FleetView fleet_from(const Json& fleet);

// Of one answer; signal and plugin by name, so that a reader needs no index.
Json to_json(const ModelAnswer& answer, const GroupEngine& group);
Result<ModelAnswer> model_answer_from(const Json& body, std::size_t group_index,
                                      const GroupEngine& group);

Json to_json(const PolicyAnswer& answer);
Result<PolicyAnswer> policy_answer_from(const Json& body, std::size_t group_index);

}  // namespace nova
