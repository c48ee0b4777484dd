#include "answer.hpp"

#include <charconv>
#include <cmath>
#include <novascale/config.hpp>

#include "expression.hpp"

namespace nova::prometheus {
namespace {

constexpr std::size_t kShown = 200;  // of a text that is quoted in an error

// The `data` of an answer that went well.
Json data_of(std::string_view body, int http_status, std::vector<std::string>* warnings) {
  const auto status = std::to_string(http_status);
  if (http_status == 401)
    throw Error(NOVA_UNAUTHENTICATED,
                "the server does not know who asks (HTTP 401); look at bearer_token, or username "
                "and password");
  if (http_status == 403)
    throw Error(NOVA_PERMISSION_DENIED,
                "who asks may not (HTTP 403); look at what the owner of the credentials may query");
  const auto json = Json::parse(body, nullptr, false);
  const bool whole = json.is_object() && json.value("status", Json()).is_string();
  if (!whole)
    throw Error(
        http_status == 200 ? NOVA_INTERNAL : NOVA_UNAVAILABLE,
        "HTTP " + status + " is no answer of Prometheus: " + std::string(body.substr(0, kShown)));
  if (json["status"] != "success") {
    const auto type = json.value("errorType", Json()), text = json.value("error", Json());
    throw Error(type == "bad_data" || http_status == 422 ? NOVA_INVALID_ARGUMENT : NOVA_UNAVAILABLE,
                "Prometheus: " + (text.is_string() ? text.get<std::string>() : "HTTP " + status));
  }
  if (warnings != nullptr && json.contains("warnings") && json["warnings"].is_array())
    for (const auto& warning : json["warnings"])
      if (warning.is_string()) warnings->push_back(warning.get<std::string>());
  if (!json.contains("data")) throw Error(NOVA_INTERNAL, "the answer has no data");
  return json["data"];
}

[[noreturn]] void broken(const std::string& what) {
  throw Error(NOVA_INTERNAL, "Prometheus answered " + what);
}

std::pair<std::int64_t, double> point(const Json& pair) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string())
    broken("a point that is none: " + pair.dump().substr(0, kShown));
  const double at = pair[0].get<double>() * 1000;
  if (!(std::fabs(at) < 9e15)) broken("a time that is none: " + pair.dump());
  const auto& text = pair[1].get_ref<const std::string&>();
  if (text == "+Inf" || text == "-Inf" || text == "NaN")
    return {std::llround(at), std::nan("")};  // no number one could act on
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size())
    broken("a value that is none: \"" + text.substr(0, kShown) + "\"");
  return {std::llround(at), value};
}

}  // namespace

Answer parse_answer(std::string_view body, int http_status) {
  Answer answer;
  const auto data = data_of(body, http_status, &answer.warnings);
  const auto type = data.is_object() ? data.value("resultType", Json()) : Json();
  if ((type != "matrix" && type != "vector") || !data.contains("result") ||
      !data["result"].is_array())
    broken("neither a matrix nor a vector: " + data.dump().substr(0, kShown));
  for (const auto& row : data["result"]) {
    if (!row.is_object() || !row.contains("metric") || !row["metric"].is_object())
      broken("a series without labels");
    Series series;
    for (const auto& [name, value] : row["metric"].items()) {
      if (!value.is_string()) broken("a label that is none: " + value.dump().substr(0, kShown));
      if (name == kPart)
        series.is_time = value == "time";
      else
        series.labels[name] = value.get<std::string>();
    }
    const char* key = type == "matrix" ? "values" : "value";
    if (!row.contains(key)) broken("a series without numbers");
    if (type == "vector") {
      series.points.push_back(point(row[key]));
    } else {
      if (!row[key].is_array()) broken("values that are none");
      for (const auto& pair : row[key]) series.points.push_back(point(pair));
      for (std::size_t i = 1; i < series.points.size(); ++i)
        if (series.points[i].first <= series.points[i - 1].first) broken("times out of order");
    }
    answer.series.push_back(std::move(series));
  }
  return answer;
}

std::vector<std::string> parse_names(std::string_view body, int http_status) {
  const auto data = data_of(body, http_status, nullptr);
  if (!data.is_array()) broken("names that are none");
  std::vector<std::string> names;
  for (const auto& name : data) {
    if (!name.is_string()) broken("a name that is none");
    names.push_back(name.get<std::string>());
  }
  return names;
}

}  // namespace nova::prometheus
