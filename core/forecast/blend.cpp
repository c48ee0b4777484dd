#include "core/forecast/blend.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace nova {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::size_t least(std::span<const double> losses) {
  std::size_t best = 0;
  for (std::size_t c = 1; c < losses.size(); ++c)
    if (!std::isfinite(losses[best]) || losses[c] < losses[best]) best = c;
  return best;
}

Blend alone(std::size_t best, std::size_t count) {
  Blend blend{best, std::vector<double>(count, 0.0)};
  blend.weights[best] = 1;
  return blend;
}

// Absolute errors at each origin, summed, and the number of values behind all of them.
struct Tally {
  std::vector<std::vector<double>> sums;  // [candidate][origin]; NaN = no forecast there
  std::vector<double> counts;             // [origin]
};

// Values at which every usable candidate has an error; the others are nobody's fault.
Tally tally(std::span<const std::vector<double>> errors, std::size_t leads) {
  const auto origins = errors.front().size() / leads;
  Tally t{std::vector(errors.size(), std::vector<double>(origins, kNaN)),
          std::vector<double>(origins, 0.0)};
  std::vector<bool> usable(errors.size(), true);
  const auto known_at = [&](std::size_t c, std::size_t o) {
    const auto of_origin = std::span(errors[c]).subspan(o * leads, leads);
    return std::any_of(of_origin.begin(), of_origin.end(), [](double e) { return !std::isnan(e); });
  };
  for (std::size_t o = 0; o < origins; ++o) {
    bool some = false;
    for (std::size_t c = 0; c < errors.size(); ++c) some = some || known_at(c, o);
    for (std::size_t c = 0; some && c < errors.size(); ++c)
      if (!known_at(c, o)) usable[c] = false;
  }
  for (std::size_t o = 0; o < origins; ++o)
    for (std::size_t i = o * leads; i < (o + 1) * leads; ++i) {
      bool all = true;
      for (std::size_t c = 0; c < errors.size(); ++c)
        all = all && !(usable[c] && std::isnan(errors[c][i]));
      if (!all) continue;
      t.counts[o] += 1;
      for (std::size_t c = 0; c < errors.size(); ++c)
        if (usable[c])
          t.sums[c][o] = (std::isnan(t.sums[c][o]) ? 0 : t.sums[c][o]) + std::abs(errors[c][i]);
    }
  return t;
}

// Mean absolute errors without one origin (`left_out` = origins: with all).
std::vector<double> losses_without(const Tally& t, std::size_t left_out) {
  std::vector<double> losses;
  for (const auto& sums : t.sums) {
    double sum = 0, count = 0;
    for (std::size_t o = 0; o < sums.size(); ++o) {
      if (o == left_out || t.counts[o] == 0) continue;
      sum += sums[o];
      count += t.counts[o];
    }
    losses.push_back(count > 0 ? sum / count : kNaN);
  }
  return losses;
}

// Sum of absolute errors of a blend at one origin.
double error_at(std::span<const std::vector<double>> errors, std::size_t leads, std::size_t origin,
                std::span<const double> weights) {
  double total = 0;
  for (std::size_t i = origin * leads; i < (origin + 1) * leads; ++i) {
    double error = 0;
    for (std::size_t c = 0; c < errors.size(); ++c)
      if (weights[c] > 0) error += weights[c] * errors[c][i];
    if (!std::isnan(error)) total += std::abs(error);
  }
  return total;
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

Blend blend_by_origins(std::span<const std::vector<double>> errors, std::size_t leads,
                       const BlendRules& rules) {
  if (errors.empty() || leads == 0 || errors.front().size() < leads) return {};
  const auto t = tally(errors, leads);
  const auto origins = t.counts.size();
  const auto whole = blend_by_loss(losses_without(t, origins), {}, rules);
  if (!whole.best) return {};
  double blended = 0, single = 0;
  std::size_t judged = 0;
  for (std::size_t o = 0; o < origins; ++o) {
    if (t.counts[o] == 0) continue;
    const auto others = blend_by_loss(losses_without(t, o), {}, rules);
    if (!others.best) continue;
    blended += error_at(errors, leads, o, others.weights);
    single += t.sums[*others.best][o];
    ++judged;
  }
  if (judged >= 2 && blended < single) return whole;
  return alone(*whole.best, errors.size());
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
