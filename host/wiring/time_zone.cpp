#include "host/wiring/time_zone.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace nova {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::seconds;

constexpr int kLastYear = 2100;
constexpr std::int64_t kDay = 86'400;

fs::path zones_folder() {
  const char* folder = std::getenv("TZDIR");
  return folder && *folder ? folder : "/usr/share/zoneinfo";
}

Error broken(const std::string& name, const std::string& what) {
  return {ErrorCode::data_loss, "time zone " + name + ": " + what};
}

// Big-endian numbers, read forward; past the end everything is 0 and `short_of` is set.
struct Bytes {
  std::string_view left;
  bool short_of = false;

  std::uint64_t number(std::size_t n) {
    if (left.size() < n) {
      short_of = true;
      left = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value = value << 8 | static_cast<unsigned char>(left[i]);
    left.remove_prefix(n);
    return value;
  }
  std::int64_t signed32() { return static_cast<std::int32_t>(number(4)); }
  void skip(std::size_t n) {
    short_of = short_of || left.size() < n;
    left.remove_prefix(std::min(n, left.size()));
  }
};

struct Header {
  std::uint8_t version = 0;
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, chars = 0;

  std::size_t body(std::size_t time_size) const {
    return times * (time_size + 1) + types * 6 + chars + leaps * (time_size + 4) + is_std + is_ut;
  }
};

std::optional<Header> header(Bytes& in) {
  if (!in.left.starts_with("TZif")) return std::nullopt;
  in.skip(4);
  Header h;
  h.version = static_cast<std::uint8_t>(in.number(1));
  in.skip(15);
  for (auto* count : {&h.is_ut, &h.is_std, &h.leaps, &h.times, &h.types, &h.chars})
    *count = in.number(4);
  if (in.short_of || h.types == 0 || h.types > 256 || h.times > 1'000'000) return std::nullopt;
  return h;
}

// A day of the rule "Mm.w.d", "Jn" or "n", and the second of it; POSIX.1-2017, 8.3, "TZ".
struct RuleDay {
  char kind = 'M';
  int month = 0, week = 0, day = 0;
  std::int64_t at = 7200;

  // Local seconds since 1970 in the year.
  std::int64_t in(int year) const {
    using namespace std::chrono;
    const auto first = sys_days(std::chrono::year(year) / 1 / 1);
    sys_days date = first;
    if (kind == 'M') {
      const auto of_month = std::chrono::year(year) / std::chrono::month(unsigned(month));
      const weekday wanted(static_cast<unsigned>(day));
      date = week == 5 ? sys_days(of_month / wanted[last])
                       : sys_days(of_month / wanted[static_cast<unsigned>(week)]);
    } else {
      const bool skips_leap_day = kind == 'J' && std::chrono::year(year).is_leap() && day >= 60;
      date = first + days(kind == 'J' ? day - 1 + (skips_leap_day ? 1 : 0) : day);
    }
    return date.time_since_epoch().count() * kDay + at;
  }
};

// The footer: "CET-1CEST,M3.5.0,M10.5.0/3".
class Rule {
 public:
  explicit Rule(std::string_view text) : left_(text) {}

  bool parse() {
    if (!name() || !offset(standard_)) return false;
    standard_ = -standard_;
    if (left_.empty()) return true;
    summer_.emplace(standard_ + 3600);
    if (!name()) return false;
    if (!left_.empty() && left_[0] != ',') {
      if (!offset(*summer_)) return false;
      summer_ = -*summer_;
    }
    return day(start_) && day(end_) && left_.empty();
  }

  std::int64_t standard() const { return standard_; }

  void append(int year, std::vector<OffsetChange>& out) const {
    if (!summer_) return;
    const auto change = [&](std::int64_t local, std::int64_t before, std::int64_t after) {
      return OffsetChange{TimePoint(Clock(local - before)), Clock(after)};
    };
    OffsetChange both[] = {change(start_.in(year), standard_, *summer_),
                           change(end_.in(year), *summer_, standard_)};
    if (both[1].at < both[0].at) std::swap(both[0], both[1]);
    for (const auto& one : both) out.push_back(one);
  }

 private:
  bool take(char c) {
    if (left_.empty() || left_[0] != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool whole(int& out) {
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), out);
    if (error != std::errc{}) return false;
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    return true;
  }
  bool name() {
    if (take('<')) {
      const auto end = left_.find('>');
      if (end == std::string_view::npos) return false;
      left_.remove_prefix(end + 1);
      return true;
    }
    const auto end = std::find_if(left_.begin(), left_.end(), [](char c) {
      return !((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    });
    const auto length = static_cast<std::size_t>(end - left_.begin());
    left_.remove_prefix(length);
    return length >= 3;
  }
  bool offset(std::int64_t& out) {
    const bool minus = take('-');
    if (!minus) take('+');
    int parts[3] = {};
    for (int i = 0; i < 3; ++i) {
      if (i > 0 && !take(':')) break;
      if (!whole(parts[i]) || parts[i] < 0 || parts[i] > 167) return false;
    }
    out = (parts[0] * 60 + parts[1]) * 60 + parts[2];
    if (minus) out = -out;
    return true;
  }
  bool day(RuleDay& out) {
    if (!take(',')) return false;
    bool fine = false;
    if (take('M')) {
      fine = whole(out.month) && take('.') && whole(out.week) && take('.') && whole(out.day) &&
             out.month >= 1 && out.month <= 12 && out.week >= 1 && out.week <= 5 && out.day >= 0 &&
             out.day <= 6;
    } else {
      out.kind = take('J') ? 'J' : 'n';
      fine = whole(out.day) && out.day >= (out.kind == 'J' ? 1 : 0) && out.day <= 365;
    }
    return fine && (!take('/') || offset(out.at));
  }

  std::string_view left_;
  std::int64_t standard_ = 0;
  std::optional<std::int64_t> summer_;
  RuleDay start_, end_;
};

int year_of(TimePoint t) {
  return int(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(t)).year());
}

}  // namespace

Result<TimeZone> parse_time_zone(const std::string& name, const std::string& bytes) {
  Bytes in{bytes};
  const auto old = header(in);
  if (!old) return broken(name, "is no compiled time zone");
  if (old->version < '2') return broken(name, "is of version 1, which ends in 2038");
  in.skip(old->body(4));
  const auto h = header(in);
  if (!h || in.left.size() < h->body(8)) return broken(name, "ends too early");
  std::vector<std::int64_t> times(h->times);
  for (auto& t : times) t = static_cast<std::int64_t>(in.number(8));
  std::vector<std::size_t> type(h->times);
  for (auto& k : type) k = in.number(1);
  std::vector<std::int64_t> offsets(h->types);
  for (auto& offset : offsets) {
    offset = in.signed32();
    in.skip(2);
  }
  in.skip(h->chars + h->leaps * 12 + h->is_std + h->is_ut);
  constexpr std::int64_t kFirst = -9'000'000'000;  // nanoseconds since 1970 begin in 1677
  std::int64_t before = offsets[0];
  std::vector<OffsetChange> changes;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (type[i] >= offsets.size()) return broken(name, "names an offset it does not have");
    if (times[i] < kFirst)
      before = offsets[type[i]];
    else if (times[i] < -kFirst)
      changes.push_back({TimePoint(Clock(times[i])), Clock(offsets[type[i]])});
  }
  if (in.left.size() >= 2 && in.left.front() == '\n' && in.left.back() == '\n') {
    const auto footer = in.left.substr(1, in.left.size() - 2);
    Rule rule(footer);
    if (!footer.empty() && !rule.parse()) return broken(name, "has a rule that cannot be read");
    if (!footer.empty() && changes.empty() && times.empty()) before = rule.standard();
    std::vector<OffsetChange> later;
    const auto last = changes.empty() ? TimePoint{} : changes.back().at;
    for (int year = year_of(last); !footer.empty() && year <= kLastYear; ++year)
      rule.append(year, later);
    for (const auto& change : later)
      if (changes.empty() || change.at > changes.back().at) changes.push_back(change);
  }
  return TimeZone::make(name, Clock(before), std::move(changes));
}

Result<TimeZone> read_time_zone(const std::string& name) {
  if (name == "UTC") return TimeZone();
  const auto folder = zones_folder();
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    return Error{ErrorCode::unavailable, "the system has no time zones: no folder " +
                                             folder.string() + " (Debian: install tzdata)"};
  const Error unknown{ErrorCode::not_found, "there is no time zone " + name};
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos ||
      !fs::is_regular_file(folder / name, ignored))
    return unknown;
  std::ifstream file(folder / name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!bytes.starts_with("TZif")) return unknown;
  return parse_time_zone(name, bytes);
}

std::vector<std::string> time_zone_names() {
  std::vector<std::string> names{"UTC"};
  const auto folder = zones_folder();
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(folder, ignored), end; at != end; at.increment(ignored))
    if (at->is_regular_file(ignored))
      if (auto name = at->path().lexically_relative(folder).string();
          name[0] >= 'A' && name[0] <= 'Z')
        names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace nova
