#include "core/cost/exact.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nova {

std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
  const __int128 product = static_cast<__int128>(a) * b;
  const __int128 half = c / 2;
  const __int128 rounded = (product + (product < 0 ? -half : half)) / c;
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::int64_t>(std::clamp<__int128>(rounded, Limits::min(), Limits::max()));
}

std::int64_t to_millionths(double factor) {
  if (std::isnan(factor)) return 0;
  return std::llround(std::clamp(factor, -9e12, 9e12) * 1e6);
}

std::vector<Usd> split(Usd total, std::span<const std::uint64_t> weights) {
  if (weights.empty()) return {};
  std::vector<std::uint64_t> w(weights.begin(), weights.end());
  if (std::all_of(w.begin(), w.end(), [](auto x) { return x == 0; }))
    std::fill(w.begin(), w.end(), 1);
  __int128 sum = 0;
  for (const auto x : w) sum += x;
  std::vector<Usd> shares(w.size());
  std::vector<__int128> rest(w.size());
  std::int64_t left = total.nanos;
  for (std::size_t i = 0; i < w.size(); ++i) {
    // |nanos| * weight < 2^127; truncation leaves the sign of the rest equal to that of the total.
    const __int128 product = static_cast<__int128>(total.nanos) * w[i];
    shares[i].nanos = static_cast<std::int64_t>(product / sum);
    rest[i] = product % sum;
    left -= shares[i].nanos;
  }
  std::vector<std::size_t> order(w.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return total.nanos < 0 ? rest[a] < rest[b] : rest[a] > rest[b];
  });
  const std::int64_t one = left < 0 ? -1 : 1;
  for (std::size_t i = 0; left != 0; ++i, left -= one) shares[order[i]].nanos += one;
  return shares;
}

}  // namespace nova
