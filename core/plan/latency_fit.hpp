// Latency fit: the load of a machine at which its answers become too slow, as it was seen.
//
// In: pairs of load per machine and latency, as they came, and the latency that is wanted. Out: the
// load at which a curve through them passes it, and how sure that is. The curve is the median
// latency of equally many pairs each, from the least to the most loaded, made to rise by pooling
// adjacent violators (Ayer et al., "An Empirical Distribution Function for Sampling with Incomplete
// Information", 1955): it asks for no shape but that answers do not get faster under load, and
// outliers (deployments, a slow dependency) do not bend it. Beyond the loads that were seen it says
// nothing but that. Pure.
#pragma once

#include <span>

#include "core/base/result.hpp"

namespace nova {

struct LatencyFit {
  // within: `load` is where the latency is reached. above: at no load that was seen, the largest of
  // which is `load`. below: at all of them, the least of which is `load`.
  enum class Reached { within, above, below };
  Reached reached = Reached::within;
  double load = 0;    // of a machine
  double sd = 0;      // standard deviation of that; 0 where not `within`
  double points = 0;  // pairs that were known
};

// Pairs of which either is not finite, or the load is not above 0, are left out. Errors:
// failed_precondition where there are too few.
Result<LatencyFit> fit_latency(std::span<const double> load_per_machine,
                               std::span<const double> latency_s, double wanted_s);

}  // namespace nova
