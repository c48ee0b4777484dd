// Blend: which of several forecasters to believe, and with what weight.
//
// Input: the losses of the candidates so far; output: the best one and the weights of a blend of
// the best few. Called by core/forecast/panel once a forecast step. Pure; O(candidates x leads x
// levels).
//
// A blend of a few good forecasts usually beats the best of them, since their errors differ
// (Bates and Granger, "The combination of forecasts", 1969: weights by inverse mean square error;
// Timmermann, "Forecast combinations", 2006). Distributions are averaged at equal probability
// ("Vincent averaging": Lichtendahl, Grushka-Cockayne and Winkler, "Is it better to average
// probabilities or quantiles?", 2013), which keeps their shape.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace nova {

struct BlendRules {
  std::size_t most = 4;     // members
  double power = 2;         // weights go with 1 / loss^power; 0 = equal weights
  double enter = 1.25;      // losses relative to the best: a candidate joins below this ...
  double leave = 1.5;       // ... and goes above this, so that membership does not flutter
  double better_by = 0.05;  // another is called the best only with so much less loss
};

struct Blend {
  std::optional<std::size_t> best;  // candidate; none = no loss is known
  std::vector<double> weights;      // [candidate], sum 1; empty = no loss is known

  bool operator==(const Blend&) const = default;
};

// `losses` are of the same kind and unit, none negative; not finite = not known, or not to be used.
// `before` is what was said last time, of the same candidates (or {}).
Blend blend_by_loss(std::span<const double> losses, const Blend& before,
                    const BlendRules& rules = {});

// Weighted mean of rows, all as long as `out`: of means, or of quantiles at equal leads and levels;
// quantiles that do not cross in any row do not cross in `out`.
void combine(std::span<const std::span<const double>> rows, std::span<const double> weights,
             std::span<double> out);

}  // namespace nova
