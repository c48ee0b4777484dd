// Series from a CSV file, each on its regular grid.
//
// Input: `series,timestamp,value` rows, `timestamp,value` rows of one series, or timestamps with a
// series in each further column, which the header names; .csv or .csv.gz; else a header line or
// none; an empty value, NaN, NA or null is missing. What separates fields is what
// comes first in the first line: a comma, semicolon or tab; where it is no comma, values may have
// decimal commas. Timestamps are as parse_stamp() reads them, one kind a file. Output: values with
// NaN in the gaps, and how to write the timestamps that follow. Read as a stream: beside the values
// little is kept, however long the file. Called by `forecast` and `cost commitments`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/metrics/new_level.hpp"
#include "host/cli/forecast_time.hpp"

namespace nova::cli {

struct InputSeries {
  std::string name;
  TimeGrid grid;
  std::vector<double> values;     // NaN = missing
  std::string refusal;            // why it cannot be forecast; "" = it can be tried
  std::string note;               // what was done to its rows; "" = nothing
  std::optional<NewLevel> level;  // that the newest values are on: nobody has looked yet
};

// A series with a date and no other, when no step was stated.
inline constexpr const char* kOnePoint = "has one point: its step is not known";

struct SeriesFile {
  std::vector<InputSeries> series;
  std::string assumed;  // where the file can be read in two ways, which; "" = it cannot
};

// "-" is stdin. `step`: of all series, when it is stated; else their timestamps tell it. Errors:
// not_found, unavailable (the file), invalid_argument (a line that is no row; "file:line: rule,
// finding"). Rows out of order are sorted, equal ones given twice are one, and a note says so; two
// values for one time refuse their series only. A few values beyond a billion times all others are
// missing, and noted.
Result<SeriesFile> read_series_csv(const std::filesystem::path& path,
                                   std::optional<GridStep> step = {});
Result<SeriesFile> parse_series_csv(std::string_view text, const std::string& file,
                                    std::optional<GridStep> step = {});

// A few values beyond a billion times the rest are no measurements (an overflow, a fill value); one
// at the end would be all that a model of the level sees. They become NaN, and a remark says so;
// "" where there are none. Used by `backtest` and `plan`, too.
std::string drop_absurd(std::span<double> values);

// A CSV field, quoted when it must be.
std::string csv_field(std::string_view text);

}  // namespace nova::cli
