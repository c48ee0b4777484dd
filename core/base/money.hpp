// Money: integers of 1e-9 US dollars, so that a million small sums lose nothing.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <string>

#include "core/base/time.hpp"

namespace nova {

struct Usd {
  std::int64_t nanos = 0;

  static Usd from_dollars(double dollars) { return {std::llround(dollars * 1e9)}; }
  double dollars() const { return static_cast<double>(nanos) * 1e-9; }

  auto operator<=>(const Usd&) const = default;
  Usd& operator+=(Usd other) {
    nanos += other.nanos;
    return *this;
  }
  friend Usd operator+(Usd a, Usd b) { return {a.nanos + b.nanos}; }
  friend Usd operator-(Usd a, Usd b) { return {a.nanos - b.nanos}; }
  friend Usd operator*(Usd a, std::int64_t n) { return {a.nanos * n}; }
};

// A price of time. Never added to a sum of money: multiply it by a duration first.
struct UsdPerHour {
  std::int64_t nanos = 0;

  static UsdPerHour from_dollars(double dollars) { return {std::llround(dollars * 1e9)}; }
  double dollars() const { return static_cast<double>(nanos) * 1e-9; }

  auto operator<=>(const UsdPerHour&) const = default;
  friend UsdPerHour operator+(UsdPerHour a, UsdPerHour b) { return {a.nanos + b.nanos}; }
  friend UsdPerHour operator*(UsdPerHour a, std::int64_t n) { return {a.nanos * n}; }
};

// What `rate` costs over `time`, rounded half away from zero to a nano-dollar.
Usd cost_of(UsdPerHour rate, Duration time);

// "12.34": at least two and at most `digits` decimals.
std::string to_string(Usd amount, int digits = 2);

}  // namespace nova
