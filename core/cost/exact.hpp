// Exact arithmetic on money: one rounding, no overflow in between, and splits that lose nothing.
//
// Sums of money in this room are integers of 1e-9 USD. Whatever multiplies or divides them goes
// through here, so that each figure is rounded once, half away from zero, and clamps at the ends of
// int64 (9.2e9 USD) instead of wrapping round.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/money.hpp"

namespace nova {

inline constexpr std::int64_t kMillion = 1'000'000;

// a * b / c in 128 bits, rounded half away from zero; c > 0.
std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c);

// A factor such as 0.12 in whole millionths, so that it multiplies money exactly. NaN gives 0; what
// is beyond 9e12 is clamped.
std::int64_t to_millionths(double factor);

// Shares of `total` in proportion to `weights` (each >= 0), whole nanos that add up to `total`
// exactly: the largest-remainder rule (Hamilton's apportionment); equal remainders go to the
// earlier one. All weights 0: equal shares. No weights: no shares.
std::vector<Usd> split(Usd total, std::span<const std::uint64_t> weights);

}  // namespace nova
