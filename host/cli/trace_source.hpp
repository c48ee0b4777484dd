// A recorded load, read through the replay plugin: the backtest and the run know the same files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "host/loader/context.hpp"

namespace nova::cli {

struct RecordedLoad {
  TimePoint start;  // of the first sample
  Duration step;
  std::vector<double> values;  // NaN = missing
};

// The series `query` of a CSV file ("value" selects the one of a two-column file). Errors: as the
// plugin says, with file and line; not_found if no replay plugin lies in `folders`.
Result<RecordedLoad> read_recorded_load(const std::filesystem::path& file, const std::string& query,
                                        const std::vector<std::filesystem::path>& folders);

}  // namespace nova::cli
