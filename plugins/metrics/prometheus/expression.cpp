#include "expression.hpp"

#include <algorithm>
#include <set>

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

std::map<std::string, std::string> labels_of(const Json& given) {
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : given.items()) {
    if (!is_name(key, false))
      throw Error(NOVA_INVALID_ARGUMENT, "/labels: \"" + key + "\" is no name of a label");
    if (!value.is_string())
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/labels/" + key + ": must be a text, got " + value.dump());
    labels[key] = value.get<std::string>();
  }
  return labels;
}

// A text as a regular expression that matches it alone (RE2, as Prometheus reads it).
std::string literal(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// `selector`, which is plain, narrowed by `matchers` such as a="b",c=~"d|e".
std::string narrowed(std::string selector, const std::string& matchers) {
  if (matchers.empty()) return selector;
  if (selector.back() != '}') return selector + "{" + matchers + "}";
  selector.pop_back();
  const auto last = selector.find_last_not_of(" ,");
  return selector + (selector[last] == '{' ? "" : ",") + matchers + "}";
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
  out.labels = labels_of(settings.object("labels").json());
  if (!is_selector(query)) {
    if (!out.labels.empty() || !out.within.empty())
      throw Error(NOVA_INVALID_ARGUMENT,
                  std::string(out.labels.empty() ? "/within" : "/labels") +
                      ": only a plain selector takes it; write it into the expression");
    return out;
  }
  std::string matchers;
  for (const auto& [key, value] : out.labels)
    matchers += (matchers.empty() ? "" : ",") + key + "=" + quoted(value);
  out.selector = narrowed(out.query, matchers);
  return out;
}

bool are_alike(const Expression& a, const Expression& b) {
  const auto same_name = [](const auto& x, const auto& y) { return x.first == y.first; };
  return !a.selector.empty() && !a.labels.empty() && a.query == b.query && a.within == b.within &&
         a.aggregate == b.aggregate &&
         std::equal(a.labels.begin(), a.labels.end(), b.labels.begin(), b.labels.end(), same_name);
}

Expression together(std::span<const Expression* const> alike) {
  Expression out = *alike.front();
  std::string matchers;
  for (const auto& [name, first] : alike.front()->labels) {
    out.by.push_back(name);
    std::set<std::string> values;
    for (const auto* one : alike) values.insert(one->labels.at(name));
    std::string any;
    for (const auto& value : values) any += (any.empty() ? "" : "|") + literal(value);
    matchers += (matchers.empty() ? "" : ",") + name +
                (values.size() == 1 ? "=" + nova::prometheus::quoted(first)
                                    : "=~" + nova::prometheus::quoted(any));
  }
  out.labels.clear();
  out.selector = narrowed(out.query, matchers);
  return out;
}

std::string Expression::grouping() const {
  std::string names;
  for (const auto& name : by) names += (names.empty() ? "" : ",") + name;
  return names.empty() ? "" : " by (" + names + ") ";
}

std::string Expression::fold(const std::string& what) const {
  if (aggregate.empty()) return what;
  return (aggregate == "mean" ? "avg" : aggregate) + grouping() + "(" + what + ")";
}

std::string Expression::with_time(const std::string& value) const {
  // A sum is as old as its oldest part.
  const auto when =
      (aggregate == "sum" ? "min" : "max") + grouping() + "(timestamp(" + selector + "))";
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
