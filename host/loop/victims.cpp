#include "host/loop/victims.hpp"

#include <algorithm>
#include <tuple>

namespace nova {
namespace {

using loader::Machine;
using loader::MachineState;

bool has_left(const Machine& machine) {
  return machine.state == MachineState::stopping || machine.state == MachineState::gone;
}

int usefulness(const Machine& machine) {
  if (machine.state == MachineState::failed || machine.health == loader::Health::unhealthy)
    return 0;
  if (machine.state == MachineState::draining) return 1;
  if (machine.interrupted) return 2;
  return machine.state == MachineState::booting ? 3 : 4;
}

}  // namespace

std::optional<std::vector<std::string>> choose_victims(const std::vector<Machine>& machines,
                                                       const std::string& group,
                                                       const std::string& offer, std::uint32_t held,
                                                       std::uint32_t count, const ChargeRule& rule,
                                                       TimePoint now, Duration step) {
  std::vector<const Machine*> left;
  std::uint32_t there = 0;
  for (const auto& machine : machines) {
    if (machine.group_id != group || machine.offer_id != offer || has_left(machine)) continue;
    ++there;
    if (!machine.is_protected && !machine.id.empty()) left.push_back(&machine);
  }
  if (there != held || left.size() < count) return std::nullopt;
  const auto paid_steps = [&](const Machine& machine) -> std::int64_t {
    if (rule.unit <= step && rule.minimum <= step) return 0;
    if (!machine.created) return INT64_MAX;  // nobody knows what is paid
    return paid_rest(rule, *machine.created, now) / step;
  };
  const auto rank = [&](const Machine* machine) {
    return std::tuple(usefulness(*machine), paid_steps(*machine),
                      -unix_ns(machine->created.value_or(TimePoint{})), machine->id);
  };
  std::sort(left.begin(), left.end(),
            [&](const Machine* a, const Machine* b) { return rank(a) < rank(b); });
  std::vector<std::string> ids;
  for (std::uint32_t i = 0; i < count; ++i) ids.push_back(left[i]->id);
  return ids;
}

}  // namespace nova
