// Command: one verb of the program, and what every verb may rely on.
//
// `novascale [global options] VERB [options]`. A verb parses its own options with
// Boost.Program_options, prints results to `out`, everything else to `err`, and returns one of the
// exit codes. No verb touches a global: what it needs comes in here.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace nova::cli {

enum ExitCode : int {
  kFine = 0,
  kNo = 1,      // the answer is no, or what was given is invalid
  kUsage = 2,   // the words on the command line are off
  kFailed = 3,  // a plugin or the world failed
};

// Options that stand before or behind any verb.
struct Globals {
  std::filesystem::path config;                    // --config; empty = not given
  std::vector<std::filesystem::path> plugin_dirs;  // --plugin-dir, may be repeated
  std::string log_level = "info";                  // --log-level; overrides the config when given
  std::string log_format = "text";                 // --log-format text|json
  bool log_level_given = false, log_format_given = false;
};

struct Call {
  Globals globals;
  std::vector<std::string> args;  // behind the verb
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;  // progress bars are for terminals only
  bool out_is_terminal = false;
};

struct Command {
  const char* name;
  const char* summary;  // one line for the overview
  int (*run)(const Call& call);
};

// Defined in <verb>.cpp; listed in cli.cpp.
extern const Command kBacktest, kCheck, kCost, kExplain, kForecast, kHistory, kPause, kPlan,
    kPlugins, kResume, kRun, kStatus;

// The program: parses globals, finds the verb, runs it. Any exception becomes exit code 3.
int run_program(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace nova::cli
