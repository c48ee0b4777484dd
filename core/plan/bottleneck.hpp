// Bottlenecks: all resources of a plan, the one that will fail first on top.
//
// In: the plan's resources and their histories, also of signals that are only watched. Out: each
// with how soon it matters, which other signals have moved with it (they will suffer, or cause it),
// and what helps. Ranked by urgency, then by when it saturates, by the chance that it does, by
// utilisation and by name, so that the order is the same every time. Pure.
#pragma once

#include <span>
#include <vector>

#include "core/plan/capacity_plan.hpp"

namespace nova {

std::vector<Bottleneck> rank_bottlenecks(const CapacityPlan& plan,
                                         std::span<const ResourceView> views);

// Correlation of two histories that end at the same step (Pearson), over the steps where both are
// known; 0 for fewer than a dozen of them, or where one is constant.
double moves_with(std::span<const double> a, std::span<const double> b);

}  // namespace nova
