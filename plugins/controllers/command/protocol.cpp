#include "protocol.hpp"

#include <algorithm>

namespace nova::command {
namespace {

#define NOVA_ERROR_SCHEMA                                                          \
  R"("error": { "type": "object", "additionalProperties": false, "properties": {)" \
  R"("code": { "type": "string" }, "message": { "type": "string", "default": "" } } })"
#define NOVA_COUNT R"({ "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0 })"
#define NOVA_COUNTS                                                                           \
  R"("offer": { "type": "string", "default": "" }, "desired": )" NOVA_COUNT                   \
  R"(, "booting": )" NOVA_COUNT R"(, "serving": )" NOVA_COUNT R"(, "unhealthy": )" NOVA_COUNT \
  R"(, "draining": )" NOVA_COUNT

constexpr auto kListSchema =
    R"({ "type": "object", "additionalProperties": false, "properties": {)" NOVA_ERROR_SCHEMA
    R"(, "groups": { "type": "array", "items": { "type": "object", "additionalProperties": false, "properties": {
      "id": { "type": "string" }, "generation": { "type": "integer", "minimum": 1 },
      "min": { "type": "integer", "minimum": 0, "maximum": 1000000 },
      "max": { "type": "integer", "minimum": 0, "maximum": 1000000 },
      "offers": { "type": "array", "items": { "type": "object", "additionalProperties": false, "properties": {)" NOVA_COUNTS
    R"(} } },
      "machines": { "type": "array", "items": { "type": "object", "additionalProperties": false, "properties": {
        "id": { "type": "string", "minLength": 1 }, "offer": { "type": "string", "default": "" },
        "node": { "type": "string", "default": "" },
        "state": { "type": "string", "enum": ["booting", "running", "draining", "stopping", "failed"] },
        "healthy": { "type": "boolean" },
        "created_unix_s": { "type": "number" }, "serving_unix_s": { "type": "number" } } } },
      )" NOVA_ERROR_SCHEMA ", " NOVA_COUNTS "} } } } }";
constexpr auto kScaleSchema =
    R"({ "type": "object", "additionalProperties": false, "properties": {)" NOVA_ERROR_SCHEMA
    R"(, "results": { "type": "array", "items": { "type": "object", "additionalProperties": false, "properties": {)" NOVA_ERROR_SCHEMA
    "} } } } }";

struct Code {
  const char* name;
  nova_status status;
};
constexpr Code kCodes[] = {{"capacity", NOVA_CAPACITY},
                           {"quota", NOVA_QUOTA},
                           {"throttled", NOVA_THROTTLED},
                           {"unauthenticated", NOVA_UNAUTHENTICATED},
                           {"permission_denied", NOVA_PERMISSION_DENIED},
                           {"invalid", NOVA_INVALID_ARGUMENT},
                           {"unavailable", NOVA_UNAVAILABLE},
                           {"not_found", NOVA_NOT_FOUND},
                           {"aborted", NOVA_ABORTED},
                           {"failed_precondition", NOVA_FAILED_PRECONDITION}};

// The `error` of an object, if it has one.
std::optional<Verdict> error_in(const Config& object) {
  if (!object.has("error")) return std::nullopt;
  const auto error = object.object("error");
  const auto code = error.text("code");
  const auto at = std::find_if(std::begin(kCodes), std::end(kCodes),
                               [&](const Code& c) { return c.name == code; });
  if (at == std::end(kCodes))
    throw Error(NOVA_INVALID_ARGUMENT,
                error.pointer("code") + ": is no code of novascale.command/1, got \"" + code + '"');
  const auto text = error.text("message");
  return Verdict{at->status, 0, text.empty() ? code : text};
}

std::int64_t time_of(const Config& machine, const char* key) {
  if (!machine.has(key)) return NOVA_NONE;
  const double seconds = machine.number(key);
  if (!(std::fabs(seconds) < 9e9))
    throw Error(NOVA_INVALID_ARGUMENT,
                machine.pointer(key) + ": must be seconds since 1970-01-01 UTC");
  return std::llround(seconds * 1e3) * 1'000'000;
}

Machine machine_of(const Config& from, const std::string& group) {
  static constexpr const char* kStates[] = {"",         "booting", "running", "draining",
                                            "stopping", "",        "failed"};
  Machine out;
  out.group_id = group;
  out.machine_id = from.text("id");
  out.offer_id = from.text("offer");
  out.node = from.text("node");
  const auto state = from.text("state");
  out.state = static_cast<std::int32_t>(std::find(std::begin(kStates), std::end(kStates), state) -
                                        std::begin(kStates));
  if (from.has("healthy")) out.health = from.boolean("healthy") ? NOVA_HEALTHY : NOVA_UNHEALTHY;
  out.created_ns = time_of(from, "created_unix_s");
  out.serving_ns = time_of(from, "serving_unix_s");
  return out;
}

Held held_of(const Config& from) {
  const auto count = [&](const char* key) { return static_cast<std::uint32_t>(from.integer(key)); };
  return {from.text("offer"), count("desired"),   count("booting"),
          count("serving"),   count("unhealthy"), count("draining")};
}

Seen group_of(const Config& from) {
  Seen out;
  out.id = from.text("id");
  if (const auto error = error_in(from)) {
    out.status = error->status, out.why = error->note;
    return out;
  }
  if (from.has("generation"))
    out.generation = static_cast<std::uint64_t>(from.integer("generation"));
  if (from.has("min")) out.min = static_cast<std::uint32_t>(from.integer("min"));
  if (from.has("max")) out.max = static_cast<std::uint32_t>(from.integer("max"));
  if (from.has("offers")) {
    for (const auto& offer : from.objects("offers")) out.offers.push_back(held_of(offer));
    for (const auto* key : {"offer", "desired", "booting", "serving", "unhealthy", "draining"})
      if (from.json().contains(key))
        throw Error(NOVA_INVALID_ARGUMENT, from.pointer(key) + ": has no place beside offers");
  } else {
    if (!from.json().contains("desired"))
      throw Error(NOVA_INVALID_ARGUMENT, from.pointer("desired") + ": is required without offers");
    out.offers.push_back(held_of(from));
  }
  if (from.has("machines")) {
    out.machines.emplace();
    for (const auto& machine : from.objects("machines"))
      out.machines->push_back(machine_of(machine, out.id));
  }
  return out;
}

// Reads an answer; its own error ends the call, what is wrong with it is ours to tell.
template <class Read>
auto strictly(const std::string& answer, const char* schema, Read&& read) {
  std::optional<Verdict> error;
  try {
    const Config object(answer, schema);
    if (answer.find_first_not_of(" \t\r\n") == answer.npos)
      throw Error(NOVA_INVALID_ARGUMENT, "nothing at all");
    error = error_in(object);
    if (!error) return read(object);
  } catch (const Error& e) {
    throw Error(NOVA_INTERNAL, std::string("the answer is not novascale.command/1: ") + e.what());
  }
  throw Error(error->status, error->note);
}

Json group_json(const std::string& id, const GroupConfigs& configs) {
  const auto at = configs.find(id);
  return {{"id", id}, {"config", at == configs.end() ? Json::object() : at->second}};
}

std::string hex(const Token& token) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += {kDigits[token[i] >> 4], kDigits[token[i] & 15]};
  }
  return out;
}

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string list_request(const std::vector<std::string>& groups, const GroupConfigs& configs) {
  Json list = Json::array();
  for (const auto& id : groups) list.push_back(group_json(id, configs));
  return dumped({{"protocol", "novascale.command/1"}, {"op", "list"}, {"groups", list}});
}

std::string scale_request(const std::vector<Row>& rows, const GroupConfigs& configs) {
  Json list = Json::array();
  for (const auto& row : rows) {
    list.push_back({{"group", group_json(row.group, configs)},
                    {"offer", row.offer},
                    {"desired", row.desired},
                    {"token", hex(row.token)},
                    {"reason", row.reason}});
    if (row.fence) list.back()["fence"] = *row.fence;
  }
  return dumped({{"protocol", "novascale.command/1"}, {"op", "scale"}, {"requests", list}});
}

std::vector<Seen> parse_list(const std::string& answer, const std::vector<std::string>& asked) {
  return strictly(answer, kListSchema, [&](const Config& object) {
    std::map<std::string, Seen> told;
    for (const auto& group : object.objects("groups")) {
      auto seen = group_of(group);
      const auto id = seen.id;
      if (!told.try_emplace(id, std::move(seen)).second)
        throw Error(NOVA_INVALID_ARGUMENT, group.pointer("id") + ": \"" + id + "\" comes twice");
    }
    std::vector<Seen> out;
    for (const auto& id : asked) {
      Seen none;
      none.id = id, none.status = NOVA_NOT_FOUND, none.why = "the program does not list this group";
      const auto at = told.find(id);
      out.push_back(at == told.end() ? none : at->second);
    }
    return out;
  });
}

std::vector<Verdict> parse_scale(const std::string& answer, std::size_t sent) {
  return strictly(answer, kScaleSchema, [&](const Config& object) {
    const auto results = object.objects("results");
    if (results.size() != sent)
      throw Error(NOVA_INVALID_ARGUMENT, "/results: must have one entry for each of " +
                                             std::to_string(sent) + " requests, has " +
                                             std::to_string(results.size()));
    std::vector<Verdict> out;
    for (const auto& result : results) out.push_back(error_in(result).value_or(Verdict{}));
    return out;
  });
}

}  // namespace nova::command
