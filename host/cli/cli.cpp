#include <unistd.h>

#include <boost/program_options.hpp>
#include <exception>
#include <ostream>

#include "host/cli/command.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kVersion = NOVA_VERSION;

// In the order of a first acquaintance.
const Command* const kCommands[] = {&kRun,      &kStatus, &kPause, &kResume,  &kCheck,   &kForecast,
                                    &kBacktest, &kPlan,   &kCost,  &kHistory, &kExplain, &kPlugins};

po::options_description global_options(Globals& globals) {
  po::options_description options("Global options");
  options.add_options()                                                                     //
      ("config,c", po::value(&globals.config)->value_name("PATH"),                          //
       "configuration: a JSON file, or a folder of them merged in name order")              //
      ("plugin-dir", po::value<std::vector<std::filesystem::path>>()->value_name("DIR"),    //
       "look for plugins here first (may be repeated)")                                     //
      ("log-level", po::value(&globals.log_level)->value_name("LEVEL"),                     //
       "trace, debug, info, warn, error or off")                                            //
      ("log-format", po::value(&globals.log_format)->value_name("FORMAT"), "text or json")  //
      ("help,h", "show this help; `novascale VERB --help` shows a verb's own")              //
      ("version", "show the version");
  return options;
}

void print_help(std::ostream& out, const po::options_description& options) {
  out << "novascale: decides how many machines each scaling group should have, before the load "
         "arrives\n\nUsage: novascale [global options] VERB [options]\n\nVerbs:\n";
  for (const Command* command : kCommands) {
    std::string name = command->name;
    name.resize(11, ' ');
    out << "  " << name << command->summary << "\n";
  }
  out << "\n"
      << options
      << "\nExit codes: 0 fine, 1 the answer is no or invalid, 2 usage, 3 a "
         "plugin or the world failed\n";
}

const Command* find(const std::string& name) {
  for (const Command* command : kCommands)
    if (name == command->name) return command;
  return nullptr;
}

bool one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Splits the words into globals (wherever they stand), the verb, and what belongs to the verb.
int dispatch(const std::vector<std::string>& words, std::ostream& out, std::ostream& err) {
  Call call{{}, {}, out, err, isatty(STDERR_FILENO) != 0, isatty(STDOUT_FILENO) != 0};
  auto options = global_options(call.globals);
  const auto parsed =
      po::command_line_parser(words)
          .options(options)
          .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
          .allow_unregistered()
          .run();
  po::variables_map seen;
  po::store(parsed, seen);
  po::notify(seen);
  if (seen.count("plugin-dir"))
    call.globals.plugin_dirs = seen["plugin-dir"].as<std::vector<std::filesystem::path>>();
  call.globals.log_level_given = seen.count("log-level") != 0;
  call.globals.log_format_given = seen.count("log-format") != 0;
  // The log library takes a level that it does not know for "off".
  if (!one_of(call.globals.log_level, {"trace", "debug", "info", "warn", "error", "off"})) {
    err << "novascale: --log-level: must be trace, debug, info, warn, error or off, got \""
        << call.globals.log_level << "\"\n";
    return kUsage;
  }
  if (!one_of(call.globals.log_format, {"text", "json"})) {
    err << "novascale: --log-format: must be text or json, got \"" << call.globals.log_format
        << "\"\n";
    return kUsage;
  }

  auto rest = po::collect_unrecognized(parsed.options, po::include_positional);
  if (seen.count("version")) {
    out << "novascale " << kVersion << "\n";
    return kFine;
  }
  if (rest.empty()) {
    print_help(seen.count("help") ? out : err, options);
    return seen.count("help") ? kFine : kUsage;
  }
  const Command* command = find(rest.front());
  if (!command) {
    err << "novascale: unknown verb \"" << rest.front() << "\"; `novascale --help` lists them\n";
    return kUsage;
  }
  call.args.assign(rest.begin() + 1, rest.end());
  if (seen.count("help")) call.args.push_back("--help");
  return command->run(call);
}

}  // namespace

int run_program(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  try {
    return dispatch({argv + 1, argv + argc}, out, err);
  } catch (const po::error& e) {
    err << "novascale: " << e.what() << "\n";
    return kUsage;
  } catch (const std::exception& e) {
    err << "novascale: " << e.what() << "\n";
    return kFailed;
  }
}

}  // namespace nova::cli
