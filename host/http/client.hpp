// Client: speaks to the HTTP interface of a running host, for the verbs status, pause and resume.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/base/result.hpp"
#include "host/wiring/address.hpp"

namespace nova::web {

// Both wait some seconds at the most. Errors: unavailable if nobody answers, invalid_argument and
// not_found as the server says, data_loss for an answer that is no JSON.
Result<nlohmann::ordered_json> get(const Address& address, const std::string& path);
Result<nlohmann::ordered_json> post(const Address& address, const std::string& path,
                                    const nlohmann::ordered_json& body);

}  // namespace nova::web
