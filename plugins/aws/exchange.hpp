// One signed HTTP exchange: POST, and what came back.
//
// Signing is libcurl's (AWS Signature Version 4, CURLOPT_AWS_SIGV4), by this machine's clock. What
// libcurl 7.88 signs wrongly is not offered: only POST to the endpoint's own path, the body given
// as a whole (curl/curl#8107, #7559, #11794). No redirect is followed, so credentials stay where
// they were meant to go.
// A call waits in slices of 50 ms and so ends soon after its deadline or cancel word. One thread at
// a time; the connection is kept between calls.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <novascale/call.hpp>
#include <string>

#include "endpoint.hpp"
#include "failure.hpp"

namespace nova::aws {

struct Request {
  Endpoint endpoint;
  std::string body;
  std::string target;  // X-Amz-Target of JSON 1.1; empty: the query protocol, a form
};

// When to stop waiting: the caller's cancel word and deadline, and an end of one's own.
struct Until {
  const Call& call;
  std::int64_t end_ns;  // CLOCK_MONOTONIC

  // Throws NOVA_CANCELLED or NOVA_DEADLINE_EXCEEDED.
  void check() const;
  std::int64_t left_ns() const { return end_ns - Call::monotonic_ns(); }
};

class Exchange {
 public:
  struct Limits {
    std::chrono::nanoseconds time{std::chrono::seconds(15)};  // of one request, whole
    std::size_t bytes = 32 << 20;                             // of one answer
  };
  explicit Exchange(Limits limits);

  // An answer of any HTTP status. Throws nova::Error: NOVA_UNAVAILABLE for what the network did,
  // NOVA_RESOURCE_EXHAUSTED for an answer beyond the limit, and as Until::check.
  Answer post(const Request& request, const Keys& keys, const Until& until);

 private:
  struct CloseEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct CloseMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  CURLcode perform(const Until& until);

  Limits limits_;
  std::unique_ptr<CURLM, CloseMulti> multi_;
  std::unique_ptr<CURL, CloseEasy> easy_;
};

}  // namespace nova::aws
