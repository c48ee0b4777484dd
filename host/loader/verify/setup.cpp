#include "host/loader/verify/setup.hpp"

#include <fstream>
#include <iterator>

namespace nova::verify {
namespace {

using nlohmann::json;

Result<TimePoint> parse_time(const std::string& text) {
  int year, month, day, hour, minute, second, used = 0;
  if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%dZ%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6 ||
      static_cast<std::size_t>(used) != text.size())
    return Error{ErrorCode::invalid_argument,
                 "/now: must look like 1998-06-30T00:00:00Z, got " + text};
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

Result<void> apply(const json& from, Setup& setup) {
  for (const auto& [key, value] : from.items()) {
    const auto wrong = [&, name = key](const char* rule) {
      return Error{ErrorCode::invalid_argument, "/" + name + ": must be " + rule};
    };
    if (key == "config") {
      if (!value.is_object()) return wrong("an object");
      setup.config = value;
    } else if (key == "bindings") {
      if (!value.is_array()) return wrong("an array");
      setup.bindings.clear();
      for (const auto& item : value) {
        if (!item.is_object() || !item.contains("name") || !item["name"].is_string())
          return wrong("an array of objects with a name");
        setup.bindings.push_back({item["name"], item.value("tenant", std::string("default")),
                                  item.value("settings", json::object()).dump()});
      }
    } else if (key == "now") {
      if (!value.is_string()) return wrong("a time");
      const auto now = parse_time(value);
      if (!now) return now.error();
      setup.now = *now;
    } else if (key == "points") {
      if (!value.is_number_unsigned() || value < 2) return wrong("a number from 2");
      setup.points = value;
    } else if (key == "skip") {
      if (!value.is_object()) return wrong("an object of reasons");
      for (const auto& [check, reason] : value.items()) {
        if (!reason.is_string() || reason == "") return wrong("an object of reasons");
        setup.skip[check] = reason;
      }
    } else if (key != "components" && key != "$schema") {
      return Error{ErrorCode::invalid_argument, "/" + key + ": is not a key of check.json"};
    }
  }
  return {};
}

}  // namespace

std::filesystem::path setup_file(const std::filesystem::path& library,
                                 const std::filesystem::path& given) {
  if (!given.empty()) return given;
  std::error_code failed;
  const auto folder = library.parent_path();
  for (const auto& name : {library.stem().string() + ".check.json", std::string("check.json")})
    if (std::filesystem::exists(folder / name, failed)) return folder / name;
  return {};
}

Result<Setup> read_setup(const std::filesystem::path& file, const std::string& component_id) {
  Setup setup;
  if (file.empty()) return setup;
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto root = json::parse(text, nullptr, false);
  const auto at = [&](const Error& error) {
    return Error{error.code, file.string() + ": " + error.message};
  };
  if (!in || !root.is_object()) return at({ErrorCode::invalid_argument, "must be a JSON object"});
  setup.folder = std::filesystem::absolute(file).parent_path();
  if (const auto good = apply(root, setup); !good) return at(good.error());
  const auto components = root.value("components", json::object());
  if (components.contains(component_id))
    if (const auto good = apply(components[component_id], setup); !good) return at(good.error());
  return setup;
}

}  // namespace nova::verify
