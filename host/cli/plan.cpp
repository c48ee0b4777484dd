// Verb `plan`: what a promise would have cost, before it is made.
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/backtest/backtest.hpp"
#include "core/backtest/rivals.hpp"
#include "core/decide/text.hpp"
#include "host/cli/past_load.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/promise_option.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct PlanOptions {
  PastLoadOptions past;
  std::string promises = "5%,1%,0.1%,hpa", format = "text";
};

po::options_description describe_plan(PlanOptions& o) {
  po::options_description d(
      "Usage: novascale --config PATH plan --trace CSV [options]\n\nShows what several promises "
      "would have cost on a recorded load, and whether they would have been kept: the engine of "
      "`run` on identical machines that boot in lead_time.\n\nOptions");
  add_options(d, o.past);
  d.add_options()  //
      ("promise", po::value(&o.promises)->value_name("LIST"),
       "shares of violated steps, or hpa for its bill (5%,1%,0.1%,hpa)")          //
      ("format", po::value(&o.format)->value_name("text|json"), "table or JSON")  //
      ("help,h", "show this help");
  return d;
}

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

int run_plan(const Call& call) {
  PlanOptions o;
  const auto described = describe_plan(o);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(described).positional({}).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << described;
    return kFine;
  }
  if (o.past.trace.empty()) return usage(call, "plan needs --trace CSV");
  if (o.format != "text" && o.format != "json")
    return usage(call, "--format: must be text or json, got \"" + o.format + "\"");
  if (const int code = check_options(call, o.past); code != kFine) return code;
  std::vector<std::string> texts;
  boost::split(texts, o.promises, boost::is_any_of(","));
  std::vector<PromiseSpec> promises;
  for (const auto& text : texts) {
    const auto parsed = parse_promise(text);
    if (!parsed) return usage(call, "--promise: " + parsed.error().message);
    promises.push_back(*parsed);
  }

  Clock clock;
  Setup setup(call, clock);
  if (const int code = setup.wire(call); code != kFine) return code;
  const auto world = world_of(setup.wiring());
  PastLoad past;
  if (const int code = find_past_load(call, setup, world, o.past, past); code != kFine) return code;
  if (const auto own = promise_of(past.group)) past.rules.slo_utilisation = own->at_utilisation;
  constexpr double kHoursPerMonth = 730;
  const auto row_of = [&](const std::string& name, const FleetLog& log) {
    Row row{name, {}, score(past.load, log, past.rules), 0};
    const auto scored = past.load.size() -
                        (past.load.size() < past.rules.score_from + 10 ? 0 : past.rules.score_from);
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
  if (o.format == "json")
    call.out << to_json(rows).dump(2) << "\n";
  else
    print(call.out, rows);
  return kFine;
}

}  // namespace

const Command kPlan{"plan", "what a promise would have cost on a recorded load", run_plan};

}  // namespace nova::cli
