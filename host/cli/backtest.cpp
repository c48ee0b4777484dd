// Verb `backtest`: the production engine over a recorded load, beside its rivals.
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/backtest/backtest.hpp"
#include "core/backtest/rivals.hpp"
#include "core/backtest/score.hpp"
#include "core/decide/text.hpp"
#include "host/cli/command.hpp"
#include "host/cli/past_load.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/promise_option.hpp"
#include "host/cli/setup.hpp"
#include "host/loop/model_service.hpp"
#include "host/loop/world.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct BacktestOptions {
  PastLoadOptions past;
  std::filesystem::path decisions;
  std::string compare = "static,hpa,oracle-slo", format = "text", promise;
};

po::options_description describe_backtest(BacktestOptions& o) {
  po::options_description d(
      "Usage: novascale --config PATH backtest --trace CSV [options]\n\nRuns the configured group "
      "over a recorded load with the engine of `run`, on identical machines that boot in "
      "lead_time, "
      "and compares the outcome with other rules at the same target utilisation.\n\nOptions");
  add_options(d, o.past);
  d.add_options()  //
      ("decisions", po::value(&o.decisions)->value_name("CSV"),
       "write timestamp_unix_s,desired here")  //
      ("compare", po::value(&o.compare)->value_name("LIST"),
       "rivals of: static,hpa,target-tracking,reactive,oracle,oracle-slo")  //
      ("promise", po::value(&o.promise)->value_name("SHARE|hpa"),
       "promise so many violated steps, such as 1%, or hpa's bill, whatever the group says")  //
      ("format", po::value(&o.format)->value_name("text|json"), "table or JSON")              //
      ("help,h", "show this help");
  return d;
}

struct Row {
  std::string name;
  Scores scores;
};

// What the promise of a group came to, behind the table.
void print_promise(std::ostream& out, const PromiseSpec& promise, const std::vector<Row>& rows) {
  const auto& ours = rows.front().scores;
  const auto percent = [](double share) { return short_number(100 * share, 3) + " %"; };
  if (promise.same_bill_as_hpa) {
    for (const auto& row : rows)
      if (row.name == "hpa" && row.scores.machine_hours > 0)
        out << "promised at most 1.05 of hpa's bill: "
            << short_number(ours.machine_hours / row.scores.machine_hours, 4) << " of it, "
            << percent(ours.slo_violation_share) << " violated steps against "
            << percent(row.scores.slo_violation_share) << "\n";
    return;
  }
  const bool kept = ours.slo_violation_share <= promise.violations;
  out << "promised " << percent(promise.violations) << " violated steps at utilisation "
      << short_number(promise.at_utilisation, 3) << ": " << (kept ? "kept" : "broken") << ", "
      << percent(ours.slo_violation_share) << "\n";
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

void print_table(std::ostream& out, const std::vector<Row>& rows) {
  const std::vector<std::string> heads{"policy",  "theta_u", "theta_o",  "tau_u",     "tau_o",
                                       "changes", "hours",   "cost USD", "SLO viol.", "unserved",
                                       "longest", "util.",   "of static"};
  std::vector<std::vector<std::string>> table{heads};
  double static_hours = 0;
  for (const auto& row : rows)
    if (row.name == "static") static_hours = row.scores.machine_hours;
  const auto percent = [](double share) { return short_number(100 * share, 3) + " %"; };
  for (const auto& [name, s] : rows)
    table.push_back(
        {name, short_number(s.theta_u, 3), short_number(s.theta_o, 3), short_number(s.tau_u, 3),
         short_number(s.tau_o, 3), std::to_string(s.adaptations), short_number(s.machine_hours, 5),
         to_string(s.cost), percent(s.slo_violation_share), percent(s.unserved_share),
         short_number(s.longest_violation_s / 60, 3) + " min", percent(s.mean_utilisation),
         static_hours > 0 ? percent(s.machine_hours / static_hours) : "-"});
  std::vector<std::size_t> widths(heads.size(), 0);
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

Result<void> write_decisions(const std::filesystem::path& path, const BacktestRun& run) {
  std::ofstream out(path);
  out << "timestamp_unix_s,desired\n";
  for (const auto& row : run.decisions)
    out << unix_ns(row.time) / 1'000'000'000 << ',' << row.desired << '\n';
  if (!out.flush()) return Error{ErrorCode::unavailable, path.string() + ": cannot be written"};
  return {};
}

int run_backtest(const Call& call) {
  BacktestOptions o;
  const auto described = describe_backtest(o);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(described).positional({}).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << described;
    return kFine;
  }
  if (o.past.trace.empty()) return usage(call, "backtest needs --trace CSV");
  if (o.format != "text" && o.format != "json")
    return usage(call, "--format: must be text or json, got \"" + o.format + "\"");
  if (const int code = check_options(call, o.past); code != kFine) return code;
  std::optional<PromiseSpec> override_promise;
  if (!o.promise.empty()) {
    const auto parsed = parse_promise(o.promise);
    if (!parsed) return usage(call, "--promise: " + parsed.error().message);
    override_promise = *parsed;
  }
  std::vector<std::string> rivals;
  if (!o.compare.empty()) boost::split(rivals, o.compare, boost::is_any_of(","));
  const auto known = rival_names();
  for (const auto& rival : rivals)
    if (std::find(known.begin(), known.end(), rival) == known.end())
      return usage(call,
                   "--compare: must be of " + boost::join(known, ",") + ", got \"" + rival + "\"");

  Clock clock;
  Setup setup(call, clock);
  if (const int code = setup.wire(call); code != kFine) return code;
  const auto world = world_of(setup.wiring());
  PastLoad past;
  if (const int code = find_past_load(call, setup, world, o.past, past); code != kFine) return code;
  if (override_promise) set_promise(past.group, *override_promise);
  const auto promise = promise_of(past.group);
  if (promise) {
    drop_models(past.group);
    past.rules.slo_utilisation = promise->at_utilisation;
  }

  ModelService models(
      [&](const std::string& tenant, const std::string& plugin) -> loader::ModelClient* {
        const auto at = world.models.find({tenant, plugin});
        return at == world.models.end() ? nullptr : at->second;
      },
      [&](const std::string& plugin) { return world.timeout(plugin); });
  Progress progress(call.err, call.err_is_terminal, "backtest");
  const auto outcome = run_backtest(
      past.group, past.start, past.rules.slot, past.recorded,
      [&](const std::vector<ModelQuestion>& questions) { return models.ask(questions); },
      [&](double done) { progress.show(done); });
  progress.close();

  std::vector<Row> rows{{"novascale", score(past.load, outcome.log, past.rules)}};
  for (const auto& rival : rivals)
    rows.push_back(
        {rival,
         score(past.load, *run_rival(rival, past.load, past.rules, past.boot_slots), past.rules)});

  if (!o.decisions.empty())
    if (const auto done = write_decisions(o.decisions, outcome); !done)
      return failed(call, done.error());
  if (o.format == "json") {
    nlohmann::ordered_json summary;
    for (const auto& row : rows) summary["summary"][row.name] = to_json(row.scores);
    call.out << summary.dump(2) << "\n";
  } else {
    print_table(call.out, rows);
    if (promise) print_promise(call.out, *promise, rows);
  }
  return kFine;
}

}  // namespace

const Command kBacktest{"backtest", "what the engine would have done on a recorded load",
                        run_backtest};

}  // namespace nova::cli
