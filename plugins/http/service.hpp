// A service that an operator's settings name: where it is, who we are to it, how patient we are.
//
// Put NOVA_HTTP_PROPERTIES into the `properties` of a component's schema and make a Service of its
// Context; or NOVA_HTTP_CLIENT_PROPERTIES, where the address stands elsewhere. Secrets are
// references, read anew for each request, since they may have been rotated; no text of an error
// holds one. A request that the network lost, that came too often (429) or that the service failed
// at (5xx) is repeated after a pause; never beyond the call's deadline. [serial]
#pragma once

#include <functional>
#include <novascale/context.hpp>

#include "retry.hpp"

#define NOVA_HTTP_CLIENT_PROPERTIES                                                                                                                         \
  R"("timeout": { "type": "string", "x-unit": "duration", "default": "10s", "title": "Most time of one try" },)"                                            \
  R"("retries": { "type": "integer", "minimum": 0, "maximum": 10, "default": 2, "title": "Tries after the first" },)"                                       \
  R"("max_response_bytes": { "type": "integer", "minimum": 1024, "maximum": 1073741824, "default": 67108864, "title": "An answer beyond it is refused" },)" \
  R"("bearer_token": { "type": "string", "minLength": 1, "x-secret": true, "title": "Token, as secret:env:NAME or secret:file:PATH" },)"                    \
  R"("username": { "type": "string", "minLength": 1 },)"                                                                                                    \
  R"("password": { "type": "string", "minLength": 1, "x-secret": true, "title": "Of the username, as secret:env:NAME or secret:file:PATH" },)"              \
  R"("ca_file": { "type": "string", "minLength": 1, "x-path": true, "title": "PEM file of the authorities to trust; absent: the system's" })"

#define NOVA_HTTP_PROPERTIES \
  R"("url": { "type": "string", "pattern": "^https?://[^@]+$", "title": "Base URL, such as http://127.0.0.1:9090" },)" NOVA_HTTP_CLIENT_PROPERTIES

namespace nova::http {

// What is asked of a service.
struct Ask {
  std::string method;  // "" = POST where there is a body, else GET
  std::string path;    // follows the base URL
  std::optional<std::string> body;
  std::vector<std::string> headers;  // "Name: value"
  std::optional<Credentials> who;    // nullopt: as the settings say
  bool once = false;                 // not idempotent: sent once, an answer of any status is told
};

// What an operator can do about an answer: "; look at ..."; "" where the status does not tell.
const char* what_to_do(int http_status);

class Service {
 public:
  // Throws nova::Error NOVA_INVALID_ARGUMENT with the pointer of a key. Opens no connection.
  explicit Service(const Context& context) : Service(context, context.text("url")) {}
  // The same of a base URL that does not stand under "url".
  Service(const Context& context, std::string url);

  // Which answers of 429 and 5xx are repeated; unless set, all.
  void repeat_only(std::function<bool(const Answer&)> rule) { rule_ = std::move(rule); }

  // POST of the body (GET without) to the base URL and what follows it. An answer of any status
  // that is not worth repeating. Throws nova::Error: NOVA_UNAVAILABLE (network, 5xx and 429 to the
  // last try), NOVA_RESOURCE_EXHAUSTED for an answer beyond the limit, NOVA_CANCELLED,
  // NOVA_DEADLINE_EXCEEDED.
  Answer send(const std::string& path, std::optional<std::string> body,
              const std::vector<std::string>& headers, const Call& call);
  // The same for any method; with `once`, NOVA_UNAVAILABLE leaves open whether it was done.
  Answer send(const Ask& ask, const Call& call);
  const std::string& url() const { return url_; }

  // Nothing where the status is 2xx, else an error that tells it and how the body begins, in one
  // line: 401 is NOVA_UNAUTHENTICATED, 403 NOVA_PERMISSION_DENIED, other 4xx
  // NOVA_INVALID_ARGUMENT, the rest NOVA_UNAVAILABLE.
  void must_be_fine(const Answer& answer) const;

  // A duration of the config of at least 1 ms. Throws with its pointer.
  static std::chrono::nanoseconds positive(const Context& context, const char* key);
  // What a secret reference stands for, without the line break that a file ends with.
  static std::string secret(const Context& context, const char* key);

 private:
  Credentials who() const;

  Context context_;
  std::string url_, ca_file_;
  Retry retry_;
  Jitter jitter_;
  Exchange exchange_;
  std::function<bool(const Answer&)> rule_;
};

}  // namespace nova::http
