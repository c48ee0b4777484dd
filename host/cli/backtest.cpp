// Verb `backtest`: the production engine over a recorded load, beside its rivals.
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "core/backtest/backtest.hpp"
#include "core/backtest/rivals.hpp"
#include "core/backtest/score.hpp"
#include "core/backtest/trace.hpp"
#include "core/decide/text.hpp"
#include "host/cli/command.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/setup.hpp"
#include "host/cli/trace_source.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/model_service.hpp"
#include "host/loop/world.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct Options {
  std::filesystem::path trace, decisions;
  std::string group, series = "value", compare = "static,hpa,oracle-slo", interpolation = "linear";
  std::string score_from = "1d", format = "text";
};

po::options_description describe(Options& o) {
  po::options_description d(
      "Usage: novascale --config PATH backtest --trace CSV [options]\n\nRuns the configured group "
      "over a recorded load with the engine of `run`, on identical machines that boot in "
      "lead_time, "
      "and compares the outcome with other rules at the same target utilisation.\n\nOptions");
  d.add_options()  //
      ("trace", po::value(&o.trace)->value_name("CSV"),
       "the load: timestamp_unix_s,value (.csv, .csv.gz)")  //
      ("series", po::value(&o.series)->value_name("NAME"),
       "series or column of the trace (value)")  //
      ("group", po::value(&o.group)->value_name("G"),
       "group of the configuration; needed if there are several")  //
      ("decisions", po::value(&o.decisions)->value_name("CSV"),
       "write timestamp_unix_s,desired here")  //
      ("compare", po::value(&o.compare)->value_name("LIST"),
       "rivals of: static,hpa,target-tracking,reactive,oracle,oracle-slo")  //
      ("interp", po::value(&o.interpolation)->value_name("linear|zoh"),
       "between the samples of a trace coarser than the step (linear)")  //
      ("score-from", po::value(&o.score_from)->value_name("DURATION"),
       "history that is not scored (1d)")                                         //
      ("format", po::value(&o.format)->value_name("text|json"), "table or JSON")  //
      ("help,h", "show this help");
  return d;
}

// The group that is asked for, ready for a fleet of identical machines.
const GroupSpec* find_group(const World& world, const std::string& name) {
  if (name.empty()) return world.groups.size() == 1 ? &world.groups.front() : nullptr;
  for (const auto& group : world.groups)
    if (group.id == name || group.name() == name) return &group;
  return nullptr;
}

struct Row {
  std::string name;
  Scores scores;
};

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
  Options o;
  const auto described = describe(o);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(described).positional({}).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << described;
    return kFine;
  }
  if (o.trace.empty()) return usage(call, "backtest needs --trace CSV");
  if (o.format != "text" && o.format != "json")
    return usage(call, "--format: must be text or json, got \"" + o.format + "\"");
  if (o.interpolation != "linear" && o.interpolation != "zoh")
    return usage(call, "--interp: must be linear or zoh, got \"" + o.interpolation + "\"");
  const auto score_from = parse_duration(o.score_from);
  if (!score_from) return usage(call, "--score-from: " + score_from.error().message);
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
  const auto* group = find_group(world, o.group);
  if (!group)
    return usage(call, o.group.empty() ? "--group: must name one of several groups"
                                       : "--group: there is no group \"" + o.group + "\"");
  if (group->signals.size() != 1 || group->signals.front().role != Role::demand)
    return usage(
        call, "group " + group->name() + ": a backtest needs exactly one signal, of role demand");
  const auto& signal = group->signals.front();

  const auto recorded = read_recorded_load(
      o.trace, o.series,
      loader::plugin_search_path(call.globals.plugin_dirs, setup.wiring().config.plugin_dirs));
  if (!recorded) {
    call.err << "novascale: " << recorded.error().message << "\n";
    return kNo;
  }
  const auto slot = setup.wiring().config.host.step;
  const auto load = to_slots(recorded->values, recorded->step, slot,
                             o.interpolation == "zoh" ? Interpolation::zoh : Interpolation::linear);
  if (!load) {
    call.err << "novascale: " << o.trace.string() << ": " << load.error().message << "\n";
    return kNo;
  }

  ModelService models(
      [&](const std::string& tenant, const std::string& plugin) -> loader::ModelClient* {
        const auto at = world.models.find({tenant, plugin});
        return at == world.models.end() ? nullptr : at->second;
      },
      [&](const std::string& plugin) { return world.timeout(plugin); });
  Progress progress(call.err, call.err_is_terminal, "backtest");
  const auto outcome = run_backtest(
      *group, recorded->start, slot, *load,
      [&](const std::vector<ModelQuestion>& questions) { return models.ask(questions); },
      [&](double done) { progress.show(done); });
  progress.close();

  ScoreRules rules;
  rules.per_machine = signal.per_machine;
  rules.target_utilisation = signal.target_utilisation;
  rules.min = group->min;
  rules.max = group->max;
  rules.slot = slot;
  rules.score_from = static_cast<std::uint64_t>(*score_from / slot);
  rules.price = group->price;
  std::vector<double> scaled = *load;
  for (auto& x : scaled) x *= signal.scale;
  const auto boot_slots =
      static_cast<std::uint32_t>((group->lead_time.count() + slot.count() - 1) / slot.count());
  std::vector<Row> rows{{"novascale", score(scaled, outcome.log, rules)}};
  for (const auto& rival : rivals)
    rows.push_back({rival, score(scaled, *run_rival(rival, scaled, rules, boot_slots), rules)});

  if (!o.decisions.empty())
    if (const auto done = write_decisions(o.decisions, outcome); !done)
      return failed(call, done.error());
  if (o.format == "json") {
    nlohmann::ordered_json summary;
    for (const auto& row : rows) summary["summary"][row.name] = to_json(row.scores);
    call.out << summary.dump(2) << "\n";
  } else {
    print_table(call.out, rows);
  }
  return kFine;
}

}  // namespace

const Command kBacktest{"backtest", "what the engine would have done on a recorded load",
                        run_backtest};

}  // namespace nova::cli
