// AWS Signature Version 4, written down from its specification: the slow twin of libcurl's.
// Source: "Create a signed AWS API request", AWS Identity and Access Management user guide.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <map>
#include <string>

namespace nova_test {

inline std::string hex(const std::string& bytes) {
  std::string out;
  for (const unsigned char c : bytes)
    for (const int digit : {c >> 4, c & 15}) out += "0123456789abcdef"[digit];
  return out;
}

inline std::string sha256_hex(const std::string& text) {
  unsigned char digest[32];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
  return hex({reinterpret_cast<char*>(digest), size});
}

inline std::string hmac(const std::string& key, const std::string& text) {
  unsigned char digest[32];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<char*>(digest), size};
}

// Headers by their name in lower case, values trimmed; x-amz-date among them.
inline std::string signature(const std::string& secret, const std::string& region,
                             const std::string& service, const std::string& method,
                             const std::string& path, const std::string& query,
                             const std::map<std::string, std::string>& headers,
                             const std::string& body) {
  std::string canonical = method + "\n" + path + "\n" + query + "\n", names;
  for (const auto& [name, value] : headers) {
    canonical += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  canonical += "\n" + names + "\n" + sha256_hex(body);
  const auto time = headers.at("x-amz-date"), day = time.substr(0, 8);
  const auto scope = day + "/" + region + "/" + service + "/aws4_request";
  const auto key = hmac(hmac(hmac(hmac("AWS4" + secret, day), region), service), "aws4_request");
  return hex(hmac(key, "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + sha256_hex(canonical)));
}

}  // namespace nova_test
