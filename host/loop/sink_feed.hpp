// SinkFeed: copies of what is journalled, on their way to the sinks.
//
// Each sink gets every event in order, and goes on where it stood when it could not take them. One
// that stays away loses the oldest beyond a bound, which is counted and said when it is well again;
// the journal has everything. A failure is said once through `log`.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "host/loop/world.hpp"

namespace nova {

class SinkFeed {
 public:
  static constexpr std::size_t kBatch = 4096;       // events of one write
  static constexpr std::size_t kMost = 8 * kBatch;  // that wait for the slowest sink

  SinkFeed(const World& world, std::function<void(const std::string&)> log);

  void put(loader::Event event) { events_.push_back(std::move(event)); }
  std::size_t waiting() const { return events_.size(); }
  // Writes what waits; `flush` asks the sinks to make it durable, too.
  void feed(bool flush);

  // What is wrong with the sinks that failed last.
  const std::map<std::string, std::string>& troubles() const { return troubles_; }

 private:
  Result<void> write(const std::string& name, loader::SinkClient& sink);
  void forget();

  const World& world_;
  std::function<void(const std::string&)> log_;
  std::deque<loader::Event> events_;
  std::uint64_t first_ = 0;                    // number of events_.front()
  std::map<std::string, std::uint64_t> next_;  // by sink: number of the first it has not
  std::map<std::string, std::uint64_t> lost_;
  std::map<std::string, std::string> troubles_;
};

}  // namespace nova
