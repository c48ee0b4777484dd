#include "client.hpp"

namespace nova::aws {
namespace {

// Seconds since the epoch by the clock that libcurl signs with, which no replay moves.
std::int64_t signing_clock_s() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec;
}

}  // namespace

http::Answer Client::once(const http::Request& request, const Keys& keys, const Until& until) {
  try {
    return exchange_.send(request, until);
  } catch (const Error& error) {
    if (error.status() != NOVA_UNAVAILABLE) throw;
    throw Error(NOVA_UNAVAILABLE, without_secrets(error.what(), keys)).retryable();
  }
}

std::string Client::post(const Request& request, const Keys& keys, const Until& until) {
  const auto& at = request.endpoint;
  http::Request signed_one{at.url, request.body, {}, {}, ""};
  signed_one.headers = {request.target.empty()
                            ? "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
                            : "Content-Type: application/x-amz-json-1.1"};
  if (!request.target.empty()) signed_one.headers.push_back("X-Amz-Target: " + request.target);
  if (!keys.session_token.empty())
    signed_one.headers.push_back("X-Amz-Security-Token: " + keys.session_token);
  signed_one.who = {"", keys.access_key, keys.secret_key,
                    "aws:amz:" + at.region + ":" + at.service};
  signed_one.once = request.once;
  auto retry = retry_;
  if (request.once) retry.attempts = 1;
  return http::repeat(retry, jitter_, until, [&] {
    auto answer = once(signed_one, keys, until);
    if (answer.status >= 200 && answer.status < 300) return std::move(answer.body);
    throw failure(answer, keys, signing_clock_s());
  });
}

std::string query_form(std::string_view action, std::string_view version,
                       std::vector<std::pair<std::string, std::string>> fields) {
  fields.insert(fields.begin(),
                {{"Action", std::string(action)}, {"Version", std::string(version)}});
  return http::form_of(fields);
}

}  // namespace nova::aws
