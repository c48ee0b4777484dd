#include "plugins/models/ets/simulate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <novascale/normal.hpp>

namespace nova::ets {
namespace {

constexpr std::size_t kShocks = 4096;  // 12 bits choose one
constexpr std::size_t kBlock = 256;    // paths side by side

const std::array<double, kShocks>& shocks() {
  static const auto kTable = [] {
    std::array<double, kShocks> z;
    double squares = 0;
    for (std::size_t i = 0; i < kShocks; ++i) {
      z[i] = normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(kShocks));
      squares += z[i] * z[i];
    }
    const double scale = std::sqrt(static_cast<double>(kShocks) / squares);
    for (double& v : z) v *= scale;
    return z;
  }();
  return kTable;
}

// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Paths::Paths(const Spec& spec, const Parameters& p, const State& state, double sigma,
             std::size_t leads, std::uint64_t seed)
    : values_(leads * kPaths) {
  const auto& z = shocks();
  const std::size_t m = state.season[0].size();
  // Only the phases that come again within the leads are moved by a path's own errors.
  const std::size_t phases = std::min(m, leads);
  std::vector<double> season(phases * kBlock), level(kBlock), trend(kBlock), e(kBlock);
  std::uint64_t random = seed;
  for (std::size_t first = 0; first < kPaths; first += kBlock) {
    std::fill(level.begin(), level.end(), state.level);
    std::fill(trend.begin(), trend.end(), state.trend);
    for (std::size_t j = 0; j < phases; ++j)
      std::fill_n(season.begin() + static_cast<std::ptrdiff_t>(j * kBlock), kBlock,
                  state.season[0][(state.phase[0] + j) % m]);
    for (std::size_t h = 0; h < leads; ++h) {
      for (std::size_t i = 0; i < kBlock; i += 4) {
        const std::uint64_t bits = next_random(random);
        for (std::size_t j = 0; j < 4; ++j) e[i + j] = sigma * z[(bits >> (12 * j)) % kShocks];
      }
      double* out = values_.data() + h * kPaths + first;
      double* s = phases > 0 ? season.data() + (h % m) * kBlock : nullptr;
      // Shares of what is expected, never below -1: what is positive stays so.
      if (spec.form.season == Season::multiplicative) {
        for (std::size_t i = 0; i < kBlock; ++i) {
          const double share = std::max(e[i], -0.9999), base = level[i] + p.phi * trend[i];
          out[i] = base * s[i] * (1 + share);
          level[i] = base * (1 + p.alpha * share);
          trend[i] = p.phi * trend[i] + p.beta * base * share;
          s[i] *= 1 + p.gamma[0] * share;
        }
      } else {
        for (std::size_t i = 0; i < kBlock; ++i) {
          const double share = spec.form.relative_error ? std::max(e[i], -0.9999) : e[i];
          const double base = level[i] + p.phi * trend[i], mu = s != nullptr ? base + s[i] : base;
          const double error = spec.form.relative_error ? mu * share : share;
          out[i] = mu + error;
          level[i] = base + p.alpha * error;
          trend[i] = p.phi * trend[i] + p.beta * error;
          if (s != nullptr) s[i] += p.gamma[0] * error;
        }
      }
    }
  }
}

double Paths::quantile(double level, std::size_t lead) {
  const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(lead * kPaths);
  if (sorted_ != lead) std::sort(begin, begin + kPaths);
  sorted_ = lead;
  const double place = std::clamp(level * kPaths - 0.5, 0.0, static_cast<double>(kPaths - 1));
  const auto left = static_cast<std::size_t>(place);
  const std::size_t right = std::min(left + 1, kPaths - 1);
  const double low = begin[static_cast<std::ptrdiff_t>(left)];
  return low +
         (place - static_cast<double>(left)) * (begin[static_cast<std::ptrdiff_t>(right)] - low);
}

double Paths::standard_deviation(std::size_t lead) const {
  const double* v = values_.data() + lead * kPaths;
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < kPaths; ++i) mean += v[i] / static_cast<double>(kPaths);
  for (std::size_t i = 0; i < kPaths; ++i) squares += (v[i] - mean) * (v[i] - mean);
  return std::sqrt(squares / static_cast<double>(kPaths - 1));
}

}  // namespace nova::ets
