// Auto: which models forecast a series, judged on origins none of them saw.
//
// Input: what each candidate said at a few held-out origins, and what came. Output: the best four,
// or fewer where the others are far behind, or the best alone where it is far ahead of their blend.
// Their forecast is the median at each lead and quantile level, as in Petropoulos and Svetunkov, "A
// simple combination of univariate models", 2020: a few origins tell good models from bad ones, not
// the best from the second, and a median forgives the one that is wrong. On rolling origins of M4
// Hourly, M4 Weekly and 5-minute cloud metrics it had less error than the best model alone, than
// weights by inverse error, and than a blend used only where it was better on the same origins.
// Pure and deterministic.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nova::cli {

// One candidate's answer at one origin, borrowed; null = it gave none.
struct Opinion {
  const double* mean = nullptr;       // [lead]
  const double* quantiles = nullptr;  // [level][lead]
};

struct HeldOut {
  std::span<const double> truth;  // [lead]; NaN = missing
  double scale = 1;               // of the series before the origin, above 0: the unit of errors
  std::vector<Opinion> said;      // [candidate]
};

struct Choice {
  // Best first; empty when no candidate could be judged.
  std::vector<std::size_t> members;
  std::vector<double> errors;  // [candidate] mean absolute scaled error; NaN = not judged
  double error = 0;            // that of the members together
  double width = 1;            // of the blend's intervals: see width_factor()
};

Choice choose(std::span<const HeldOut> origins, std::size_t candidates);

// The median of what those members said that gave an answer; empty when none did. Medians of
// quantiles that do not cross do not cross.
struct Distribution {
  std::vector<double> mean, quantiles;  // [lead], [level][lead]
};
Distribution blend(std::span<const std::size_t> members, std::span<const Opinion> said,
                   std::size_t leads, std::size_t levels);

// Nothing farther from what was seen than core/forecast/reach lets a forecast go, and nothing below
// 0 where `history` never is. Leads are 1, 2, ...
void keep_plausible(std::span<const double> history, Distribution& forecast);

}  // namespace nova::cli
