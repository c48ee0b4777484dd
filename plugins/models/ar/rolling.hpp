// The candidates before the judge: each is fitted as it would have been at several times in the
// past and forecasts from every origin after them; the best are kept, and what their combination
// got wrong becomes the intervals.
//
// Refit rolling origins: the last stretch of the history is cut into blocks; the coefficients used
// inside a block come from the rows before it. Coefficients of the answer come from all rows.
// Members are ranked by mean absolute error on the working scale and combined by their median
// (which, other than a mean, does not mind one that runs away).
#pragma once

#include "plugins/models/ar/pool.hpp"
#include "plugins/models/numeric/lag_gram.hpp"

namespace nova::ar {

struct RollingPlan {
  std::size_t leads = 1;
  Origins origins;
  std::size_t blocks = 4;
  std::size_t best = 9;
};

struct Verdict {
  std::vector<Member> members;  // best first, fitted on everything
  std::vector<double> errors;   // of the median: [(lead - 1) * origins + j], NaN = truth not known
};

// known[t]: views hold a measured value at t, not a filled one.
Verdict judge(const Views& views, const Scales& scales, const std::vector<bool>& known,
              std::vector<Member> pool, const RollingPlan& plan, double bound);

// Median of n values, which it sorts.
double median_of(double* values, std::size_t n);

}  // namespace nova::ar
