// Width: how wide the intervals of a blend ought to be, told by held-out origins.
//
// Input: what the members of a blend said at origins they had not seen, and what came; output: a
// factor for the distances of its quantiles from its median. Members say how far each of them errs
// alone; their median errs less, so that its intervals would hold more than they claim. The factor
// that would have held the claimed share there is split conformal prediction of the blend as a
// whole (Lei and others, "Distribution-free predictive inference for regression", 2018). Those
// origins are few, overlap, and chose the members: a third of the factor, in logarithms, is taken.
// Pure and deterministic.
#pragma once

#include <span>

#include "host/cli/forecast_auto.hpp"

namespace nova::cli {

// levels: those of the quantiles, ascending and symmetric about 0.5; the pair whose coverage is
// nearest to 80 % is judged. 1 where too little can be judged.
double width_factor(std::span<const HeldOut> origins, std::span<const std::size_t> members,
                    std::span<const double> levels);

// Quantiles move to `factor` times their distance from the median and keep their order; where that
// is not finite, they stay.
void scale_width(Distribution& forecast, std::size_t levels, double factor);

}  // namespace nova::cli
