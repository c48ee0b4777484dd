// A signal: one named series that tells what a scaling group is asked to do.
//
// Written by the operator (config: /groups/N/signals/N), read by every room behind this one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace nova {

enum class Role {
  demand,       // load put upon the group, e.g. requests/s; the sum over its machines
  utilisation,  // 0..1, the mean over its serving machines; turned into demand before use
  latency,      // seconds until an answer; watched
  custom,       // anything else, such as a share of errors or of a disk; watched
};

// Of the others a group is told what they are, and when they will be full; they size nothing.
constexpr bool sizes(Role role) { return role == Role::demand || role == Role::utilisation; }
constexpr const char* to_string(Role role) {
  constexpr const char* kNames[] = {"demand", "utilisation", "latency", "custom"};
  return kNames[static_cast<int>(role)];
}

struct SignalSpec {
  std::string name;           // unique in its group
  std::string source;         // name of the metrics plugin
  std::string query;          // what it is called there
  std::string settings_json;  // binding settings of the contract: labels, within, aggregate
  Role role = Role::demand;
  std::string resource;         // what it loads: "cpu", "memory", ...; empty = its own name
  std::string unit;             // for people; "percent" also divides every value by 100
  double scale = 1.0;           // multiplies every value on entry
  double per_machine = 1.0;     // demand one reference machine serves at 100 %; 1 for utilisation
  bool learn_capacity = false;  // `per_machine` is learned while the group runs
  double target_utilisation = 0.65;                  // where machines should run
  double max_utilisation = 0.80;                     // above it a machine counts as overloaded
  Duration forecast_step = std::chrono::minutes(5);  // a multiple of the host's step
  std::uint64_t key = 0;                             // series_key(tenant, group, name)
  std::optional<double> limit{};  // of one that is watched: where it counts as full; none = nowhere
  std::size_t place = 0;          // in the group's list, as the operator wrote it
};

}  // namespace nova
