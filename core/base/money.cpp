#include "core/base/money.hpp"

#include <array>
#include <cstdio>

namespace nova {

Usd cost_of(UsdPerHour rate, Duration time) {
  // 128 bits: a thousand dollars an hour over a year is 3e31 in nanos times nanoseconds.
  const __int128 product = static_cast<__int128>(rate.nanos) * time.count();
  constexpr __int128 kHour = 3'600'000'000'000;
  return {static_cast<std::int64_t>((product + (product < 0 ? -kHour / 2 : kHour / 2)) / kHour)};
}

std::string to_string(Usd amount, int digits) {
  std::array<char, 64> text{};
  const int n = std::snprintf(text.data(), text.size(), "%.*f", digits, amount.dollars());
  std::string out(text.data(), static_cast<std::size_t>(n));
  const auto point = out.find('.');
  while (point != std::string::npos && out.size() > point + 3 && out.back() == '0') out.pop_back();
  return out;
}

}  // namespace nova
