// HostContext: what all instances of one host share: threads, clock, log, patience.
//
// No globals: two hosts in one process each have their own. Made by host/loop, host/cli and tests;
// outlives nobody: instances keep it alive. [any-thread]
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "host/loader/workers.hpp"

namespace nova::loader {

enum class LogLevel : std::int32_t { trace, debug, info, warn, error, critical, off };

// One line from a plugin, or from the loader about one.
struct LogLine {
  LogLevel level = LogLevel::info;
  std::string_view instance;     // "" = the loader itself
  std::string_view message;      // valid UTF-8
  std::string_view fields_json;  // "" or a JSON object
};

struct HostOptions {
  std::string name = "novascale", version = "0.1.0";
  std::function<void(const LogLine&)> log;  // called from any thread, also at once; empty = silent
  LogLevel log_level = LogLevel::info;
  std::function<TimePoint()> now;  // NOVA_CLOCK_TIME; any thread; empty = the system clock
  Duration cancel_grace{std::chrono::milliseconds(500)};  // between the cancel word and giving up
  unsigned parallelism = 0;  // threads lent to nova.host.parallel, the caller's included; 0 = cores
  unsigned stuck_limit = 3;  // stuck instances before a restart is advised
};

class HostContext {
 public:
  static std::shared_ptr<HostContext> make(HostOptions options);

  const HostOptions& options() const noexcept { return options_; }
  TimePoint now() const;
  void log(LogLevel level, std::string_view instance, std::string_view message,
           std::string_view fields_json = {}) const;
  // Read by plugins through nova_host.log_threshold.
  void set_log_level(LogLevel level) noexcept;
  const volatile std::int32_t* log_threshold() const noexcept { return &log_threshold_; }

  Workers& workers() noexcept { return workers_; }
  unsigned parallelism() const noexcept { return parallelism_; }

  // An instance did not come back: its thread is lost and so is its memory.
  void count_stuck() noexcept { ++stuck_; }
  unsigned stuck_count() const noexcept { return stuck_; }
  bool restart_advised() const noexcept { return stuck_ >= options_.stuck_limit; }

 private:
  explicit HostContext(HostOptions options);

  HostOptions options_;
  unsigned parallelism_;
  volatile std::int32_t log_threshold_;
  std::atomic<unsigned> stuck_ = 0;
  Workers workers_;
};

}  // namespace nova::loader
