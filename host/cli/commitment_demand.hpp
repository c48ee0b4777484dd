// Demand hour by hour, as advice on commitments wants it: from a CSV file, or from a journal.
//
// An hour's demand is the mean of its points: what a machine that is paid by the second costs.
// Machines are whole or not (a mean rarely is); hours nobody saw are NaN.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova::cli {

struct HourlyDemand {
  std::string name;              // of the series, or an on-demand offer's id
  TimePoint first;               // start of the first hour
  std::vector<double> machines;  // NaN = not known
};

// A file as forecast_csv.hpp reads it; values are divided by `per_machine`. An index counts hours.
// `err` hears of what is assumed. Errors: as read_series_csv; invalid_argument for steps longer
// than an hour and for values that are negative.
Result<std::vector<HourlyDemand>> demand_from_csv(const std::filesystem::path& path,
                                                  double per_machine, std::ostream& err);

// What ran, from the inputs on record: machines that are paid for, by the id of the
// same machine on demand ("" where a group has no offers), of one group ("g" or "tenant/g") or all.
// Errors: of the journal; not_found for a group that is not on record.
Result<std::vector<HourlyDemand>> demand_from_journal(const std::filesystem::path& journal,
                                                      const std::string& group);

// A column of what `novascale forecast` wrote, such as "hi80", hour by hour and by series.
Result<std::vector<HourlyDemand>> demand_from_forecast(const std::filesystem::path& path,
                                                       const std::string& column,
                                                       double per_machine);

}  // namespace nova::cli
