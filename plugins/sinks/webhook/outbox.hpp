// Events on their way out: a bounded queue and a thread that delivers it, batch by batch, in order.
//
// Input: events from write(). Output: calls of `deliver`, one at a time, on the outbox's thread. A
// batch stays the same until it has gone, so that a receiver knows a repetition. A batch that
// cannot be delivered is tried again after ever longer pauses and holds up those behind it; one
// that is refused for good is tried event by event, and what is refused then is dropped, counted
// and told.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <novascale/events.hpp>
#include <novascale/log.hpp>
#include <string>
#include <vector>

#include "plugins/sinks/push/worker.hpp"

namespace nova::webhook {

struct OutboxRules {
  std::size_t most = 10'000;  // events that may wait
  std::size_t batch = 100;    // at most so many at a time
  // The pause after a failure doubles from the one to the other.
  std::chrono::nanoseconds pause{std::chrono::seconds(1)}, pause_most{std::chrono::minutes(1)};
};

class Outbox {
 public:
  // `deliver` throws nova::Error: NOVA_INVALID_ARGUMENT for a batch that is refused for good, any
  // other status for one to be tried again.
  using Deliver = std::function<void(const std::vector<Event>& batch, const Call& call)>;
  Outbox(OutboxRules rules, Log log, Deliver deliver);
  ~Outbox();

  // False = the queue is full.
  bool put(Event event);
  void wake() { worker_.wake(); }

  // Returns once all that was put is delivered or dropped. Throws nova::Error: NOVA_UNAVAILABLE if
  // a try fails meanwhile; as Call::check.
  void flush(const Call& call);

  std::uint64_t dropped() const;

 private:
  std::chrono::nanoseconds turn(const Call& call);
  std::chrono::nanoseconds failed(const std::string& why);
  void succeeded(std::size_t events);
  void refused(std::size_t events, const std::string& why);

  OutboxRules rules_;
  Log log_;
  Deliver deliver_;
  mutable std::mutex mutex_;
  std::deque<Event> waiting_;  // the batch on its way included
  std::string trouble_;        // "" = the last try went well
  std::uint64_t failures_ = 0, dropped_ = 0;
  std::vector<Event> batch_;  // of the thread alone
  std::size_t single_ = 0;    // so many more go one by one
  int failed_in_a_row_ = 0;
  push::Worker worker_;  // last: it uses all of the above
};

}  // namespace nova::webhook
