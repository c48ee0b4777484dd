// Calls of AWS, repeated where that is worth it.
//
// Throttling, faults of the service and of the network are tried again with exponential backoff and
// full jitter: the n-th pause is uniform in [0, min(cap, base * 2^n)) (Brooker, "Exponential
// Backoff And Jitter", AWS Architecture Blog, 2015), or as long as the service asks if that is
// longer. The jitter comes from a seed. A pause that would pass the deadline is not begun: the
// failure is answered at once. One thread at a time.
#pragma once

#include "exchange.hpp"

namespace nova::aws {

struct Retry {
  int attempts = 5;  // all together
  std::chrono::nanoseconds base{std::chrono::milliseconds(200)}, cap{std::chrono::seconds(10)};
  std::uint64_t seed = 0;
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

class Client {
 public:
  Client(Retry retry, Exchange::Limits limits)
      : retry_(retry), jitter_(retry.seed), exchange_(limits) {}

  // The body of a 2xx answer. Throws nova::Error as failure() and Exchange::post; the message names
  // neither the endpoint nor the call: the caller knows them.
  std::string post(const Request& request, const Keys& keys, const Until& until);

 private:
  Retry retry_;
  Jitter jitter_;
  Exchange exchange_;
};

// The body of a call in the query protocol: "Action=..&Version=.." and names with their values, in
// the order given, percent-encoded (RFC 3986).
std::string query_form(std::string_view action, std::string_view version,
                       const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace nova::aws
