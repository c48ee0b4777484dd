#include "instant.hpp"

#include <novascale/base.h>

#include <cstdio>
#include <ctime>

namespace nova::http {

std::int64_t instant_of(const std::string& text) {
  std::tm at{};
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &at.tm_year, &at.tm_mon, &at.tm_mday,
                  &at.tm_hour, &at.tm_min, &at.tm_sec, &used) != 6 ||
      at.tm_year < 1971 || at.tm_year > 2200)
    return NOVA_NONE;
  auto rest = text.substr(static_cast<std::size_t>(used));
  if (!rest.empty() && rest[0] == '.') rest.erase(0, rest.find_first_not_of("0123456789", 1));
  int hours = 0, minutes = 0;
  char sign = '+';
  if (rest != "Z" && std::sscanf(rest.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) != 3)
    return NOVA_NONE;
  at.tm_year -= 1900, at.tm_mon -= 1;
  const std::int64_t ahead = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
  return (timegm(&at) - ahead) * 1'000'000'000;
}

}  // namespace nova::http
