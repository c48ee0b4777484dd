#include "failure.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace nova::aws {
namespace {

constexpr std::size_t kMostShown = 300;
constexpr std::int64_t kSkew = 300;  // seconds within which AWS accepts a signature

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Said of_json(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return {};
  const auto text = [&](const char* key) {
    const auto at = json.find(key);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  Said it{text("__type"), text("message")};
  if (it.message.empty()) it.message = text("Message");
  return {it.code.substr(it.code.find('#') + 1), it.message};  // the part before # is a name space
}

}  // namespace

Said said(std::string_view body) {
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin != body.npos && body[begin] == '{') return of_json(body);
  pugi::xml_document xml;
  if (!xml.load_buffer(body.data(), body.size())) return {};
  auto error = xml.child("Response").child("Errors").child("Error");  // EC2
  if (!error) error = xml.child("ErrorResponse").child("Error");      // query protocol
  return {error.child_value("Code"), error.child_value("Message")};
}

nova_status status_of(std::string_view code, int http_status) {
  if (contains(code, "Throttl") || contains(code, "TooManyRequests") ||
      one_of(code, {"RequestLimitExceeded", "SlowDown"}) || http_status == 429)
    return NOVA_THROTTLED;
  if (contains(code, "Insufficient") && contains(code, "Capacity")) return NOVA_CAPACITY;
  if (one_of(code, {"SpotMaxPriceTooLow"})) return NOVA_CAPACITY;
  if (one_of(code, {"MaxSpotInstanceCountExceeded"}) || contains(code, "LimitExceeded") ||
      contains(code, "LimitReached"))
    return NOVA_QUOTA;
  if (contains(code, "Signature") || contains(code, "ExpiredToken") ||
      one_of(code, {"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException",
                    "MissingAuthenticationToken", "MissingAuthenticationTokenException",
                    "RequestExpired", "RequestTimeTooSkewed"}))
    return NOVA_UNAUTHENTICATED;
  if (contains(code, "AccessDenied") || contains(code, "NotAuthorized") ||
      one_of(code, {"UnauthorizedOperation", "OptInRequired", "Blocked"}))
    return NOVA_PERMISSION_DENIED;
  if (http_status >= 500 || code == "ResourceContention") return NOVA_UNAVAILABLE;
  if (one_of(code, {"ScalingActivityInProgress", "ResourceInUse"})) return NOVA_FAILED_PRECONDITION;
  if (code.empty() && http_status == 401) return NOVA_UNAUTHENTICATED;
  if (code.empty() && http_status == 403) return NOVA_PERMISSION_DENIED;
  return http_status >= 300 ? NOVA_INVALID_ARGUMENT : NOVA_INTERNAL;
}

bool worth_repeating(nova_status status) {
  return status == NOVA_THROTTLED || status == NOVA_UNAVAILABLE;
}

std::string without_secrets(std::string_view text, const Keys& keys) {
  std::string line(text.substr(0, text.find_first_of("\r\n")));
  for (const auto* secret : {&keys.secret_key, &keys.session_token, &keys.access_key})
    if (!secret->empty())
      for (auto at = line.find(*secret); at != line.npos; at = line.find(*secret, at + 3))
        line.replace(at, secret->size(), "***");
  for (auto& c : line)
    if (c < ' ' || c > '~') c = '?';  // whatever came need not be text
  if (line.size() > kMostShown) line = line.substr(0, kMostShown) + "...";
  return line;
}

Error failure(const Answer& answer, const Keys& keys, std::int64_t now_s) {
  const auto it = said(answer.body);
  const auto status = status_of(it.code, answer.status);
  std::string text = "HTTP " + std::to_string(answer.status);
  if (!it.code.empty()) text += ", " + it.code;
  if (!it.message.empty()) text += ": " + it.message;
  text = without_secrets(text, keys);
  if (const auto skew = answer.date_s ? now_s - *answer.date_s : 0;
      status == NOVA_UNAUTHENTICATED && std::abs(skew) > kSkew)
    text += "; this machine's clock is " + std::to_string(std::abs(skew) / 60) + " min " +
            (skew < 0 ? "behind" : "ahead of") + " the service's";
  Error error(status, text);
  if (worth_repeating(status)) error.retry_after_ms(answer.retry_after_s.value_or(0) * 1000);
  return error;
}

}  // namespace nova::aws
