// A thread of a plugin's own that takes turns: one when it is woken, one when the last one said so.
//
// Wakes that come during a turn lead to one more turn. All signals are blocked in it. The
// destructor sets the cancel word of the running turn and joins.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <novascale/call.hpp>
#include <thread>

namespace nova::push {

class Worker {
 public:
  // One turn; what it returns is the longest time until the next. It must not throw. Its call has
  // no deadline.
  explicit Worker(std::function<std::chrono::nanoseconds(const Call&)> turn);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void wake();  // [any-thread]

 private:
  void run();

  std::function<std::chrono::nanoseconds(const Call&)> turn_;
  std::int32_t cancel_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace nova::push
