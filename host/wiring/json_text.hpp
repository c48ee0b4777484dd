// JSON text to a value, with errors a person can find: line, column, and every key given twice.
//
// Input: bytes of a config file, a plugin's schema or any other foreign text; output: the value, or
// all that is wrong with it. Safe for hostile bytes: depth is bounded, nothing recurses on input.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nova {

struct JsonProblem {
  std::size_t line = 0, column = 0;  // from 1; 0 when the place is named by the pointer
  std::string pointer;               // JSON pointer, for what stands in well-formed text
  std::string message;
};

struct ParsedJson {
  nlohmann::json value;  // null when there is a syntax error
  std::vector<JsonProblem> problems;
};

inline constexpr std::size_t kDeepestJson = 64;

ParsedJson parse_json(std::string_view text);

// `base` + "/" + `key`, with ~ and / in the key escaped (RFC 6901).
std::string pointer_to(const std::string& base, std::string_view key);
std::string pointer_to(const std::string& base, std::size_t index);

// The value as in JSON, cut to a length that fits a message.
std::string shown(const nlohmann::json& value);

}  // namespace nova
