// What an exponential smoothing model is made of, and its name in the taxonomy of Hyndman, Koehler,
// Ord and Snyder, "Forecasting with Exponential Smoothing: The State Space Approach" (2008),
// chapter 2: error A or M, trend N, A or Ad, season N, A or M.
//
// Multiplicative trends are left out (they explode beyond short horizons), and so is the additive
// error with a multiplicative season (its variance is infinite, same source, chapter 15).
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace nova::ets {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class Trend : std::uint8_t { none, additive, damped };
enum class Season : std::uint8_t { none, additive, multiplicative };

struct Form {
  bool relative_error = false;  // M: the error is a share of what was expected
  Trend trend = Trend::none;
  Season season = Season::none;

  std::string name() const;  // such as "MAdM"
  static std::optional<Form> parse(std::string_view name);
  bool operator==(const Form&) const = default;
};

// A form with its seasons, and what the family of 2008 does not name.
struct Spec {
  Form form;
  // Lengths in steps, each >= 2; 0 = none. A second one, additive, makes it Taylor's double
  // seasonal method ("Short-term electricity demand forecasting using double seasonal exponential
  // smoothing", Journal of the Operational Research Society 54, 2003).
  std::array<std::uint32_t, 2> seasons{};
  // Errors follow an AR(1), as in the same paper: the newest deviation fades instead of being taken
  // for a new level.
  bool carry = false;
  bool log = false;  // of the logarithms of the values

  std::string name() const;  // such as "log AAdA[24,168] with AR(1) errors"
  bool linear() const { return !form.relative_error && form.season != Season::multiplicative; }
  bool operator==(const Spec&) const = default;
};

}  // namespace nova::ets
