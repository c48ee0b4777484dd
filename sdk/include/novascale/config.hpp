// The typed reader of a component's config.
//
// The host validates the config against the component's JSON Schema, applies its defaults and
// passes the final object as text. A reader given no key still answers the schema's default, so an
// author's test may hand over "{}". A wrong type, a value outside the schema's bounds or an unknown
// key is NOVA_INVALID_ARGUMENT with the JSON pointer of the place: `/damping: must be a number, got
// "x"`.
#pragma once

#include <novascale/text.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nova {
inline namespace sdk_v1 {

using Json = nlohmann::json;

// "90s", "4h", "7d", "1h30m", "500ms", "0"; nullopt when it is none.
inline std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double ns;
  };
  static constexpr Unit kUnits[] = {{"ns", 1},   {"us", 1e3},   {"ms", 1e6},    {"s", 1e9},
                                    {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"w", 604800e9}};
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds{0};
  double total = 0;
  bool any = false;
  while (!text.empty()) {
    double number = 0, scale = 1;
    std::size_t digits = 0, i = 0;
    bool fraction = false;
    for (; i < text.size() && ((text[i] >= '0' && text[i] <= '9') || (text[i] == '.' && !fraction));
         ++i) {
      if (text[i] == '.') {
        fraction = true;
        continue;
      }
      ++digits;
      number = number * 10 + (text[i] - '0');
      if (fraction) scale *= 10;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(i);
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const Unit* unit = nullptr;
    for (const auto& u : kUnits)
      if (u.name == text.substr(0, letters)) unit = &u;
    if (unit == nullptr) return std::nullopt;
    text.remove_prefix(letters);
    total += number / scale * unit->ns;
    any = true;
  }
  if (!any || !(total < 9.2e18)) return std::nullopt;  // int64 nanoseconds end after 292 years
  const auto ns = static_cast<std::int64_t>(std::llround(total));
  return std::chrono::nanoseconds{negative ? -ns : ns};
}

class Config {
 public:
  // json: the config text; "" = {}. schema: the component's, may be "".
  Config(std::string_view json, std::string_view schema)
      : document_(std::make_shared<Document>(parse(json, "config"), parse(schema, "schema"))) {
    value_ = &document_->value;
    schema_ = &document_->schema;
    if (!value_->is_object()) fail("must be an object, got " + shown(*value_));
    check_keys();
  }

  bool has(std::string_view key) const { return find(key) != nullptr; }

  double number(std::string_view key) const {
    const Json& v = need(key);
    if (!v.is_number()) fail(key, "must be a number, got " + shown(v));
    return in_bounds(key, v.get<double>(), v);
  }
  std::int64_t integer(std::string_view key) const {
    const Json& v = need(key);
    const double d = v.is_number() ? v.get<double>() : NAN;
    if (!(std::floor(d) == d) || std::fabs(d) > 9e15)
      fail(key, "must be a whole number, got " + shown(v));
    in_bounds(key, d, v);
    return v.is_number_integer() ? v.get<std::int64_t>() : static_cast<std::int64_t>(d);
  }
  bool boolean(std::string_view key) const {
    const Json& v = need(key);
    if (!v.is_boolean()) fail(key, "must be true or false, got " + shown(v));
    return v.get<bool>();
  }
  std::string text(std::string_view key) const {
    const Json& v = need(key);
    if (!v.is_string()) fail(key, "must be a text, got " + shown(v));
    const auto& choices = rule(key, "enum");
    if (choices.is_array() && std::find(choices.begin(), choices.end(), v) == choices.end())
      fail(key, "must be one of " + choices.dump() + ", got " + shown(v));
    const auto& least = rule(key, "minLength");
    if (least.is_number() && v.get_ref<const std::string&>().size() < least.get<std::size_t>())
      fail(key, "must have at least " + least.dump() + " characters, got " + shown(v));
    return v.get<std::string>();
  }
  std::chrono::nanoseconds duration(std::string_view key) const {
    const Json& v = need(key);
    const auto parsed = v.is_string() ? parse_duration(v.get_ref<const std::string&>())
                                      : std::optional<std::chrono::nanoseconds>{};
    if (!parsed) fail(key, "must be a duration such as \"90s\" or \"4h\", got " + shown(v));
    return *parsed;
  }
  std::vector<double> numbers(std::string_view key) const {
    const Json& v = need(key);
    if (v.is_number()) return {v.get<double>()};  // one value may stand without brackets
    if (!v.is_array()) fail(key, "must be an array of numbers, got " + shown(v));
    std::vector<double> out;
    for (const auto& item : v) {
      if (!item.is_number()) fail(key, "must be an array of numbers, got " + shown(v));
      out.push_back(item.get<double>());
    }
    return out;
  }
  std::vector<std::string> texts(std::string_view key) const {
    const Json& v = need(key);
    if (!v.is_array()) fail(key, "must be an array of texts, got " + shown(v));
    std::vector<std::string> out;
    for (const auto& item : v) {
      if (!item.is_string()) fail(key, "must be an array of texts, got " + shown(v));
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  // A nested object; an absent one reads as {}, so its own defaults hold.
  Config object(std::string_view key) const {
    static const Json kEmpty = Json::object();
    const Json* v = find(key);
    if (v == nullptr) v = &kEmpty;
    if (!v->is_object()) fail(key, "must be an object, got " + shown(*v));
    return Config(document_, v, &property(key), path_ + "/" + std::string(key));
  }
  std::vector<Config> objects(std::string_view key) const {
    std::vector<Config> out;
    const Json& v = need(key);
    if (!v.is_array()) fail(key, "must be an array of objects, got " + shown(v));
    const Json& items = member(property(key), "items");
    for (std::size_t i = 0; i < v.size(); ++i) {
      const auto path = path_ + "/" + std::string(key) + "/" + std::to_string(i);
      if (!v[i].is_object())
        throw Error(NOVA_INVALID_ARGUMENT, path + ": must be an object, got " + shown(v[i]));
      out.push_back(Config(document_, &v[i], &items, path));
    }
    return out;
  }
  const Json& json() const noexcept { return *value_; }
  // The JSON pointer of a key, for messages of the author's own checks.
  std::string pointer(std::string_view key) const { return path_ + "/" + std::string(key); }

  // What the component runs with: defaults filled in, secrets as "***". For describe().
  Json effective() const { return effective(*value_, *schema_); }

 private:
  struct Document {
    Document(Json v, Json s) : value(std::move(v)), schema(std::move(s)) {}
    Json value, schema;
  };
  Config(std::shared_ptr<const Document> document, const Json* value, const Json* schema,
         std::string path)
      : document_(std::move(document)), value_(value), schema_(schema), path_(std::move(path)) {
    check_keys();
  }

  static Json parse(std::string_view text, const char* what) {
    if (text.empty()) return Json::object();
    Json parsed = Json::parse(text, nullptr, false);
    if (parsed.is_discarded())
      throw Error(NOVA_INVALID_ARGUMENT, std::string(what) + " is not valid JSON");
    return parsed;
  }
  static const Json& member(const Json& of, std::string_view key) {
    static const Json kNone;
    if (!of.is_object()) return kNone;
    const auto it = of.find(key);
    return it == of.end() ? kNone : *it;
  }
  const Json& property(std::string_view key) const {
    return member(member(*schema_, "properties"), key);
  }
  const Json& rule(std::string_view key, const char* name) const {
    return member(property(key), name);
  }
  const Json* find(std::string_view key) const {
    if (const auto it = value_->find(key); it != value_->end()) return &*it;
    const Json& schema = property(key);
    if (!schema.is_object()) return nullptr;
    const auto it = schema.find("default");
    return it == schema.end() ? nullptr : &*it;
  }
  const Json& need(std::string_view key) const {
    const Json* v = find(key);
    if (v == nullptr) fail(key, "is required");
    return *v;
  }
  double in_bounds(std::string_view key, double d, const Json& v) const {
    const auto &low = rule(key, "minimum"), &high = rule(key, "maximum");
    if (low.is_number() && d < low.get<double>())
      fail(key, "must be >= " + low.dump() + ", got " + shown(v));
    if (high.is_number() && d > high.get<double>())
      fail(key, "must be <= " + high.dump() + ", got " + shown(v));
    return d;
  }
  void check_keys() const {
    const Json& open = member(*schema_, "additionalProperties");
    if (!open.is_boolean() || open.get<bool>()) return;
    for (const auto& [key, ignored] : value_->items())
      if (!property(key).is_object()) fail(key, "is not a known key");
  }
  static Json effective(const Json& value, const Json& schema) {
    if (member(schema, "x-secret") == Json(true)) return "***";
    Json out = value;
    if (value.is_object())
      for (const auto& [key, sub] : member(schema, "properties").items()) {
        if (const auto it = value.find(key); it != value.end())
          out[key] = effective(*it, sub);
        else if (sub.is_object() && sub.contains("default"))
          out[key] = sub["default"];
      }
    if (value.is_array())
      for (auto& item : out) item = effective(item, member(schema, "items"));
    return out;
  }
  static std::string shown(const Json& v) {
    auto text = v.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() > 80 ? text.substr(0, 77) + "..." : text;
  }
  [[noreturn]] void fail(std::string_view key, const std::string& what) const {
    throw Error(NOVA_INVALID_ARGUMENT, pointer(key) + ": " + what);
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(NOVA_INVALID_ARGUMENT, (path_.empty() ? "config" : path_) + ": " + what);
  }

  std::shared_ptr<const Document> document_;
  const Json* value_;
  const Json* schema_;
  std::string path_;
};

}  // namespace sdk_v1
}  // namespace nova
