// A trace as the backtest sees it: the load of every slot.
//
// In: samples of a recorded series at a constant step; out: one mean load a slot of 60 s. Slot k
// covers [start + k * slot, start + (k + 1) * slot).
#pragma once

#include <span>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova {

enum class Interpolation {
  linear,  // between the values of a longer step
  zoh,     // hold each value to the end of its step
};

// Samples with a longer step than the slot are interpolated, with a shorter one averaged. Missing
// values (NaN) are bridged linearly, at the ends held: a fleet needs a load in every slot.
// Errors: invalid_argument if there are fewer than two samples or none is known.
Result<std::vector<double>> to_slots(std::span<const double> samples, Duration step, Duration slot,
                                     Interpolation interpolation);

}  // namespace nova
