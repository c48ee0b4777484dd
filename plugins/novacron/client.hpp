// Requests to NovaCron's HTTP API, as its servers really route them (README.md).
//
// Put NOVA_NOVACRON_PROPERTIES into the `properties` of a component's schema and make a Client of
// its Context. Who we are: a token (auth "bearer"), a token that a login gives ("login": got when
// it is needed, and once anew when it is refused), or a role in a header ("role": core-server). No
// error holds a password or a token. [serial]
#pragma once

#include "plugins/http/service.hpp"

#define NOVA_NOVACRON_PROPERTIES                                                                                                                                                            \
  NOVA_HTTP_PROPERTIES                                                                                                                                                                      \
  R"(, "api_prefix": { "type": "string", "default": "/api/v1", "pattern": "^(/[^/?# ]+)*$", "title": "Before each route: /api/v1 on an api-server, /api/v1/api/v1 on a core-server" },)"    \
  R"("auth": { "type": "string", "enum": ["bearer", "login", "role"], "default": "bearer", "title": "bearer: bearer_token; login: username and password; role: a core-server's X-Role" },)" \
  R"("role": { "type": "string", "enum": ["viewer", "operator", "admin"], "default": "operator", "title": "With auth role" },)"                                                             \
  R"("login_path": { "type": "string", "default": "/api/auth/login", "pattern": "^/[^?# ]*$", "title": "With auth login; follows the url, not the prefix" },)"                              \
  R"("tenant": { "type": "string", "minLength": 1, "title": "Only machines of this tenant; absent: all that are shown" })"

namespace nova::novacron {

class Client {
 public:
  // Throws nova::Error NOVA_INVALID_ARGUMENT with the pointer of a key. Opens no connection.
  explicit Client(const Context& context);

  // The answer's JSON, out of its envelopes {"data": ..., "error": null}, however many there are.
  // Throws nova::Error: by NovaCron's code and status (409 is NOVA_CAPACITY, or NOVA_QUOTA where
  // its code says so; 404 of a thing NOVA_NOT_FOUND, of a route NOVA_FAILED_PRECONDITION),
  // NOVA_INTERNAL for what is not JSON, and as http::Service::send. `path` follows the prefix.
  Json get(const std::string& path, const Call& call) {
    return ask({"", path, {}, {}, {}, false}, call);
  }
  // What may be repeated without harm: DELETE, POST of start.
  Json change(const std::string& method, const std::string& path, const Call& call);
  // POST of what makes something: sent once. NOVA_UNAVAILABLE and NOVA_INTERNAL leave open whether
  // it was made.
  Json create(const std::string& path, const Json& body, const Call& call);

  const std::string& tenant() const { return tenant_; }
  const std::string& url() const { return service_.url(); }

 private:
  Json ask(http::Ask ask, const Call& call);
  http::Answer answered(const http::Ask& ask, const Call& call);
  void log_in(const Call& call);
  std::string password() const;
  Json opened(const http::Answer& answer) const;
  [[noreturn]] void refuse(const http::Answer& answer) const;
  std::string hidden(std::string text) const;

  Context context_;
  http::Service service_;
  std::string prefix_, auth_, tenant_;
  std::string token_;  // of the login; "" = none yet
};

}  // namespace nova::novacron
