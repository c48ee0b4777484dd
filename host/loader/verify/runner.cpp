#include "host/loader/verify/runner.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>

#include "host/loader/verify/check.hpp"
#include "host/loader/verify/one_check.hpp"

extern char** environ;  // NOLINT: POSIX gives it no header

namespace nova::verify {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// What a check process left behind.
struct Ended {
  std::string text;  // what it reported
  int status = 0;    // as waitpid says
  bool in_time = true;
  std::string failure;  // could not be started at all
};

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> chunk;
  for (ssize_t got; (got = read(fd, chunk.data(), chunk.size())) > 0 && text.size() < (1 << 20);)
    text.append(chunk.data(), static_cast<std::size_t>(got));
  return text;
}

// Starts the program with `words`, its descriptor 3 a pipe to us, and waits.
Ended run_process(const fs::path& program, std::vector<std::string> words, Duration timeout) {
  Ended ended;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    ended.failure = std::strerror(errno);
    return ended;
  }
  words.insert(words.begin(), program.string());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed) {
    close(ends[0]);
    ended.failure = program.string() + ": " + std::strerror(failed);
    return ended;
  }
  // The end of the process counts, not of the pipe: a plugin may have forked.
  const int watched =
      static_cast<int>(syscall(SYS_pidfd_open, child, 0));  // glibc 2.36 declares it for C only
  const auto deadline = Clock::now() + timeout;
  while (true) {
    pollfd ready[2] = {{watched, POLLIN, 0}, {ends[0], POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      ended.in_time = false;
      kill(child, SIGKILL);
      break;
    }
    if (poll(ready, 2, static_cast<int>(left)) < 0 && errno != EINTR) break;
    if (ready[1].revents & POLLIN) ended.text += read_all(ends[0]);
    if (ready[0].revents) break;
    // The pipe closed early: only the process is left to wait for.
    if (ready[1].revents == POLLHUP) ready[1].fd = -1, poll(ready, 1, static_cast<int>(left));
  }
  waitpid(child, &ended.status, 0);
  ended.text += read_all(ends[0]);
  close(ends[0]);
  close(watched);
  return ended;
}

// The first line is the verdict, the rest its reason.
CheckResult judge(CheckResult result, const Ended& ended, Duration timeout) {
  const auto line = ended.text.find('\n');
  const auto head = ended.text.substr(0, line);
  const auto rest = line == std::string::npos ? "" : ended.text.substr(line + 1);
  const auto fail = [&](const std::string& why) {
    result.verdict = Verdict::failed;
    result.reason = why;
    return result;
  };
  if (!ended.failure.empty()) return fail(ended.failure);
  if (!ended.in_time) return fail("did not end within " + nova::to_string(timeout));
  const bool reported = head == "ok" || head == "failed" || head == "skipped";
  if (WIFSIGNALED(ended.status)) {
    const auto* name = sigabbrev_np(WTERMSIG(ended.status));
    return fail("crashed by SIG" + std::string(name ? name : "?") +
                (!reported && !ended.text.empty() ? ": " + ended.text : "") +
                (reported ? " when the check was over" : ""));
  }
  if (!reported)
    return fail("ended the process with exit code " + std::to_string(WEXITSTATUS(ended.status)) +
                (ended.text.empty() ? "" : ": " + ended.text));
  if (head == "failed") return fail(rest);
  if (WEXITSTATUS(ended.status) != 0)
    return fail("the process ended with exit code " + std::to_string(WEXITSTATUS(ended.status)) +
                " when the check was over");
  result.verdict = head == "ok" ? Verdict::ok : Verdict::skipped;
  result.reason = rest;
  return result;
}

// Folders of the checks, gone at the end whatever the checks did.
struct Scratch {
  fs::path folder;
  Scratch() {
    auto pattern = (fs::temp_directory_path() / "novascale-verify-XXXXXX").string();
    if (mkdtemp(pattern.data())) folder = pattern;
  }
  ~Scratch() {
    std::error_code failed;
    if (!folder.empty()) fs::remove_all(folder, failed);
  }
};

}  // namespace

const char* to_string(Verdict verdict) noexcept {
  return verdict == Verdict::ok ? "ok" : verdict == Verdict::failed ? "FAILED" : "skipped";
}

Result<std::vector<CheckResult>> verify_library(
    const fs::path& library, const RunOptions& options,
    const std::function<void(const CheckResult&)>& progress) {
  const auto listed = judge(
      {}, run_process(options.program, {"plugins", "check-one", library.string()}, options.timeout),
      options.timeout);
  if (listed.verdict != Verdict::ok)
    return Error{ErrorCode::unavailable, library.string() + ": loading it: " + listed.reason};
  const Scratch scratch;
  std::vector<CheckResult> results;
  for (const auto& component : parse_components(listed.reason)) {
    const auto& id = component.first;
    if (!options.component.empty() && id != options.component) continue;
    bool usable = true;
    for_each_check(component.second, [&](const Check& check) {
      if (!usable || std::string(check.name).find(options.filter) == std::string::npos) return;
      CheckResult result{id, check.name, check.what, Verdict::ok, {}, 0};
      OneCheck one{library, options.config, scratch.folder / std::to_string(results.size()),
                   id,      check.name,     3};
      const auto start = Clock::now();
      if (options.in_process) {
        result = run_here(one, result);
      } else {
        std::vector<std::string> words = {"plugins",     "check-one", library.string(),
                                          "--component", id,          "--check",
                                          check.name,    "--scratch", one.scratch.string()};
        if (!options.config.empty())
          words.insert(words.end(), {"--config-file", options.config.string()});
        result =
            judge(result, run_process(options.program, words, options.timeout), options.timeout);
      }
      if (result.reason.starts_with(kBadConfig)) {  // no check can run: said once
        usable = false;
        result.check = "config";
        result.what = "there is a config to create it with";
      }
      result.ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
      if (progress) progress(result);
      results.push_back(std::move(result));
    });
  }
  return results;
}

}  // namespace nova::verify
