// Coefficients of all autoregressions of a pool, for the whole history and for several shorter
// ones.
//
// One LagGram a view serves all lag sets; the histories share its sums, each adding the rows that
// the one before lacks. Rows whose one-step residual is large count less (Huber, "Robust Estimation
// of a Location Parameter", 1964), so that a spike neither bends the coefficients nor has to be
// called an outlier: weight min(1, c / |residual|) with c twice the residuals' usual size.
#pragma once

#include "plugins/models/ar/paths.hpp"

namespace nova::ar {

// fits[k][i]: member i fitted on rows before ends[k]; ends ascend, the last is the whole history.
// Members that are no autoregression, and those that cannot be fitted, have no coefficients.
// known[t]: views hold a measured value at t, not a filled one.
using Fits = std::vector<std::vector<numeric::LinearFit>>;
Fits fit_all(const Views& views, const std::vector<bool>& known, std::span<const Member> pool,
             std::span<const std::size_t> ends);

}  // namespace nova::ar
