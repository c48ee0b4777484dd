#include "answers.hpp"

#include <algorithm>
#include <pugixml.hpp>

#include "plugins/http/instant.hpp"

namespace nova::aws_asg {
namespace {

constexpr std::size_t kMostShown = 300;

// The element that holds an action's answer, or a throw.
pugi::xml_node result_in(pugi::xml_document& xml, std::string_view body, const char* action,
                         bool wrapped) {
  const auto name = std::string(action);
  xml.load_buffer(body.data(), body.size());
  auto result = xml.child((name + "Response").c_str());
  if (wrapped) result = result.child((name + "Result").c_str());
  if (!result) throw Error(NOVA_INTERNAL, "the answer to " + name + " is none of it");
  return result;
}

std::string text(const pugi::xml_node& node, const char* name) { return node.child_value(name); }

std::uint32_t number(const pugi::xml_node& node, const char* name) {
  const auto value = node.child(name).text().as_llong(-1);
  if (value < 0 || value > 1'000'000)
    throw Error(NOVA_INTERNAL, std::string("the answer has no ") + name + " of a group");
  return static_cast<std::uint32_t>(value);
}

bool has(std::string_view where, std::string_view what) { return where.find(what) != where.npos; }

}  // namespace

Page<AsgGroup> read_groups(std::string_view body) {
  pugi::xml_document xml;
  const auto result = result_in(xml, body, "DescribeAutoScalingGroups", true);
  Page<AsgGroup> page;
  for (const auto& node : result.child("AutoScalingGroups").children("member")) {
    AsgGroup group;
    group.name = text(node, "AutoScalingGroupName"), group.status = text(node, "Status");
    group.min = number(node, "MinSize"), group.max = number(node, "MaxSize");
    group.desired = number(node, "DesiredCapacity");
    const auto kind = text(node, "DesiredCapacityType");
    group.by_weight = !kind.empty() && kind != "units";
    for (const auto& member : node.child("Instances").children("member")) {
      group.instances.push_back({text(member, "InstanceId"), text(member, "InstanceType"),
                                 text(member, "AvailabilityZone"), text(member, "LifecycleState"),
                                 text(member, "HealthStatus"),
                                 text(member, "ProtectedFromScaleIn") == "true"});
      group.by_weight = group.by_weight || member.child("WeightedCapacity");
    }
    for (const auto& over : node.child("MixedInstancesPolicy")
                                .child("LaunchTemplate")
                                .child("Overrides")
                                .children("member"))
      group.by_weight = group.by_weight || over.child("WeightedCapacity");
    for (const auto& process : node.child("SuspendedProcesses").children("member"))
      group.suspended.push_back(text(process, "ProcessName"));
    page.rows.push_back(std::move(group));
  }
  page.next = text(result, "NextToken");
  return page;
}

Page<Activity> read_activities(std::string_view body) {
  pugi::xml_document xml;
  const auto result = result_in(xml, body, "DescribeScalingActivities", true);
  Page<Activity> page;
  for (const auto& node : result.child("Activities").children("member"))
    page.rows.push_back({text(node, "ActivityId"), text(node, "StatusCode"),
                         text(node, "Description"), text(node, "StatusMessage"),
                         http::instant_of(text(node, "StartTime"))});
  page.next = text(result, "NextToken");
  return page;
}

Page<Bought> read_instances(std::string_view body) {
  pugi::xml_document xml;
  const auto result = result_in(xml, body, "DescribeInstances", false);
  Page<Bought> page;
  for (const auto& reservation : result.child("reservationSet").children("item"))
    for (const auto& node : reservation.child("instancesSet").children("item"))
      page.rows.push_back({text(node, "instanceId"), text(node, "instanceType"),
                           text(node.child("placement"), "availabilityZone"),
                           text(node, "instanceLifecycle") == "spot",
                           http::instant_of(text(node, "launchTime"))});
  page.next = text(result, "nextToken");
  return page;
}

std::int32_t state_of(const Instance& instance) {
  const std::string_view at = instance.lifecycle;
  if (at.substr(0, 7) == "Pending" || at.substr(0, 6) == "Warmed") return NOVA_MACHINE_BOOTING;
  if (at == "InService")
    return instance.health == "Unhealthy" ? NOVA_MACHINE_FAILED : NOVA_MACHINE_RUNNING;
  if (at == "Terminated" || at == "Detached") return NOVA_MACHINE_GONE;
  if (at == "Standby" || at == "EnteringStandby") return NOVA_MACHINE_DRAINING;
  if (at.substr(0, 11) == "Terminating" || at == "Detaching") return NOVA_MACHINE_STOPPING;
  return NOVA_MACHINE_FAILED;  // Quarantined, and what may come
}

fleet::Seen seen_of(const AsgGroup& group, const std::string& id) {
  fleet::Seen seen;
  seen.id = id, seen.one_kind = true, seen.min = group.min, seen.max = group.max;
  const auto close = [&](std::string why) {
    seen.status = NOVA_FAILED_PRECONDITION, seen.why = group.name + ": " + std::move(why);
  };
  if (!group.status.empty()) close("its status is \"" + group.status + '"');
  for (const auto* process : {"Launch", "Terminate"})
    if (std::find(group.suspended.begin(), group.suspended.end(), process) != group.suspended.end())
      close(std::string("the process ") + process + " is suspended: resume it");
  if (group.by_weight)
    close(
        "it counts units of capacity, not machines: take out its instance weights and its "
        "DesiredCapacityType");
  fleet::Held held;
  held.desired = group.desired;
  seen.machines.emplace();
  for (const auto& instance : group.instances) {
    Machine machine;
    machine.group_id = id, machine.machine_id = instance.id, machine.node = instance.zone;
    machine.state = state_of(instance);
    if (machine.state == NOVA_MACHINE_GONE) continue;
    if (instance.is_protected) machine.marks = NOVA_MARK_PROTECTED;
    switch (machine.state) {
      case NOVA_MACHINE_BOOTING:
        ++held.booting;
        break;
      case NOVA_MACHINE_RUNNING:
        ++held.serving, machine.health = NOVA_HEALTHY;
        break;
      case NOVA_MACHINE_FAILED:
        ++held.unhealthy, machine.health = NOVA_UNHEALTHY;
        break;
      default:
        ++held.draining;
        break;
    }
    seen.machines->push_back(std::move(machine));
  }
  seen.offers = {held};
  return seen;
}

std::optional<fleet::Trouble> trouble_in(const std::vector<Activity>& newest_first) {
  for (const auto& activity : newest_first) {
    if (has(activity.description, "Terminating")) continue;
    if (activity.status == "Successful") return std::nullopt;  // it launches again
    if (activity.status != "Failed") continue;
    const auto& said = activity.message;
    auto status = NOVA_FAILED_PRECONDITION;  // a template that cannot work, and the like
    if (has(said, "LimitExceeded") || has(said, "MaxSpotInstanceCount") ||
        has(said, "your current") || has(said, "quota"))
      status = NOVA_QUOTA;
    else if (has(said, "sufficient") || has(said, "InsufficientInstanceCapacity") ||
             has(said, "UnfulfillableCapacity") || has(said, "SpotMaxPriceTooLow") ||
             has(said, "no Spot capacity"))
      status = NOVA_CAPACITY;
    else if (has(said, "not authorized") || has(said, "UnauthorizedOperation"))
      status = NOVA_PERMISSION_DENIED;
    auto why = said.substr(0, kMostShown);
    for (auto& c : why)
      if (c < ' ' || c > '~') c = '?';
    return fleet::Trouble{status, why, activity.start_ns};
  }
  return std::nullopt;
}

}  // namespace nova::aws_asg
