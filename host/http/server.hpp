// Server: the host's small HTTP interface, on loopback only.
//
//   GET  /-/healthy                       200 while the process lives
//   GET  /-/ready                         200 once ticks come in time, else 503 and why
//   GET  /metrics                         for Prometheus
//   GET  /api/v1/groups                   every group with its last decision
//   GET  /api/v1/recommendations          the newest plan of each group, as `plan --format json`
//   POST /api/v1/groups/[TENANT/]GROUP/pause   {"scope": "all|up|down", "for": "2h"}
//   POST /api/v1/groups/[TENANT/]GROUP/resume  {} or nothing
//
// Errors are {"error": "..."} with 400, 403, 404, 405, 413 or 415. There is no authentication, so
// it listens on loopback alone, wants POSTs as application/json and refuses foreign Host headers: a
// web page in a browser on the same machine can then neither read nor change anything.
#pragma once

#include <memory>

#include "core/base/result.hpp"
#include "host/http/status.hpp"
#include "host/loop/clock.hpp"
#include "host/wiring/address.hpp"

namespace nova::web {

class Server {
 public:
  // Listens at once, in threads of its own; all arguments outlive it. Port 0 = any that is free.
  // Errors: unavailable if the address cannot be had.
  static Result<std::unique_ptr<Server>> start(const Address& address, const Status& status,
                                               Pauses& pauses, const Clock& clock);
  ~Server();  // stops listening and ends the threads
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const Address& address() const;  // with the port it got

 private:
  struct Body;
  explicit Server(std::unique_ptr<Body> body);
  std::unique_ptr<Body> body_;
};

}  // namespace nova::web
