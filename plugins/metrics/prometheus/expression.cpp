#include "expression.hpp"

#include <algorithm>

namespace nova::prometheus {
namespace {

constexpr auto kSettingsSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "labels": { "type": "object" },
    "within": { "type": "string", "enum": ["mean", "max", "min", "sum", "last", "rate"] },
    "aggregate": { "type": "string", "enum": ["sum", "mean", "max"] }
  } })";

bool is_name(std::string_view text, bool metric) {
  const auto letter = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (metric && c == ':');
  };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

// Whether a text is `name`, or `name{...}` with the brace closed at the very end.
bool is_selector(std::string_view text) {
  const auto brace = text.find('{');
  if (!is_name(text.substr(0, brace), true)) return false;
  if (brace == text.npos) return true;
  bool quoted = false;
  for (std::size_t i = brace + 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == '}')
      return i + 1 == text.size();
  }
  return false;
}

// A PromQL string.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + '"';
}

std::string matchers(const Json& labels) {
  std::string out;
  for (const auto& [key, value] : labels.items()) {
    if (!is_name(key, false))
      throw Error(NOVA_INVALID_ARGUMENT, "/labels: \"" + key + "\" is no name of a label");
    if (!value.is_string())
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/labels/" + key + ": must be a text, got " + value.dump());
    out += (out.empty() ? "" : ",") + key + "=" + quoted(value.get<std::string>());
  }
  return out;
}

std::string labelled(const std::string& what, const char* part) {
  return std::string("label_replace(") + what + ",\"" + kPart + "\",\"" + part + "\",\"\",\"\")";
}

}  // namespace

Expression make_expression(std::string_view query, const Config& given) {
  const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                        kSettingsSchema);
  Expression out;
  out.query = query;
  if (query.find_first_not_of(" \t\n") == query.npos)
    throw Error(NOVA_INVALID_ARGUMENT, "the query is empty");
  if (settings.has("within")) out.within = settings.text("within");
  if (settings.has("aggregate")) out.aggregate = settings.text("aggregate");
  const auto more = matchers(settings.object("labels").json());
  if (!is_selector(query)) {
    if (!more.empty() || !out.within.empty())
      throw Error(NOVA_INVALID_ARGUMENT,
                  std::string(more.empty() ? "/within" : "/labels") +
                      ": only a plain selector takes it; write it into the expression");
    return out;
  }
  out.selector = query;
  if (more.empty()) return out;
  if (out.selector.back() != '}') {
    out.selector += "{" + more + "}";
    return out;
  }
  out.selector.pop_back();
  const auto last = out.selector.find_last_not_of(" ,");
  out.selector += (out.selector[last] == '{' ? "" : ",") + more + "}";
  return out;
}

std::string Expression::fold(const std::string& what) const {
  if (aggregate.empty()) return what;
  return (aggregate == "mean" ? "avg" : aggregate) + "(" + what + ")";
}

std::string Expression::with_time(const std::string& value) const {
  // A sum is as old as its oldest part.
  const auto when = (aggregate == "sum" ? "min" : "max") + ("(timestamp(" + selector + "))");
  return labelled(fold(value), "value") + " or " + labelled(when, "time");
}

std::string Expression::over(std::int64_t step_ms, std::int64_t rate_window_ms) const {
  if (selector.empty()) return labelled(fold(query), "value");
  const auto window = [&](std::int64_t ms) {
    return selector + "[" + std::to_string(std::max<std::int64_t>(1, ms - 1)) + "ms]";
  };
  if (within == "rate") return with_time("rate(" + window(std::max(step_ms, rate_window_ms)) + ")");
  const auto how = within.empty() || within == "mean" ? "avg" : within;
  return with_time(how + "_over_time(" + window(step_ms) + ")");
}

std::string Expression::newest() const {
  return selector.empty() ? labelled(fold(query), "value") : with_time(selector);
}

}  // namespace nova::prometheus
