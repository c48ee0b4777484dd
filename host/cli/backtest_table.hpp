// What each policy of a backtest came to: a table for people, JSON for programs, logs for scorers.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/backtest/fleet.hpp"
#include "core/backtest/score.hpp"
#include "core/decide/policy.hpp"

namespace nova::cli {

struct PolicyRun {
  std::string name;
  FleetLog log;
  Scores scores;
};

// Ours comes first; the hours of "static", where it takes part, are the measure of the last column.
void print_table(std::ostream& out, const std::vector<PolicyRun>& runs);

// One line on what the promise of the group came to, in the first of `runs`.
std::string promise_line(const PromiseSpec& promise, const std::vector<PolicyRun>& runs);

// All of `Scores`, in the words of the summary.
nlohmann::ordered_json to_json(const Scores& scores);
nlohmann::ordered_json summary_json(const std::vector<PolicyRun>& runs,
                                    const std::optional<PromiseSpec>& promise);

// `timestamp_unix_s,desired`: a row a slot from `first` on, at the start of the slot it governs.
// Errors: unavailable.
Result<void> write_decisions(const std::filesystem::path& path, const FleetLog& log,
                             std::size_t first, TimePoint start, Duration slot);

}  // namespace nova::cli
