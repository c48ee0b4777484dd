#include "client.hpp"

#include <algorithm>

namespace nova::novacron {
namespace {

constexpr std::size_t kMostShown = 200;  // of a text that is quoted in an error
constexpr int kMostEnvelopes = 32;       // core-server adds one a call

struct Said {
  std::string code, text;
};

// What an answer says went wrong: {"error": "..."} or {"error": {"code": "...", "message": "..."}}.
Said said(const std::string& body) {
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("error"))
    return {"", body.substr(0, body.find_first_of("\r\n"))};
  const auto& error = json["error"];
  const auto text = [](const Json& from, const char* key) {
    const auto at = from.find(key);
    return at != from.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  if (error.is_string()) return {"", error.get<std::string>()};
  if (!error.is_object()) return {};
  return {text(error, "code"), text(error, "message")};
}

nova_status status_of(int http, const std::string& code, bool of_a_route) {
  switch (http) {
    case 401:
      return NOVA_UNAUTHENTICATED;
    case 403:
      return NOVA_PERMISSION_DENIED;
    case 404:
      return of_a_route ? NOVA_FAILED_PRECONDITION : NOVA_NOT_FOUND;
    case 409:
      return code == "QUOTA_EXCEEDED" ? NOVA_QUOTA : NOVA_CAPACITY;
    case 429:
      return NOVA_THROTTLED;
    default:
      break;
  }
  if (http >= 500) return NOVA_UNAVAILABLE;
  return http >= 400 ? NOVA_INVALID_ARGUMENT : NOVA_FAILED_PRECONDITION;
}

const char* advice(nova_status status, int http, const std::string& auth) {
  if (status == NOVA_UNAUTHENTICATED)
    return auth == "bearer"
               ? "; give a token that has not expired as bearer_token, or use auth login"
           : auth == "login" ? "; look at username and password"
                             : "; a core-server built with JWT needs auth bearer or login";
  if (status == NOVA_PERMISSION_DENIED)
    return auth == "role" ? "; it needs the role operator"
                          : "; the account lacks the right to do this";
  if (status == NOVA_FAILED_PRECONDITION)
    return http == 404 ? "; there is no such route: api_prefix is /api/v1 on an api-server and "
                         "/api/v1/api/v1 on a core-server"
                       : "; redirects are not followed: look at url and api_prefix";
  return "";
}

}  // namespace

Client::Client(const Context& context)
    : context_(context),
      service_(context),
      prefix_(context.text("api_prefix")),
      auth_(context.text("auth")) {
  if (context.has("tenant")) tenant_ = context.text("tenant");
  const auto needs = [&](const char* key) {
    if (!context.has(key))
      throw Error(NOVA_INVALID_ARGUMENT, std::string("/") + key + ": is needed for auth " + auth_);
  };
  const auto has_no_place = [&](const char* key) {
    if (context.has(key))
      throw Error(NOVA_INVALID_ARGUMENT,
                  std::string("/") + key + ": has no place beside auth " + auth_);
  };
  if (auth_ == "bearer") needs("bearer_token");
  if (auth_ == "login") needs("username");
  if (auth_ != "bearer") has_no_place("bearer_token");
  if (auth_ != "login") has_no_place("username");
}

Json Client::change(const std::string& method, const std::string& path, const Call& call) {
  return ask({method, path, {}, {}, {}, false}, call);
}

Json Client::create(const std::string& path, const Json& body, const Call& call) {
  return ask({"POST", path, body.dump(), {"Content-Type: application/json"}, {}, true}, call);
}

Json Client::ask(http::Ask ask, const Call& call) {
  ask.path = prefix_ + ask.path;
  ask.headers.push_back("Accept: application/json");
  if (ask.method == "POST" && !ask.body) ask.body = "";
  const bool fresh = auth_ == "login" && token_.empty();
  if (fresh) log_in(call);
  auto answer = answered(ask, call);
  // Refused before anything was done: what is sent once may be sent with a new token.
  if (answer.status == 401 && auth_ == "login" && !fresh) {
    log_in(call);
    answer = answered(ask, call);
  }
  if (answer.status < 200 || answer.status >= 300) refuse(answer);
  return opened(answer);
}

http::Answer Client::answered(const http::Ask& plain, const Call& call) {
  auto ask = plain;
  if (auth_ == "login") {
    ask.who.emplace();
    ask.who->bearer = token_;
  }
  if (auth_ == "role") ask.headers.push_back("X-Role: " + context_.text("role"));
  return service_.send(ask, call);
}

std::string Client::password() const { return http::Service::secret(context_, "password"); }

void Client::log_in(const Call& call) {
  token_.clear();
  const auto user = context_.text("username");
  http::Ask ask{
      "POST",
      context_.text("login_path"),
      Json{{user.find('@') == user.npos ? "username" : "email", user}, {"password", password()}}
          .dump(-1, ' ', false, Json::error_handler_t::replace),
      {"Content-Type: application/json", "Accept: application/json"},
      http::Credentials{},
      false};
  const auto answer = service_.send(ask, call);
  const bool fine = answer.status >= 200 && answer.status < 300;
  if (!fine && answer.status != 400 && answer.status != 401) refuse(answer);
  if (!fine)
    throw Error(NOVA_UNAUTHENTICATED, url() + ": the login of " + user +
                                          " was refused: " + hidden(said(answer.body).text) +
                                          "; look at username and password");
  const auto told = opened(answer);
  if (told.is_object() && told.value("requires_2fa", false))
    throw Error(NOVA_UNAUTHENTICATED,
                url() + ": the login of " + user +
                    " wants a second factor, which a program has not: use an account without, or "
                    "auth bearer");
  if (told.is_object() && told.contains("token") && told["token"].is_string())
    token_ = told["token"].get<std::string>();
  if (token_.empty() ||
      std::any_of(token_.begin(), token_.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    token_.clear();
    throw Error(NOVA_INTERNAL, url() + ": the login's answer holds no token");
  }
}

Json Client::opened(const http::Answer& answer) const {
  auto json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) throw Error(NOVA_INTERNAL, url() + ": the answer is not JSON");
  for (int i = 0; i < kMostEnvelopes && json.is_object() && json.contains("data") &&
                  json.contains("error") && !json.contains("id");
       ++i) {
    if (!json["error"].is_null()) refuse(answer);
    auto inner = std::move(json["data"]);
    json = std::move(inner);
  }
  return json;
}

void Client::refuse(const http::Answer& answer) const {
  const auto it = said(answer.body);
  const bool json = Json::accept(answer.body);
  const auto status = status_of(answer.status, it.code, !json);
  std::string text = url() + ": HTTP " + std::to_string(answer.status);
  if (!it.code.empty()) text += ", " + hidden(it.code);
  if (!it.text.empty()) text += ": " + hidden(it.text);
  Error error(status, text + advice(status, answer.status, auth_));
  error.retry_after_ms(answer.retry_after_s.value_or(0) * 1000);
  throw error;
}

// One line without what only we may know, also from a server that echoes it.
std::string Client::hidden(std::string text) const {
  std::vector<std::string> secrets = {token_};
  if (auth_ == "login") secrets.push_back(password());
  if (auth_ == "bearer") secrets.push_back(http::Service::secret(context_, "bearer_token"));
  for (const auto& secret : secrets)
    if (!secret.empty())
      for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + 3))
        text.replace(at, secret.size(), "***");
  text = text.substr(0, kMostShown);
  for (auto& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

}  // namespace nova::novacron
