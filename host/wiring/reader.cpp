#include "host/wiring/reader.hpp"

#include <algorithm>

#include "host/wiring/suggest.hpp"

namespace nova::reader {

bool Session::clean(const std::string& pointer) const {
  return std::none_of(problems.begin(), problems.end(), [&](const Problem& problem) {
    const auto& at = problem.pointer;
    return at.compare(0, pointer.size(), pointer) == 0 &&
           (at.size() == pointer.size() || at[pointer.size()] == '/');
  });
}

ordered_json TableBase::schema() const {
  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
  for (const auto& row : rows_) {
    properties[row.name] = row.schema;
    if (row.required) required.push_back(row.name);
  }
  ordered_json out = {{"type", "object"}, {"properties", properties}};
  if (!required.empty()) out["required"] = required;
  out["additionalProperties"] = false;
  return out;
}

void TableBase::read(const json& node, void* object, const Place& place) const {
  if (!node.is_object()) return place.broken("must be an object, got " + shown(node));
  const auto known = names();
  for (const auto& row : rows_) {
    if (const auto it = node.find(row.name); it != node.end())
      row.read(*it, object, place.at(row.name));
    else if (row.required)
      place.broken(what_ + " must have the key \"" + row.name + "\"");
  }
  for (const auto& [name, value] : node.items()) {
    if (std::count(known.begin(), known.end(), name)) continue;
    if (const auto why = never_.find(name); why != never_.end()) {
      place.at(name).broken("is not a key: " + why->second);
      continue;
    }
    const bool later = std::count(later_.begin(), later_.end(), name) != 0;
    place.at(name).broken(later ? "is not available in this version"
                                : "unknown key" + did_you_mean(name, known));
  }
  if (check_) check_(node, object, place);
}

std::vector<std::string> TableBase::names() const {
  std::vector<std::string> out;
  for (const auto& row : rows_) out.push_back(row.name);
  return out;
}

ordered_json TableBase::show(const void* object) const {
  ordered_json out = ordered_json::object();
  for (const auto& row : rows_)
    if (auto value = row.show(object); !value.is_null()) out[row.name] = std::move(value);
  return out;
}

}  // namespace nova::reader
