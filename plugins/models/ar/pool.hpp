// The candidates: which rules compete to forecast a series of given length and seasons.
#pragma once

#include <string>

#include "plugins/models/ar/paths.hpp"

namespace nova::ar {

// seasons: ascending, each at least 2 and short enough to have been seen twice. points: of the
// series, known: those of them that are not missing. Autoregressions come first and share as few
// lags as they can: one LagGram on the union of their lags serves all of a view.
std::vector<Member> make_pool(const Scales& scales, std::span<const std::uint32_t> seasons,
                              std::size_t points, std::size_t known, const double* x);

// All lags of the autoregressions in `pool`, ascending.
std::vector<std::uint32_t> union_of_lags(std::span<const Member> pool);

}  // namespace nova::ar
