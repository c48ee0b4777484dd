// `novascale plugins`: what is there, what it declares, does it conform, a scaffold.
#include "host/cli/plugins.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "host/wiring/json_schema.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kHelp =
    "Usage: novascale plugins SUBVERB [options]\n\n"
    "  list          the plugins in the plugin folders, and their components\n"
    "  inspect LIB   everything a library declares; --manifest writes LIB.nova.json\n"
    "  verify LIB... does it keep the contract? each check in a process of its own\n"
    "  new           a new plugin to build outside this tree, in C++ or C\n\n"
    "`novascale plugins SUBVERB --help` shows the options of one.\n";

int run_plugins(const Call& call) {
  if (call.args.empty() || call.args.front() == "--help") {
    (call.args.empty() ? call.err : call.out) << kHelp;
    return call.args.empty() ? kUsage : kFine;
  }
  const std::vector<std::string> rest(call.args.begin() + 1, call.args.end());
  const auto& verb = call.args.front();
  if (verb == "list") return plugins_list(call, rest);
  if (verb == "inspect") return plugins_inspect(call, rest);
  if (verb == "new") return plugins_new(call, rest);
  if (verb == "verify") return plugins_verify(call, rest);
  if (verb == "check-one") return plugins_check(call, rest);
  call.err << "novascale plugins: unknown sub-verb \"" << verb << "\"\n\n" << kHelp;
  return kUsage;
}

}  // namespace

const Command kPlugins{"plugins", "list, inspect, verify or scaffold plugins", &run_plugins};

loader::LoadPolicy plugins_policy() {
  loader::LoadPolicy policy;
  policy.schema_check = [](std::string_view schema) -> Result<void> {
    const auto findings = check_schema(nlohmann::json::parse(schema));
    if (findings.empty()) return {};
    return Error{ErrorCode::invalid_argument,
                 findings.front().pointer + ": " + findings.front().message};
  };
  return policy;
}

po::variables_map parse_words(const std::vector<std::string>& args,
                              const po::options_description& options,
                              const po::positional_options_description& positional) {
  po::variables_map seen;
  po::store(po::command_line_parser(args)
                .options(options)
                .positional(positional)
                .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                .run(),
            seen);
  po::notify(seen);
  return seen;
}

bool wants_json(const po::variables_map& seen) {
  const auto& format = seen["format"].as<std::string>();
  if (format != "text" && format != "json")
    throw po::error("--format: must be text or json, got " + format);
  return format == "json";
}

}  // namespace nova::cli
