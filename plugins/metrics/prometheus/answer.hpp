// An answer of the Prometheus HTTP API, read strictly: what is not understood is an error, never a
// number. Pure. Format: Prometheus documentation, "HTTP API", "Expression query result formats".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::prometheus {

struct Series {
  std::map<std::string, std::string> labels;  // without the part label
  bool is_time = false;
  std::vector<std::pair<std::int64_t, double>> points;  // ms since the epoch, value; ascending
};

struct Answer {
  std::vector<Series> series;
  std::vector<std::string> warnings;
};

// A matrix or a vector. Throws nova::Error: NOVA_INVALID_ARGUMENT for what the server calls bad
// data, NOVA_UNAVAILABLE for its other errors, NOVA_INTERNAL for an answer that is none; the text
// says what it was.
Answer parse_answer(std::string_view body, int http_status);

// The names in the answer of /api/v1/label/.../values.
std::vector<std::string> parse_names(std::string_view body, int http_status);

}  // namespace nova::prometheus
