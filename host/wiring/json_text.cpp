#include "host/wiring/json_text.hpp"

#include <algorithm>

namespace nova {
namespace {

using nlohmann::json;

// Builds the value from parser events. The library's own builder lets a second key silently replace
// the first, which in a config hides a mistake.
class Builder : public nlohmann::json_sax<json> {
 public:
  explicit Builder(ParsedJson& out) : out_(out) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t&) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // not in text
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    key_ = name;
    if (open_.back().node->contains(name))
      out_.problems.push_back(
          {0, 0, pointer_to(open_.back().pointer, name), "is given twice in one object"});
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& e) override {
    position_ = position;
    message_ = e.what();
    return false;
  }

  bool too_deep() const { return too_deep_; }
  std::size_t position() const { return position_; }
  const std::string& message() const { return message_; }

 private:
  struct Open {
    json* node;
    std::string pointer;
  };

  json* put(json value, std::string* pointer) {
    if (open_.empty()) {
      out_.value = std::move(value);
      return &out_.value;
    }
    auto& parent = open_.back();
    if (parent.node->is_array()) {
      if (pointer) *pointer = pointer_to(parent.pointer, parent.node->size());
      parent.node->push_back(std::move(value));
      return &parent.node->back();
    }
    if (pointer) *pointer = pointer_to(parent.pointer, key_);
    return &((*parent.node)[key_] = std::move(value));
  }

  bool add(json value) {
    put(std::move(value), nullptr);
    return true;
  }

  bool open(json value) {
    if (open_.size() == kDeepestJson) return !(too_deep_ = true);
    std::string pointer;
    json* node = put(std::move(value), &pointer);
    open_.push_back({node, std::move(pointer)});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  ParsedJson& out_;
  std::vector<Open> open_;
  std::string key_, message_;
  std::size_t position_ = 0;
  bool too_deep_ = false;
};

// The parser's message without its prefix, which repeats place and exception name.
std::string reason_of(const std::string& raw) {
  // It quotes what was read last, which need not be UTF-8.
  const std::string message =
      json::parse(json(raw).dump(-1, ' ', false, json::error_handler_t::replace));
  const auto column = message.find(", column ");
  const auto colon = column == std::string::npos ? std::string::npos : message.find(": ", column);
  return colon == std::string::npos ? message : message.substr(colon + 2);
}

}  // namespace

ParsedJson parse_json(std::string_view text) {
  ParsedJson out;
  Builder builder(out);
  if (json::sax_parse(text.begin(), text.end(), &builder)) return out;
  out.value = nullptr;
  out.problems.clear();
  JsonProblem problem;
  if (builder.too_deep()) {
    problem.message = "is nested deeper than " + std::to_string(kDeepestJson) + " levels";
  } else {
    // `position` counts the bytes read, the offending one included.
    const auto read = text.substr(0, std::min(builder.position(), text.size()));
    const auto seen = read.empty() ? read : read.substr(0, read.size() - 1);
    problem.line = 1 + static_cast<std::size_t>(std::count(seen.begin(), seen.end(), '\n'));
    const auto newline = seen.rfind('\n');
    problem.column =
        1 + (newline == std::string_view::npos ? seen.size() : seen.size() - newline - 1);
    problem.message = reason_of(builder.message());
  }
  out.problems.push_back(std::move(problem));
  return out;
}

std::string pointer_to(const std::string& base, std::string_view key) {
  std::string out = base + "/";
  for (const char c : key) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string pointer_to(const std::string& base, std::size_t index) {
  return base + "/" + std::to_string(index);
}

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t kLongest = 80;
  if (value.is_object() && !value.empty()) return "an object";
  if (value.is_array() && value.size() > 8) return "an array of " + std::to_string(value.size());
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= kLongest) return text;
  std::size_t cut = kLongest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;  // whole letters
  return text.substr(0, cut) + "...";
}

}  // namespace nova
