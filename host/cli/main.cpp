#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "host/cli/command.hpp"

namespace {

constexpr int kFatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

void tell(const char* text) { (void)!write(STDERR_FILENO, text, std::strlen(text)); }

// A crash of a plugin is one of the program: the last word names the library it happened in, which
// is the innermost one on the stack that ends in ".so", as plugins do and the system's do not. Then
// the signal takes its course. The few functions called here allocate nothing once backtrace has
// run; alarm ends it should another thread hold the linker's lock.
void on_fatal(int signal) {
  alarm(2);
  tell("novascale: crashed by SIG");
  tell(sigabbrev_np(signal));
  void* frames[64];
  const int n = backtrace(frames, 64);
  for (int i = 0; i < n; ++i) {
    Dl_info found{};
    if (dladdr(frames[i], &found) == 0 || found.dli_fname == nullptr) continue;
    const auto length = std::strlen(found.dli_fname);
    if (length < 4 || std::strcmp(found.dli_fname + length - 3, ".so") != 0) continue;
    tell(" in the plugin ");
    tell(found.dli_fname);
    tell(", which every verb that looks through its folder loads");
    break;
  }
  tell("\n");
  raise(signal);
}

void name_the_crashing_plugin() {
  static char stack[64 * 1024];  // the crash may be an overflow of the usual one
  const stack_t alternative{stack, 0, sizeof stack};
  sigaltstack(&alternative, nullptr);
  void* frame;
  (void)backtrace(&frame, 1);  // loads what it needs
  struct sigaction action {};
  action.sa_handler = on_fatal;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
  for (const int signal : kFatal) {
    struct sigaction former {};
    sigaction(signal, nullptr, &former);
    if (former.sa_handler == SIG_DFL) sigaction(signal, &action, nullptr);  // else a sanitizer's
  }
}

std::atomic<bool> finished = false;

// A plugin that calls exit() must not look like a host that was told to stop.
void on_exit() {
  if (finished) return;
  tell("novascale: a plugin ended the process\n");
  _exit(nova::cli::kFailed);
}

}  // namespace

int main(int argc, char** argv) {
  name_the_crashing_plugin();
  std::atexit(on_exit);
  const int code = nova::cli::run_program(argc, argv, std::cout, std::cerr);
  finished = true;
  return code;
}
