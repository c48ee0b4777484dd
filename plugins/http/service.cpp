#include "service.hpp"

namespace nova::http {
namespace {

constexpr std::size_t kMostShown = 200;  // of a text that is quoted in an error

Limits limits_of(const Context& context) {
  return {Service::positive(context, "timeout"),
          static_cast<std::size_t>(context.integer("max_response_bytes"))};
}

// As basic authentication writes it, RFC 4648.
std::string base64(std::string_view text) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffffff;
    for (held += 8; held >= 6; held -= 6) out += kDigits[bits >> (held - 6) & 63];
  }
  if (held > 0) out += kDigits[bits << (6 - held) & 63];
  return out;  // without padding: it is looked for, not sent
}

// Pauses of 0.1 s, 0.2 s, 0.4 s ..., blurred by half.
Retry retry_of(const Context& context) {
  Retry retry;
  retry.attempts = static_cast<int>(context.integer("retries")) + 1;
  retry.base = std::chrono::milliseconds(150);
  retry.least = 1.0 / 3;
  retry.seed = static_cast<std::uint64_t>(Call::monotonic_ns());
  return retry;
}

}  // namespace

Service::Service(const Context& context, std::string url)
    : context_(context),
      url_(std::move(url)),
      retry_(retry_of(context)),
      jitter_(retry_.seed),
      exchange_(limits_of(context)) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
  if (context.has("ca_file")) ca_file_ = context.text("ca_file");
  if (context.has("username") != context.has("password"))
    throw Error(NOVA_INVALID_ARGUMENT, "/username: username and password go together");
  if (context.has("username") && context.has("bearer_token"))
    throw Error(NOVA_INVALID_ARGUMENT, "/bearer_token: has no place beside username");
  if (!ca_file_.empty() && url_.substr(0, 8) != "https://")
    throw Error(NOVA_INVALID_ARGUMENT, "/ca_file: has no effect on a url that is not https");
}

std::chrono::nanoseconds Service::positive(const Context& context, const char* key) {
  const auto time = context.duration(key);
  if (time < std::chrono::milliseconds(1))
    throw Error(NOVA_INVALID_ARGUMENT,
                std::string("/") + key + ": must be at least 1ms, got " + context.text(key));
  return time;
}

std::string Service::secret(const Context& context, const char* key) {
  auto value = context.secret(context.text(key));
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
  return value;
}

Credentials Service::who() const {
  Credentials who;
  if (context_.has("bearer_token")) who.bearer = secret(context_, "bearer_token");
  if (context_.has("username")) {
    who.username = context_.text("username");
    who.password = secret(context_, "password");
  }
  return who;
}

Answer Service::send(const std::string& path, std::optional<std::string> body,
                     const std::vector<std::string>& headers, const Call& call) {
  return send({"", path, std::move(body), headers, std::nullopt, false}, call);
}

Answer Service::send(const Ask& ask, const Call& call) {
  const Request request{url_ + ask.path, ask.body,   ask.headers, ask.who ? *ask.who : who(),
                        ca_file_,        ask.method, ask.once};
  const Until until{call};
  auto retry = retry_;
  if (ask.once) retry.attempts = 1;
  int tried = 0;
  try {
    return repeat(
        retry, jitter_, until,
        [&] {
          auto answer = exchange_.send(request, until);
          const bool failed = !ask.once && (answer.status == 429 || answer.status >= 500);
          if (failed && (!rule_ || rule_(answer))) {
            Error error(NOVA_UNAVAILABLE, "HTTP " + std::to_string(answer.status));
            throw error.retry_after_ms(answer.retry_after_s.value_or(0) * 1000);
          }
          return answer;
        },
        &tried);
  } catch (const Error& error) {
    if (error.status() != NOVA_UNAVAILABLE) throw;
    throw Error(NOVA_UNAVAILABLE, url_ + ": " + error.what() + ", tried " + std::to_string(tried) +
                                      (tried == 1 ? " time" : " times") +
                                      "; does the server run, and is this its address?")
        .retry_after_ms(error.retry_after_ms());
  }
}

const char* what_to_do(int http_status) {
  return http_status == 401   ? "; look at the credentials in the plugin's config"
         : http_status == 403 ? "; look at what the owner of the credentials may do"
         : http_status == 404 ? "; look at the path in url"
                              : "";
}

void Service::must_be_fine(const Answer& answer) const {
  if (answer.status >= 200 && answer.status < 300) return;
  const auto us = who();
  std::string text = answer.body.substr(0, answer.body.find_first_of("\r\n"));
  const auto basic = us.password.empty() ? std::string() : base64(us.username + ':' + us.password);
  for (const std::string_view secret : {std::string_view(us.bearer), std::string_view(us.password),
                                        std::string_view(basic)})  // who echoes what it was sent
    if (!secret.empty())
      for (auto at = text.find(secret); at != text.npos; at = text.find(secret, at + 3))
        text.replace(at, secret.size(), "***");
  text = text.substr(0, kMostShown);
  for (auto& c : text)
    if (c < ' ' || c > '~') c = '?';  // whatever came need not be text
  const auto status = answer.status == 401                          ? NOVA_UNAUTHENTICATED
                      : answer.status == 403                        ? NOVA_PERMISSION_DENIED
                      : answer.status >= 400 && answer.status < 500 ? NOVA_INVALID_ARGUMENT
                                                                    : NOVA_UNAVAILABLE;
  throw Error(status, url_ + ": HTTP " + std::to_string(answer.status) +
                          (text.empty() ? "" : ": " + text) + what_to_do(answer.status));
}

}  // namespace nova::http
