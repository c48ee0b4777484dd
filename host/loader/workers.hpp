// Threads that plugins are called on, so that a caller can give up waiting.
//
// A task gets a thread at once: an idle one, else a new one. There is no queue, so a task never
// waits for another; callers are few (the host's own threads) and each waits for its task. A task
// that outlives its caller's patience is simply never waited for: its thread ends when the task
// does, and the next task gets another. All threads block every signal. [any-thread]
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace nova::loader {

class Workers {
 public:
  Workers();
  // Ends the idle threads; leaves alone those that are still inside a task.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `task` on a thread of its own. It must not throw, and must own all it touches: it may
  // outlive this object. False when the system has no thread to give.
  bool run(std::function<void()> task);

  std::size_t thread_count() const;  // idle and busy

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the threads, which may outlive us
};

}  // namespace nova::loader
