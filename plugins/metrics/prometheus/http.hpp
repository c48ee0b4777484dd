// Requests to one Prometheus: what came back, and patience where it helps.
//
// The connection is kept between requests. A request that the network lost, that the server was too
// busy for (429) or failed at (5xx) is repeated a few times, each after twice the wait, blurred so
// that many hosts do not come back at once; never beyond the call's deadline. No redirect is
// followed, so credentials stay where they were meant to go. One thread at a time.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <novascale/call.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace nova::prometheus {

struct HttpLimits {
  std::chrono::nanoseconds time{std::chrono::seconds(10)};  // of one try
  std::size_t bytes = 64 << 20;                             // of one answer, unpacked
  int retries = 2;
};

// How we say who we are; both empty: not at all.
struct Credentials {
  std::string bearer;              // a token
  std::string username, password;  // or basic
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

class Http {
 public:
  Http(std::string base_url, HttpLimits limits);

  // POST of a form to base_url + path; GET where there is no form. An answer of any status that is
  // not worth repeating. Throws nova::Error: NOVA_UNAVAILABLE (network, 5xx and 429 to the last
  // try), NOVA_RESOURCE_EXHAUSTED for an answer beyond the limit, NOVA_CANCELLED,
  // NOVA_DEADLINE_EXCEEDED. No text of it holds a credential.
  HttpAnswer ask(const std::string& path,
                 const std::vector<std::pair<std::string, std::string>>& form,
                 const Credentials& who, const Call& call);

 private:
  struct Close {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  std::string encoded(const std::string& text);
  // One try; "" or why the network failed.
  std::string once(const std::string& url, const std::string& form, const Credentials& who,
                   const Call& call, HttpAnswer& answer);
  void wait(int tried, const Call& call);

  std::string base_;
  HttpLimits limits_;
  std::unique_ptr<CURL, Close> easy_;
  std::minstd_rand jitter_;  // of waits only
};

}  // namespace nova::prometheus
