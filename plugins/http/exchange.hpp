// One HTTP exchange: a request, and what came back.
//
// Bounded in time (whole, and 5 s to connect) and in bytes, as they are once unpacked. It waits in
// slices of 50 ms and so ends soon after its call's deadline or cancel word, also while a name is
// looked up. No redirect is followed, so credentials stay where they were meant to go. TLS is
// checked against the system's authorities or those of ca_file. One thread at a time; connections
// are kept between exchanges.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <novascale/call.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nova::http {

// Who we are. At most one of bearer, basic and signature.
struct Credentials {
  std::string bearer;              // a token
  std::string username, password;  // basic; with `signature`, access key and secret key
  std::string signature;  // AWS Signature Version 4, as libcurl names it: "aws:amz:REGION:SERVICE"
};

struct Request {
  std::string url;
  std::optional<std::string> body;   // POST of it, else GET
  std::vector<std::string> headers;  // "Name: value"
  Credentials who;
  std::string ca_file;      // PEM; "" = the system's
  std::string method = {};  // "" = POST where there is a body, else GET
  // Not to be sent twice: on a connection of its own, because libcurl sends again by itself what a
  // kept one lost.
  bool once = false;
};

struct Answer {
  int status = 0;  // of HTTP
  std::string body;
  std::optional<std::int64_t> date_s;          // the service's clock, seconds since the epoch
  std::optional<std::uint32_t> retry_after_s;  // of a Retry-After header
};

// When to stop waiting: the caller's cancel word and deadline, and an end of one's own.
struct Until {
  const Call& call;
  std::int64_t end_ns = INT64_MAX;  // CLOCK_MONOTONIC

  // Throws NOVA_CANCELLED or NOVA_DEADLINE_EXCEEDED.
  void check() const;
  // Until the earlier of both ends.
  std::int64_t left_ns() const;
};

struct Limits {
  std::chrono::nanoseconds time{std::chrono::seconds(15)};  // of one exchange, whole
  std::size_t bytes = 32 << 20;                             // of one answer
};

class Exchange {
 public:
  explicit Exchange(Limits limits);
  ~Exchange();

  // An answer of any HTTP status. Throws nova::Error: NOVA_UNAVAILABLE for what the network did (in
  // libcurl's words, which hold no credential), NOVA_RESOURCE_EXHAUSTED for an answer beyond the
  // limit, and as Until::check.
  Answer send(const Request& request, const Until& until);

 private:
  struct Handles;  // libcurl's
  Limits limits_;
  std::unique_ptr<Handles> handles_;
};

// Percent-encoded by RFC 3986: all but letters, digits and -_.~
std::string encoded(std::string_view text);
// "a=b&c=d" of names and their values, in the order given.
std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace nova::http
