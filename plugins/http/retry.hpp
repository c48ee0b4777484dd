// Trying again: how often, after which pause.
//
// The pause after the n-th failure (from 0) is uniform in [least, 1) * min(cap, base * 2^n), so
// that many hosts do not come back at once (Brooker, "Exponential Backoff And Jitter", AWS
// Architecture Blog, 2015; `least` 0 is its full jitter), or as long as the service asks if that is
// longer. The jitter comes from a seed. A pause that would pass the deadline is not begun: the
// failure is answered at once.
#pragma once

#include "exchange.hpp"

namespace nova::http {

struct Retry {
  int attempts = 5;  // all together
  std::chrono::nanoseconds base{std::chrono::milliseconds(200)}, cap{std::chrono::seconds(10)};
  std::uint64_t seed = 0;
  double least = 0;  // share of the pause that is not left to chance, in [0, 1)
};

// Numbers uniform in [0, 1), by their seed: splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : state_(seed) {}
  double next();
  // The pause after attempt `failed`, counted from 0.
  std::chrono::nanoseconds pause(const Retry& retry, int failed);

 private:
  std::uint64_t state_;
};

// Sleeps in slices; throws as Until::check.
void wait(std::chrono::nanoseconds time, const Until& until);

// What one() returns, called again while it throws a nova::Error of NOVA_THROTTLED or
// NOVA_UNAVAILABLE; then what it threw, with `tried` counting the attempts.
template <class One>
auto repeat(const Retry& retry, Jitter& jitter, const Until& until, One&& one,
            int* tried = nullptr) {
  for (int attempt = 0;; ++attempt) {
    try {
      if (tried != nullptr) *tried = attempt + 1;
      return one();
    } catch (const Error& error) {
      if ((error.status() != NOVA_THROTTLED && error.status() != NOVA_UNAVAILABLE) ||
          attempt + 1 >= retry.attempts)
        throw;
      const auto pause = std::max<std::chrono::nanoseconds>(
          jitter.pause(retry, attempt), std::chrono::milliseconds(error.retry_after_ms()));
      if (pause.count() >= until.left_ns()) throw;
      wait(pause, until);
    }
  }
}

}  // namespace nova::http
