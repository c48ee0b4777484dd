#include "host/loader/verify/process_state.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

extern char** environ;  // NOLINT: POSIX gives it no header

namespace nova::verify {
namespace {

namespace fs = std::filesystem;

std::size_t count(const char* folder) {
  std::size_t entries = 0;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) entries += !entry.path().empty();
  return entries;
}

// The field of a /proc status file, e.g. "VmRSS:" -> "  1234 kB".
std::string field(const fs::path& file, std::string_view name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) return line.substr(name.size());
  return {};
}

}  // namespace

ProcessState ProcessState::now() {
  ProcessState state;
  state.threads = count("/proc/self/task");
  state.files = count("/proc/self/fd");
  state.resident_kb = std::strtoull(field("/proc/self/status", "VmRSS:").c_str(), nullptr, 10);
  std::error_code failed;
  state.working_folder = fs::current_path(failed).string();
  state.locale = std::setlocale(LC_ALL, nullptr);
  for (char** entry = environ; *entry; ++entry) state.environment.emplace_back(*entry);
  std::ostringstream signals;
  for (int i = 1; i < 32; ++i) {
    struct sigaction action {};
    if (sigaction(i, nullptr, &action) == 0)
      signals << reinterpret_cast<const void*>(action.sa_sigaction) << " ";
  }
  signals << field("/proc/thread-self/status", "SigBlk:");
  state.signals = signals.str();
  return state;
}

std::string ProcessState::changes_to(const ProcessState& later) const {
  if (working_folder != later.working_folder) return "changed the working folder";
  if (locale != later.locale) return "changed the locale to " + later.locale;
  if (environment != later.environment) return "changed the environment";
  if (signals != later.signals) return "changed a signal handler or the signal mask";
  return {};
}

std::size_t threads_open_to_signals() {
  std::size_t open = 0;
  const auto self = std::to_string(syscall(SYS_gettid));
  std::error_code failed;
  for (const auto& task : fs::directory_iterator("/proc/self/task", failed)) {
    if (task.path().filename() == self) continue;
    const auto mask = std::strtoull(field(task.path() / "status", "SigBlk:").c_str(), nullptr, 16);
    if (!(mask >> (SIGTERM - 1) & 1)) ++open;
  }
  return open;
}

CapturedOutput::CapturedOutput()
    : saved_(dup(STDOUT_FILENO)), file_(memfd_create("stdout", MFD_CLOEXEC)) {
  std::fflush(stdout);
  dup2(file_, STDOUT_FILENO);
}

CapturedOutput::~CapturedOutput() {
  std::fflush(stdout);
  dup2(saved_, STDOUT_FILENO);
  close(saved_);
  close(file_);
}

std::string CapturedOutput::text() const {
  std::fflush(stdout);
  std::string text(4096, '\0');
  const auto got = pread(file_, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace nova::verify
