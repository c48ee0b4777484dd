// A backtest as one HTML page that needs nothing else: host/cli/backtest_page.html with its data.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/group_engine.hpp"
#include "host/cli/backtest_table.hpp"
#include "host/cli/past_load.hpp"

namespace nova::cli {

// What was expected of each slot when a machine for it had to be asked for: quantiles of the load
// over the time such a decision rules, the largest of it. NaN where nothing was known yet.
class ForecastFan {
 public:
  static constexpr double kLevels[] = {0.5, 0.9, 0.99};

  ForecastFan(std::size_t slots, std::uint32_t boot_slots);
  // Fits OnDecision: after the decision at the start of slot `k`.
  void take(std::size_t k, const GroupEngine& group);

  const std::vector<std::vector<double>>& rows() const { return rows_; }  // [level][slot]
  const std::string& by() const { return by_; }                           // who said so, at the end

 private:
  std::uint32_t boot_slots_;
  std::vector<std::vector<double>> rows_;
  std::string by_;
};

// `runs` as in print_table, `trace` the name to show.
void write_page(std::ostream& out, const PastLoad& past, const std::string& trace,
                const std::optional<PromiseSpec>& promise, const std::vector<PolicyRun>& runs,
                const ForecastFan& fan);

}  // namespace nova::cli
