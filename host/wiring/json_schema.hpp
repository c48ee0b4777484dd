// JSON Schema, the subset plugins may use for their config (and the host publishes of its own).
//
// Keywords: type, properties, required, additionalProperties, enum, const, minimum, maximum,
// minLength, pattern, items, minItems, default, title, description, and x-secret (the text must be
// a reference to a secret), x-unit (for people), x-path (a relative path starts at the config
// file's folder). One rule is stricter than the standard: an object whose schema lists properties
// takes no others unless additionalProperties says so, because an unknown key is a misspelt one.
//
// Safe for hostile values and schemas: depth and the length of texts given to a pattern are
// bounded. Called by wiring for every plugin, and by the conformance checker.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace nova {

struct SchemaFinding {
  std::string pointer;  // where, "" = the value itself
  std::string message;  // rule, finding and, for a name, what was probably meant
};

struct SchemaOptions {
  std::filesystem::path base;  // folder at which relative x-path texts and secret:file start
};

// Fills in defaults, makes x-path texts absolute and reports everything wrong, in the order of the
// schema. Only a value without findings may be used. A null schema describes an empty object.
std::vector<SchemaFinding> apply_schema(const nlohmann::json& schema, nlohmann::json& value,
                                        const SchemaOptions& options = {});

// What is wrong with the schema itself: keywords outside the subset, keywords of a wrong type,
// patterns that do not compile, defaults that do not satisfy it. Pointers lead into the schema.
std::vector<SchemaFinding> check_schema(const nlohmann::json& schema);

// The value with every x-secret text replaced by "***": what may be shown.
nlohmann::json without_secrets(const nlohmann::json& schema, nlohmann::json value);

// True for "secret:env:NAME" and "secret:file:PATH", the two ways to name a secret.
bool is_secret_reference(const std::string& text);

}  // namespace nova
