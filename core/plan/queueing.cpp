#include "core/plan/queueing.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/number.hpp"

namespace nova {

double erlang_b(std::uint32_t servers, double erlangs) {
  double b = 1;
  for (std::uint32_t k = 1; k <= servers; ++k) b = erlangs * b / (k + erlangs * b);
  return b;
}

double erlang_c(std::uint32_t servers, double erlangs) {
  if (erlangs >= servers) return 1;
  const double b = erlang_b(servers, erlangs);
  return servers * b / (servers - erlangs * (1 - b));
}

double mean_response_s(const Machine& m, double load) {
  if (load >= m.per_machine) return kInfinity;
  const double service = m.servers / m.per_machine;
  return service + erlang_c(m.servers, load * service) / (m.per_machine - load);
}

double slower_than(const Machine& m, double load, double seconds) {
  if (load >= m.per_machine) return 1;
  if (seconds <= 0) return 1;
  const double rate = m.per_machine / m.servers;  // of one server
  const double drain = m.per_machine - load;      // of the queue when all are busy
  const double waits = erlang_c(m.servers, load / rate);
  // The sum of a wait (0, or exponential with `drain`) and a service (exponential with `rate`).
  const double served = std::exp(-rate * seconds);
  const double gap = drain - rate;
  if (std::abs(gap) < 1e-9 * rate) return served * (1 + waits * rate * seconds);
  const double both = (drain * served - rate * std::exp(-drain * seconds)) / gap;
  return std::clamp((1 - waits) * served + waits * both, 0.0, 1.0);
}

double load_within(const Machine& m, double seconds, double slow) {
  if (slower_than(m, 0, seconds) > slow) return 0;
  double low = 0, high = m.per_machine;  // answers slow down as load grows
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (slower_than(m, middle, seconds) <= slow ? low : high) = middle;
  }
  return low;
}

}  // namespace nova
