// The door: the one place from which a VM controller is asked to change anything.
//
// Dry-run is enforced here. Where not all the machines that were asked for are to be had, half as
// many are asked for, and so on: some are better than none. A request is checked (can_scale), sent
// (scale; act for machines that are given up, where the controller tells them apart), and followed
// by its token until it ends; while the outcome of one is unknown, nothing else is sent for its
// group.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/act/request.hpp"
#include "core/cost/charge.hpp"
#include "core/cost/refusals.hpp"
#include "host/loop/machine_book.hpp"
#include "host/loop/request_errors.hpp"
#include "host/loop/senses.hpp"
#include "host/loop/world.hpp"

namespace nova {

class Door {
 public:
  // `note` is told of every operation when it is sent and whenever its state changes.
  using Note = std::function<void(const Operation&, const std::string& text)>;
  // How the machines of an offer are charged, in a group.
  using Charge = std::function<ChargeRule(std::size_t group, const std::string& offer)>;
  struct Options {
    Duration step{};  // from one decision to the next
    bool dry_run = false;
  };
  Door(const World& world, Options options, Charge charge, MachineBook& machines, Note note,
       Report report);

  struct Asked {
    std::size_t group = 0;
    std::string decision_id;
    ScaleRequest request;
    bool dry_run = false;  // of the group
    bool urgent = false;   // it holds fewer machines than its min
  };
  // Sends all requests of a tick, one call per controller. True for a group whose controller
  // accepted something that changes it: only that starts a cooldown.
  std::vector<bool> send(TimePoint now, const std::vector<Asked>& asked);

  // Asks for the state of all open operations.
  void follow(TimePoint now);

  // What controllers refuse to do.
  RequestErrors& errors() { return errors_; }

  // Offers of which this group could have no machine, or may not, since this was asked last.
  std::map<std::string, RefusedFor> take_refused(std::size_t group);

  // An operation of this group was sent and its outcome is not known.
  bool unknown(std::size_t group) const;

  // Takes over an operation of before the host stopped.
  void adopt(Operation operation);
  const std::vector<Operation>& open() const { return open_; }

 private:
  struct Row {  // of a request that is under way
    const Asked* asked;
    const ScaleRow* row;
    std::uint32_t desired;  // of the offer; less than the row's where that was refused
    Token token() const;
  };
  // What is asked for next, where a row was refused; nothing if that is no way out.
  static std::optional<Row> fewer(const Row& row, ErrorCode code);
  void send_to(const PerTenant& controller, TimePoint now, const std::vector<const Asked*>& asked,
               std::vector<bool>& changed);
  // The rows that the controller would take now.
  std::vector<Row> checked(const PerTenant& controller, TimePoint now, std::vector<Row> rows);
  struct Removal {
    Row row;
    std::string machine;
  };
  // Takes the rows out by which machines are given up that can be chosen; nobody is asked to act.
  std::vector<Removal> choose(const PerTenant& controller, TimePoint now, std::vector<Row>& rows);
  void scale(const PerTenant& controller, TimePoint now, const std::vector<Row>& rows,
             std::vector<bool>& changed);
  void remove(const PerTenant& controller, TimePoint now, const std::vector<Removal>& removals,
              std::vector<bool>& changed);
  void take(Operation op, const Row& row, const loader::OpAnswer& answer,
            std::vector<bool>& changed);
  void ended(const Operation& op, const std::string& text, TimePoint now);
  void went_wrong(const std::string& tenant, const std::string& group, const std::string& offer,
                  ErrorCode code, const std::string& text, TimePoint now);
  void follow_at(const PerTenant& controller, TimePoint now,
                 const std::vector<Operation*>& operations);
  std::string controller_of(const std::string& tenant, const std::string& group) const;

  const World& world_;
  Options options_;
  Charge charge_;
  MachineBook& machines_;
  RequestErrors errors_;
  std::set<PerTenant> removes_none_;  // controllers that cannot give up a chosen machine
  Note note_;
  Report report_;
  std::vector<Operation> open_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, RefusedFor>>
      refused_;  // by tenant, group
};

}  // namespace nova
