// What the domains of a node mean: whose they are, how each stands, what is to be done with it.
//
// Input: domains as libvirt told them, with the mark they wear. Output: machines and counts as the
// contract wants them, victims, next steps. Pure: all time is given.
//
// A machine is wanted from the moment it is marked until it is marked as leaving; a wanted machine
// that does not run is started, whether it is new, crashed, or its node came up again. So desired
// is the number of wanted machines, and the marks are the only memory there is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain_xml.hpp"
#include "mark.hpp"
#include "plugins/controllers/ledger/ledger.hpp"

namespace nova::libvirt {

struct Offer {
  std::string id;  // "" = the one kind of machine
  Size size;
};

struct Volume {  // each machine's own copy of another of the same pool
  std::string pool, from;
  std::string name;  // with "{name}" of the machine
};

struct GroupRules {
  std::string domain;  // XML of a new machine; "" = tagged domains, started and stopped only
  std::vector<Volume> volumes;
  std::vector<Offer> offers;  // none: of whatever offer, it is as large as the template says
  std::uint32_t min = 0, max = 1000;
  bool tagged() const { return domain.empty(); }
};

struct Member {  // a domain with a mark, or any other (group "")
  std::string uuid, name;
  int state = 0;  // virDomainState
  bool active = false;
  std::uint64_t memory_kib = 0;  // what it may take from the node
  Mark mark;
};

struct Failing {  // why a wanted machine could not be started
  nova_status status = NOVA_OK;
  std::string why;
  std::int64_t at_ns = NOVA_NONE;
};
using Failures = std::map<std::string, Failing>;  // by uuid

// How one stands: its state and health; NOVA_MACHINE_GONE for a tagged domain that rests.
struct Standing {
  std::int32_t state = NOVA_MACHINE_GONE, health = 0;
};
struct Clock {
  std::int64_t now_ns, boot_ns;  // what runs serves from its start + boot_ns
};
bool is_wanted(const Member& member, bool tagged);
Standing standing(const Member& member, bool tagged, const Failures& failures, const Clock& clock);

// A group as the ledger takes it. Its generation follows from who is wanted: the same for whoever
// looks, and after a restart.
fleet::Seen see_group(const std::string& id, const GroupRules& rules,
                      const std::vector<Member>& members, const Failures& failures,
                      const Clock& clock, const std::string& node);

// Whom to give up first, of an offer's wanted machines: such as do not serve, then the newest.
std::vector<const Member*> victims(const std::string& group, const GroupRules& rules,
                                   const std::string& offer, const std::vector<Member>& members,
                                   const Failures& failures, const Clock& clock);

enum class Step {
  none,
  start,
  stamp_serving,  // it serves, and its mark does not say since when
  shut_down,      // asked of the guest
  destroy,        // it had its time
  undefine,
  rest  // a tagged domain is off: its mark is as before it was started
};
// waited_ns: since its guest was asked to shut down; nullopt = it was not asked yet.
Step next_step(const Member& member, bool tagged, const Failures& failures, const Clock& clock,
               std::optional<std::int64_t> waited_ns, std::int64_t patience_ns);

}  // namespace nova::libvirt
