// What a plugin must leave alone: threads, files, memory, signals, folder, environment, locale.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nova::verify {

struct ProcessState {
  std::size_t threads = 0, files = 0;
  std::size_t resident_kb = 0;
  std::string working_folder, locale;
  std::vector<std::string> environment;
  std::string signals;  // disposition of each, and the mask of this thread

  static ProcessState now();
  // "changed the working folder", "" if nothing but counts changed.
  std::string changes_to(const ProcessState& later) const;
};

// Threads of this process, but for this one, that do not block SIGTERM: a plugin's must.
std::size_t threads_open_to_signals();

// What was written to stdout since the object was made; stdout is given back at its end.
class CapturedOutput {
 public:
  CapturedOutput();
  ~CapturedOutput();
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;
  std::string text() const;

 private:
  int saved_, file_;
};

// How loading the library went, measured around Library::open.
struct Scan {
  double wall_ms = 0, cpu_ms = 0;
  ProcessState before, after;
  std::string output;
};

}  // namespace nova::verify
