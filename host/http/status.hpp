// Status: what the loop last said of itself, for those who ask over HTTP from other threads.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/loop/loop.hpp"

namespace nova::web {

// The pause that holds, of whom it may be.
std::optional<Pause> pause_of(const GroupEngine& group);

// All groups as `GET /api/v1/groups` shows them.
nlohmann::ordered_json groups_json(const TickReport& report);

// The same as metrics in the text format of Prometheus (version 0.0.4).
std::string metrics_text(const TickReport& report);

class Status {
 public:
  // A loop whose last tick is older than three steps is not ready.
  explicit Status(Duration step) : step_(step) {}

  // By the loop, after each tick.
  void update(const TickReport& report);

  // "" when ready; else why not.
  std::string why_not_ready() const;
  nlohmann::ordered_json groups() const;
  nlohmann::ordered_json recommendations() const;  // the newest plan of each group
  std::string metrics() const;
  // "tenant/group" of `name`, which may leave out the tenant where it is clear; none if unknown.
  std::optional<std::string> find(const std::string& name) const;

 private:
  const Duration step_;
  mutable std::mutex mutex_;
  nlohmann::ordered_json groups_ = nlohmann::ordered_json::object();
  std::string metrics_;
  std::vector<std::pair<std::pair<std::string, std::string>, std::shared_ptr<const Json>>> plans_;
  std::optional<std::chrono::steady_clock::time_point> updated_;
};

}  // namespace nova::web
