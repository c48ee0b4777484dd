#include "core/forecast/blend.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nova {
namespace {

std::size_t least(std::span<const double> losses) {
  std::size_t best = 0;
  for (std::size_t c = 1; c < losses.size(); ++c)
    if (!std::isfinite(losses[best]) || losses[c] < losses[best]) best = c;
  return best;
}

}  // namespace

Blend blend_by_loss(std::span<const double> losses, const Blend& before, const BlendRules& rules) {
  const auto n = losses.size();
  if (n == 0) return {};
  const auto first = least(losses);
  const double low = losses[first];
  if (!std::isfinite(low)) return {};
  Blend blend{first, std::vector<double>(n, 0.0)};
  if (before.best && *before.best < n && losses[*before.best] * (1 - rules.better_by) <= low)
    blend.best = before.best;

  std::vector<std::size_t> members;
  for (std::size_t c = 0; c < n; ++c) {
    const bool was = c < before.weights.size() && before.weights[c] > 0;
    if (losses[c] <= low * (was ? rules.leave : rules.enter)) members.push_back(c);
  }
  std::stable_sort(members.begin(), members.end(),
                   [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
  if (members.size() > rules.most) members.resize(std::max<std::size_t>(1, rules.most));
  double sum = 0;
  for (const auto c : members) {
    // Relative to the best, so that no loss is too small or too large for the power.
    blend.weights[c] = low > 0 ? std::pow(low / losses[c], rules.power) : 1;
    sum += blend.weights[c];
  }
  for (const auto c : members) blend.weights[c] /= sum;
  return blend;
}

void combine(std::span<const std::span<const double>> rows, std::span<const double> weights,
             std::span<double> out) {
  assert(rows.size() == weights.size());
  std::fill(out.begin(), out.end(), 0.0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (weights[r] == 0) continue;
    assert(rows[r].size() == out.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += weights[r] * rows[r][i];
  }
}

}  // namespace nova
