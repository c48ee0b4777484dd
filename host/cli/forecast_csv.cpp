#include "host/cli/forecast_csv.hpp"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <unordered_map>

namespace nova::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kMostPoints = 10'000'000;  // of a grid, gaps included

void add_remark(std::string& to, const std::string& remark) {
  to += (to.empty() ? "" : "; ") + remark;
}

// "1 row", "2 rows".
std::string so_many(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string unit_name(std::int64_t unit) {
  return unit == kBillion    ? "seconds"
         : unit == 1'000'000 ? "milliseconds"
         : unit == 1000      ? "microseconds"
                             : "nanoseconds";
}

// NaN for an empty field or a word that others write there; none when it is no number.
std::optional<double> parse_value(std::string_view text) {
  if (text.empty()) return kNaN;
  for (const std::string_view word : {"NA", "N/A", "null", "NULL", "None"})
    if (text == word) return kNaN;
  double number = 0;
  if (text[0] == '+') text.remove_prefix(1);
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc{} || end != text.data() + text.size() || std::isinf(number)) return {};
  return number;
}

// Without the blanks around it; a tab that separates fields is none.
std::string_view trimmed(std::string_view text, char separator) {
  const auto blank = [&](char c) { return (c == ' ' || c == '\t' || c == '\r') && c != separator; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The first of comma, semicolon and tab that stands in a line, outside of quotes.
char separator_of(std::string_view text) {
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ',' || c == ';' || c == '\t')) return c;
  }
  return ',';
}

// Whether a header calls its column one of timestamps.
bool names_time(std::string_view header) {
  std::string word;
  for (const char c : header.substr(0, 4))
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word == "time" || word == "date" || word == "ds" || word == "t";
}

bool is_date(std::string_view text) {
  const auto stamp = parse_stamp(text);
  return stamp && stamp->kind == TimeKind::iso;
}

struct Raw {
  InputSeries out;
  Progression times, lines;
  bool date_only = true, ascending = true;
};

class Reader {
 public:
  Reader(std::string file, std::optional<GridStep> step) : file_(std::move(file)), stated_(step) {}

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

  // Errors: no row; a step stated for an index.
  Result<SeriesFile> finish();

 private:
  Result<void> line(std::string_view text) {
    if (++line_ == 1) {
      if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
      if (text.substr(0, 2) == "\xFF\xFE" || text.substr(0, 2) == "\xFE\xFF")
        return fail("must be UTF-8, got UTF-16");
    }
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    if (columns_ == 0) separator_ = separator_of(text);
    if (!split(trimmed(text, separator_))) return fail("a quoted field must end on its line");
    if (columns_ == 0) {
      columns_ = fields_.size();
      if (columns_ < 2 || (columns_ > 3 && parse_stamp(fields_[0])))
        return fail(
            "must have 2 columns (timestamp, value), 3 (series, timestamp, value) or a "
            "header: timestamp and the name of each series; got " +
            std::to_string(columns_));
      if (columns_ > 3 || (columns_ == 3 && names_time(fields_[0]) && !names_time(fields_[1])))
        return wide_header(fields_, line_);
      // A first line without a timestamp and a value is a header.
      if (!parse_stamp(fields_[columns_ - 2]) && !parse_value(fields_[columns_ - 1])) {
        header_ = fields_;
        header_line_ = line_;
        return {};
      }
    }
    if (fields_.size() != columns_)
      return fail("must have " + std::to_string(columns_) + " columns, got " +
                  std::to_string(fields_.size()));
    if (!first_ && columns_ == 3 && !wide_ && is_date(fields_[0]) && !is_date(fields_[1])) {
      if (header_.empty()) return fail("dates come first: a header must name the other columns");
      if (auto named = wide_header(header_, header_line_); !named.ok()) return named;
    }
    return row();
  }

  Error fail(const std::string& message) const { return fail(line_, message); }
  Error fail(std::size_t line, const std::string& message) const {
    return {ErrorCode::invalid_argument, file_ + ":" + std::to_string(line) + ": " + message};
  }

  // Fields of the line; a quoted one may hold separators and doubled quotes.
  bool split(std::string_view text) {
    fields_.clear();
    for (;;) {
      auto& field = fields_.emplace_back();
      if (text.empty() || text[0] != '"') {
        const auto end = text.find(separator_);
        field = trimmed(text.substr(0, end), separator_);
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
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
      if (text[0] != separator_) return false;
      text.remove_prefix(1);
    }
  }

  // A series a column.
  Result<void> wide_header(const std::vector<std::string>& names, std::size_t line) {
    wide_ = true;
    for (std::size_t c = 1; c < columns_; ++c) {
      const auto& name = names[c];
      if (name.empty()) return fail(line, "column " + std::to_string(c + 1) + " has no name");
      if (!by_name_.try_emplace(name, raw_.size()).second)
        return fail(line, "two columns are named \"" + name + "\"");
      raw_.emplace_back().out.name = name;
    }
    return {};
  }

  Result<void> row() {
    const auto& time_text = fields_[wide_ ? 0 : columns_ - 2];
    const auto stamp = parse_stamp(time_text);
    if (!stamp)
      return fail("timestamp must be ISO 8601, Unix time or an index, got \"" + time_text + "\"");
    if (!first_) first_ = *stamp;
    // An index may grow into the range of dates, and the other way round: numbers are numbers.
    if ((first_->kind == TimeKind::iso) != (stamp->kind == TimeKind::iso))
      return fail("timestamp must be of the kind of the first row, got \"" + time_text + "\"");
    if (first_->unit != stamp->unit)
      return fail("timestamp must be in " + unit_name(first_->unit) +
                  " as in the first row, got \"" + time_text + "\"");
    for (std::size_t c = wide_ ? 1 : columns_ - 1; c < columns_; ++c) {
      if (!keeps_mark(fields_[c]))
        return fail("value must have " + mark_name() + " as decimal mark as on line " +
                    std::to_string(mark_line_) + ", and no separators of thousands, got \"" +
                    fields_[c] + "\"");
      const auto value = value_of(fields_[c]);
      if (!value) return fail("value must be a finite number or empty, got \"" + fields_[c] + "\"");
      add(wide_ ? c - 1 : series_of(columns_ == 3 ? fields_[0] : "series"), *stamp, *value);
    }
    return {};
  }

  // Where no comma separates fields one may be the decimal mark, in all of the file.
  std::size_t place_of_mark(const std::string& field) const {
    return separator_ == ',' ? std::string::npos : field.find_first_of(".,");
  }
  bool keeps_mark(const std::string& field) {
    const auto at = place_of_mark(field);
    if (at == std::string::npos) return true;
    if (mark_line_ == 0) {
      mark_ = field[at];
      mark_line_ = line_;
    }
    return field[at] == mark_;
  }
  std::optional<double> value_of(const std::string& field) const {
    if (mark_ == '.') return parse_value(field);
    auto pointed = field;
    if (const auto at = place_of_mark(field); at != std::string::npos) pointed[at] = '.';
    return parse_value(pointed);
  }
  std::string mark_name() const { return mark_ == ',' ? "a comma" : "a point"; }

  // What was taken for granted, in a sentence; "" = nothing.
  std::string assumed() const {
    std::string text;
    if (first_->unit != kBillion)
      add_remark(text, "timestamps beyond the year 5138 in seconds are taken as " +
                           unit_name(first_->unit));
    if (mark_ == ',')
      add_remark(text, "commas in values, first on line " + std::to_string(mark_line_) +
                           ", are taken as decimal marks");
    return text;
  }

  std::size_t series_of(const std::string& name) {
    if (last_ == kNone || raw_[last_].out.name != name) {
      const auto [it, fresh] = by_name_.try_emplace(name, raw_.size());
      if (fresh) raw_.emplace_back().out.name = name;
      last_ = it->second;
    }
    return last_;
  }

  void add(std::size_t index, const Stamp& stamp, double value) {
    auto& series = raw_[index];
    series.ascending &= series.times.empty() || stamp.at > series.times.back();
    series.times.push_back(stamp.at);
    series.lines.push_back(static_cast<std::int64_t>(line_));
    series.out.values.push_back(value);
    series.date_only &= stamp.date_only;
  }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::string file_, rest_;
  std::optional<GridStep> stated_;
  std::size_t line_ = 0, header_line_ = 0, columns_ = 0, last_ = kNone;
  char separator_ = ',', mark_ = '.';
  std::size_t mark_line_ = 0;  // the first that has a decimal mark; 0 = none yet
  std::vector<std::string> fields_, header_;
  std::optional<Stamp> first_;
  bool wide_ = false;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<Raw> raw_;
};

// Rows by time, those that say the same twice once. Two values for one time refuse the series: no
// one knows which is true.
void put_in_order(Raw& raw, const TimeGrid& grid) {
  const auto times = raw.times.expand();
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  auto& series = raw.out;
  Progression sorted, lines;
  std::vector<double> values;
  for (const std::size_t i : order) {
    const double value = series.values[i];
    if (!sorted.empty() && sorted.back() == times[i]) {
      if (value == values.back() || (std::isnan(value) && std::isnan(values.back()))) continue;
      TimeGrid one = grid;
      one.first = times[i];
      series.refusal = "line " + std::to_string(raw.lines[i]) + ": timestamp " + one.text(0) +
                       " is given twice, with another value on line " +
                       std::to_string(lines.back()) + "; keep one of the rows";
      return;
    }
    sorted.push_back(times[i]);
    lines.push_back(raw.lines[i]);
    values.push_back(value);
  }
  if (!std::is_sorted(order.begin(), order.end()))
    add_remark(series.note, "rows out of order, sorted");
  if (const auto twice = times.size() - values.size(); twice > 0)
    add_remark(series.note, so_many(twice, "row") + " given twice, used once");
  raw.times = std::move(sorted);
  raw.lines = std::move(lines);
  series.values = std::move(values);
}

void settle(Raw& raw, const Stamp& like, const std::optional<GridStep>& stated) {
  auto& series = raw.out;
  auto& grid = series.grid;
  grid.kind = like.kind;
  grid.unit = like.unit;
  grid.date_only = like.kind == TimeKind::iso && raw.date_only;
  if (!raw.ascending) put_in_order(raw, grid);
  grid.first = raw.times.front();
  if (!series.refusal.empty()) return;
  if (stated) {
    grid.step = stated->size;
    grid.months = stated->months;
  } else if (raw.times.size() == 1) {
    if (like.kind != TimeKind::index) series.refusal = kOnePoint;
    return;
  }
  constexpr std::int64_t kMonth = 28 * 24 * 3600 * kBillion;
  if (!stated && raw.times.regular() && (like.kind != TimeKind::iso || raw.times.step() < kMonth)) {
    grid.step = raw.times.step();
    return;
  }
  auto fitted =
      stated ? stated_grid(raw.times, raw.lines, grid) : fit_grid(raw.times, raw.lines, grid);
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

Result<SeriesFile> Reader::finish() {
  if (!rest_.empty())
    if (auto read = line(rest_); !read.ok()) return read.error();
  if (raw_.empty() || raw_.front().times.empty())
    return Error{ErrorCode::invalid_argument, file_ + ": has no rows"};
  if (stated_ && first_->kind == TimeKind::index)
    return Error{ErrorCode::invalid_argument,
                 file_ + ": a step is stated, but the timestamps are an index"};
  SeriesFile out;
  out.assumed = assumed();
  for (auto& raw : raw_) {
    settle(raw, *first_, stated_);
    if (const auto remark = drop_absurd(raw.out.values); !remark.empty())
      add_remark(raw.out.note, remark);
    out.series.push_back(std::move(raw.out));
    raw = {};
  }
  return out;
}

}  // namespace

Result<SeriesFile> parse_series_csv(std::string_view text, const std::string& file,
                                    std::optional<GridStep> step) {
  Reader reader(file, step);
  if (auto read = reader.feed(text); !read.ok()) return read.error();
  return reader.finish();
}

Result<SeriesFile> read_series_csv(const std::filesystem::path& path,
                                   std::optional<GridStep> step) {
  const bool standard = path == "-";
  const std::string name = standard ? "stdin" : path.string();
  std::error_code ignored;
  if (!standard && !std::filesystem::exists(path, ignored))
    return Error{ErrorCode::not_found, name + ": no such file"};
  if (!standard && std::filesystem::is_directory(path, ignored))
    return Error{ErrorCode::unavailable, name + ": is a folder"};
  // zlib reads plain files, too.
  gzFile file = standard ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path.c_str(), "rb");
  if (!file) return Error{ErrorCode::unavailable, name + ": cannot be opened"};
  Reader reader(name, step);
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
    return Error{ErrorCode::unavailable, name + ": cannot be read: " + reason};
  return reader.finish();
}

std::string drop_absurd(std::span<double> values) {
  constexpr double kAbsurd = 1e9, kFew = 0.01;  // times the rest; of the values
  std::vector<double> sizes;
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (const double v : values) {
    const double size = std::abs(v);
    if (size > 0) least = std::min(least, size);
    most = std::max(most, std::isnan(v) ? 0 : size);
  }
  if (!(most / kAbsurd > least)) return "";
  for (const double v : values)
    if (!std::isnan(v)) sizes.push_back(std::abs(v));
  if (sizes.size() < 10) return "";
  const auto few =
      std::max<std::size_t>(1, static_cast<std::size_t>(kFew * static_cast<double>(sizes.size())));
  const auto rest = sizes.end() - static_cast<std::ptrdiff_t>(few) - 1;
  std::nth_element(sizes.begin(), rest, sizes.end());
  const double limit = *rest;
  if (!(limit > 0)) return "";
  std::size_t dropped = 0;
  for (double& v : values)
    if (std::abs(v) / kAbsurd > limit) {
      v = kNaN;
      ++dropped;
    }
  if (dropped == 0) return "";
  return so_many(dropped, "value") + " beyond a billion times the rest, taken as missing";
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace nova::cli
