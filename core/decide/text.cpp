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

std::string to_text(const Pause& pause) {
  if (!pause.out && !pause.in) return "resumed";
  const std::string what = pause.out && pause.in ? "paused"
                           : pause.out           ? "scale-out paused"
                                                 : "scale-in paused";
  return what + (pause.until ? " until " + to_iso8601(*pause.until) : "");
}

}  // namespace nova
