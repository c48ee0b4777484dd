#include "core/decide/cron.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <vector>

namespace nova {
namespace {

using std::chrono::minutes;

struct Field {
  const char* name;
  unsigned least, most;
  std::vector<std::string_view> words;  // of `least` and what follows
};

const std::array<Field, 5>& cron_fields() {
  static const std::array<Field, 5> kAll{
      {{"minute", 0, 59, {}},
       {"hour", 0, 23, {}},
       {"day of month", 1, 31, {}},
       {"month",
        1,
        12,
        {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
       {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}}}};
  return kAll;
}

std::optional<unsigned> value_of(const Field& field, std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto word = std::find(field.words.begin(), field.words.end(), lower);
  if (word != field.words.end())
    return field.least + static_cast<unsigned>(word - field.words.begin());
  unsigned value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc{} || stop != end || value < field.least || value > field.most) return {};
  return value;
}

// One element of a list: "*", "a", "a-b", each with "/step" or without.
std::optional<std::uint64_t> bits_of(const Field& field, std::string_view text) {
  unsigned first = field.least, last = field.most, step = 1;
  const auto slash = text.find('/');
  const auto range = text.substr(0, slash);
  if (slash != text.npos) {
    const auto* end = text.data() + text.size();
    const auto [stop, ec] = std::from_chars(text.data() + slash + 1, end, step);
    if (ec != std::errc{} || stop != end || step == 0) return {};
  }
  if (range != "*") {
    const auto dash = range.find('-');
    const auto low = value_of(field, range.substr(0, dash));
    const auto high = dash == range.npos ? low : value_of(field, range.substr(dash + 1));
    if (!low || !high || *low > *high) return {};
    first = *low;
    if (dash != range.npos || slash == text.npos) last = *high;  // "5/10" runs to the end
  }
  std::uint64_t bits = 0;
  for (unsigned v = first; v <= last; v += std::min(step, 64u)) bits |= std::uint64_t{1} << v;
  return bits;
}

bool has(std::uint64_t bits, unsigned value) { return bits >> value & 1; }

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::vector<std::string> parts;
  for (std::string word; words >> word;) parts.push_back(word);
  if (parts.size() != 5)
    return Error{ErrorCode::invalid_argument,
                 "must have five fields (minute hour day-of-month month day-of-week), got " +
                     std::to_string(parts.size())};
  Cron cron;
  cron.text_ = text;
  for (std::size_t i = 0; i < 5; ++i) {
    const auto& field = cron_fields()[i];
    const std::string& part = parts[i];
    for (std::size_t at = 0; at <= part.size();) {
      const auto comma = std::min(part.find(',', at), part.size());
      const auto bits = bits_of(field, std::string_view(part).substr(at, comma - at));
      if (!bits)
        return Error{ErrorCode::invalid_argument,
                     std::string(field.name) + " must be *, or of " + std::to_string(field.least) +
                         " to " + std::to_string(field.most) +
                         " with ranges a-b, lists a,b and steps /n, got \"" + part + "\""};
      cron.fields_[i] |= *bits;
      at = comma + 1;
    }
  }
  if (has(cron.fields_[4], 7)) cron.fields_[4] |= 1;
  cron.any_day_ = parts[2].starts_with('*');
  cron.any_weekday_ = parts[4].starts_with('*');
  return cron;
}

bool Cron::on(std::chrono::year_month_day date) const {
  if (!has(fields_[3], static_cast<unsigned>(date.month()))) return false;
  const bool day = has(fields_[2], static_cast<unsigned>(date.day()));
  const bool weekday =
      has(fields_[4], std::chrono::weekday(std::chrono::sys_days(date)).c_encoding());
  return any_day_ || any_weekday_ ? day && weekday : day || weekday;
}

std::optional<minutes> Cron::last_of_day(minutes at_most) const {
  for (auto m = at_most; m >= minutes{0}; --m) {
    const auto hour = static_cast<unsigned>(m.count() / 60);
    if (!has(fields_[1], hour)) {
      m = std::chrono::hours(hour);  // on with the hour before
      continue;
    }
    if (has(fields_[0], static_cast<unsigned>(m.count() % 60))) return m;
  }
  return std::nullopt;
}

std::optional<TimePoint> Cron::newest(const TimeZone& zone, TimePoint t, Duration within) const {
  const auto local = std::chrono::floor<minutes>(zone.furthest_local(t));
  auto day = std::chrono::floor<std::chrono::days>(local);
  auto at_most = std::chrono::duration_cast<minutes>(local - day);
  for (;; --day, at_most = minutes(24 * 60 - 1)) {
    // Nothing that begins on this day or before it is recent enough.
    if (zone.first_reading(day + at_most) <= t - within) return std::nullopt;
    const auto found = on(day) ? last_of_day(at_most) : std::nullopt;
    if (!found) continue;
    const auto at = zone.first_reading(day + *found);
    return at > t - within ? std::optional(at) : std::nullopt;
  }
}

}  // namespace nova
