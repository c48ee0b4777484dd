#include "host/loader/workers.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace nova::loader {
namespace {

constexpr std::size_t kIdleCap = 16;  // more than that end when their task does

}  // namespace

struct Workers::State {
  // One thread's mailbox.
  struct Worker {
    std::condition_variable wake;
    std::function<void()> task;
  };

  mutable std::mutex mutex;
  std::condition_variable ended;
  std::vector<std::shared_ptr<Worker>> idle;
  std::size_t count = 0, parked = 0;  // threads alive; of them, those that wait for a task
  bool closing = false;

  // The life of a thread: task, idle, task ... until told to end.
  static void live(std::shared_ptr<State> state, std::shared_ptr<Worker> self) {
    std::unique_lock lock(state->mutex);
    while (true) {
      auto task = std::move(self->task);
      self->task = nullptr;
      lock.unlock();
      task();
      task = nullptr;  // what it owned goes before we are seen idle
      lock.lock();
      if (state->closing || state->idle.size() >= kIdleCap) break;
      state->idle.push_back(self);
      ++state->parked;
      self->wake.wait(lock, [&] { return self->task || state->closing; });
      --state->parked;
      if (!self->task) break;
    }
    --state->count;
    state->ended.notify_all();
  }
};

Workers::Workers() : state_(std::make_shared<State>()) {}

Workers::~Workers() {
  std::unique_lock lock(state_->mutex);
  state_->closing = true;
  for (auto& worker : state_->idle) worker->wake.notify_one();
  state_->idle.clear();
  state_->ended.wait(lock, [&] { return state_->parked == 0; });
}

bool Workers::run(std::function<void()> task) {
  std::unique_lock lock(state_->mutex);
  if (!state_->idle.empty()) {
    auto worker = std::move(state_->idle.back());
    state_->idle.pop_back();
    worker->task = std::move(task);
    worker->wake.notify_one();
    return true;
  }
  auto worker = std::make_shared<State::Worker>();
  worker->task = std::move(task);
  ++state_->count;
  // Inherited by the new thread: signals belong to the host's main thread alone.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    std::thread(&State::live, state_, worker).detach();
  } catch (const std::system_error&) {
    started = false;
    --state_->count;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

std::size_t Workers::thread_count() const {
  const std::lock_guard lock(state_->mutex);
  return state_->count;
}

}  // namespace nova::loader
