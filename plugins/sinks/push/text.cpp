#include "text.hpp"

#include <ctime>

namespace nova::push {

std::string to_rfc3339(std::int64_t time_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t second = time_ns / kSecond, rest = time_ns % kSecond;
  if (rest < 0) --second, rest += kSecond;
  const auto at = static_cast<std::time_t>(second);
  std::tm parts{};
  gmtime_r(&at, &parts);
  char text[40], millis[8];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(millis, sizeof millis, ".%03dZ", static_cast<int>(rest / 1'000'000));
  return std::string(text) + millis;
}

std::string to_text(const nova_uuid& id) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < sizeof id.b; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[id.b[i] >> 4];
    out += kHex[id.b[i] & 15];
  }
  return out;
}

}  // namespace nova::push
