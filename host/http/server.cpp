#include "host/http/server.hpp"

#include <httplib.h>

#include <regex>
#include <thread>

#include "core/decide/text.hpp"

namespace nova::web {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kLargestBody = 64 * 1024;
// A connection holds a thread, and those that say nothing must not hold them all: whoever asks
// whether the host lives would take it for dead.
constexpr std::size_t kThreads = 16;
constexpr time_t kIdleSeconds = 1;     // before a request
constexpr time_t kTimeoutSeconds = 2;  // within one

void answer(httplib::Response& response, int code, const ordered_json& body) {
  response.status = code;
  response.set_content(body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n",
                       "application/json");
}

void refuse(httplib::Response& response, int code, const std::string& why) {
  answer(response, code, {{"error", why}});
}

// Whom a browser believes to speak to: the name in front of the port.
bool is_local(std::string host) {
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host.resize(std::min(host.find(':'), host.size()));
  return host == "localhost" || host.starts_with("127.");
}

// {"scope": "up", "for": "2h"} at `now`. Errors: invalid_argument.
Result<Pause> pause_from_body(const std::string& text, TimePoint now) {
  const auto wrong = [](const std::string& why) { return Error{ErrorCode::invalid_argument, why}; };
  const auto body = text.empty() ? json::object() : json::parse(text, nullptr, false);
  if (!body.is_object())
    return wrong("the body must be an object such as {\"scope\": \"down\", \"for\": \"2h\"}");
  Pause pause;
  for (const auto& [key, value] : body.items()) {
    if (key == "scope") {
      if (value != "all" && value != "up" && value != "down")
        return wrong("scope must be \"all\", \"up\" or \"down\", got " + value.dump());
      pause.out = value != "down";
      pause.in = value != "up";
    } else if (key == "for") {
      const auto lasting = value.is_string()
                               ? parse_duration(value.get<std::string>())
                               : Result<Duration>(wrong("must be a duration such as \"2h\""));
      if (!lasting) return wrong("for: " + lasting.error().message);
      if (*lasting <= Duration{0} || *lasting > std::chrono::hours(24 * 366))
        return wrong("for must be above 0s and at most 366d, got " + value.dump());
      pause.until = now + *lasting;
    } else {
      return wrong("unknown key \"" + key + "\"; there are scope and for");
    }
  }
  return pause;
}

// {} or nothing. Errors: invalid_argument.
Result<void> nothing_in_body(const std::string& text) {
  const auto body = text.empty() ? json::object() : json::parse(text, nullptr, false);
  if (body.is_object() && body.empty()) return {};
  return Error{ErrorCode::invalid_argument, "the body must be {}: a pause is taken back whole"};
}

const std::regex kCommand("/api/v1/groups/(.+)/(pause|resume)");

// What may be asked of a path; null = it is not served.
const char* methods_of(const std::string& path) {
  for (const auto* known :
       {"/-/healthy", "/-/ready", "/metrics", "/api/v1/groups", "/api/v1/recommendations"})
    if (path == known) return "GET, HEAD";
  return std::regex_match(path, kCommand) ? "POST" : nullptr;
}

std::string why_refused(const httplib::Request& request, int code) {
  if (code == 413) return "the body is larger than " + std::to_string(kLargestBody / 1024) + " KiB";
  return request.path.empty() || code == 400 ? "the request cannot be read"
                                             : request.method + " " + request.path + " is refused";
}

}  // namespace

struct Server::Body {
  httplib::Server http;
  Address address;
  std::thread thread;
};

Server::Server(std::unique_ptr<Body> body) : body_(std::move(body)) {}

Server::~Server() {
  body_->http.stop();
  if (body_->thread.joinable()) body_->thread.join();
}

const Address& Server::address() const { return body_->address; }

Result<std::unique_ptr<Server>> Server::start(const Address& address, const Status& status,
                                              Pauses& pauses, const Clock& clock) {
  auto body = std::make_unique<Body>();
  auto& http = body->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  http.set_keep_alive_timeout(kIdleSeconds);
  // One request a connection: what follows one that was refused may be its body, and no request.
  http.set_keep_alive_max_count(1);
  http.set_payload_max_length(kLargestBody);
  http.set_read_timeout(kTimeoutSeconds);
  http.set_write_timeout(kTimeoutSeconds);
  // Not the library's SO_REUSEPORT: a second host must be told that the port is taken.
  http.set_socket_options([](int socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  const auto command = [&](const std::string& path, const std::string& text,
                           httplib::Response& response) {
    std::smatch parts;
    std::regex_match(path, parts, kCommand);
    const auto group = status.find(parts[1]);
    if (!group)
      return refuse(response, 404,
                    "there is no group " + std::string(parts[1]) +
                        ", or several tenants have one: write tenant/group");
    Pause pause{false, false, {}};
    if (parts[2] == "pause") {
      const auto asked = pause_from_body(text, clock.now());
      if (!asked) return refuse(response, 400, asked.error().message);
      pause = *asked;
    } else if (const auto empty = nothing_in_body(text); !empty) {
      return refuse(response, 400, empty.error().message);
    }
    pauses.set(*group, pause);
    answer(response, 200, {{"group", *group}, {"from_next_tick", to_text(pause)}});
  };
  http.set_pre_routing_handler(
      [command](const httplib::Request& request, httplib::Response& response) {
        constexpr auto kHandled = httplib::Server::HandlerResponse::Handled;
        if (!is_local(request.get_header_value("Host"))) {
          refuse(response, 403, "only for this machine: the Host header must name loopback");
          return kHandled;
        }
        const auto* methods = methods_of(request.path);
        if (methods == nullptr) {
          refuse(response, 404, request.method + " " + request.path + " is not served here");
          return kHandled;
        }
        if (std::string(methods).find(request.method) == std::string::npos) {
          response.set_header("Allow", methods);
          refuse(response, 405, request.path + " takes " + methods + ", not " + request.method);
          return kHandled;
        }
        if (request.method != "POST") return httplib::Server::HandlerResponse::Unhandled;
        if (!request.get_header_value("Content-Type").starts_with("application/json")) {
          refuse(response, 415, "a POST must have Content-Type: application/json");
          return kHandled;
        }
        // Neither header: there is no body (RFC 9112, section 6.3). The library would wait for one.
        if (request.has_header("Content-Length") || request.has_header("Transfer-Encoding"))
          return httplib::Server::HandlerResponse::Unhandled;
        command(request.path, "", response);
        return kHandled;
      });
  http.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (response.body.empty())
      refuse(response, response.status, why_refused(request, response.status));
  });

  http.Get("/-/healthy",
           [](const auto&, auto& response) { response.set_content("healthy\n", "text/plain"); });
  http.Get("/-/ready", [&status](const auto&, auto& response) {
    const auto why = status.why_not_ready();
    response.status = why.empty() ? 200 : 503;
    response.set_content((why.empty() ? "ready" : why) + "\n", "text/plain");
  });
  http.Get("/metrics", [&status](const auto&, auto& response) {
    response.set_content(status.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  });
  http.Get("/api/v1/groups",
           [&status](const auto&, auto& response) { answer(response, 200, status.groups()); });
  http.Get("/api/v1/recommendations", [&status](const auto&, auto& response) {
    answer(response, 200, status.recommendations());
  });
  http.Post("/api/v1/groups/(.+)/(pause|resume)",
            [command](const httplib::Request& request, httplib::Response& response) {
              command(request.path, request.body, response);
            });

  body->address = address;
  if (address.port == 0) {
    const int port = http.bind_to_any_port(address.host);
    if (port < 0)
      return Error{ErrorCode::unavailable, "host.http: no port is free at " + address.host};
    body->address.port = static_cast<std::uint16_t>(port);
  } else if (!http.bind_to_port(address.host, address.port)) {
    return Error{ErrorCode::unavailable,
                 "host.http: " + address.text() + " cannot be had; is another program using it?"};
  }
  body->thread = std::thread([&http] { http.listen_after_bind(); });
  while (!http.is_running()) std::this_thread::yield();
  return std::unique_ptr<Server>(new Server(std::move(body)));
}

}  // namespace nova::web
