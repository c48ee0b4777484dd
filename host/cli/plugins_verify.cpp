// `plugins verify`: does a library keep the contract?
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/cli/plugins.hpp"
#include "host/loader/verify/check.hpp"
#include "host/loader/verify/runner.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using verify::CheckResult;
using verify::Verdict;

struct Count {
  std::size_t ok = 0, failed = 0, skipped = 0;
  std::map<std::string, std::size_t> unbound;  // component -> checks that had nothing to bind
  void add(const CheckResult& result) {
    if (result.verdict == Verdict::skipped && result.reason.starts_with(verify::kNoBindings))
      ++unbound[result.component];
    ++(result.verdict == Verdict::ok ? ok : result.verdict == Verdict::failed ? failed : skipped);
  }
};

void print_row(std::ostream& out, const CheckResult& result) {
  out << "  " << std::left << std::setw(9) << to_string(result.verdict) << std::setw(20)
      << result.check << (result.verdict == Verdict::ok ? result.what : result.reason) << "\n"
      << std::flush;
}

nlohmann::ordered_json to_json(const CheckResult& result) {
  nlohmann::ordered_json out = {
      {"component", result.component},
      {"check", result.check},
      {"verdict", result.verdict == Verdict::failed ? "failed" : to_string(result.verdict)},
      {"rule", result.what}};
  if (!result.reason.empty()) out["reason"] = result.reason;
  out["ms"] = std::llround(result.ms);
  return out;
}

}  // namespace

int plugins_verify(const Call& call, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()                                                                         //
      ("library", po::value<std::vector<std::string>>(), "shared objects to check")             //
      ("filter", po::value<std::string>()->default_value(""), "only checks whose name has it")  //
      ("component", po::value<std::string>()->default_value(""), "only this one, by its id")    //
      ("in-process", "all in this process: for a debugger")                                     //
      ("json", "results as JSON")                                                               //
      ("timeout", po::value<std::string>()->default_value("60s"), "for each check")             //
      ("help,h", "show this help");
  po::positional_options_description positional;
  positional.add("library", -1);
  const auto seen = parse_words(args, options, positional);
  if (seen.count("help") || !seen.count("library")) {
    (seen.count("help") ? call.out : call.err)
        << "Usage: novascale plugins verify LIB... [--config check.json] [--filter TEXT] "
           "[--json]\n\n"
           "Drives each component of a library through the plugin contract, each check in a\n"
           "process of its own: a crash is a failed check. What to create a component with, and\n"
           "what does not apply to it, is read from NAME.check.json or check.json beside the\n"
           "library, or from --config:\n\n"
           "  { \"config\": { ... }, \"bindings\": [ { \"name\": \"requests\" } ],\n"
           "    \"now\": \"1998-06-30T00:00:00Z\", \"points\": 336,\n"
           "    \"skip\": { \"strides\": \"why\" }, \"components\": { \"ID\": { the same } } }\n\n"
        << options;
    return seen.count("help") ? kFine : kUsage;
  }
  const auto timeout = parse_duration(seen["timeout"].as<std::string>());
  if (!timeout) throw po::error("--timeout: " + timeout.error().message);
  const bool json = seen.count("json");
  verify::RunOptions run;
  run.program = std::filesystem::read_symlink("/proc/self/exe");
  run.config = call.globals.config;
  run.filter = seen["filter"].as<std::string>();
  run.component = seen["component"].as<std::string>();
  run.in_process = seen.count("in-process");
  run.timeout = *timeout;

  Count total;
  bool broken = false;
  auto list = nlohmann::ordered_json::array();
  for (const auto& library : seen["library"].as<std::vector<std::string>>()) {
    std::string component;
    const auto results = verify::verify_library(library, run, [&](const CheckResult& result) {
      total.add(result);
      if (json) return;
      if (result.component != component)
        call.out << (component = result.component) << " in " << library << "\n";
      print_row(call.out, result);
    });
    auto entry = nlohmann::ordered_json{{"library", library}};
    if (!results) {
      broken = true;
      entry["error"] = results.error().message;
      call.err << "novascale: " << results.error().message << "\n";
    } else {
      entry["checks"] = nlohmann::ordered_json::array();
      for (const auto& result : *results) entry["checks"].push_back(to_json(result));
    }
    list.push_back(std::move(entry));
  }
  if (json)
    call.out << nlohmann::ordered_json{{"libraries", list},
                                       {"ok", total.ok},
                                       {"failed", total.failed},
                                       {"skipped", total.skipped}}
                    .dump(2)
             << "\n";
  else
    call.out << total.ok << " ok, " << total.failed << " failed, " << total.skipped << " skipped\n";
  for (const auto& [component, checks] : total.unbound)
    (json ? call.err : call.out) << "NOT VERIFIED: " << checks << " checks of what " << component
                                 << " is for did not run: " << verify::kNoBindings << "\n";
  if (broken) return kFailed;
  if (total.ok + total.failed + total.skipped == 0) {
    call.err << "novascale: no such component, or no check with \"" << run.filter
             << "\" in its name\n";
    return kUsage;
  }
  return total.failed ? kNo : kFine;
}

int plugins_check(const Call&, const std::vector<std::string>& args) {
  po::options_description options;
  for (const char* name : {"library", "component", "check", "scratch", "config-file"})
    options.add_options()(name, po::value<std::string>()->default_value(""));
  po::positional_options_description positional;
  positional.add("library", 1);
  const auto seen = parse_words(args, options, positional);
  const auto word = [&](const char* name) { return seen[name].as<std::string>(); };
  verify::OneCheck what;
  what.library = word("library");
  what.component = word("component");
  what.check = word("check");
  what.scratch = word("scratch");
  what.config = word("config-file");
  what.result_fd = 3;
  return verify::run_one(what);
}

}  // namespace nova::cli
