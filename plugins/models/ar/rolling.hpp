// The candidates before the judge: each is fitted as it would have been at several times in the
// past and forecasts from every origin after them; the best are kept, and what their combination
// got wrong becomes the intervals.
//
// Refit rolling origins: origins lie in the last stretch of the history, which is cut into blocks;
// the coefficients used inside a block come from the rows before it, those of the answer from all
// rows. Members are ranked by mean absolute error on the working scale, in bands of near, middle
// and far leads, and combined by their median (which, other than a mean, does not mind one that
// runs away).
#pragma once

#include <array>

#include "plugins/models/ar/paths.hpp"

namespace nova::ar {

// Leads fall into bands, each with its own best members: rules that know the next step need not
// know the next day.
inline constexpr std::size_t kBands = 3;
std::size_t band_of(std::size_t lead, std::size_t leads);

struct RollingPlan {
  std::size_t leads = 1;
  Origins origins;
  std::size_t blocks = 4;
  std::size_t best = 13;  // members a band
};

struct Verdict {
  std::vector<Member> members;  // that have a vote, fitted on everything
  std::vector<double> errors;   // of the median: [(lead - 1) * origins + j], NaN = truth not known
};

// known[t]: views hold a measured value at t, not a filled one. bound: of extrapolation.
Verdict judge(const Views& views, const Scales& scales, const std::vector<bool>& known,
              std::vector<Member> pool, const RollingPlan& plan, double bound);

// Medians side by side: out[c] is that of votes[0][c], votes[1][c], ... of at least one vote.
void medians_of_votes(std::span<const double* const> votes, std::size_t width, double* out);

}  // namespace nova::ar
