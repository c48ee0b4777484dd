// The declarative reader: one row a key says how it is read, checked, published and shown.
//
// A Table<T> lists the keys of one JSON object and the members of T they fill. From it come the
// parser (all errors, each with its pointer), the JSON Schema and the effective config, so the
// three cannot disagree. Used by config_keys.cpp only.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/wiring/json_text.hpp"

namespace nova::reader {

using nlohmann::json;
using nlohmann::ordered_json;

struct Problem {
  std::string pointer, message;
  bool by_schema;
};

// What one reading knows and collects.
struct Session {
  std::filesystem::path folder;  // at which relative paths start
  std::vector<Problem> problems;

  // Nothing is wrong at `pointer` or below: only then do checks across keys make sense.
  bool clean(const std::string& pointer) const;
};

// A place in the document.
struct Place {
  Session* session;
  std::string pointer;

  Place at(std::string_view key) const { return {session, pointer_to(pointer, key)}; }
  Place at(std::size_t index) const { return {session, pointer_to(pointer, index)}; }
  bool clean() const { return session->clean(pointer); }
  // A rule the published schema states, too; and one that it cannot state.
  void broken(std::string message) const {
    session->problems.push_back({pointer, std::move(message), true});
  }
  void refused(std::string message) const {
    session->problems.push_back({pointer, std::move(message), false});
  }
};

// How a value of type M is written in JSON.
template <class M>
struct Value {
  ordered_json schema;
  std::function<void(const json&, M&, const Place&)> read;  // leaves M alone when it is not right
  std::function<ordered_json(const M&)> show;               // null = is not set
};

enum class Need { optional, required };

// The untyped half of Table: what does not depend on T is compiled once.
class TableBase {
 public:
  explicit TableBase(std::string what) : what_(std::move(what)) {}

  ordered_json schema() const;
  void read(const json& node, void* object, const Place& place) const;
  ordered_json show(const void* object) const;
  std::vector<std::string> names() const;

 protected:
  struct Row {
    std::string name, description;
    bool required = false;
    ordered_json schema;
    std::function<void(const json&, void*, const Place&)> read;
    std::function<ordered_json(const void*)> show;
  };

  std::string what_;  // "a group", for messages
  std::vector<Row> rows_;
  std::vector<std::string> later_;  // keys of later versions
  std::map<std::string, std::string> never_;
  std::function<void(const json&, void*, const Place&)> check_;
};

template <class T>
class Table : public TableBase {
 public:
  using TableBase::TableBase;

  // `get` is a member pointer or a function from T& to M&. The default is what a fresh T holds; it
  // is published and shown.
  template <class Get, class M>
  Table& key(const char* name, Get get, Value<M> value, const char* description,
             Need need = Need::optional) {
    const T fresh{};
    const auto preset = value.show(std::invoke(get, fresh));
    add(name, get, value, description, need);
    if (need == Need::optional && !preset.is_null()) rows_.back().schema["default"] = preset;
    return *this;
  }

  // The default depends on other keys, so none is published.
  template <class Get, class M>
  Table& derived(const char* name, Get get, Value<M> value, const char* description) {
    add(name, get, value, description, Need::optional);
    return *this;
  }

  // Keys that a later version will know.
  Table& later(const std::vector<std::string>& names) {
    later_ = names;
    return *this;
  }

  // A key that will not come, and why.
  Table& never(std::string name, std::string why) {
    never_.emplace(std::move(name), std::move(why));
    return *this;
  }

  // Runs behind the keys, for rules across them; `node` tells which were given.
  Table& check(std::function<void(const json& node, T&, const Place&)> check) {
    check_ = [check = std::move(check)](const json& node, void* object, const Place& place) {
      check(node, *static_cast<T*>(object), place);
    };
    return *this;
  }

 private:
  template <class Get, class M>
  void add(const char* name, Get get, const Value<M>& value, const char* description, Need need) {
    Row row;
    row.name = name;
    row.description = description;
    row.required = need == Need::required;
    row.schema = value.schema;
    row.schema["description"] = description;
    row.read = [get, read = value.read](const json& node, void* object, const Place& place) {
      read(node, std::invoke(get, *static_cast<T*>(object)), place);
    };
    row.show = [get, show = value.show](const void* object) {
      return show(std::invoke(get, *static_cast<const T*>(object)));
    };
    rows_.push_back(std::move(row));
  }
};

template <class T>
Value<T> object(Table<T> finished) {
  const auto table = std::make_shared<const Table<T>>(std::move(finished));
  return {table->schema(),
          [table](const json& node, T& out, const Place& place) { table->read(node, &out, place); },
          [table](const T& value) { return table->show(&value); }};
}

// An element that is not right still takes its place, so that indices stay those of the document.
template <class M>
Value<std::vector<M>> list_of(Value<M> element, std::size_t least = 0) {
  Value<std::vector<M>> value;
  value.schema = {{"type", "array"}, {"items", element.schema}};
  if (least > 0) value.schema["minItems"] = least;
  value.read = [element, least](const json& node, std::vector<M>& out, const Place& place) {
    if (!node.is_array()) return place.broken("must be an array, got " + shown(node));
    if (node.size() < least)
      place.broken("must have at least " + std::to_string(least) + " element, got " +
                   std::to_string(node.size()));
    for (std::size_t i = 0; i < node.size(); ++i)
      element.read(node[i], out.emplace_back(), place.at(i));
  };
  value.show = [element](const std::vector<M>& list) {
    auto out = ordered_json::array();
    for (const auto& entry : list) out.push_back(element.show(entry));
    return out;
  };
  return value;
}

template <class M>
Value<std::optional<M>> maybe(Value<M> inner) {
  return {inner.schema,
          [inner](const json& node, std::optional<M>& out, const Place& place) {
            inner.read(node, out.emplace(), place);
          },
          [inner](const std::optional<M>& value) {
            return value ? inner.show(*value) : ordered_json();
          }};
}

}  // namespace nova::reader
