// What a bound query means, and its answer out of what was read.
//
// In: the name of a figure, and the binding's settings {"labels": {"device": "eth0"}, "aggregate":
// "sum"}; a label may end in '*'. Counters become rates here, each series by itself and before they
// are folded, so that one that comes or goes is no leap. Pure: time is given.
#pragma once

#include <map>
#include <novascale/config.hpp>
#include <optional>

#include "figure.hpp"

namespace nova::node {

// A counter's increase per second between two looks.
class Rate {
 public:
  // nullopt before there are two. A counter that fell was reset and counts from 0, unless it went
  // over the end of 32 bits; one that fell by less than a hundredth is the kernel's rounding: 0.
  std::optional<double> look(double value, std::int64_t monotonic_ns);

 private:
  std::optional<std::pair<double, std::int64_t>> last_;
  std::optional<double> rate_;
};

class Query {
 public:
  // Throws nova::Error NOVA_INVALID_ARGUMENT with the settings' pointer, or the figures there are.
  Query(std::string_view name, const Config& settings);

  const Figure& figure() const { return *figure_; }
  // NaN: nothing yet. Throws nova::Error: NOVA_NOT_FOUND where no series is meant, and
  // NOVA_INVALID_ARGUMENT where several are and no aggregate says what becomes of them.
  double answer(const Samples& samples, std::int64_t monotonic_ns);

 private:
  bool means(const std::string& whose) const;

  const Figure* figure_;
  std::string whose_ = "*", aggregate_;
  std::map<std::string, Rate> rates_;  // by label
};

}  // namespace nova::node
