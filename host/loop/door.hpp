// The door: the one place from which a VM controller is asked to change anything.
//
// Dry-run is enforced here. A request is checked (can_scale), sent (scale), and followed by its
// token until it ends; while the outcome of one is unknown, nothing else is sent for its group.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/act/request.hpp"
#include "host/loop/senses.hpp"
#include "host/loop/world.hpp"

namespace nova {

class Door {
 public:
  // `note` is told of every operation when it is sent and whenever its state changes.
  using Note = std::function<void(const Operation&, const std::string& text)>;
  Door(const World& world, bool dry_run, Note note, Report report);

  struct Asked {
    std::size_t group = 0;
    std::string decision_id;
    ScaleRequest request;
    bool dry_run = false;  // of the group
  };
  // Sends all requests of a tick, one call per controller. True for a group whose controller
  // accepted something that changes it: only that starts a cooldown.
  std::vector<bool> send(TimePoint now, const std::vector<Asked>& asked);

  // Asks for the state of all open operations.
  void follow();

  // Offers of which the controller had no machine for this group, since this was asked last.
  std::vector<std::string> take_refused(std::size_t group);

  // An operation of this group was sent and its outcome is not known.
  bool unknown(std::size_t group) const;

  // Takes over operations that were open when the host stopped.
  void adopt(Operation operation) { open_.push_back(std::move(operation)); }
  const std::vector<Operation>& open() const { return open_; }

 private:
  void send_to(const PerTenant& controller, TimePoint now, const std::vector<const Asked*>& asked,
               std::vector<bool>& changed);
  void note_refused(const Operation& op);
  void follow_at(const PerTenant& controller, const std::vector<Operation*>& operations);

  const World& world_;
  bool dry_run_;
  Note note_;
  Report report_;
  std::vector<Operation> open_;
  std::map<std::pair<std::string, std::string>, std::set<std::string>>
      refused_;  // by tenant, group
};

}  // namespace nova
