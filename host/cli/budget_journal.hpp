// What was spent, from the journal: every fleet on record at the prices on record, charged to the
// budgets that the configuration has now.
//
// The same rule as the engine's: what a group runs at when it is seen, it has run at since it was
// seen last. Machines that a commitment covers cost nothing more; the commitment itself is charged
// by the hour to whom it belongs, used or not. What has expired from the journal is not counted.
#pragma once

#include <filesystem>
#include <vector>

#include "core/base/result.hpp"
#include "host/cli/budget_report.hpp"
#include "host/wiring/config.hpp"

namespace nova::cli {

struct BudgetState {
  std::vector<BudgetLine> lines;  // in the order of the configuration
  TimePoint at;                   // the last tick on record
};

// Errors: of the journal; not_found when nothing is on record; data_loss for entries that do not
// fit together.
Result<BudgetState> budgets_of_journal(const std::filesystem::path& journal, const Config& config);

}  // namespace nova::cli
