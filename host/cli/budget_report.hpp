// The state of budgets, for people and for programs. Pure; called by `cost budget`.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "core/cost/budget.hpp"

namespace nova::cli {

// A budget with where it stands.
struct BudgetLine {
  BudgetSpec spec;
  BudgetStatus status;
};

// `now`: the instant the states are of, the last on record; `format`: "text" or "json".
void write_budgets(std::ostream& out, const std::vector<BudgetLine>& lines, TimePoint now,
                   const std::string& format);

}  // namespace nova::cli
