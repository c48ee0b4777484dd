#include "host/loader/verify/guarded.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>

namespace nova::verify {
namespace {

constexpr std::size_t kPage = 4096;

// Read by the fault handler, so plain arrays: no allocation, no lock there. A check uses a few
// hundred, from several threads.
struct Region {
  const char* name;
  std::uintptr_t begin, end;
};
constexpr int kRegions = 4096;
Region regions[kRegions];
std::mutex regions_mutex;  // of remember() and forget()
int result_fd = -1;

void remember(const char* name, const void* begin, std::size_t size) {
  const std::lock_guard lock(regions_mutex);
  for (auto& region : regions)
    if (!region.name) {
      region.begin = reinterpret_cast<std::uintptr_t>(begin);
      region.end = region.begin + size;
      region.name = name;
      return;
    }
}

void forget(const void* begin) {
  const std::lock_guard lock(regions_mutex);
  for (auto& region : regions)
    if (region.name && region.begin == reinterpret_cast<std::uintptr_t>(begin))
      region.name = nullptr;
}

void say(const char* text) { (void)!write(result_fd, text, std::strlen(text)); }

void on_fault(int signal, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (const auto& region : regions)
    if (region.name && at >= region.begin && at < region.end) {
      say("touched memory it must not: at column ");
      say(region.name);
      break;
    }
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  sigaction(signal, &plain, nullptr);  // returning repeats the fault, which now ends the process
}

}  // namespace

GuardedBytes::GuardedBytes(const char* name, std::size_t size, Edge edge) {
  const auto pages = (size + kPage - 1) / kPage;
  mapped_ = (pages + 2) * kPage;
  void* base = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) std::abort();
  base_ = static_cast<std::byte*>(base);
  if (pages && mprotect(base_ + kPage, pages * kPage, PROT_READ | PROT_WRITE) != 0) std::abort();
  data_ = base_ + kPage + (edge == Edge::end ? pages * kPage - size : 0);
  remember(name, base_, mapped_);
}

GuardedBytes::~GuardedBytes() {
  if (!base_) return;
  forget(base_);
  munmap(base_, mapped_);
}

void GuardedBytes::seal() const {
  if (mapped_ > 2 * kPage) mprotect(base_ + kPage, mapped_ - 2 * kPage, PROT_READ);
}

void GuardedBytes::vanish() const { mprotect(base_, mapped_, PROT_NONE); }

void explain_faults(int fd) {
  result_fd = fd;
  static std::byte stack[64 * 1024];  // the fault may be an overflow of the usual one
  const stack_t alternative{stack, 0, sizeof stack};
  sigaltstack(&alternative, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS}) sigaction(signal, &action, nullptr);
}

}  // namespace nova::verify
