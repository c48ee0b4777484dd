// A capacity plan: what each resource of a group will need, which one binds, and when it runs out.
//
// In: every signal of the group, also those that size nothing, with its history, seasons and
// trusted forecast, and how many machines serve. Out: needs over the short, medium and long
// horizon, the binding resource of each, all resources ranked as bottlenecks with what suffers and
// what helps, and the course of demand. Made every 15 minutes by the engine and by the verb `plan`;
// it changes no decision. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics/signal.hpp"
#include "core/plan/capacity_fit.hpp"
#include "core/plan/need.hpp"
#include "core/plan/outlook.hpp"
#include "core/plan/pattern.hpp"
#include "core/plan/saturation.hpp"

namespace nova {

// One signal, as the planner sees it; borrowed for the call.
struct ResourceView {
  std::string name;      // of the signal
  std::string resource;  // what it loads: "cpu", "memory", "storage", "network", any other
  Role role = Role::demand;
  Capacity capacity;                                       // of one that sizes the group
  std::optional<double> limit;                             // of one that is watched
  double load = std::numeric_limits<double>::quiet_NaN();  // demand, or value, now; NaN = not known
  std::span<const double> history;
  TimePoint end;
  Duration step{};
  std::span<const Season> seasons;
  std::size_t season = 0;              // that repeats best, in steps; 0 = none
  const Forecast* trusted = nullptr;   // null = none
  std::string source;                  // who made it
  std::optional<CapacityFit> learned;  // what a machine was seen to serve
};

struct FleetNow {
  std::uint32_t serving = 0;  // reference machines that serve
  std::uint32_t current = 0;  // asked for so far
  std::uint32_t min = 1, max = 1;
  const char* max_is = "max";  // what forbids more, for people
  double storage_gib = 0;      // of one machine; 0 = not stated
};

struct PlanFor {
  TimePoint now;
  Duration lead_time{};
  double quantile = 0.9;  // that machines are sized for
  FleetNow fleet;
};

// What one resource asks for until the end of one horizon.
struct HorizonNeed {
  double median = 0, upper = 0;  // peak of demand: the median, and at the sizing quantile
  double low = 0;                // lowest demand at the sizing quantile
  TimePoint peak{};              // when `upper` is reached
  std::uint32_t machines = 0;    // for `upper` at target utilisation
  std::uint32_t likely = 0;      // for `median`
  std::uint32_t least = 0;       // for `low`
  bool binding = false;          // no other resource needs more until then
};

struct ResourcePlan {
  std::string name, resource, source;
  Role role = Role::demand;     // of one that is watched, what speaks of machines is 0
  std::optional<double> limit;  // of one that is watched
  double load = 0;              // demand, or value, now; NaN = not known
  double utilisation = 0;       // of the machines that serve, or of the limit; NaN = not known
  std::uint32_t need_now = 0;
  std::array<HorizonNeed, 3> needs;
  Saturation fleet;    // of the machines asked for; of one that is watched, of its limit
  Saturation ceiling;  // of the most there may be
  // Half the way from the 0.1 to the 0.9 quantile, to the median, at the end of each horizon: how
  // little is known of it.
  std::array<double, 3> uncertainty{};
  Course course;
  double per_machine = 0;              // what a machine is taken to serve at 100 %
  std::optional<CapacityFit> learned;  // and what it was seen to
  std::string problem;                 // why there is no outlook; then what rests on it is empty

  bool known() const { return problem.empty(); }
};

// How soon it matters.
enum class Urgency { none, low, medium, high, critical };
const char* to_string(Urgency urgency) noexcept;

struct Bottleneck {
  std::size_t resource = 0;  // index in CapacityPlan::resources
  Urgency urgency = Urgency::none;
  std::vector<std::string> affected;  // signals that have moved with it
  std::vector<std::string> actions;   // what helps, soonest first
};

// Storage that the machines of the plan bring with them, in GiB.
struct StorageNeed {
  double now = 0;
  std::array<double, 3> peak{};
};

struct CapacityPlan {
  PlanFor asked;
  PlanningRules rules;
  std::vector<ResourcePlan> resources;
  std::optional<std::size_t> binding;  // resource that needs most machines now; none = not known
  std::array<std::uint32_t, 3> machines{};  // that every resource has enough of, bounds or not
  std::array<std::uint32_t, 3> likely{};
  std::array<std::uint32_t, 3> least{};
  std::vector<Bottleneck> bottlenecks;  // all resources, the most urgent first
  std::optional<StorageNeed> storage;

  const ResourcePlan* binding_at(std::size_t horizon) const;
};

CapacityPlan make_capacity_plan(const PlanFor& asked, std::span<const ResourceView> resources,
                                const PlanningRules& rules);

// The outlooks that a plan rested on, by resource: what else weighs fleet sizes needs them. Absent
// where there is none.
std::vector<std::optional<Forecast>> outlooks_of(std::span<const ResourceView> resources,
                                                 const PlanningRules& rules);
CapacityPlan make_capacity_plan(const PlanFor& asked, std::span<const ResourceView> resources,
                                std::span<const std::optional<Forecast>> outlooks,
                                const PlanningRules& rules);

}  // namespace nova
