// What policy plugins remember, as a snapshot holds it: { tenant: { plugin: state in base64 } }.
//
// Taken when the host writes a snapshot, given back when it goes on from one. A policy is not told
// again of the ticks between its last state and the stop. Used by the loop.
#pragma once

#include <functional>
#include <string>

#include "core/record/entry.hpp"
#include "host/loop/world.hpp"

namespace nova {

// Called with the tenant and what went wrong: that plugin starts anew, or would.
using PolicyTrouble = std::function<void(const std::string& tenant, const std::string& what)>;

Json save_policies(const World& world, TimePoint now, const PolicyTrouble& trouble);
void load_policies(const World& world, const Json& saved, const PolicyTrouble& trouble);

}  // namespace nova
