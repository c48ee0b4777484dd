#include "core/record/entry.hpp"

#include <array>
#include <cmath>
#include <optional>

namespace nova {
namespace {

constexpr std::array<const char*, 10> kTypes{"start",    "input",     "forecast", "offers",
                                             "decision", "operation", "outcome",  "event",
                                             "plan",     "proposal"};

std::optional<EntryType> type_from(const std::string& name) {
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if (name == kTypes[i]) return static_cast<EntryType>(i);
  return std::nullopt;
}

}  // namespace

const char* to_string(EntryType type) noexcept { return kTypes[static_cast<std::size_t>(type)]; }

std::string Entry::to_line() const {
  Json line;
  line["seq"] = seq;
  line["time_unix_ns"] = unix_ns(time);
  line["type"] = to_string(type);
  if (!tenant.empty()) line["tenant"] = tenant;
  if (!group.empty()) line["group"] = group;
  for (const auto& [key, value] : body.items()) line[key] = value;
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Entry> Entry::from_line(std::string_view text) {
  auto line = Json::parse(text, nullptr, false);
  const auto torn = [&](const std::string& what) {
    return Error{ErrorCode::data_loss,
                 "journal: " + what + ", got " + std::string(text.substr(0, 80))};
  };
  if (!line.is_object()) return torn("a line must be one JSON object");
  Entry entry;
  const auto seq = line.find("seq"), time = line.find("time_unix_ns"), type = line.find("type");
  if (seq == line.end() || !seq->is_number_unsigned() || time == line.end() ||
      !time->is_number_integer() || type == line.end() || !type->is_string())
    return torn("a line must have seq, time_unix_ns and type");
  const auto known = type_from(type->get<std::string>());
  if (!known) return torn("unknown type " + type->get<std::string>());
  entry.seq = seq->get<std::uint64_t>();
  entry.time = from_unix_ns(time->get<std::int64_t>());
  entry.type = *known;
  const auto text_of = [&](const char* key) {
    const auto at = line.find(key);
    return at != line.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  entry.tenant = text_of("tenant");
  entry.group = text_of("group");
  for (const auto& [key, value] : line.items())
    if (key != "seq" && key != "time_unix_ns" && key != "type" && key != "tenant" && key != "group")
      entry.body[key] = value;
  return entry;
}

std::string Entry::decision_id() const { return tenant + "/" + group + "#" + std::to_string(seq); }

Json number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }
double number(const Json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

}  // namespace nova
