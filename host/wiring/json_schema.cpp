#include "host/wiring/json_schema.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "host/wiring/json_text.hpp"
#include "host/wiring/suggest.hpp"

namespace nova {
namespace {

using nlohmann::json;
using Findings = std::vector<SchemaFinding>;

// std::regex recurses once a letter: half a kB of text stays far inside the smallest thread's
// stack.
constexpr std::size_t kLongestPatternText = 512;
constexpr std::size_t kLongestPattern = 512;

const char* type_name(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::null:
      return "null";
    default:
      return "a number";
  }
}

bool is_whole(const json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const auto number = value.get<double>();
  return std::isfinite(number) && number == std::floor(number);
}

bool has_type(const json& value, const std::string& type) {
  if (type == "integer") return is_whole(value);
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  return type == "null" && value.is_null();
}

std::vector<std::string> types_of(const json& schema) {
  std::vector<std::string> types;
  const auto it = schema.find("type");
  if (it == schema.end()) return types;
  for (const auto& type : it->is_array() ? *it : json::array({*it}))
    if (type.is_string()) types.push_back(type);
  return types;
}

std::string with_article(const std::string& type) {
  if (type == "null") return type;
  return (type.find_first_of("aeiou") == 0 ? "an " : "a ") + type;
}

// Letters as a reader counts them: UTF-8 code points.
std::size_t length_of(const std::string& text) {
  std::size_t letters = 0;
  for (const char c : text) letters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return letters;
}

bool flag(const json& schema, const char* keyword) {
  const auto it = schema.find(keyword);
  return it != schema.end() && it->is_boolean() && it->get<bool>();
}

bool is_count(const json& value) { return value.is_number_integer() && value >= 0; }

const json* member(const json& schema, const char* keyword) {
  const auto it = schema.find(keyword);
  return it == schema.end() ? nullptr : &*it;
}

// Walks value and schema together. Schemas come from plugins: a keyword of a wrong type is ignored
// here (check_schema reports it), never trusted.
class Walk {
 public:
  Walk(const SchemaOptions& options, Findings& findings) : options_(options), findings_(findings) {}

  void visit(const json& schema, json& value, const std::string& at, std::size_t depth) {
    if (schema.is_boolean() || schema.is_null() || !schema.is_object()) return;
    if (depth > kDeepestJson) return report(at, "is nested too deeply");
    if (!check_type(schema, value, at)) return;
    check_choice(schema, value, at);
    if (value.is_number()) check_number(schema, value, at);
    if (value.is_string()) check_text(schema, value, at);
    if (value.is_array()) check_array(schema, value, at, depth);
    if (value.is_object()) check_object(schema, value, at, depth);
  }

 private:
  void report(const std::string& at, std::string message) {
    findings_.push_back({at, std::move(message)});
  }

  static std::string found(const json& schema, const json& value) {
    return flag(schema, "x-secret") ? std::string(type_name(value)) : shown(value);
  }

  bool check_type(const json& schema, const json& value, const std::string& at) {
    const auto types = types_of(schema);
    if (types.empty()) return true;
    std::string wanted;
    for (const auto& type : types) {
      if (has_type(value, type)) return true;
      wanted += (wanted.empty() ? "" : " or ") + with_article(type);
    }
    report(at, "must be " + wanted + ", got " + found(schema, value));
    return false;
  }

  void check_choice(const json& schema, const json& value, const std::string& at) {
    if (const auto* only = member(schema, "const"); only && *only != value)
      report(at, "must be " + shown(*only) + ", got " + found(schema, value));
    const auto* choices = member(schema, "enum");
    if (!choices || !choices->is_array()) return;
    std::string list;
    std::vector<std::string> names;
    for (const auto& choice : *choices) {
      if (choice == value) return;
      list += (list.empty() ? "" : ", ") + shown(choice);
      if (choice.is_string()) names.push_back(choice);
    }
    report(at, "must be one of " + list + ", got " + found(schema, value) +
                   (value.is_string() ? did_you_mean(value.get<std::string>(), names) : ""));
  }

  void check_number(const json& schema, const json& value, const std::string& at) {
    if (const auto* low = member(schema, "minimum"); low && low->is_number() && value < *low)
      report(at, "must be >= " + low->dump() + ", got " + found(schema, value));
    if (const auto* high = member(schema, "maximum"); high && high->is_number() && value > *high)
      report(at, "must be <= " + high->dump() + ", got " + found(schema, value));
  }

  void check_text(const json& schema, json& value, const std::string& at) {
    const auto& text = value.get_ref<const std::string&>();
    if (flag(schema, "x-secret")) return check_secret(value, at);
    if (const auto* least = member(schema, "minLength");
        least && is_count(*least) && length_of(text) < least->get<std::size_t>())
      report(at, "must have at least " + least->dump() + " characters, got " + shown(value));
    if (const auto* pattern = member(schema, "pattern"); pattern && pattern->is_string())
      check_pattern(pattern->get<std::string>(), value, at);
    if (flag(schema, "x-path") && !text.empty() && !options_.base.empty())
      value = (options_.base / text).lexically_normal().string();
  }

  void check_pattern(const std::string& pattern, const json& value, const std::string& at) {
    const auto& text = value.get_ref<const std::string&>();
    if (pattern.size() > kLongestPattern) return;
    if (text.size() > kLongestPatternText)
      return report(at, "must not be longer than " + std::to_string(kLongestPatternText) +
                            " bytes, got " + std::to_string(text.size()));
    try {
      if (!std::regex_search(text, compiled(pattern)))
        report(at, "must match " + pattern + ", got " + shown(value));
    } catch (const std::regex_error&) {  // reported by check_schema, or too complex for this text
      report(at, "cannot be checked against " + pattern);
    }
  }

  // Compiling costs far more than matching, and a config repeats its patterns.
  const std::regex& compiled(const std::string& pattern) {
    const auto known = patterns_.find(pattern);
    return known != patterns_.end() ? known->second
                                    : patterns_.emplace(pattern, std::regex(pattern)).first->second;
  }

  // The finding is never quoted: it may be the secret itself.
  void check_secret(json& value, const std::string& at) {
    const auto text = value.get<std::string>();
    if (!is_secret_reference(text))
      return report(
          at, "must be a reference, \"secret:env:NAME\" or \"secret:file:PATH\", got a value");
    constexpr std::string_view kFile = "secret:file:";
    if (text.rfind(kFile, 0) == 0 && !options_.base.empty())
      value = std::string(kFile) +
              (options_.base / text.substr(kFile.size())).lexically_normal().string();
  }

  void check_array(const json& schema, json& value, const std::string& at, std::size_t depth) {
    if (const auto* least = member(schema, "minItems");
        least && is_count(*least) && value.size() < least->get<std::size_t>())
      report(at, "must have at least " + least->dump() + (*least == 1 ? " element" : " elements") +
                     ", got " + std::to_string(value.size()));
    const auto* items = member(schema, "items");
    if (!items) return;
    for (std::size_t i = 0; i < value.size(); ++i)
      visit(*items, value[i], pointer_to(at, i), depth + 1);
  }

  void check_object(const json& schema, json& value, const std::string& at, std::size_t depth) {
    const auto* properties = member(schema, "properties");
    if (properties && !properties->is_object()) properties = nullptr;
    if (properties)
      for (const auto& [name, property] : properties->items()) {
        if (!value.contains(name) && property.is_object() && property.contains("default"))
          value[name] = property["default"];
        if (value.contains(name)) visit(property, value[name], pointer_to(at, name), depth + 1);
      }
    if (const auto* required = member(schema, "required"); required && required->is_array())
      for (const auto& name : *required)
        if (name.is_string() && !value.contains(name.get<std::string>()))
          report(at, "must have the key \"" + name.get<std::string>() + "\"");
    check_unlisted(schema, properties, value, at, depth);
  }

  void check_unlisted(const json& schema, const json* properties, json& value,
                      const std::string& at, std::size_t depth) {
    const auto* more = member(schema, "additionalProperties");
    if (!more && !properties) return;  // says nothing about keys: all are welcome
    if (more && more->is_boolean() && more->get<bool>()) return;
    std::vector<std::string> known;
    if (properties)
      for (const auto& [name, property] : properties->items()) known.push_back(name);
    for (const auto& [name, element] : value.items()) {
      if (properties && properties->contains(name)) continue;
      if (more && more->is_object())
        visit(*more, element, pointer_to(at, name), depth + 1);
      else
        report(pointer_to(at, name), "unknown key" + did_you_mean(name, known));
    }
  }

  const SchemaOptions& options_;
  Findings& findings_;
  std::map<std::string, std::regex> patterns_;
};

// One keyword of the subset and what its value must look like.
struct Keyword {
  const char* name;
  bool (*valid)(const json&);
  const char* rule;
};

bool is_text(const json& j) { return j.is_string(); }
bool is_flag(const json& j) { return j.is_boolean(); }
bool is_number(const json& j) { return j.is_number(); }
bool is_object(const json& j) { return j.is_object(); }
bool is_any(const json&) { return true; }
bool is_choice(const json& j) { return j.is_array() && !j.empty(); }
bool is_texts(const json& j) { return j.is_array() && std::all_of(j.begin(), j.end(), is_text); }
bool is_type(const json& j) {
  static const std::vector<std::string> kTypes = {"object",  "array",   "string", "number",
                                                  "integer", "boolean", "null"};
  if (j.is_array())
    return !j.empty() && std::all_of(j.begin(), j.end(),
                                     [](const json& t) { return t.is_string() && is_type(t); });
  return j.is_string() && std::count(kTypes.begin(), kTypes.end(), j.get<std::string>()) == 1;
}
bool is_pattern(const json& j) {
  if (!j.is_string() || j.get_ref<const std::string&>().size() > kLongestPattern) return false;
  try {
    std::regex compiled(j.get<std::string>());
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}
bool is_schema_or_flag(const json& j) { return j.is_object() || j.is_boolean(); }

constexpr Keyword kKeywords[] = {
    {"type", is_type, "must be a JSON type or a list of them"},
    {"properties", is_object, "must be an object"},
    {"required", is_texts, "must be a list of keys"},
    {"additionalProperties", is_schema_or_flag, "must be a boolean or a schema"},
    {"enum", is_choice, "must be a list of at least one value"},
    {"const", is_any, ""},
    {"minimum", is_number, "must be a number"},
    {"maximum", is_number, "must be a number"},
    {"minLength", is_count, "must be a count"},
    {"pattern", is_pattern, "must be an ECMAScript pattern of at most 512 bytes"},
    {"items", is_object, "must be a schema"},
    {"minItems", is_count, "must be a count"},
    {"default", is_any, ""},
    {"title", is_text, "must be a string"},
    {"description", is_text, "must be a string"},
    {"x-secret", is_flag, "must be a boolean"},
    {"x-unit", is_text, "must be a string"},
    {"x-path", is_flag, "must be a boolean"},
};

void check_keyword(const std::string& name, const json& value, const std::string& at, bool at_root,
                   Findings& findings) {
  if (at_root && (name == "$schema" || name == "$id") && value.is_string()) return;
  std::vector<std::string> known;
  for (const auto& keyword : kKeywords) {
    known.emplace_back(keyword.name);
    if (name != keyword.name) continue;
    if (!keyword.valid(value))
      findings.push_back(
          {pointer_to(at, name), std::string(keyword.rule) + ", got " + shown(value)});
    return;
  }
  findings.push_back({pointer_to(at, name),
                      "is a keyword outside the supported subset" + did_you_mean(name, known)});
}

void check_at(const json& schema, const std::string& at, std::size_t depth, Findings& findings) {
  if (!schema.is_object())
    return findings.push_back({at, "must be a schema, got " + shown(schema)});
  if (depth > kDeepestJson) return findings.push_back({at, "is nested too deeply"});
  for (const auto& [name, value] : schema.items())
    check_keyword(name, value, at, depth == 0, findings);
  if (const auto* properties = member(schema, "properties"); properties && properties->is_object())
    for (const auto& [name, property] : properties->items())
      check_at(property, pointer_to(pointer_to(at, "properties"), name), depth + 1, findings);
  for (const auto* inner : {"items", "additionalProperties"})
    if (const auto* below = member(schema, inner); below && below->is_object())
      check_at(*below, pointer_to(at, inner), depth + 1, findings);
  if (const auto* preset = member(schema, "default")) {
    Findings wrong;
    json copy = *preset;
    Walk({}, wrong).visit(schema, copy, "", 0);
    for (const auto& finding : wrong)
      findings.push_back({pointer_to(at, "default") + finding.pointer, finding.message});
  }
}

}  // namespace

std::vector<SchemaFinding> apply_schema(const json& schema, json& value,
                                        const SchemaOptions& options) {
  static const json kNothing = {{"type", "object"}, {"properties", json::object()}};
  Findings findings;
  Walk(options, findings).visit(schema.is_null() ? kNothing : schema, value, "", 0);
  return findings;
}

std::vector<SchemaFinding> check_schema(const json& schema) {
  Findings findings;
  check_at(schema, "", 0, findings);
  return findings;
}

json without_secrets(const json& schema, json value) {
  if (!schema.is_object()) return value;
  if (flag(schema, "x-secret")) return "***";
  if (value.is_object())
    for (auto& [name, element] : value.items()) {
      const auto* properties = member(schema, "properties");
      const auto* below =
          properties && properties->is_object() ? member(*properties, name.c_str()) : nullptr;
      if (!below) below = member(schema, "additionalProperties");
      if (below) element = without_secrets(*below, std::move(element));
    }
  if (const auto* items = member(schema, "items"); items && value.is_array())
    for (auto& element : value) element = without_secrets(*items, std::move(element));
  return value;
}

bool is_secret_reference(const std::string& text) {
  constexpr std::string_view kEnv = "secret:env:", kFile = "secret:file:";
  if (text.rfind(kFile, 0) == 0) return text.size() > kFile.size();
  if (text.rfind(kEnv, 0) != 0 || text.size() == kEnv.size()) return false;
  for (std::size_t i = kEnv.size(); i < text.size(); ++i) {
    const char c = text[i];
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (!letter && (i == kEnv.size() || c < '0' || c > '9')) return false;
  }
  return true;
}

}  // namespace nova
