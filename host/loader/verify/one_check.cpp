#include "host/loader/verify/one_check.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <sstream>

#include "host/loader/kinds.hpp"
#include "host/loader/verify/rig.hpp"
#include "host/wiring/json_schema.hpp"

namespace nova::verify {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

double cpu_ms() {
  timespec spent;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) * 1e-6;
}

Result<std::shared_ptr<const loader::Library>> scan_library(const fs::path& path, Scan& scan) {
  const CapturedOutput output;
  scan.before = ProcessState::now();
  const auto start = std::chrono::steady_clock::now();
  const double cpu = cpu_ms();
  auto library = loader::Library::open(path);
  scan.cpu_ms = cpu_ms() - cpu;
  scan.wall_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  scan.after = ProcessState::now();
  scan.output = output.text();
  return library;
}

void fill_in(json& value, const std::string& folder) {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    for (auto at = text.find("{tmp}"); at != text.npos; at = text.find("{tmp}", at + folder.size()))
      text.replace(at, 5, folder);
  } else if (value.is_structured()) {
    for (auto& child : value) fill_in(child, folder);
  }
}

// The config as the host would pass it: defaults applied, validated. Where the schema itself is at
// fault the author's config goes on as it is: the check `schema` tells, and the others still run.
std::string final_config(const loader::ComponentInfo& info, const Setup& setup,
                         const fs::path& scratch) {
  auto config = setup.config;
  fill_in(config, scratch.string());
  const auto schema = info.config_schema.empty() ? json() : json::parse(info.config_schema);
  const auto findings = apply_schema(schema, config, {.base = setup.folder});
  if (!schema.is_null() && !check_schema(schema).empty()) return config.dump();
  if (!findings.empty())
    throw Failed{kBadConfig + std::string("/config") + findings.front().pointer + ": " +
                 findings.front().message +
                 "; it stands beside the library as NAME.check.json, or is given by --config"};
  return config.dump();
}

const Check* find_check(loader::Kind kind, const std::string& name) {
  const Check* found = nullptr;
  for_each_check(kind, [&](const Check& check) {
    if (name == check.name) found = &check;
  });
  return found;
}

void run_check(const OneCheck& what) {
  Scan scan;
  const auto library = scan_library(what.library, scan);
  if (!library) throw Failed{library.error().message};
  const auto* info = (*library)->find(what.component);
  if (!info) throw Failed{"the library has no component " + what.component};
  const auto* check = find_check(info->kind, what.check);
  if (!check) throw Failed{"there is no check " + what.check};
  const auto setup = read_setup(setup_file((*library)->path(), what.config), info->id);
  if (!setup) throw Failed{kBadConfig + setup.error().message};
  if (const auto skip = setup->skip.find(check->name); skip != setup->skip.end())
    throw Skipped{skip->second};
  fs::create_directories(what.scratch);
  Rig rig(**library, *info, *setup, final_config(*info, *setup, what.scratch), what.scratch, scan);
  check->run(rig);
}

}  // namespace

CheckResult run_here(const OneCheck& what, CheckResult result) {
  const auto judge = [&](Verdict verdict, const std::string& reason) {
    result.verdict = verdict;
    result.reason = reason;
    return result;
  };
  try {
    run_check(what);
    return judge(Verdict::ok, "");
  } catch (const Failed& failed) {
    return judge(Verdict::failed, failed.reason);
  } catch (const Skipped& skipped) {
    return judge(Verdict::skipped, skipped.reason);
  } catch (const std::exception& e) {
    return judge(Verdict::failed, std::string("threw an exception through the C ABI: ") + e.what());
  } catch (...) {
    return judge(Verdict::failed, "threw an exception through the C ABI");
  }
}

std::vector<std::pair<std::string, loader::Kind>> parse_components(const std::string& text) {
  std::vector<std::pair<std::string, loader::Kind>> components;
  std::istringstream lines(text);
  for (std::string interface, id; lines >> interface >> id;)
    components.emplace_back(id, loader::kind_of_interface(interface));
  return components;
}

int run_one(const OneCheck& what) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  explain_faults(what.result_fd);
  std::string report;
  if (what.component.empty()) {
    const auto library = loader::Library::open(what.library);
    report = library ? "ok\n" : "failed\n" + library.error().message;
    if (library)
      for (const auto& component : (*library)->info().components)
        report += component.interface_id + " " + component.id + "\n";
  } else {
    const auto result = run_here(what, {});
    report = (result.verdict == Verdict::failed ? "failed" : to_string(result.verdict));
    report += "\n" + result.reason;
  }
  return write(what.result_fd, report.data(), report.size()) == static_cast<ssize_t>(report.size())
             ? 0
             : 3;
}

}  // namespace nova::verify
