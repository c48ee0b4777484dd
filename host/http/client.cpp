#include "host/http/client.hpp"

#include <httplib.h>

namespace nova::web {
namespace {

using nlohmann::ordered_json;

constexpr time_t kPatienceSeconds = 5;

httplib::Client client_of(const Address& address) {
  httplib::Client client(address.host, address.port);
  client.set_connection_timeout(kPatienceSeconds);
  client.set_read_timeout(kPatienceSeconds);
  return client;
}

Result<ordered_json> read(const Address& address, const httplib::Result& result) {
  if (!result)
    return Error{ErrorCode::unavailable, "nobody answers at " + address.text() +
                                             ": is `run` running with this configuration?"};
  auto body = ordered_json::parse(result->body, nullptr, false);
  if (body.is_discarded() || !body.is_object())
    return Error{ErrorCode::data_loss, "what answers at " + address.text() +
                                           " is no novascale (status " +
                                           std::to_string(result->status) + ")"};
  if (result->status == 200) return body;
  return Error{result->status == 404 ? ErrorCode::not_found : ErrorCode::invalid_argument,
               body.value("error", "status " + std::to_string(result->status))};
}

}  // namespace

Result<ordered_json> get(const Address& address, const std::string& path) {
  auto client = client_of(address);
  return read(address, client.Get(path));
}

Result<ordered_json> post(const Address& address, const std::string& path,
                          const ordered_json& body) {
  auto client = client_of(address);
  return read(address, client.Post(path, body.dump(), "application/json"));
}

}  // namespace nova::web
