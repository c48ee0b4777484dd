// Verb `run`: the daemon.
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <boost/program_options.hpp>
#include <csignal>
#include <ostream>

#include "host/cli/command.hpp"
#include "host/cli/setup.hpp"
#include "host/cli/view.hpp"
#include "host/http/server.hpp"
#include "host/loop/loop.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

// Set by SIGINT, SIGTERM and SIGHUP; the program's, not the library's.
std::atomic<bool> g_stop = false;
std::atomic<int> g_signal = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);
void on_signal(int signal) {
  g_signal = signal;
  g_stop = true;
}

std::string name_of(int signal) {
  return signal == SIGHUP ? "SIGHUP" : signal == SIGINT ? "SIGINT" : "SIGTERM";
}

std::string started(const Config& config, const LoopOptions& options, const web::Server* server) {
  return "started: groups " + std::to_string(config.groups.size()) + ", step " +
         to_string(options.step) + ", data_dir " + config.host.data_dir.string() +
         (server != nullptr ? ", http " + server->address().text() : "") +
         (options.dry_run ? ", dry run: nothing is sent" : "");
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

struct RunOptions {
  bool dry_run = false, view = false;
  std::optional<Duration> run_for;
  std::optional<double> speed = 1.0;
};

po::options_description describe_run(std::string& run_for, std::string& speed,
                                     RunOptions& options) {
  po::options_description d(
      "Usage: novascale --config PATH run [options]\n\nRuns the loop: reads metrics, forecasts, "
      "decides and scales, once a step, until SIGINT, SIGTERM or SIGHUP stops it. The "
      "configuration "
      "is read once: restart it to apply another; it goes on with what it has learned.\n\nOptions");
  d.add_options()                                                                              //
      ("dry-run", po::bool_switch(&options.dry_run), "decide and record, but change nothing")  //
      ("for", po::value(&run_for)->value_name("DURATION"), "stop after so long, e.g. 1h")      //
      ("speed", po::value(&speed)->value_name("N|max"),
       "with recorded metrics: steps of the recording per step of real time (1); max = no pause")  //
      ("view", po::bool_switch(&options.view),
       "show load, forecast, machines and cost as they go")  //
      ("help,h", "show this help");
  return d;
}

int run_loop(const Call& call) {
  RunOptions options;
  std::string run_for, speed;
  const auto described = describe_run(run_for, speed, options);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(described).positional({}).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << described;
    return kFine;
  }
  if (seen.count("for")) {
    const auto parsed = parse_duration(run_for);
    if (!parsed) return usage(call, "--for: " + parsed.error().message);
    options.run_for = *parsed;
  }
  if (seen.count("speed")) {
    if (!parse_speed(speed, options.speed))
      return usage(call, "--speed: must be a number above 0 or \"max\", got \"" + speed + "\"");
  }

  Clock clock;
  Setup setup(call, clock);
  if (const int code = setup.wire(call); code != kFine) return code;
  auto data_dir = DataDir::open(setup.wiring().config.host.data_dir);
  if (!data_dir) return failed(call, data_dir.error());

  LoopOptions loop_options;
  loop_options.step = setup.wiring().config.host.step;
  loop_options.fits_per_tick = setup.wiring().config.planning.fits_per_tick;
  loop_options.planning = setup.wiring().config.planning.rules;
  loop_options.retention = setup.wiring().config.host.retention;
  loop_options.dry_run = options.dry_run;
  loop_options.run_for = options.run_for;
  loop_options.speed = options.speed;
  loop_options.config = effective_config(setup.wiring());
  loop_options.tell = [&](const std::string& text) { setup.log_info(text); };
  Loop loop(world_of(setup.wiring()), clock, **data_dir, loop_options,
            [&](const std::string& text) { setup.log_warning(text); });

  web::Status status(loop_options.step);
  std::unique_ptr<web::Server> server;
  if (const auto& address = setup.wiring().config.host.http) {
    auto started = web::Server::start(*address, status, loop.pauses(), clock);
    if (!started) return failed(call, started.error());
    server = std::move(started).value();
  }

  setup.log_info(started(setup.wiring().config, loop_options, server.get()));
  g_signal = 0;
  g_stop = false;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGHUP, on_signal);
  View view(call.out, call.out_is_terminal, terminal_columns());
  const auto summary = loop.run(g_stop, [&](const TickReport& report) {
    if (server) status.update(report);
    if (options.view) view.show(report);
  });
  view.close();
  const auto by = g_signal != 0 ? " by " + name_of(g_signal) : "";
  if (!by.empty())
    setup.log_info(
        "stopped" + by +
        (g_signal == SIGHUP ? ": there is no reload; a restart applies a configuration" : ""));
  if (!summary) {
    const int code = failed(call, summary.error());
    return summary.error().code == ErrorCode::invalid_argument ? kNo : code;
  }
  call.out << summary->ticks << " ticks (" << summary->skipped << " skipped), "
           << summary->decisions << " decisions on record, " << summary->operations
           << " operation changes; " << summary->why_ended << by << "\n";
  return kFine;
}

}  // namespace

const Command kRun{"run", "scale the configured groups, once a step, until stopped", run_loop};

}  // namespace nova::cli
