// Address: where something listens, as "127.0.0.1:9464" or "[::1]:9464".
#pragma once

#include <cstdint>
#include <string>

namespace nova {

struct Address {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  std::string text() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
           std::to_string(port);
  }
  bool operator==(const Address&) const = default;
};

}  // namespace nova
