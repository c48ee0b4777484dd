// Metrics files as columns: what a CSV or CSV.gz file says, before anything is repaired.
//
// Input: a path. Output: the series of the file with times and values in file order. Called by
// Recording. Three layouts, told apart by the header line, which every file must have:
//   series,timestamp,value        long: any number of series, each with its own times
//   timestamp_unix_s,value        two columns: one series, named by its column
//   timestamp,cpu,memory,...      wide: one series per further column
// A field may stand in double quotes ("" inside means one). An empty value, or nan, is missing.
// Errors are nova::Error with file, line and finding: `load.csv:17: value must be a number, got
// "x"`.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace nova::replay {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

struct RawSeries {
  std::string name;
  std::size_t times = 0;       // which row of Table::times is its own
  std::vector<double> values;  // NaN = missing; as many as its times
};

struct Table {
  // Nanoseconds since the epoch, in file order. Series of a wide file share one row.
  std::vector<std::vector<std::int64_t>> times;
  std::vector<RawSeries> series;
};

Table read_csv(const std::string& path);

}  // namespace nova::replay
