// MachineBook: who the machines of each group are, where the controller can tell.
//
// In: fleets as they are counted, tick by tick, and what the door sent. Machines are asked for only
// where a count changed or some may be interrupted, one call a controller. Out: events, of machines
// that came unasked (adopted), went unasked (lost), took the place of a lost one (replaced), fell
// ill, recovered, or will be interrupted. What they say decides nothing: counts do.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/act/request.hpp"
#include "core/engine/tick.hpp"
#include "host/loop/senses.hpp"
#include "host/loop/world.hpp"

namespace nova {

class MachineBook {
 public:
  static constexpr std::size_t kToldAtOnce = 20;      // names in one event
  static constexpr std::size_t kRemembered = 65'536;  // requests

  // Of one group: text, change, machines, offer.
  using Tell = std::function<void(const std::string& tenant, const std::string& group, Json body)>;
  MachineBook(const World& world, Tell tell, Report report);

  void look(const std::vector<GroupInput>& inputs);

  // An event on record: what was told to be adopted or to take a place is not told again.
  void remember(const Entry& event);

  // The door sent an operation, now or before the host stopped. Of a count: by how many machines it
  // is to change.
  void sent(const Operation& operation, std::int64_t change);

 private:
  struct Group {
    bool seen = false;
    std::uint64_t generation = 0;
    std::vector<FleetRow> rows;                             // when it was looked at last
    std::map<std::string, loader::Machine> machines;        // by id
    std::map<std::string, std::uint32_t> may_go, may_come;  // by offer
    std::set<std::string> leaving;                          // chosen machines
    std::set<std::string> told;  // before the host stopped, until it is seen
  };

  bool is_due(const Group& group, const FleetView& fleet) const;
  void compare(std::size_t index, std::map<std::string, loader::Machine> now);
  void say(const GroupSpec& spec, const char* change, const std::vector<std::string>& machines,
           const std::string& singular, const std::string& plural) const;

  const World& world_;
  Tell tell_;
  Report report_;
  std::vector<Group> groups_;
  std::map<std::pair<std::string, std::string>, std::size_t> index_;  // of them, by tenant and id
  std::set<Token> ours_;
  std::deque<Token> order_;                // of them, oldest first
  std::map<PerTenant, std::string> said_;  // troubles told
};

}  // namespace nova
