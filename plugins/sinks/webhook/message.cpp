#include "message.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>

#include "plugins/sinks/push/text.hpp"

namespace nova::webhook {

std::string body_of(const std::vector<Event>& batch) {
  auto events = nlohmann::ordered_json::array();
  for (const auto& event : batch) {
    auto body = nlohmann::ordered_json::parse(event.json, nullptr, false);
    if (body.is_discarded()) body = event.json;  // whatever it is, it is not kept back
    events.push_back({{"writer", push::to_text(event.writer)},
                      {"sequence", event.sequence},
                      {"time", push::to_rfc3339(event.time_ns)},
                      {"time_unix_ns", event.time_ns},
                      {"tenant", event.tenant},
                      {"type", event.type},
                      {"subject", event.subject},
                      {"body", std::move(body)}});
  }
  return nlohmann::ordered_json{{"events", std::move(events)}}.dump(
      -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string key_of(const std::vector<Event>& batch) {
  return push::to_text(batch.front().writer) + '-' + std::to_string(batch.front().sequence) + '-' +
         std::to_string(batch.back().sequence);
}

std::string signature_of(std::string_view secret, std::string_view body) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size) == nullptr)
    throw Error(NOVA_INTERNAL, "libcrypto makes no HMAC");
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "sha256=";
  for (unsigned int i = 0; i < size; ++i) out += {kHex[mac[i] >> 4], kHex[mac[i] & 15]};
  return out;
}

}  // namespace nova::webhook
