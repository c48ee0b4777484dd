// What a bound query means: a document, and where in it the number stands.
//
// In: "PATH#POINTER", such as "/status#/load/web", and the binding's settings {"within": "rate",
// "aggregate": "sum"}. PATH follows the base URL; POINTER is a JSON Pointer (RFC 6901), written
// plainly. Pure.
#pragma once

#include <novascale/config.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace nova::http_json {

struct Query {
  std::string path;
  Json::json_pointer pointer;
  std::string aggregate;  // "" = one number must stand there
  bool rate = false;      // the number is a counter
};

// Throws nova::Error NOVA_INVALID_ARGUMENT with the settings' pointer or what is wrong with the
// query.
Query make_query(std::string_view query, const Config& settings);
// As make_query, for a setting of that pointer's key.
Json::json_pointer make_pointer(const std::string& text, const std::string& key);

// The number there; NaN for null, or for an array in which there is none. Throws nova::Error:
// NOVA_NOT_FOUND where nothing stands there, NOVA_INVALID_ARGUMENT where it is no number.
double value_at(const Json& document, const Query& query);

// A counter's increase per second between two looks; a reset counts from 0.
class Rate {
 public:
  // The rate up to the newest look; nullopt before there are two.
  std::optional<double> look(double value, std::int64_t time_ns);

 private:
  std::optional<std::pair<double, std::int64_t>> last_;
  std::optional<double> rate_;
};

}  // namespace nova::http_json
