// Calls of AWS: signed, and repeated where that is worth it.
//
// Signing is libcurl's (AWS Signature Version 4, CURLOPT_AWS_SIGV4), by this machine's clock. What
// libcurl 7.88 signs wrongly is not offered: only POST to the endpoint's own path, the body given
// as a whole (curl/curl#8107, #7559, #11794). Throttling, faults of the service and of the network
// are tried again, with full jitter (http/retry.hpp). One thread at a time.
#pragma once

#include "endpoint.hpp"
#include "failure.hpp"
#include "plugins/http/retry.hpp"

namespace nova::aws {

using http::Until;

struct Request {
  Endpoint endpoint;
  std::string body;
  std::string target;  // X-Amz-Target of JSON 1.1; empty: the query protocol, a form
  bool once = false;   // not idempotent: NOVA_UNAVAILABLE leaves open whether it was done
};

class Client {
 public:
  Client(http::Retry retry, http::Limits limits)
      : retry_(retry), jitter_(retry.seed), exchange_(limits) {}

  // The body of a 2xx answer. Throws nova::Error as failure() and Exchange::send; the message names
  // neither the endpoint nor the call: the caller knows them.
  std::string post(const Request& request, const Keys& keys, const Until& until);

 private:
  http::Answer once(const http::Request& request, const Keys& keys, const Until& until);

  http::Retry retry_;
  http::Jitter jitter_;
  http::Exchange exchange_;
};

// The body of a call in the query protocol: "Action=..&Version=.." and names with their values, in
// the order given.
std::string query_form(std::string_view action, std::string_view version,
                       std::vector<std::pair<std::string, std::string>> fields);

}  // namespace nova::aws
