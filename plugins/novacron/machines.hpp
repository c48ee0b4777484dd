// NovaCron's machines, as a list of them is answered.
//
// api-server answers a bare array of all, core-server pages of at most 100; read whole or not at
// all, because who acts on half a list makes machines twice. [serial]
#pragma once

#include "client.hpp"

namespace nova::novacron {

// What a machine is good for. NovaCron's own words are many: see phase_of.
enum class Phase { booting, running, idle, leaving };

struct Vm {
  std::string id, name, state, node;
  std::int64_t created_ns = NOVA_NONE;

  Phase phase() const;
};

// unknown, stopped, paused, failed and words we do not know are idle: there, and of no use.
Phase phase_of(const std::string& state);

// One of a list, or the answer of a creation. Throws NOVA_INTERNAL where it is no machine.
Vm vm_of(const Json& json);

// All that are shown to us, of the client's tenant where it has one. Throws as Client::get.
std::vector<Vm> list_vms(Client& client, const Call& call);

}  // namespace nova::novacron
