#include "core/base/time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace nova {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};

// Largest first: the order in which a duration is written and must be read.
constexpr std::array<Unit, 8> kUnits{{{"w", 604'800'000'000'000},
                                      {"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};

Error bad_duration(std::string_view text, const char* rule) {
  return {ErrorCode::invalid_argument, std::string(rule) +
                                           " (such as \"90s\", \"4h\" or \"1h30m\"), got \"" +
                                           std::string(text) + "\""};
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  constexpr double kMaxNs = 9.2e18;
  std::string_view rest = text;
  std::size_t next_unit = 0;
  double total_ns = 0;
  if (rest.empty()) return bad_duration(text, "must be a duration");
  while (!rest.empty()) {
    double number = 0;
    if (rest[0] == '-') return bad_duration(text, "must be a duration without a sign");
    const auto [end, ec] =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (ec != std::errc{} || !std::isfinite(number))
      return bad_duration(text, "must be a duration");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const auto unit = rest.substr(0, rest.find_first_of("0123456789."));
    std::size_t i = next_unit;
    while (i < kUnits.size() && kUnits[i].name != unit) ++i;
    if (i == kUnits.size())
      return bad_duration(text, "must be a duration in ns, us, ms, s, m, h, d or w, largest first");
    total_ns += number * static_cast<double>(kUnits[i].ns);
    next_unit = i + 1;
    rest.remove_prefix(unit.size());
  }
  if (total_ns > kMaxNs) return bad_duration(text, "must be a duration below 291 years");
  return Duration{std::llround(total_ns)};
}

std::string to_string(Duration d) {
  if (d.count() == 0) return "0s";
  const bool negative = d.count() < 0;
  auto left = static_cast<std::uint64_t>(d.count());
  if (negative) left = 0 - left;
  std::string out = negative ? "-" : "";
  for (const auto& unit : kUnits) {
    const auto n = left / static_cast<std::uint64_t>(unit.ns);
    if (n == 0) continue;
    out += std::to_string(n);
    out += unit.name;
    left -= n * static_cast<std::uint64_t>(unit.ns);
  }
  return out;
}

std::string to_iso8601(TimePoint t) {
  using namespace std::chrono;
  const auto day = floor<days>(t);
  const year_month_day date{day};
  const hh_mm_ss time{t - day};
  std::array<char, 64> text{};
  int n = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                        static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                        static_cast<int>(time.minutes().count()),
                        static_cast<int>(time.seconds().count()));
  std::string out(text.data(), static_cast<std::size_t>(n));
  if (const auto ns = time.subseconds().count(); ns != 0) {
    n = std::snprintf(text.data(), text.size(), ".%09lld", static_cast<long long>(ns));
    std::string fraction(text.data(), static_cast<std::size_t>(n));
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += fraction;
  }
  return out + "Z";
}

}  // namespace nova
