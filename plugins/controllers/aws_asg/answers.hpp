// What Auto Scaling and EC2 answer about groups, their machines and what came of their wishes.
//
// Input: the body of one answer of the query protocol (XML). Output: its rows, and the token of the
// next page ("" = the last). Bytes that are not that answer are refused with nova::Error
// (NOVA_INTERNAL) and a sentence. Sources: "Amazon EC2 Auto Scaling API Reference"
// (DescribeAutoScalingGroups, DescribeScalingActivities), "Amazon EC2 API Reference"
// (DescribeInstances). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/controllers/ledger/ledger.hpp"

namespace nova::aws_asg {

struct Instance {
  std::string id, type, zone, lifecycle, health;
  bool is_protected = false;
};

struct AsgGroup {
  std::string name, status;  // status "" = fine
  std::uint32_t min = 0, max = 0, desired = 0;
  std::vector<Instance> instances;
  std::vector<std::string> suspended;  // processes
  bool by_weight = false;              // it counts units of capacity, not machines
};

struct Activity {
  std::string id, status, description, message;
  std::int64_t start_ns;
};

struct Bought {  // by EC2
  std::string id, type, zone;
  bool spot = false;
  std::int64_t launched_ns;
};

template <class Row>
struct Page {
  std::vector<Row> rows;
  std::string next;
};

Page<AsgGroup> read_groups(std::string_view xml);
Page<Activity> read_activities(std::string_view xml);
Page<Bought> read_instances(std::string_view xml);

// What a machine's life cycle counts as; gone ones are not listed.
std::int32_t state_of(const Instance& instance);

// A group as it is seen: why it must not be scaled now, if so.
fleet::Seen seen_of(const AsgGroup& group, const std::string& id);

// The newest failure to launch, with its kind: capacity and quota are told in words only. nullopt:
// none.
std::optional<fleet::Trouble> trouble_in(const std::vector<Activity>& newest_first);

}  // namespace nova::aws_asg
