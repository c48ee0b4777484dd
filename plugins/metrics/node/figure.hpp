// The figures of a node: what can be asked, and in which unit. Pure.
//
// A counter's answer is its increase per second between two looks, so cpu.utilisation, counted in
// seconds of all its cores over their number, is a share.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nova::node {

enum class Source { stat, loadavg, meminfo, net, disks, pressure, domains };

struct Figure {
  const char* name;
  const char* unit;   // of the answer
  const char* label;  // that tells several apart: "device", "domain"; "" = there is one
  bool counter;
  Source source;
  const char* description;
};

std::span<const Figure> figures();
const Figure* find_figure(std::string_view name);  // null: no such figure

// One value of one figure, as it was read.
struct Sample {
  std::string figure, whose;  // whose: the label's value
  double value;               // of a counter: as it stands
};
using Samples = std::vector<Sample>;

}  // namespace nova::node
