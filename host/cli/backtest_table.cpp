#include "host/cli/backtest_table.hpp"

#include <fstream>

#include "core/decide/text.hpp"
#include "host/cli/cells.hpp"
#include "host/cli/text_table.hpp"

namespace nova::cli {
namespace {

const PolicyRun* find(const std::vector<PolicyRun>& runs, const char* name) {
  for (const auto& run : runs)
    if (run.name == name) return &run;
  return nullptr;
}

}  // namespace

void print_table(std::ostream& out, const std::vector<PolicyRun>& runs) {
  std::vector<std::vector<std::string>> table{
      {"policy", "theta_u", "theta_o", "tau_u", "tau_o", "nu", "speedup", "changes", "hours",
       "cost USD", "SLO viol.", "unserved", "longest", "util.", "of static"}};
  const auto* constant = find(runs, "static");
  for (const auto& [name, log, s] : runs)
    table.push_back({name, short_number(s.theta_u, 3), short_number(s.theta_o, 3),
                     short_number(s.tau_u, 3), short_number(s.tau_o, 3),
                     short_number(s.instability, 3), short_number(s.elastic_speedup, 3),
                     std::to_string(s.adaptations), short_number(s.machine_hours, 5),
                     to_string(s.cost), percent(s.slo_violation_share), percent(s.unserved_share),
                     short_number(s.longest_violation_s / 60, 3) + " min",
                     percent(s.mean_utilisation),
                     constant && constant->scores.machine_hours > 0
                         ? percent(s.machine_hours / constant->scores.machine_hours)
                         : "-"});
  print_rows(out, table, "l" + std::string(table.front().size() - 1, 'r'));
}

std::string promise_line(const PromiseSpec& promise, const std::vector<PolicyRun>& runs) {
  const auto& ours = runs.front().scores;
  if (promise.same_bill_as_hpa) {
    const auto* hpa = find(runs, "hpa");
    if (!hpa || hpa->scores.machine_hours <= 0) return "";
    return "promised at most 1.05 of hpa's bill: " +
           short_number(ours.machine_hours / hpa->scores.machine_hours, 4) + " of it, " +
           percent(ours.slo_violation_share) + " violated steps against " +
           percent(hpa->scores.slo_violation_share);
  }
  const bool kept = ours.slo_violation_share <= promise.violations;
  return "promised " + percent(promise.violations) + " violated steps at utilisation " +
         short_number(promise.at_utilisation, 3) + ": " + (kept ? "kept" : "broken") + ", " +
         percent(ours.slo_violation_share);
}

nlohmann::ordered_json to_json(const Scores& s) {
  return {{"theta_u", s.theta_u},
          {"theta_o", s.theta_o},
          {"tau_u", s.tau_u},
          {"tau_o", s.tau_o},
          {"instability", s.instability},
          {"adaptations", s.adaptations},
          {"machine_hours", s.machine_hours},
          {"charged_hours", s.charged_hours},
          {"cost_usd", s.cost.dollars()},
          {"slo_violation_share", s.slo_violation_share},
          {"unserved_share", s.unserved_share},
          {"longest_violation_s", s.longest_violation_s},
          {"mean_utilisation", s.mean_utilisation},
          {"elastic_speedup", s.elastic_speedup}};
}

nlohmann::ordered_json summary_json(const std::vector<PolicyRun>& runs,
                                    const std::optional<PromiseSpec>& promise) {
  nlohmann::ordered_json out;
  for (const auto& run : runs) out["summary"][run.name] = to_json(run.scores);
  if (!promise) return out;
  auto& said = out["promise"];
  if (promise->same_bill_as_hpa) {
    said["same_bill_as"] = "hpa";
  } else {
    said["violations"] = promise->violations;
    said["kept"] = runs.front().scores.slo_violation_share <= promise->violations;
  }
  said["at_utilisation"] = promise->at_utilisation;
  return out;
}

Result<void> write_decisions(const std::filesystem::path& path, const FleetLog& log,
                             std::size_t first, TimePoint start, Duration slot) {
  std::ofstream out(path);
  out << "timestamp_unix_s,desired\n";
  for (std::size_t k = first; k < log.desired.size(); ++k)
    out << unix_ns(start + slot * static_cast<std::int64_t>(k)) / 1'000'000'000 << ','
        << log.desired[k] << '\n';
  if (!out.flush()) return Error{ErrorCode::unavailable, path.string() + ": cannot be written"};
  return {};
}

}  // namespace nova::cli
