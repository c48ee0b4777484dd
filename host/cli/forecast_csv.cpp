#include "host/cli/forecast_csv.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

namespace nova::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kFirstUnixSecond = 100'000'000;  // numbers from 1973 on are dates
constexpr std::int64_t kMostPoints = 10'000'000;        // of a grid, gaps included

struct Stamp {
  TimeKind kind = TimeKind::index;
  bool date_only = false;
  std::int64_t at = 0;  // nanoseconds when ISO, else the number
};

// Exactly `digits` digits at the front, taken off.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return {};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + digits, number);
  if (ec != std::errc{} || end != text.data() + digits || text[0] == '-') return {};
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// HH:MM[:SS[.fraction]], as nanoseconds of the day.
std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return {};
  const auto minute = take_digits(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return {};
  std::int64_t ns = (*hour * 3600LL + *minute * 60LL) * 1'000'000'000;
  if (!take(text, ':')) return ns;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return {};
  ns += *second * 1'000'000'000LL;
  if (!take(text, '.')) return ns;
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, unit /= 10)
    ns += (text[digits] - '0') * unit;
  if (digits == 0) return {};
  text.remove_prefix(digits);
  return ns;
}

// Z, +02:00, or nothing (taken as UTC), as nanoseconds to subtract.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return 0;
  const int sign = text[0] == '+' ? 1 : text[0] == '-' ? -1 : 0;
  if (sign == 0) return {};
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2);
  take(text, ':');
  const auto minute = take_digits(text, 2);
  if (!hour || !minute) return {};
  return sign * (*hour * 3600LL + *minute * 60LL) * 1'000'000'000;
}

std::optional<Stamp> parse_iso(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_digits(text, 4);
  if (!y || !take(text, '-')) return {};
  const auto m = take_digits(text, 2);
  if (!m || !take(text, '-')) return {};
  const auto d = take_digits(text, 2);
  if (!d) return {};
  const year_month_day date{year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok() || *y < 1700 || *y > 2200) return {};  // what nanoseconds can count
  const auto midnight = duration_cast<nanoseconds>(sys_days{date}.time_since_epoch()).count();
  if (text.empty()) return Stamp{TimeKind::iso, true, midnight};
  if (!take(text, 'T') && !take(text, ' ')) return {};
  const auto time = take_time(text);
  if (!time) return {};
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return {};
  return Stamp{TimeKind::iso, false, midnight + *time - *zone};
}

std::optional<Stamp> parse_stamp(std::string_view text) {
  if (text.size() >= 10 && text[4] == '-') return parse_iso(text);
  double number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size() || number != std::floor(number) ||
      std::abs(number) > 9e9)
    return {};
  const auto at = static_cast<std::int64_t>(number);
  return Stamp{at >= kFirstUnixSecond ? TimeKind::unix_seconds : TimeKind::index, false, at};
}

// NaN for an empty field; none when it is no number.
std::optional<double> parse_value(std::string_view text) {
  if (text.empty()) return kNaN;
  double number = 0;
  if (text[0] == '+') text.remove_prefix(1);
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size() || std::isinf(number)) return {};
  return number;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

struct Raw {
  InputSeries out;
  std::vector<std::int64_t> times;
  bool date_only = true;
};

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  Result<void> line(std::string_view text) {
    ++line_;
    text = trimmed(text);
    if (text.empty()) return {};
    if (!split(text)) return fail("a quoted field must end on its line");
    if (columns_ == 0) {
      if (fields_.size() != 2 && fields_.size() != 3)
        return fail("must have 2 columns (timestamp, value) or 3 (series, timestamp, value), got " +
                    std::to_string(fields_.size()));
      columns_ = fields_.size();
      // A first line without a timestamp is a header.
      if (!parse_stamp(trimmed(fields_[columns_ - 2]))) return {};
    }
    if (fields_.size() != columns_)
      return fail("must have " + std::to_string(columns_) + " columns, got " +
                  std::to_string(fields_.size()));
    return row();
  }

  std::vector<InputSeries> finish();

 private:
  Error fail(const std::string& message) const {
    return {ErrorCode::invalid_argument, file_ + ":" + std::to_string(line_) + ": " + message};
  }

  // Fields of the line; a quoted one may hold commas and doubled quotes.
  bool split(std::string_view text) {
    fields_.clear();
    for (;;) {
      auto& field = fields_.emplace_back();
      if (text.empty() || text[0] != '"') {
        const auto comma = text.find(',');
        field = trimmed(text.substr(0, comma));
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
        continue;
      }
      std::size_t at = 1;
      for (;; ++at) {
        if (at >= text.size()) return false;
        if (text[at] != '"')
          field += text[at];
        else if (at + 1 < text.size() && text[at + 1] == '"')
          field += text[at++];
        else
          break;
      }
      text.remove_prefix(at + 1);
      if (text.empty()) return true;
      if (!take(text, ',')) return false;
    }
  }

  Result<void> row() {
    const auto& time_text = fields_[columns_ - 2];
    const auto stamp = parse_stamp(time_text);
    if (!stamp)
      return fail("timestamp must be ISO 8601, Unix seconds or an index, got \"" + time_text +
                  "\"");
    if (!kind_) kind_ = stamp->kind;
    // An index may grow into the range of dates, and the other way round: numbers are numbers.
    if ((*kind_ == TimeKind::iso) != (stamp->kind == TimeKind::iso))
      return fail("timestamp must be of the kind of the first row, got \"" + time_text + "\"");
    const auto value = parse_value(fields_[columns_ - 1]);
    if (!value)
      return fail("value must be a finite number or empty, got \"" + fields_[columns_ - 1] + "\"");
    add(columns_ == 3 ? fields_[0] : "series", *stamp, *value, time_text);
    return {};
  }

  void add(const std::string& name, const Stamp& stamp, double value, const std::string& text) {
    if (last_ == kNone || raw_[last_].out.name != name) {
      const auto [it, fresh] = by_name_.try_emplace(name, raw_.size());
      if (fresh) raw_.emplace_back().out.name = name;
      last_ = it->second;
    }
    auto& series = raw_[last_];
    if (!series.times.empty() && stamp.at <= series.times.back() && series.out.refusal.empty())
      series.out.refusal =
          "line " + std::to_string(line_) + ": timestamp " + text +
          (stamp.at == series.times.back() ? " is given twice" : " is not after the one before it");
    series.times.push_back(stamp.at);
    series.out.values.push_back(value);
    series.date_only &= stamp.date_only;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::string file_;
  std::size_t line_ = 0, columns_ = 0, last_ = kNone;
  std::vector<std::string> fields_;
  std::optional<TimeKind> kind_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<Raw> raw_;
};

// Months since year 0 and what is left of the instant, for calendar grids.
struct MonthStamp {
  std::int64_t month, rest;
};

MonthStamp to_months(std::int64_t ns) {
  using namespace std::chrono;
  const auto instant = from_unix_ns(ns);
  const year_month_day date{floor<days>(instant)};
  const auto month = static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1;
  const sys_days first{date.year() / date.month() / 1};
  return {month, (instant - first).count()};
}

std::int64_t from_months(std::int64_t month, std::int64_t rest) {
  using namespace std::chrono;
  const sys_days first{year(static_cast<int>(month / 12)) /
                       std::chrono::month(static_cast<unsigned>(month % 12 + 1)) / 1};
  return duration_cast<nanoseconds>(first.time_since_epoch()).count() + rest;
}

// Positions of `times` on the coarsest even grid, empty when there is none.
std::vector<std::int64_t> on_grid(const std::vector<std::int64_t>& times, std::int64_t& step) {
  step = 0;
  for (std::size_t i = 1; i < times.size(); ++i)
    if (step == 0 || times[i] - times[i - 1] < step) step = times[i] - times[i - 1];
  std::vector<std::int64_t> at;
  for (const auto time : times) {
    if (step <= 0 || (time - times[0]) % step != 0) return {};
    at.push_back((time - times[0]) / step);
  }
  return at;
}

// Calendar months, for a day of the month that every month has.
std::vector<std::int64_t> on_months(const std::vector<std::int64_t>& times, std::int64_t& step) {
  std::vector<std::int64_t> months;
  for (const auto time : times) {
    const auto [month, rest] = to_months(time);
    if (rest != to_months(times[0]).rest || rest >= 28 * 86'400'000'000'000) return {};
    months.push_back(month);
  }
  return on_grid(months, step);
}

void settle(Raw& raw, TimeKind kind) {
  auto& series = raw.out;
  auto& grid = series.grid;
  grid.kind = kind;
  grid.first = raw.times.front();
  grid.date_only = kind == TimeKind::iso && raw.date_only;
  if (!series.refusal.empty()) return;
  if (raw.times.size() == 1) {
    if (kind != TimeKind::index) series.refusal = "has one point: its step is not known";
    return;
  }
  auto at = on_grid(raw.times, grid.step);
  if (at.empty() && kind == TimeKind::iso) {
    at = on_months(raw.times, grid.step);
    grid.months = true;
  }
  if (at.empty()) {
    series.refusal = "timestamps must be on a regular grid";
    return;
  }
  if (at.back() >= kMostPoints) {
    series.refusal = "spans " + std::to_string(at.back()) + " steps, more than 10 million";
    return;
  }
  std::vector<double> even(static_cast<std::size_t>(at.back()) + 1, kNaN);
  for (std::size_t i = 0; i < at.size(); ++i)
    even[static_cast<std::size_t>(at[i])] = series.values[i];
  series.values = std::move(even);
}

std::vector<InputSeries> Reader::finish() {
  std::vector<InputSeries> out;
  for (auto& raw : raw_) {
    settle(raw, kind_.value_or(TimeKind::index));
    out.push_back(std::move(raw.out));
    raw.times = {};
  }
  return out;
}

}  // namespace

std::string TimeGrid::text(std::int64_t point) const {
  if (kind != TimeKind::iso) return std::to_string(first + point * step);
  std::int64_t at = first + point * step;
  if (months) {
    const auto [month, rest] = to_months(first);
    at = from_months(month + point * step, rest);
  }
  auto text = to_iso8601(from_unix_ns(at));
  if (date_only && text.size() > 10 && text.compare(10, std::string::npos, "T00:00:00Z") == 0)
    text.resize(10);
  return text;
}

TimePoint TimeGrid::end(std::size_t points) const {
  if (kind == TimeKind::index || months) return from_unix_ns(0);
  const std::int64_t unit = kind == TimeKind::iso ? 1 : 1'000'000'000;
  return from_unix_ns((first + static_cast<std::int64_t>(points - 1) * step) * unit);
}

Duration TimeGrid::step_duration() const {
  constexpr std::int64_t kMonth = 2'629'746'000'000'000;  // mean of the Gregorian calendar
  if (kind == TimeKind::index) return std::chrono::seconds(1);
  if (kind == TimeKind::unix_seconds) return std::chrono::seconds(step);
  return Duration{months ? step * kMonth : step};
}

Result<std::vector<InputSeries>> parse_series_csv(std::string_view text, const std::string& file) {
  Reader reader(file);
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  while (!text.empty()) {
    const auto newline = text.find('\n');
    if (auto read = reader.line(text.substr(0, newline)); !read.ok()) return read.error();
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  auto series = reader.finish();
  if (series.empty()) return Error{ErrorCode::invalid_argument, file + ": has no rows"};
  return series;
}

Result<std::vector<InputSeries>> read_series_csv(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return Error{ErrorCode::not_found, path.string() + ": no such file"};
  if (std::filesystem::is_directory(path, ignored))
    return Error{ErrorCode::unavailable, path.string() + ": is a folder"};
  // zlib reads plain files, too.
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file) return Error{ErrorCode::unavailable, path.string() + ": cannot be opened"};
  std::string text, chunk(1 << 18, '\0');
  int got = 0;
  while ((got = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0)
    text.append(chunk.data(), static_cast<std::size_t>(got));
  int code = Z_OK;
  const std::string reason = gzerror(file, &code);
  gzclose(file);
  if (got < 0 || code != Z_OK)
    return Error{ErrorCode::unavailable, path.string() + ": cannot be read: " + reason};
  return parse_series_csv(text, path.string());
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace nova::cli
