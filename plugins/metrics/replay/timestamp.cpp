#include "timestamp.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace nova::replay {

namespace {

constexpr std::int64_t kLastSecond = INT64_MAX / kSecond - 1;

bool digit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `width` digits from the front.
bool take(std::string_view& text, int width, int& value) {
  if (text.size() < static_cast<std::size_t>(width)) return false;
  value = 0;
  for (int i = 0; i < width; ++i) {
    if (!digit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}
bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// ".25" as nanoseconds; digits beyond the ninth are cut.
bool take_fraction(std::string_view& text, std::int64_t& ns) {
  ns = 0;
  if (!take(text, '.')) return true;
  std::int64_t unit = kSecond / 10;
  std::size_t n = 0;
  for (; n < text.size() && digit(text[n]); ++n, unit /= 10) ns += unit * (text[n] - '0');
  text.remove_prefix(n);
  return n > 0;
}

std::optional<std::int64_t> join(std::int64_t seconds, std::int64_t ns) {
  if (seconds > kLastSecond || seconds < -kLastSecond) return std::nullopt;
  return seconds * kSecond + ns;
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t whole = 0, ns = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc{}) {
    std::string_view rest(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
    if (take_fraction(rest, ns) && rest.empty()) return join(whole, text.front() == '-' ? -ns : ns);
  }
  double value = 0;  // an exponent, as some tools write large numbers
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(std::fabs(value) < static_cast<double>(kLastSecond))) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(value * 1e9));
}

bool take_zone(std::string_view& text, int& offset_minutes) {
  offset_minutes = 0;
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return true;
  const int sign = text.front() == '-' ? -1 : 1;
  int hours = 0, minutes = 0;
  if (!take(text, '+') && !take(text, '-')) return false;
  if (!take(text, 2, hours) || hours > 23) return false;
  if (!text.empty()) {
    take(text, ':');
    if (!take(text, 2, minutes) || minutes > 59) return false;
  }
  offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

std::optional<std::int64_t> parse_iso(std::string_view text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, offset = 0;
  std::int64_t ns = 0;
  if (!take(text, 4, y) || !take(text, '-') || !take(text, 2, mo) || !take(text, '-') ||
      !take(text, 2, d))
    return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    if (!take(text, 2, h) || !take(text, ':') || !take(text, 2, mi)) return std::nullopt;
    if (take(text, ':') && !(take(text, 2, s) && take_fraction(text, ns))) return std::nullopt;
    if (h > 23 || mi > 59 || s > 60 || !take_zone(text, offset) || !text.empty())
      return std::nullopt;
  }
  const std::int64_t day_number = sys_days{date}.time_since_epoch().count();
  return join(day_number * 86400 + h * 3600 + (mi - offset) * 60 + s, ns);
}

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.size() >= 10 && text[4] == '-' && text[7] == '-') return parse_iso(text);
  return parse_seconds(text);
}

Iso to_iso(std::int64_t ns) {
  using namespace std::chrono;
  const std::int64_t seconds = ns >= 0 ? ns / kSecond : -((-ns + kSecond - 1) / kSecond);
  const std::int64_t days_since = seconds >= 0 ? seconds / 86400 : -((-seconds + 86399) / 86400);
  const auto of_day = static_cast<int>(seconds - days_since * 86400);
  const year_month_day date{sys_days{days{days_since}}};
  Iso out{};
  std::snprintf(out.text, sizeof out.text, "%04d-%02u-%02uT%02d:%02d:%02dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), of_day / 3600, of_day / 60 % 60,
                of_day % 60);
  return out;
}

}  // namespace nova::replay
