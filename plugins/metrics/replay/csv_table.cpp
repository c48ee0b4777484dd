#include "csv_table.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <novascale/error.hpp>
#include <unordered_map>

#include "line_reader.hpp"
#include "timestamp.hpp"

namespace nova::replay {

namespace {

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text.substr(0, 60)) + (text.size() > 60 ? "..." : "") + '"';
}
[[noreturn]] void refuse(const LineReader& in, const std::string& what) {
  throw Error(NOVA_INVALID_ARGUMENT, in.place() + ": " + what);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Hands out the fields of one line. A quoted field with doubled quotes is unescaped into
// `scratch_`, so a field is good until the next one is taken.
class Fields {
 public:
  Fields(const LineReader& in, std::string_view line) : in_(in), rest_(line) {}

  bool next(std::string_view& field) {
    if (ended_) return false;
    std::string_view start = rest_;
    while (!start.empty() && start.front() == ' ') start.remove_prefix(1);
    if (!start.empty() && start.front() == '"') {
      field = quoted_field(start.substr(1));
      return true;
    }
    const auto comma = rest_.find(',');
    field = trimmed(rest_.substr(0, comma));
    advance(comma);
    return true;
  }

 private:
  void advance(std::size_t comma) {
    ended_ = comma == std::string_view::npos;
    rest_ = ended_ ? std::string_view{} : rest_.substr(comma + 1);
  }
  std::string_view quoted_field(std::string_view text) {
    scratch_.clear();
    for (;;) {
      const auto quote = text.find('"');
      if (quote == std::string_view::npos) refuse(in_, "a quoted field is not closed");
      scratch_.append(text.substr(0, quote));
      text.remove_prefix(quote + 1);
      if (text.empty() || text.front() != '"') break;
      scratch_.push_back('"');
      text.remove_prefix(1);
    }
    rest_ = trimmed(text);
    if (!rest_.empty() && rest_.front() != ',') refuse(in_, "text follows a quoted field");
    advance(rest_.empty() ? std::string_view::npos : 0);
    return scratch_;
  }

  const LineReader& in_;
  std::string_view rest_;
  std::string scratch_;
  bool ended_ = false;
};

std::int64_t time_of(const LineReader& in, std::string_view field) {
  if (const auto ns = parse_timestamp(field)) return *ns;
  refuse(in, "timestamp must be Unix seconds, ISO 8601 or an index, got " + in_quotes(field));
}

double value_of(const LineReader& in, std::string_view field, std::string_view name) {
  field = trimmed(field);  // a quoted one keeps its blanks until here
  if (field.empty()) return kMissing;
  if (field.front() == '+') field.remove_prefix(1);
  double value = 0;
  const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (stop != field.data() + field.size() || error == std::errc::invalid_argument)
    refuse(in, std::string(name) + " must be a number, got " + in_quotes(field));
  if (std::isinf(value) || error != std::errc{})
    refuse(in, std::string(name) + " must be finite, got " + in_quotes(field));
  return value;
}

bool blank(std::string_view line) { return trimmed(line).empty(); }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::vector<std::string> read_header(LineReader& in) {
  std::string_view line, field;
  do {
    if (!in.next(line))
      throw Error(NOVA_INVALID_ARGUMENT,
                  in.path() + ":1: the file is empty, a header line is needed");
  } while (blank(line));
  std::vector<std::string> names;
  for (Fields fields(in, line); fields.next(field);) names.emplace_back(field);
  if (names.size() < 2)
    refuse(in, "the header must name at least two columns, got " + in_quotes(line));
  if (parse_timestamp(names[0]))
    refuse(in, "the first line must be a header such as timestamp_unix_s,value, got " +
                   in_quotes(line));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].empty()) refuse(in, "column " + std::to_string(i + 1) + " has no name");
  return names;
}

void read_long(LineReader& in, Table& table) {
  std::unordered_map<std::string, std::size_t> known;
  std::string_view line, field;
  std::string name;
  std::size_t last = SIZE_MAX;
  while (in.next(line)) {
    if (blank(line)) continue;
    Fields fields(in, line);
    fields.next(field);
    // Rows of one series usually follow each other: look the name up only when it changes.
    if (last == SIZE_MAX || field != name) {
      if (field.empty()) refuse(in, "series must be named");
      name = field;
      const auto [at, fresh] = known.try_emplace(name, table.series.size());
      if (fresh) {
        table.series.push_back({name, table.times.size(), {}});
        table.times.emplace_back();
      }
      last = at->second;
    }
    if (!fields.next(field)) refuse(in, "must have 3 fields, got 1");
    const std::int64_t time = time_of(in, field);
    if (!fields.next(field)) refuse(in, "must have 3 fields, got 2");
    table.series[last].values.push_back(value_of(in, field, "value"));
    table.times[last].push_back(time);
    if (fields.next(field)) refuse(in, "must have 3 fields, got more");
  }
}

bool is_time(const std::string& name) {
  const auto word = lower(name);
  return word == "time" || word == "date" || word == "datetime" || word.rfind("timestamp", 0) == 0;
}

void read_wide(LineReader& in, const std::vector<std::string>& header, Table& table) {
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 1; i < header.size(); ++i) {
    if (is_time(header[i]))
      refuse(in, "the first column must hold the times, got " + in_quotes(header[0]) +
                     " there and " + in_quotes(header[i]) + " in column " + std::to_string(i + 1));
    if (!known.try_emplace(header[i], i).second)
      refuse(in, "two columns are named " + in_quotes(header[i]));
    table.series.push_back({header[i], 0, {}});
  }
  table.times.emplace_back();
  std::string_view line, field;
  while (in.next(line)) {
    if (blank(line)) continue;
    Fields fields(in, line);
    fields.next(field);
    table.times[0].push_back(time_of(in, field));
    std::size_t column = 0;
    while (fields.next(field)) {
      if (column == table.series.size())
        refuse(in, "must have " + std::to_string(header.size()) + " fields, got more");
      table.series[column].values.push_back(value_of(in, field, table.series[column].name));
      ++column;
    }
    if (column != table.series.size())
      refuse(in, "must have " + std::to_string(header.size()) + " fields, got " +
                     std::to_string(column + 1));
  }
}

}  // namespace

Table read_csv(const std::string& path) {
  LineReader in(path);
  const auto header = read_header(in);
  Table table;
  if (header.size() == 3 && lower(header[0]) == "series" && lower(header[2]) == "value")
    read_long(in, table);
  else
    read_wide(in, header, table);
  for (const auto& times : table.times)
    if (!times.empty()) return table;
  throw Error(NOVA_INVALID_ARGUMENT, path + ": holds a header and no samples");
}

}  // namespace nova::replay
