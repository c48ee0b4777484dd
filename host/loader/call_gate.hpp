// Who may be inside an instance: any number of sharers, or one alone. Waiting has a deadline.
//
// std::shared_timed_mutex would do, but a stream of forecasts could starve a fit for ever; here a
// waiting loner stops new sharers. Caller: Instance. [any-thread]
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace nova::loader {

class CallGate {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  bool enter(bool alone, Deadline deadline) {
    std::unique_lock lock(mutex_);
    loners_waiting_ += alone;
    const bool entered = changed_.wait_until(
        lock, deadline, [&] { return !loner_ && (alone ? sharers_ == 0 : loners_waiting_ == 0); });
    loners_waiting_ -= alone;
    if (entered) (alone ? loner_ = true : ++sharers_ > 0);
    if (!entered) changed_.notify_all();  // sharers may have waited for us
    return entered;
  }

  void leave(bool alone) {
    const std::lock_guard lock(mutex_);
    if (alone)
      loner_ = false;
    else
      --sharers_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int sharers_ = 0, loners_waiting_ = 0;
  bool loner_ = false;
};

}  // namespace nova::loader
