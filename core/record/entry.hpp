// An entry: one line of the journal.
//
// The journal is a sequence of JSON objects, one a line: seq, time_unix_ns, type, tenant, group,
// then the body of that type. Written by the host before the door opens, read by history, explain,
// replay and restart. Doubles are written so that they read back bit for bit; NaN is null.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova {

// Keys keep their order, so a line reads the same however it was made.
using Json = nlohmann::ordered_json;

enum class EntryType {
  start,
  input,
  forecast,
  offers,
  decision,
  operation,
  outcome,
  event,
  plan,
  proposal,  // of a policy plugin
};
const char* to_string(EntryType type) noexcept;

struct Entry {
  std::uint64_t seq = 0;  // from 1, without holes
  TimePoint time;
  EntryType type = EntryType::event;
  std::string tenant, group;  // empty where an entry speaks of all
  Json body = Json::object();

  std::string to_line() const;  // without the newline

  // Errors: data_loss for a line that is not a whole entry (a torn write at the end of a journal).
  static Result<Entry> from_line(std::string_view line);

  // The id of the decision in this entry: "tenant/group#seq".
  std::string decision_id() const;
};

// Numbers of a journal: NaN and infinities become null and come back as NaN.
Json number(double x);
double number(const Json& value);

}  // namespace nova
