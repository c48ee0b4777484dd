#include "retry.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

namespace nova::http {

double Jitter::next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

std::chrono::nanoseconds Jitter::pause(const Retry& retry, int failed) {
  const double most = std::min(static_cast<double>(retry.cap.count()),
                               std::ldexp(static_cast<double>(retry.base.count()), failed));
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>((retry.least + (1 - retry.least) * next()) * most));
}

void wait(std::chrono::nanoseconds time, const Until& until) {
  const auto end = Call::monotonic_ns() + time.count();
  for (auto left = time.count(); left > 0; left = end - Call::monotonic_ns()) {
    until.check();
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min<std::int64_t>(left, 20'000'000)));
  }
}

}  // namespace nova::http
