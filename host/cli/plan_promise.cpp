#include "host/cli/plan_promise.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "core/backtest/backtest.hpp"
#include "core/backtest/rivals.hpp"
#include "core/decide/text.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/promise_option.hpp"

namespace nova::cli {
namespace {

struct Row {
  std::string promise;
  std::optional<bool> kept;  // none where nothing was promised
  Scores scores;
  double usd_per_month = 0;
};

void print(std::ostream& out, const std::vector<Row>& rows) {
  const auto percent = [](double share) { return short_number(100 * share, 3) + " %"; };
  std::vector<std::vector<std::string>> table{
      {"promise", "kept", "violated", "unserved", "longest", "changes", "hours", "usd/month"}};
  for (const auto& [promise, kept, s, usd] : rows)
    table.push_back(
        {promise, kept ? (*kept ? "yes" : "no") : "-", percent(s.slo_violation_share),
         percent(s.unserved_share), short_number(s.longest_violation_s / 60, 3) + " min",
         std::to_string(s.adaptations), short_number(s.machine_hours, 5), short_number(usd, 4)});
  std::vector<std::size_t> widths(table[0].size(), 0);
  for (const auto& line : table)
    for (std::size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], line[c].size());
  for (const auto& line : table) {
    for (std::size_t c = 0; c < line.size(); ++c) {
      const std::string gap(widths[c] - line[c].size(), ' ');
      out << (c == 0 ? line[c] + gap : "  " + gap + line[c]);
    }
    out << "\n";
  }
}

nlohmann::ordered_json to_json(const std::vector<Row>& rows) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [promise, kept, s, usd] : rows)
    list.push_back({{"promise", promise},
                    {"kept", kept ? nlohmann::ordered_json(*kept) : nlohmann::ordered_json()},
                    {"slo_violation_share", s.slo_violation_share},
                    {"unserved_share", s.unserved_share},
                    {"longest_violation_s", s.longest_violation_s},
                    {"adaptations", s.adaptations},
                    {"machine_hours", s.machine_hours},
                    {"cost_usd", s.cost.dollars()},
                    {"usd_per_month", usd}});
  return {{"promises", list}};
}

}  // namespace

int price_promises(const Call& call, PastLoad past, const std::vector<std::string>& texts,
                   bool json) {
  std::vector<PromiseSpec> promises;
  for (const auto& text : texts) promises.push_back(parse_promise(text).value());
  if (const auto own = promise_of(past.group)) past.rules.slo_utilisation = own->at_utilisation;
  constexpr double kHoursPerMonth = 730;
  const auto row_of = [&](const std::string& name, const FleetLog& log) {
    Row row{name, {}, score(past.load, log, past.rules), 0};
    const auto scored = past.load.size() - first_scored(past.load.size(), past.rules);
    row.usd_per_month = row.scores.cost.dollars() * kHoursPerMonth /
                        (static_cast<double>(scored) * hours(past.rules.slot));
    return row;
  };
  std::vector<Row> rows;
  Progress progress(call.err, call.err_is_terminal, "plan");
  for (std::size_t i = 0; i < promises.size(); ++i) {
    auto group = past.group;
    set_promise(group, promises[i]);
    drop_models(group);
    const auto outcome = run_backtest(
        group, past.start, past.rules.slot, past.recorded,
        [](const std::vector<ModelQuestion>&) { return std::vector<ModelAnswer>(); },
        [&](double done) {
          progress.show((static_cast<double>(i) + done) / static_cast<double>(promises.size()));
        });
    rows.push_back(row_of(texts[i], outcome.log));
    if (promises[i].violations > 0)
      rows.back().kept = rows.back().scores.slo_violation_share <= promises[i].violations;
  }
  progress.close();
  for (const auto* rival : {"hpa", "oracle-slo"})
    rows.push_back(row_of(std::string("(") + rival + ")",
                          *run_rival(rival, past.load, past.rules, past.boot_slots)));
  if (json)
    call.out << to_json(rows).dump(2) << "\n";
  else
    print(call.out, rows);
  return kFine;
}

}  // namespace nova::cli
