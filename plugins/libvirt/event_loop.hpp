// libvirt's own event loop, run by a thread for as long as somebody holds it.
//
// Without it libvirt neither notices a peer that went silent (keepalive) nor tells of events. It is
// the process's, whoever registers it: several libraries may run it, each on its thread, and take
// turns. A process that registers a loop of another kind cannot use these plugins.
#pragma once

#include <signal.h>

#include <atomic>
#include <memory>
#include <thread>

namespace nova::virt {

// While it lives, this thread takes no signals, nor do threads it starts: they are the host's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

class EventLoop {
 public:
  // This library's thread, started when nobody else holds it. The last holder's end joins it.
  // [any-thread, not from one of its callbacks]
  static std::shared_ptr<EventLoop> shared();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;

 private:
  EventLoop();
  int timer_ = -1;  // wakes the thread
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace nova::virt
