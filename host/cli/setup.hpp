// Setup: what verbs that work with a configuration share: log, plugins, clients, error codes.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "host/cli/command.hpp"
#include "host/loop/clock.hpp"
#include "host/wiring/wiring.hpp"

namespace spdlog {
class logger;
}

namespace nova::cli {

class Setup {
 public:
  // `clock` is what plugins are told as "now"; it outlives this. Recorded sources set it.
  Setup(const Call& call, Clock& clock);
  ~Setup();

  // Reads the configuration and wires the plugins; prints every mistake. Returns an exit code.
  int wire(const Call& call);
  int wire(const Call& call, LoadedConfig loaded);  // the same, of what was read already
  Wiring& wiring() { return wiring_; }
  void log_warning(const std::string& text) { log("warn", text); }
  void log_info(const std::string& text) { log("info", text); }

 private:
  void log(const std::string& level, const std::string& text);

  Clock& clock_;
  bool json_log_ = false;
  std::shared_ptr<spdlog::logger> log_;
  Wiring wiring_;
};

// Prints "novascale: ..." to err.
int usage(const Call& call, const std::string& message);  // returns kUsage
int failed(const Call& call, const Error& error);         // returns kFailed

// Where the configured host keeps its journal; prints what is wrong with the configuration.
int find_journal(const Call& call, std::filesystem::path& journal);

// "600", "0.5" or "max" (no pause: nullopt). False for anything else.
bool parse_speed(const std::string& text, std::optional<double>& speed);

}  // namespace nova::cli
