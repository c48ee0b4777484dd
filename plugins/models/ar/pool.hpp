// The candidates: which rules compete to forecast a series of given length and seasons.
#pragma once

#include "plugins/models/ar/paths.hpp"

namespace nova::ar {

// seasons: ascending, those that the series is long enough for. known: values that are not missing.
// What the series is too short for is left out; the last value and its like are always there.
std::vector<Member> make_pool(const Scales& scales, const Views& views,
                              std::span<const std::uint32_t> seasons, std::size_t known);

}  // namespace nova::ar
