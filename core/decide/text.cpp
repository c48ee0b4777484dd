#include "core/decide/text.hpp"

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

}  // namespace nova
