#include "core/base/text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace nova {

std::string short_number(double x, int digits) {
  std::array<char, 64> text{};
  const bool whole = std::abs(x) >= std::pow(10.0, digits) && std::abs(x) < 1e15;
  const int n = whole ? std::snprintf(text.data(), text.size(), "%.0f", x)
                      : std::snprintf(text.data(), text.size(), "%.*g", digits, x);
  return {text.data(), static_cast<std::size_t>(n)};
}

std::string in_words(Duration time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  if (minutes < 2)
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
  if (minutes < 120) return std::to_string(minutes) + " min";
  if (minutes < 48 * 60) return short_number(static_cast<double>(minutes) / 60, 3) + " h";
  return short_number(static_cast<double>(minutes) / 1440, 3) + " d";
}

}  // namespace nova
