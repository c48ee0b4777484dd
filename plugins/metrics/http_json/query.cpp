#include "query.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nova::http_json {
namespace {

constexpr auto kSettingsSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "within": { "type": "string", "enum": ["last", "rate"] },
    "aggregate": { "type": "string", "enum": ["sum", "mean", "max"] }
  } })";

[[noreturn]] void no_number(const Json::json_pointer& at, const Json& value) {
  const auto text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  throw Error(NOVA_INVALID_ARGUMENT, "at \"" + at.to_string() + "\" stands no number but " +
                                         (text.size() > 80 ? text.substr(0, 77) + "..." : text));
}

// The deepest part of a pointer that is there, and what it holds.
std::string what_is_there(const Json& document, Json::json_pointer at) {
  while (!at.empty() && !document.contains(at)) at.pop_back();
  const auto& value = document.at(at);
  std::string keys;
  if (value.is_object())
    for (const auto& [key, ignored] : value.items())
      if (keys.size() < 100) keys += (keys.empty() ? "" : ", ") + key;
  return "at \"" + at.to_string() + "\" stands " +
         (value.is_array()     ? "an array of " + std::to_string(value.size())
          : !value.is_object() ? "no object"
          : keys.empty()       ? "an empty object"
                               : keys);
}

}  // namespace

Json::json_pointer make_pointer(const std::string& text, const std::string& key) {
  try {
    return Json::json_pointer(text);
  } catch (const Json::exception&) {
    throw Error(NOVA_INVALID_ARGUMENT,
                key + ": must be a JSON pointer such as \"/load/web\", got \"" + text + '"');
  }
}

Query make_query(std::string_view query, const Config& given) {
  const auto hash = query.find('#');
  if (hash == query.npos || (hash != 0 && query[0] != '/'))
    throw Error(NOVA_INVALID_ARGUMENT,
                "the query must be PATH#POINTER, such as \"/status#/load/web\", got \"" +
                    std::string(query) + '"');
  const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                        kSettingsSchema);
  Query out;
  out.path = query.substr(0, hash);
  if (std::any_of(out.path.begin(), out.path.end(), [](char c) { return c <= ' ' || c > '~'; }))
    throw Error(NOVA_INVALID_ARGUMENT, "the path of the query must be percent-encoded ASCII");
  out.pointer = make_pointer(std::string(query.substr(hash + 1)), "the query's pointer");
  if (settings.has("aggregate")) out.aggregate = settings.text("aggregate");
  out.rate = settings.has("within") && settings.text("within") == "rate";
  return out;
}

double value_at(const Json& document, const Query& query) {
  if (!document.contains(query.pointer))
    throw Error(NOVA_NOT_FOUND, "nothing stands at \"" + query.pointer.to_string() + "\"; " +
                                    what_is_there(document, query.pointer));
  const auto& value = document.at(query.pointer);
  if (value.is_null()) return std::nan("");
  if (value.is_number()) return value.get<double>();
  if (!value.is_array()) no_number(query.pointer, value);
  if (query.aggregate.empty())
    throw Error(NOVA_INVALID_ARGUMENT, "at \"" + query.pointer.to_string() + "\" stand " +
                                           std::to_string(value.size()) +
                                           " values, give an aggregate: sum, mean or max");
  double sum = 0, most = -std::numeric_limits<double>::infinity();
  std::size_t n = 0;
  for (const auto& item : value) {
    if (item.is_null()) continue;
    if (!item.is_number()) no_number(query.pointer, item);
    sum += item.get<double>(), most = std::max(most, item.get<double>()), ++n;
  }
  if (n == 0) return std::nan("");
  return query.aggregate == "sum"    ? sum
         : query.aggregate == "mean" ? sum / static_cast<double>(n)
                                     : most;
}

std::optional<double> Rate::look(double value, std::int64_t time_ns) {
  if (std::isnan(value)) return std::nullopt;
  if (last_ && time_ns > last_->second) {
    const double seconds = static_cast<double>(time_ns - last_->second) / 1e9;
    rate_ = (value >= last_->first ? value - last_->first : value) / seconds;
  }
  if (!last_ || time_ns > last_->second) last_ = {value, time_ns};
  return rate_;
}

}  // namespace nova::http_json
