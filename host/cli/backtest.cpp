// Verb `backtest`: the production engine over a recorded load, beside its rivals.
#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <fstream>
#include <ostream>

#include "core/backtest/rivals.hpp"
#include "core/decide/text.hpp"
#include "host/cli/backtest_sweep.hpp"
#include "host/cli/backtest_trial.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/promise_option.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct BacktestOptions {
  PastLoadOptions past;
  std::filesystem::path decisions, all_decisions, report;
  std::string compare = "static,hpa,oracle-slo", format = "text", promise, sweep;
  unsigned threads = 0;
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
      ("decisions-of-all", po::value(&o.all_decisions)->value_name("DIR"),
       "write DIR/POLICY.csv for each policy of the table")  //
      ("report", po::value(&o.report)->value_name("HTML"),
       "draw load, forecast, fleets, events and cost on one page")  //
      ("compare", po::value(&o.compare)->value_name("LIST"),
       "rivals of: static,hpa,target-tracking,reactive,oracle,oracle-slo")  //
      ("promise", po::value(&o.promise)->value_name("SHARE|hpa"),
       "promise so many violated steps, such as 1%, or hpa's bill, whatever the group says")  //
      ("sweep", po::value(&o.sweep)->value_name("KEY=A,B"),
       "try several values on all cores: of promise, target, quantile, model, or of a JSON pointer "
       "within the group, such as /lead_time")  //
      ("failures", po::bool_switch(&o.past.failures),
       "machines fail: 5 % of those that boot, 1 % an hour of those that serve; the same chances "
       "for every policy, by a fixed seed")                                            //
      ("threads", po::value(&o.threads)->value_name("N"), "for --sweep (one a core)")  //
      ("format", po::value(&o.format)->value_name("text|json"), "table or JSON")       //
      ("help,h", "show this help");
  return d;
}

// What the words of the command line leave to be checked.
int check(const Call& call, const BacktestOptions& o, std::vector<std::string>& rivals) {
  if (o.past.trace.empty()) return usage(call, "backtest needs --trace CSV");
  if (o.format != "text" && o.format != "json")
    return usage(call, "--format: must be text or json, got \"" + o.format + "\"");
  if (const int code = check_options(call, o.past); code != kFine) return code;
  if (!o.compare.empty()) boost::split(rivals, o.compare, boost::is_any_of(","));
  const auto known = rival_names();
  for (const auto& rival : rivals)
    if (std::find(known.begin(), known.end(), rival) == known.end())
      return usage(call,
                   "--compare: must be of " + boost::join(known, ",") + ", got \"" + rival + "\"");
  return kFine;
}

// "shadow threshold" is a name for people.
std::string file_of(std::string policy) {
  std::replace(policy.begin(), policy.end(), ' ', '-');
  return policy + ".csv";
}

// The files that were asked for. Errors: unavailable.
Result<void> write_files(const BacktestOptions& o, const PastLoad& past,
                         const std::optional<PromiseSpec>& promise,
                         const std::vector<PolicyRun>& runs, const ForecastFan& fan) {
  const auto log = [&](const std::filesystem::path& path, const PolicyRun& run, std::size_t first) {
    return write_decisions(path, run.log, first, past.start, past.rules.slot);
  };
  if (!o.decisions.empty())
    if (auto done = log(o.decisions, runs.front(), 1); !done) return done;
  if (!o.all_decisions.empty()) {
    std::error_code ec;
    std::filesystem::create_directories(o.all_decisions, ec);
    // From slot 0, where the oracles decide for the first time.
    for (const auto& run : runs)
      if (auto done = log(o.all_decisions / file_of(run.name), run, 0); !done) return done;
  }
  if (o.report.empty()) return {};
  std::ofstream page(o.report);
  write_page(page, past, o.past.trace.filename().string(), promise, runs, fan);
  if (!page.flush())
    return Error{ErrorCode::unavailable, o.report.string() + ": cannot be written"};
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
  std::vector<std::string> rivals;
  if (const int code = check(call, o, rivals); code != kFine) return code;
  if (!o.sweep.empty() && !(o.decisions.empty() && o.all_decisions.empty() && o.report.empty()))
    return usage(
        call, "--sweep: writes no files; leave --decisions, --decisions-of-all and --report out");
  std::optional<PromiseSpec> override_promise;
  if (!o.promise.empty()) {
    const auto parsed = parse_promise(o.promise);
    if (!parsed) return usage(call, "--promise: " + parsed.error().message);
    override_promise = *parsed;
  }

  if (!o.sweep.empty()) {
    const auto sweep = parse_sweep(o.sweep);
    if (!sweep) return usage(call, "--sweep: " + sweep.error().message);
    return run_sweep(call, *sweep, {o.past, rivals, override_promise, o.format, o.threads});
  }

  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  Trial trial(call);
  const int code = trial.prepare(call, load_config(call.globals.config), o.past, override_promise);
  if (code != kFine) return code;
  const auto& past = trial.past();
  const auto& promise = trial.promise();
  Progress progress(call.err, call.err_is_terminal, "backtest");
  ForecastFan fan(past.load.size(), past.boot_slots);
  const auto runs = trial.run(
      rivals, [&](double done) { progress.show(done); }, o.report.empty() ? nullptr : &fan);
  progress.close();

  if (const auto done = write_files(o, past, promise, runs, fan); !done)
    return failed(call, done.error());
  if (o.format == "json") {
    call.out << summary_json(runs, promise).dump(2) << "\n";
  } else {
    print_table(call.out, runs);
    if (!past.priced_by.empty())
      call.out << "priced by " << past.priced_by << " at "
               << short_number(past.rules.price.dollars()) << " USD/h for one reference machine\n";
    if (past.misfortune)
      call.out << "machines failed by chance (seed " << past.misfortune->seed << ")\n";
    const auto line = promise ? promise_line(*promise, runs) : "";
    if (!line.empty()) call.out << line << "\n";
  }
  if (const auto done = trial.policies_answered(); !done) return failed(call, done.error());
  return kFine;
}

}  // namespace

const Command kBacktest{"backtest", "what the engine would have done on a recorded load",
                        run_backtest};

}  // namespace nova::cli
