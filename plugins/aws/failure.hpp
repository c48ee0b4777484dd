// What went wrong with a call of AWS, as the contract's statuses.
//
// Input: status line, body and Date of an answer that is not 2xx. Output: nova::Error whose message
// names AWS's code and what it said, without any secret: AWS may echo the signed headers, session
// token included. Sources: "Error codes for the Amazon EC2 API"; "Common errors" of the query and
// JSON 1.1 protocols. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "plugins/http/exchange.hpp"

namespace nova::aws {

struct Keys {
  std::string access_key, secret_key, session_token;  // the last may be empty
};

using http::Answer;

// AWS's code and message out of either form of answer; both empty when it is none of them.
struct Said {
  std::string code, message;
};
Said said(std::string_view body);

// The status of AWS's code; by the HTTP status where the code tells nothing.
nova_status status_of(std::string_view code, int http_status);

// The same again may work: throttled, or the service is at fault.
bool worth_repeating(nova_status status);

// now_s: this machine's clock, by which the request was signed. A gap of more than 5 minutes to the
// service's is told where the signature was refused.
Error failure(const Answer& answer, const Keys& keys, std::int64_t now_s);

// One line of at most 300 characters, in which nothing of the keys is left.
std::string without_secrets(std::string_view text, const Keys& keys);

}  // namespace nova::aws
