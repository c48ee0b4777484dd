// Running the checks: each in a process of its own, so that what a plugin breaks is only that.
//
// The process is this very program, started with a hidden sub-verb; it reports through a pipe. A
// crash is a failed check that names the signal, a hang one that names the time. Caller:
// host/cli/plugins_verify.cpp and its tests.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova::verify {

enum class Verdict { ok, failed, skipped };
const char* to_string(Verdict verdict) noexcept;

struct CheckResult {
  std::string component, check, what;
  Verdict verdict = Verdict::ok;
  std::string reason;  // why failed or skipped
  double ms = 0;
};

struct RunOptions {
  std::filesystem::path program;  // understands `plugins check-one`
  std::filesystem::path config;   // check.json; "" = the one beside the library
  std::string filter;             // only checks whose name contains it
  std::string component;          // only this component; "" = all
  bool in_process = false;        // for a debugger: a crash ends this process
  Duration timeout{std::chrono::seconds(60)};
};

// All checks of all components of a library, in the order of the table; `progress` sees each
// result as it comes. An Error when not even the first process gets through: the library cannot be
// loaded, or dies of it.
Result<std::vector<CheckResult>> verify_library(
    const std::filesystem::path& library, const RunOptions& options,
    const std::function<void(const CheckResult&)>& progress);

// The other side: what one such process does. Returns its exit code.
struct OneCheck {
  std::filesystem::path library, config, scratch;
  std::string component;  // "" = list the components instead
  std::string check;
  int result_fd = -1;
};
int run_one(const OneCheck& what);

}  // namespace nova::verify
