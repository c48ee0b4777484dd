#include "host/loop/machine_book.hpp"

#include <algorithm>

namespace nova {
namespace {

using loader::Machine;
using loader::MachineState;

bool is_ill(const Machine& machine) {
  return machine.state == MachineState::failed || machine.health == loader::Health::unhealthy;
}

bool is_leaving(const Machine& machine) {
  return machine.state == MachineState::draining || machine.state == MachineState::stopping ||
         machine.state == MachineState::gone;
}

bool take_one(std::map<std::string, std::uint32_t>& left, const std::string& offer) {
  const auto at = left.find(offer);
  if (at == left.end() || at->second == 0) return false;
  --at->second;
  return true;
}

}  // namespace

MachineBook::MachineBook(const World& world, Tell tell, Report report)
    : world_(world),
      tell_(std::move(tell)),
      report_(std::move(report)),
      groups_(world.groups.size()) {
  for (std::size_t g = 0; g < groups_.size(); ++g)
    index_[{world.groups[g].tenant, world.groups[g].id}] = g;
}

void MachineBook::sent(const Operation& operation, std::int64_t change) {
  if (ours_.insert(operation.token).second) order_.push_back(operation.token);
  if (order_.size() > kRemembered) {
    ours_.erase(order_.front());
    order_.pop_front();
  }
  const auto at = index_.find({operation.tenant, operation.group});
  if (at == index_.end()) return;
  auto& group = groups_[at->second];
  if (!operation.machine.empty() && (change != 0 || is_open(operation.state)))
    group.leaving.insert(operation.machine);
  else if (operation.machine.empty() && change != 0)
    (change < 0 ? group.may_go : group.may_come)[operation.offer_id] +=
        static_cast<std::uint32_t>(std::abs(change));
}

void MachineBook::remember(const Entry& event) {
  const auto at = index_.find({event.tenant, event.group});
  const auto change = event.body.value("change", "");
  if (at == index_.end() || change.empty()) return;
  auto& told = groups_[at->second].told;
  for (const auto& machine : event.body.value("machines", Json::array()))
    if (change == "adopted" || change == "replaced")
      told.insert(machine.get<std::string>());
    else if (change == "lost")
      told.erase(machine.get<std::string>());
}

// Marks of interruption change no count, so groups on spot machines are always looked at.
bool MachineBook::is_due(const Group& group, const FleetView& fleet) const {
  if (!fleet.known) return false;
  return !group.seen || group.generation != fleet.generation || group.rows != fleet.rows ||
         std::any_of(fleet.rows.begin(), fleet.rows.end(), [](const FleetRow& row) {
           return row.desired > 0 && row.offer_id.find("/spot") != std::string::npos;
         });
}

void MachineBook::look(const std::vector<GroupInput>& inputs) {
  std::map<PerTenant, std::vector<std::size_t>> due;
  for (std::size_t g = 0; g < inputs.size(); ++g) {
    const auto& spec = world_.groups[g];
    const PerTenant who{spec.tenant, spec.controller};
    if (is_due(groups_[g], inputs[g].fleet)) due[who].push_back(g);
  }
  for (const auto& [who, groups] : due) {
    std::vector<std::string> ids;
    std::map<std::string, std::map<std::string, Machine>> found;
    for (const auto g : groups) ids.push_back(world_.groups[g].id);
    auto machines = world_.controllers.at(who)->list_machines(ids, world_.timeout(who.second));
    if (!machines) {  // a program that counts only says so: once
      auto& said = said_[who];
      if (machines.error().code != ErrorCode::unimplemented && said != machines.error().message)
        report_(who.first, "", machines.error().message);
      said = machines.error().message;
      continue;
    }
    said_.erase(who);
    for (auto& machine : *machines) {
      auto& of_group = found[machine.group_id];
      auto id = machine.id;
      if (machine.state != MachineState::gone && !id.empty())
        of_group.insert_or_assign(std::move(id), std::move(machine));
    }
    for (const auto g : groups) {
      compare(g, std::move(found[world_.groups[g].id]));
      groups_[g].seen = true;
      groups_[g].generation = inputs[g].fleet.generation;
      groups_[g].rows = inputs[g].fleet.rows;
    }
  }
}

void MachineBook::compare(std::size_t index, std::map<std::string, Machine> now) {
  auto& group = groups_[index];
  const auto& spec = world_.groups[index];
  std::vector<std::string> adopted, lost, replacing, ill, well, interrupted;
  std::map<std::string, std::uint32_t> places;  // of lost machines, by offer
  for (const auto& [id, machine] : group.machines) {
    if (now.count(id) != 0) continue;
    const bool expected = group.leaving.erase(id) != 0 || is_leaving(machine) ||
                          take_one(group.may_go, machine.offer_id);
    if (expected) continue;
    lost.push_back(id);
    ++places[machine.offer_id];
  }
  for (const auto& [id, machine] : now) {
    const auto before = group.machines.find(id);
    const bool known = before != group.machines.end();
    if (is_ill(machine) && !(known && is_ill(before->second))) ill.push_back(id);
    if (known && !is_ill(machine) && is_ill(before->second)) well.push_back(id);
    if (machine.interrupted && !(known && before->second.interrupted)) interrupted.push_back(id);
    if (known) continue;
    const bool asked = (machine.token != Token{} && ours_.count(machine.token) != 0) ||
                       (machine.token == Token{} && take_one(group.may_come, machine.offer_id));
    if (asked || group.told.count(id) != 0) continue;
    if (group.seen && take_one(places, machine.offer_id))
      replacing.push_back(id);
    else
      adopted.push_back(id);
  }
  group.told.clear();
  // Nothing more is to be expected once all that was asked for is so.
  if (std::none_of(now.begin(), now.end(), [](const auto& one) {
        return is_leaving(one.second) || one.second.state == MachineState::booting;
      }))
    group.may_go.clear(), group.may_come.clear();
  group.machines = std::move(now);
  say(spec, "lost", lost, "is lost", "are lost");
  say(spec, "replaced", replacing, "takes the place of a lost one", "take the place of lost ones");
  say(spec, "adopted", adopted, "was not asked for and is adopted",
      "were not asked for and are adopted");
  say(spec, "unhealthy", ill, "is unhealthy", "are unhealthy");
  say(spec, "healthy", well, "is healthy again", "are healthy again");
  say(spec, "interrupted", interrupted, "will be interrupted", "will be interrupted");
}

void MachineBook::say(const GroupSpec& spec, const char* change,
                      const std::vector<std::string>& machines, const std::string& singular,
                      const std::string& plural) const {
  if (machines.empty()) return;
  std::string names;
  for (std::size_t i = 0; i < std::min(machines.size(), kToldAtOnce); ++i)
    names += (i == 0 ? "" : ", ") + machines[i];
  if (machines.size() > kToldAtOnce)
    names += " and " + std::to_string(machines.size() - kToldAtOnce) + " more";
  tell_(spec.tenant, spec.id,
        {{"text", (machines.size() == 1
                       ? "machine " + names + " " + singular
                       : std::to_string(machines.size()) + " machines " + plural + ": " + names)},
         {"change", change},
         {"machines", machines}});
}

}  // namespace nova
