#include "event_loop.hpp"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <mutex>

namespace nova::virt {
namespace {

void nothing(int, void*) {}

// Once, and not where somebody else did: a timer can only be had where there is a loop.
void register_loop() {
  virInitialize();
  virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});  // told by who asked, not on stderr
  const int probe = virEventAddTimeout(-1, nothing, nullptr, nullptr);
  if (probe < 0)
    virEventRegisterDefaultImpl();
  else
    virEventRemoveTimeout(probe);
}

}  // namespace

std::shared_ptr<EventLoop> EventLoop::shared() {
  static std::mutex mutex;
  static std::weak_ptr<EventLoop> running;
  const std::lock_guard lock(mutex);
  auto loop = running.lock();
  if (!loop) running = loop = std::shared_ptr<EventLoop>(new EventLoop);
  return loop;
}

EventLoop::EventLoop() {
  static const bool kRegistered = (register_loop(), true);
  static_cast<void>(kRegistered);
  timer_ = virEventAddTimeout(-1, nothing, nullptr, nullptr);
  const SignalsBlocked blocked;
  thread_ = std::thread([this] {
    while (!stop_) virEventRunDefaultImpl();
    // What connections left to be freed is freed by a few more rounds; the timer keeps them short.
    for (int i = 0; i < 4; ++i) virEventRunDefaultImpl();
  });
}

EventLoop::~EventLoop() {
  stop_ = true;
  virEventUpdateTimeout(timer_, 0);
  thread_.join();
  virEventRemoveTimeout(timer_);
}

}  // namespace nova::virt
