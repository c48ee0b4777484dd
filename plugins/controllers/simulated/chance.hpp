// Chance that can be repeated: every draw is a function of the seed and of what is drawn for.
//
// No generator is advanced, so a draw does not depend on how many were made before, and asking
// whether something would work changes nothing. Formulas are written out, since the distributions
// of the standard library differ between implementations. Called by Fleet.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace nova::simulated {

// SplitMix64's finaliser (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators",
// 2014).
inline std::uint64_t mixed(std::uint64_t x) noexcept {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

class Chance {
 public:
  enum class Of : std::uint64_t {
    unavailable,
    throttled,
    quota,
    capacity,
    boot_fails,
    boot_time,
    boot_time_angle,
    interruption,
    illness
  };

  explicit Chance(std::uint64_t seed) : seed_(mixed(seed)) {}

  // In [0, 1), for purpose `of` of thing `a` (and its part `b`).
  double uniform(Of of, std::uint64_t a, std::uint64_t b = 0) const noexcept {
    const auto bits = mixed(mixed(mixed(seed_ ^ static_cast<std::uint64_t>(of)) ^ a) ^ b);
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }
  bool happens(double probability, Of of, std::uint64_t a, std::uint64_t b = 0) const noexcept {
    return uniform(of, a, b) < probability;
  }
  // Standard normal (Box and Muller, 1958).
  double normal(std::uint64_t a) const noexcept {
    const double radius = std::sqrt(-2 * std::log(1 - uniform(Of::boot_time, a)));
    return radius * std::cos(2 * std::numbers::pi * uniform(Of::boot_time_angle, a));
  }
  // Waiting time until an event of so many per unit of time.
  double exponential(double rate, Of of, std::uint64_t a) const noexcept {
    return -std::log(1 - uniform(of, a)) / rate;
  }

 private:
  std::uint64_t seed_;
};

}  // namespace nova::simulated
