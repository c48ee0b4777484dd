// A program run once: what it is told on its standard input, what it says, and its end.
//
// No shell: the program is a file, its arguments are given one by one. It gets a process group of
// its own, which is killed whole when its time, its call's deadline or its output limit is over, or
// its call is cancelled; also what it left running in the background. Its environment is what is
// given. One thread at a time; nothing of the host's is inherited but the working folder.
#pragma once

#include <chrono>
#include <novascale/call.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nova::command {

struct Program {
  std::string path;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;  // "NAME=value"
};

struct ProcessLimits {
  std::chrono::nanoseconds time{std::chrono::seconds(30)};
  std::size_t output =
      1 << 20;  // bytes of standard output; of standard error the first 4 KiB are kept
};

struct Finished {
  int status = 0;  // of its exit; 128 + signal, as a shell tells it
  std::string output, errors;
};

// Throws nova::Error: NOVA_FAILED_PRECONDITION when it cannot be started, NOVA_DEADLINE_EXCEEDED
// (whatever it did until then is done), NOVA_CANCELLED, NOVA_RESOURCE_EXHAUSTED for output beyond
// the limit.
Finished run(const Program& program, std::string_view input, const ProcessLimits& limits,
             const Call& call);

}  // namespace nova::command
