// SinkClient: audit events to and from a store, through one instance of a sink plugin.
//
// write = taken, flush = durable. A repeated write is harmless: (writer, sequence) is the identity.
// Answers of another tenant than asked for are dropped and counted. Caller: host/loop, host/cli.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/loader/instance.hpp"

namespace nova::loader {

struct Event {
  std::array<std::uint8_t, 16> writer{};  // the host that made it
  std::uint64_t sequence = 0;             // its own running number
  std::uint64_t position = 0;             // in answers: the sink's order, ascending, from 1
  TimePoint time;
  std::string tenant, type, subject, json;
};

struct EventQuery {
  std::optional<std::string> tenant, type, subject;  // exact, type by prefix; none = any
  std::optional<TimePoint> from, to;                 // [from, to)
  std::uint64_t after = 0, limit = 0;                // page on behind this position; 0 = all
  bool newest_first = false;
};

struct EventPage {
  std::vector<Event> events;
  std::uint64_t refused = 0;  // of another tenant, or ill-formed
};

class SinkClient {
 public:
  explicit SinkClient(Instance& instance);

  Instance& instance() noexcept { return instance_; }
  bool can_query() const noexcept { return ops_.query; }

  Result<void> write(const std::vector<Event>& events, Duration timeout);
  Result<void> flush(Duration timeout);  // nothing to do without flush: write is durable
  Result<EventPage> query(const EventQuery& query, Duration timeout);

 private:
  Instance& instance_;
  nova_sink_ops ops_;
};

}  // namespace nova::loader
