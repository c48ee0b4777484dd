// A batch of events as it goes over the wire: body, identity, signature. Pure.
#pragma once

#include <novascale/events.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nova::webhook {

// {"events": [{"writer", "sequence", "time", "time_unix_ns", "tenant", "type", "subject", "body"}]}
std::string body_of(const std::vector<Event>& batch);

// "WRITER-FIRST-LAST": the same for the same batch. The batch is not empty.
std::string key_of(const std::vector<Event>& batch);

// "sha256=HEX": HMAC-SHA256 (RFC 2104) of the body's bytes. Throws nova::Error NOVA_INTERNAL.
std::string signature_of(std::string_view secret, std::string_view body);

}  // namespace nova::webhook
