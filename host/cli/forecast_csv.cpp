#include "host/cli/forecast_csv.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

namespace nova::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kMostPoints = 10'000'000;  // of a grid, gaps included

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

// "timestamp", "Time", "date (UTC)", "ds": what heads a column of time.
bool names_time(std::string_view text) {
  std::string name(text);
  for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name == "ds" || name.starts_with("time") || name.starts_with("date");
}

struct Raw {
  InputSeries out;
  Progression times, lines;
  bool date_only = true;
};

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  // A part of a file; lines may go on in the next one.
  Result<void> feed(std::string_view part) {
    for (;;) {
      const auto newline = part.find('\n');
      if (newline == std::string_view::npos) break;
      auto text = part.substr(0, newline);
      if (!rest_.empty()) {
        rest_ += text;
        text = rest_;
      }
      if (auto read = line(text); !read.ok()) return read;
      rest_.clear();
      part.remove_prefix(newline + 1);
    }
    rest_ += part;
    return {};
  }

  // Error: no row.
  Result<std::vector<InputSeries>> finish();

 private:
  Result<void> line(std::string_view text) {
    if (++line_ == 1 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    text = trimmed(text);
    if (text.empty()) return {};
    if (!split(text)) return fail("a quoted field must end on its line");
    if (columns_ == 0) {
      columns_ = fields_.size();
      if (columns_ > 2 && names_time(fields_[0])) return name_series();
      if (columns_ != 2 && columns_ != 3)
        return fail(
            "must have 2 columns (timestamp, value), 3 (series, timestamp, value), or a header of "
            "\"timestamp\" and the names of the series, got " +
            std::to_string(columns_) + " columns");
      // A first line without a timestamp is a header.
      if (!parse_stamp(fields_[columns_ - 2])) return {};
    }
    if (fields_.size() != columns_)
      return fail("must have " + std::to_string(columns_) + " columns, got " +
                  std::to_string(fields_.size()));
    return row();
  }

  Error fail(const std::string& message) const {
    return {ErrorCode::invalid_argument, file_ + ":" + std::to_string(line_) + ": " + message};
  }

  // A header of time and one series a column.
  Result<void> name_series() {
    for (std::size_t i = 1; i < columns_; ++i) {
      if (fields_[i].empty()) return fail("column " + std::to_string(i + 1) + " has no name");
      if (!by_name_.try_emplace(fields_[i], raw_.size()).second)
        return fail("two columns are named \"" + fields_[i] + "\"");
      raw_.emplace_back().out.name = fields_[i];
    }
    wide_ = true;
    return {};
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
      if (text[0] != ',') return false;
      text.remove_prefix(1);
    }
  }

  Result<void> row() {
    const auto& time_text = fields_[wide_ ? 0 : columns_ - 2];
    const auto stamp = parse_stamp(time_text);
    if (!stamp)
      return fail("timestamp must be ISO 8601, Unix seconds or an index, got \"" + time_text +
                  "\"");
    if (!kind_) kind_ = stamp->kind;
    // An index may grow into the range of dates, and the other way round: numbers are numbers.
    if ((*kind_ == TimeKind::iso) != (stamp->kind == TimeKind::iso))
      return fail("timestamp must be of the kind of the first row, got \"" + time_text + "\"");
    for (std::size_t i = wide_ ? 1 : columns_ - 1; i < columns_; ++i) {
      const auto value = parse_value(fields_[i]);
      if (!value) return fail("value must be a finite number or empty, got \"" + fields_[i] + "\"");
      auto& series = wide_ ? raw_[i - 1] : named(columns_ == 3 ? fields_[0] : "series");
      add(series, *stamp, *value, time_text);
    }
    return {};
  }

  Raw& named(const std::string& name) {
    if (last_ == kNone || raw_[last_].out.name != name) {
      const auto [it, fresh] = by_name_.try_emplace(name, raw_.size());
      if (fresh) raw_.emplace_back().out.name = name;
      last_ = it->second;
    }
    return raw_[last_];
  }

  void add(Raw& series, const Stamp& stamp, double value, const std::string& text) const {
    if (!series.times.empty() && stamp.at <= series.times.back() && series.out.refusal.empty())
      series.out.refusal =
          "line " + std::to_string(line_) + ": timestamp " + text +
          (stamp.at == series.times.back() ? " is given twice; keep one of the rows"
                                           : " is not after the one before it; sort the rows");
    series.times.push_back(stamp.at);
    series.lines.push_back(static_cast<std::int64_t>(line_));
    series.out.values.push_back(value);
    series.date_only &= stamp.date_only;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::string file_, rest_;
  std::size_t line_ = 0, columns_ = 0, last_ = kNone;
  bool wide_ = false;  // time, then a column a series: raw_ in their order
  std::vector<std::string> fields_;
  std::optional<TimeKind> kind_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<Raw> raw_;
};

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
  constexpr std::int64_t kMonth = 28LL * 86'400 * 1'000'000'000;
  if (raw.times.regular() && (kind != TimeKind::iso || raw.times.step() < kMonth)) {
    grid.step = raw.times.step();
    return;
  }
  auto fitted = fit_grid(raw.times, raw.lines, grid);
  if (!fitted.ok()) {
    series.refusal = fitted.error().message;
    return;
  }
  const auto& at = fitted.value();
  if (at.back() >= kMostPoints) {
    series.refusal = "spans " + std::to_string(at.back()) + " steps, more than 10 million";
    return;
  }
  std::vector<double> even(static_cast<std::size_t>(at.back()) + 1, kNaN);
  for (std::size_t i = 0; i < at.size(); ++i)
    even[static_cast<std::size_t>(at[i])] = series.values[i];
  series.values = std::move(even);
}

Result<std::vector<InputSeries>> Reader::finish() {
  if (!rest_.empty())
    if (auto read = line(rest_); !read.ok()) return read.error();
  if (raw_.empty() || raw_.front().out.values.empty())
    return Error{ErrorCode::invalid_argument, file_ + ": has no rows"};
  std::vector<InputSeries> out;
  for (auto& raw : raw_) {
    settle(raw, kind_.value_or(TimeKind::index));
    out.push_back(std::move(raw.out));
    raw = {};
  }
  return out;
}

}  // namespace

Result<std::vector<InputSeries>> parse_series_csv(std::string_view text, const std::string& file) {
  Reader reader(file);
  if (auto read = reader.feed(text); !read.ok()) return read.error();
  return reader.finish();
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
  Reader reader(path.string());
  Result<void> read;
  std::string chunk(1 << 18, '\0');
  int got = 0;
  while (read.ok() && (got = gzread(file, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0)
    read = reader.feed(std::string_view(chunk).substr(0, static_cast<std::size_t>(got)));
  int code = Z_OK;
  const std::string reason = gzerror(file, &code);
  gzclose(file);
  if (!read.ok()) return read.error();
  if (got < 0 || code != Z_OK)
    return Error{ErrorCode::unavailable, path.string() + ": cannot be read: " + reason};
  return reader.finish();
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace nova::cli
