// Capacity of a machine, learned: the load at which its utilisation would be 100 %.
//
// In: pairs of load per machine and utilisation, as they came. Out: a straight line through them
// that outliers (deployments, batch jobs, a sick machine) do not turn, the load at which it reaches
// 1, and how sure that is. Started from the median slope between the lower and the upper half of
// the loads (an incomplete Theil-Sen line: Kendall's rank statistics; Theil 1950), then iteratively
// reweighted least squares with Huber's weights (Huber, "Robust Statistics", 1981, 7.8). Pure.
#pragma once

#include <span>

#include "core/base/result.hpp"

namespace nova {

struct CapacityFit {
  double per_machine = 0;  // load at utilisation 1
  double sd = 0;           // standard deviation of that
  double idle = 0;         // utilisation without load
  double points = 0;       // pairs that were known
  bool sure() const { return sd < 0.1 * per_machine; }
};

// Pairs of which either is not finite are left out; utilisation is 0..1. Errors:
// failed_precondition where there are too few pairs, or too little difference among the loads, or
// utilisation does not rise with load.
Result<CapacityFit> fit_capacity(std::span<const double> load_per_machine,
                                 std::span<const double> utilisation);

}  // namespace nova
