#include "core/cost/dive.hpp"

#include <algorithm>
#include <cmath>

namespace nova {
namespace {

constexpr double kWhole = 1e-6;

double fraction(double x) { return x - std::floor(x + kWhole); }

// A fractional variable: the one nearest to the next whole number, or any by lot.
std::size_t choose(const std::vector<double>& x, bool greedy, std::mt19937_64& random) {
  std::size_t chosen = x.size(), seen = 0;
  double largest = 0;
  for (std::size_t v = 0; v < x.size(); ++v) {
    const double f = fraction(x[v]);
    if (f <= kWhole) continue;
    ++seen;
    if (greedy ? f > largest : random() % seen == 0) largest = f, chosen = v;
  }
  return chosen;
}

}  // namespace

std::vector<std::uint32_t> dive(const Program& program, const Relaxation& root, bool greedy,
                                std::mt19937_64& random) {
  auto relaxed = root;
  auto x = relaxed.values();
  const std::size_t limit = 4 * program.rhs.size() + 40;
  for (std::size_t k = 0; k < limit; ++k) {
    const auto v = choose(x, greedy, random);
    if (v == x.size()) break;
    const double down = std::floor(x[v]), f = x[v] - down;
    const bool up = greedy ? f >= 0.5 : static_cast<double>(random() % 1000) < 1000 * f;
    auto before = relaxed;
    const auto round = [&](bool upwards) {
      if (upwards)
        relaxed.tighten(v, down + 1, relaxed.high(v));
      else
        relaxed.tighten(v, relaxed.low(v), down);
      return relaxed.solve();
    };
    if (!round(up)) {
      relaxed = std::move(before);
      if (!round(!up)) break;
    }
    x = relaxed.values();
  }
  std::vector<std::uint32_t> counts(program.size(), 0);
  for (std::size_t v = 0; v < x.size(); ++v)
    counts[relaxed.column(v)] +=
        static_cast<std::uint32_t>(std::max(0.0, std::floor(x[v] + kWhole)));
  for (std::size_t j = 0; j < counts.size(); ++j) counts[j] = std::min(counts[j], program.most[j]);
  return counts;
}

}  // namespace nova
