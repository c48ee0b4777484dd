#include "worker.hpp"

#include <csignal>

namespace nova::push {

Worker::Worker(std::function<std::chrono::nanoseconds(const Call&)> turn) : turn_(std::move(turn)) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited by the thread
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw Error(NOVA_RESOURCE_EXHAUSTED, "no thread can be started");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Worker::~Worker() {
  __atomic_store_n(&cancel_, 1, __ATOMIC_RELAXED);
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Worker::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void Worker::run() {
  nova_call call{};
  call.struct_size = sizeof call;
  call.cancel = &cancel_;
  for (;;) {
    const auto pause = turn_(Call(call));
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return woken_ || stop_; });
    if (stop_) return;
    woken_ = false;
  }
}

}  // namespace nova::push
