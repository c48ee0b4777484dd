// `check`: is this configuration right, and what exactly does it say?
//
// Loads the plugins and lets each check its own settings, binds signals and groups, and changes
// nothing. All errors go to stderr, one a line.
#include <boost/program_options.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "host/cli/command.hpp"
#include "host/loop/clock.hpp"
#include "host/wiring/wiring.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

struct CheckOptions {
  bool effective = false, schema = false;
  std::string format = "text";
};

po::options_description describe(CheckOptions& options) {
  po::options_description description("Options of check");
  description.add_options()                                                                //
      ("effective", po::bool_switch(&options.effective),                                   //
       "print the complete configuration, defaults of host and plugins filled in")         //
      ("schema", po::bool_switch(&options.schema),                                         //
       "print the JSON Schema of the configuration file instead")                          //
      ("format", po::value(&options.format)->default_value("text")->value_name("FORMAT"),  //
       "text or json")                                                                     //
      ("help,h", "show this help");
  return description;
}

const char* plural(std::size_t n) { return n == 1 ? "" : "s"; }

std::string counted(std::size_t n, const char* noun) {
  return std::to_string(n) + " " + noun + plural(n);
}

std::string policies_of(const GroupSpec& group) {
  std::string deciding, shadows;
  for (const auto& policy : group.policies) {
    auto& out = is_shadow(policy) ? shadows : deciding;
    out += (out.empty() ? "" : " + ") + std::string(type_of(policy));
  }
  return deciding + (shadows.empty() ? "" : "; in the shadow " + shadows);
}

// What may be meant, and is seldom.
void print_notes(const GroupSpec& group, std::ostream& out) {
  const auto note = [&](const std::string& text) {
    out << "  note: group " << group.name() << ": " << text << "\n";
  };
  if (group.max == 0) note("max is 0, so it never has a machine");
  if (const auto& pause = group.behaviour.pause;
      pause && pause->until && *pause->until <= Clock().now())
    note("its pause ended at " + to_iso8601(*pause->until));
  const auto settings =
      ordered_json::parse(group.controller_config_json, nullptr, /*allow_exceptions=*/false);
  const auto most = settings.is_object() ? settings.value("max", ordered_json()) : ordered_json();
  if (most.is_number() && most < group.min)
    note("controller_config allows at most " + most.dump() + " machines, and min is " +
         std::to_string(group.min));
}

void print_summary(const Wiring& wiring, std::ostream& out) {
  const auto& config = wiring.config;
  out << "configuration is fine: " << counted(config.plugins.size(), "plugin") << ", "
      << counted(config.groups.size(), "group") << ", one tick every "
      << to_string(config.host.step) << "\n";
  for (const auto& group : config.groups)
    out << "  group " << group.name() << ": " << group.min << " to " << group.max
        << " machines of \"" << group.controller << "\", "
        << counted(group.signals.size(), "signal")
        << (group.watched.empty() ? ""
                                  : " and " + std::to_string(group.watched.size()) + " watched")
        << ", " << policies_of(group) << (group.behaviour.dry_run ? ", dry run" : "") << "\n";
  for (const auto& group : config.groups) print_notes(group, out);
  for (const auto& plugin : wiring.plugins)
    if (!plugin.used) out << "  note: no group uses plugin \"" << plugin.entry.name << "\"\n";
}

ordered_json as_json(const Wired& wired) {
  ordered_json out = {{"ok", wired.ok()}, {"errors", ordered_json::array()}};
  for (const auto& error : wired.errors)
    out["errors"].push_back(
        {{"file", error.file}, {"pointer", error.pointer}, {"message", error.message}});
  return out;
}

int answer(const Wired& wired, const CheckOptions& options, const Call& call) {
  if (options.format == "json") {
    auto out = as_json(wired);
    if (options.effective && wired.ok()) out["effective"] = effective_config(wired.wiring);
    call.out << out.dump(2) << "\n";
    return wired.ok() ? kFine : kNo;
  }
  for (const auto& error : wired.errors) call.err << error.text() << "\n";
  if (!wired.ok()) {
    call.err << counted(wired.errors.size(), "error") << " in the configuration\n";
    return kNo;
  }
  if (options.effective)
    call.out << effective_config(wired.wiring).dump(2) << "\n";
  else
    print_summary(wired.wiring, call.out);
  return kFine;
}

int run_check(const Call& call) {
  CheckOptions options;
  auto visible = describe(options);
  std::string path;
  po::options_description all(visible);
  all.add_options()("path", po::value(&path));
  po::variables_map seen;
  po::store(po::command_line_parser(call.args)
                .options(all)
                .positional(po::positional_options_description().add("path", 1))
                .run(),
            seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out
        << "Usage: novascale check [--config] PATH [options]\n\nReads the configuration, loads "
           "its plugins and reports everything that is wrong.\n\n"
        << visible;
    return kFine;
  }
  if (options.schema) {
    call.out << config_schema().dump(2) << "\n";
    return kFine;
  }
  if (options.format != "text" && options.format != "json") {
    call.err << "novascale check: --format must be text or json, got \"" << options.format
             << "\"\n";
    return kUsage;
  }
  const auto config = path.empty() ? call.globals.config : std::filesystem::path(path);
  if (config.empty() || (!path.empty() && !call.globals.config.empty())) {
    call.err << "novascale check: needs one configuration: novascale check --config PATH\n";
    return kUsage;
  }
  WireOptions wiring;
  wiring.context = loader::HostContext::make({});
  wiring.plugin_dirs = call.globals.plugin_dirs;
  wiring.keep_on_disk = false;
  return answer(wire(load_config(config), wiring), options, call);
}

}  // namespace

const Command kCheck = {"check", "say whether a configuration is right, and what it amounts to",
                        run_check};

}  // namespace nova::cli
