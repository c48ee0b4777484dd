// Auto: which models forecast a series, with what weights, judged on origins none of them saw.
//
// Input: what each candidate said at a few held-out origins, and what came. Output: shares of the
// best few, where their blend was better than the best one alone, else that one. Means and
// quantile functions are averaged level by level (Vincentization: Genest, "Vincentization
// revisited", Annals of Statistics, 1992). Weights are the inverse squared errors (Bates and
// Granger, "The combination of forecasts", 1969). Pure and deterministic.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nova::cli {

// One candidate's answer at one origin, borrowed; null = it gave none.
struct View {
  const double* mean = nullptr;       // [lead]
  const double* quantiles = nullptr;  // [level][lead]
};

struct HeldOut {
  std::span<const double> truth;  // [lead]; NaN = missing
  double scale = 1;               // of the series before the origin, above 0: the unit of errors
  std::vector<View> said;         // [candidate]
};

struct Share {
  std::size_t model = 0;
  double weight = 0;  // in (0, 1]; shares sum to 1
};

struct Choice {
  std::vector<Share> shares;   // largest first; empty when no candidate could be judged
  std::vector<double> errors;  // [candidate] mean absolute scaled error; NaN = not judged
  double error = 0;            // that of the shares
};

Choice choose(std::span<const HeldOut> origins, std::size_t candidates);

// The weighted average of answers, into mean [lead] and quantiles [level][lead].
struct Distribution {
  std::vector<double> mean, quantiles;
};
Distribution blend(std::span<const Share> shares, std::span<const View> said, std::size_t leads,
                   std::size_t levels);

}  // namespace nova::cli
