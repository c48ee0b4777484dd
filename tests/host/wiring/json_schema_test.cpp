// Goal: a plugin's config is either complete and right, or every mistake in it is named.
// Method: tables of schema, value and finding, the standard's meaning of each keyword included.
#include "host/wiring/json_schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "host/wiring/json_text.hpp"

namespace nova {
namespace {

using nlohmann::json;

std::string findings_of(const char* schema, const char* value) {
  auto config = json::parse(value);
  std::string out;
  for (const auto& f : apply_schema(json::parse(schema), config, {"/base"}))
    out += (out.empty() ? "" : "\n") + f.pointer + ": " + f.message;
  return out;
}

TEST(JsonSchema, ReportsEachBrokenRule) {
  const std::tuple<const char*, const char*, const char*, const char*> cases[] = {
      {"type", R"({"type":"integer"})", "1.5", ": must be an integer, got 1.5"},
      {"whole float is an integer", R"({"type":"integer"})", "2.0", ""},
      {"types", R"({"type":["number","null"]})", R"("a")", ": must be a number or null, got \"a\""},
      {"minimum", R"({"minimum":2})", "1", ": must be >= 2, got 1"},
      {"minimum reached", R"({"minimum":2})", "2", ""},
      {"maximum", R"({"maximum":0.5})", "0.6", ": must be <= 0.5, got 0.6"},
      {"bounds are for numbers", R"({"minimum":2})", R"("a")", ""},
      {"minLength", R"({"minLength":2})", R"("ä")", ": must have at least 2 characters, got \"ä\""},
      {"pattern", R"({"pattern":"^a+$"})", R"("ab")", ": must match ^a+$, got \"ab\""},
      {"pattern searches", R"({"pattern":"b"})", R"("abc")", ""},
      {"enum", R"({"enum":["linear","zoh"]})", R"("liner")",
       ": must be one of \"linear\", \"zoh\", got \"liner\" (did you mean \"linear\"?)"},
      {"const", R"({"const":1})", "2", ": must be 1, got 2"},
      {"required", R"({"type":"object","required":["file"]})", "{}",
       ": must have the key \"file\""},
      {"minItems", R"({"type":"array","minItems":1})", "[]",
       ": must have at least 1 element, got 0"},
      {"items", R"({"items":{"type":"string"}})", R"(["a",1])", "/1: must be a string, got 1"},
      {"unknown key", R"({"properties":{"boot_time":{}}})", R"({"boot_tme":1})",
       "/boot_tme: unknown key (did you mean \"boot_time\"?)"},
      {"unknown key, far", R"({"properties":{"boot_time":{}}})", R"({"x":1})", "/x: unknown key"},
      {"open object", R"({"properties":{"a":{}},"additionalProperties":true})", R"({"b":1})", ""},
      {"typed rest", R"({"properties":{"a":{}},"additionalProperties":{"type":"number"}})",
       R"({"b":"c"})", "/b: must be a number, got \"c\""},
      {"no keys named", R"({"type":"object"})", R"({"b":1})", ""},
      {"no schema", "null", R"({"b":1})", "/b: unknown key"},
      {"nested place", R"({"properties":{"a/b":{"items":{"type":"null"}}}})", R"({"a/b":[1]})",
       "/a~1b/0: must be null, got 1"},
      {"secret", R"({"x-secret":true})", R"("hunter2")",
       ": must be a reference, \"secret:env:NAME\" or \"secret:file:PATH\", got a value"},
      {"secret of a wrong type", R"({"type":"string","x-secret":true})", "12345",
       ": must be a string, got a number"},
      {"several", R"({"properties":{"a":{"type":"string"},"b":{"minimum":0}},"required":["c"]})",
       R"({"a":1,"b":-1})",
       "/a: must be a string, got 1\n/b: must be >= 0, got -1\n: must have the key \"c\""},
  };
  for (const auto& [name, schema, value, want] : cases)
    EXPECT_EQ(findings_of(schema, value), want) << name;
}

TEST(JsonSchema, FillsInDefaultsBelowDefaults) {
  const auto schema = json::parse(
      R"({"properties":{"a":{"type":"number","default":1},
          "o":{"type":"object","default":{},"properties":{"p":{"default":"x"}}},
          "given":{"default":5}, "none":{"type":"string"}}})");
  json value = {{"given", 7}};
  EXPECT_TRUE(apply_schema(schema, value).empty());
  EXPECT_EQ(value, json::parse(R"({"a":1,"o":{"p":"x"},"given":7})"));
}

TEST(JsonSchema, MakesPathsAbsoluteAndChecksSecrets) {
  const auto schema = json::parse(
      R"({"properties":{"file":{"x-path":true,"default":"d.csv"},"abs":{"x-path":true},
          "list":{"items":{"x-path":true}},"key":{"x-secret":true},"env":{"x-secret":true}}})");
  json value = {{"abs", "/etc/x"},
                {"list", {"../a", ""}},
                {"key", "secret:file:k.txt"},
                {"env", "secret:env:TOKEN"}};
  EXPECT_TRUE(apply_schema(schema, value, {"/base/configs"}).empty());
  EXPECT_EQ(value["file"], "/base/configs/d.csv");
  EXPECT_EQ(value["abs"], "/etc/x");
  EXPECT_EQ(value["list"], json({"/base/a", ""}));
  EXPECT_EQ(value["key"], "secret:file:/base/configs/k.txt");
  EXPECT_EQ(value["env"], "secret:env:TOKEN");
  EXPECT_EQ(without_secrets(schema, value)["key"], "***");
  EXPECT_EQ(without_secrets(schema, value)["abs"], "/etc/x");
}

TEST(JsonSchema, KnowsSecretReferences) {
  for (const auto* good : {"secret:env:A", "secret:env:_a9", "secret:file:/run/x"})
    EXPECT_TRUE(is_secret_reference(good)) << good;
  for (const auto* bad : {"", "secret:env:", "secret:env:9A", "secret:env:A B",
                          "secret:file:", "secret:vault:x", "env:A", " secret:env:A"})
    EXPECT_FALSE(is_secret_reference(bad)) << bad;
}

TEST(JsonSchema, RefusesKeywordsOutsideTheSubset) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"fine",
       R"({"$schema":"x","type":"object","properties":{"a":{"type":"string","default":"b","x-unit":"s"}}})",
       ""},
      {"not an object", "[]", ": must be a schema, got []"},
      {"foreign keyword", R"({"oneOf":[]})", "/oneOf: is a keyword outside the supported subset"},
      {"misspelt keyword", R"({"properties":{"a":{"minimun":1}}})",
       "/properties/a/minimun: is a keyword outside the supported subset (did you mean "
       "\"minimum\"?)"},
      {"wrong keyword type", R"({"minLength":-1})", "/minLength: must be a count, got -1"},
      {"unknown type", R"({"type":"int"})",
       "/type: must be a JSON type or a list of them, got \"int\""},
      {"bad pattern", R"({"pattern":"("})",
       "/pattern: must be an ECMAScript pattern of at most 512 bytes, got \"(\""},
      {"bad default", R"({"properties":{"a":{"type":"number","default":"x"}}})",
       "/properties/a/default: must be a number, got \"x\""},
      {"items as a list", R"({"items":[{"type":"null"}]})",
       "/items: must be a schema, got [{\"type\":\"null\"}]"},
  };
  for (const auto& [name, schema, want] : cases) {
    std::string out;
    for (const auto& f : check_schema(json::parse(schema)))
      out += (out.empty() ? "" : "\n") + f.pointer + ": " + f.message;
    EXPECT_EQ(out, want) << name;
  }
}

TEST(JsonSchema, WithstandsHostileInput) {
  // A text that would recurse through std::regex, a pattern that backtracks, a schema with keywords
  // of every wrong type, and a value nested as deep as a value can be.
  EXPECT_EQ(
      findings_of(R"({"pattern":"^(a|b)*$"})", ("\"" + std::string(100000, 'a') + "\"").c_str()),
      ": must not be longer than 512 bytes, got 100000");
  EXPECT_EQ(findings_of(R"({"pattern":"^(a|b)*$"})", ("\"" + std::string(512, 'a') + "\"").c_str()),
            "");
  EXPECT_EQ(
      findings_of(R"({"type":5,"enum":{},"properties":[],"required":3,"items":7,"minItems":"x",
                            "minLength":[],"pattern":{},"minimum":"a","additionalProperties":9})",
                  R"({"a":[1]})"),
      "/a: unknown key");
  json deep = 1, schema = json::object();
  for (int i = 0; i < 200; ++i) {
    deep = json::array({deep});
    schema = {{"items", schema}};
  }
  EXPECT_EQ(apply_schema(schema, deep).at(0).message, "is nested too deeply");
}

// A value of any shape, with the keys that random schemas speak of.
json random_value(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 3 ? 5 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return static_cast<int>(random() % 5) - 2;
    case 2:
      return 0.5;
    case 3:
      return "a";
    case 4:
      return random() % 2 == 0;
    case 5:
      return json::array({random_value(random, depth + 1), random_value(random, depth + 1)});
    default: {
      json object = json::object();
      for (const auto* key : {"a", "b", "type", "default"})
        if (random() % 3 == 0) object[key] = random_value(random, depth + 1);
      return object;
    }
  }
}

// A schema whose keywords are mostly right and sometimes nonsense.
json random_schema(std::mt19937_64& random, int depth) {
  json schema = json::object();
  const auto often = [&](int n) { return random() % static_cast<unsigned>(n) == 0; };
  const char* types[] = {"object", "array", "string", "number", "integer", "boolean", "null"};
  if (often(3)) schema["type"] = types[random() % 7];
  if (often(5)) schema["minimum"] = static_cast<int>(random() % 3) - 1;
  if (often(5)) schema["minItems"] = random() % 3;
  if (often(5)) schema["enum"] = {"a", 0.5, nullptr};
  if (often(6)) schema["default"] = random_value(random, 3);
  if (often(6)) schema["required"] = {"a"};
  if (often(8)) schema["x-path"] = true;
  if (often(9)) schema["additionalProperties"] = often(2);
  if (depth < 4 && often(2))
    for (const auto* key : {"a", "b"}) schema["properties"][key] = random_schema(random, depth + 1);
  if (depth < 4 && often(4)) schema["items"] = random_schema(random, depth + 1);
  for (const auto* key : {"pattern", "items", "properties", "const", "maximum", "x-secret", "type"})
    if (often(60)) schema[key] = random_value(random, 2);
  return schema;
}

TEST(JsonSchema, KeepsItsWordOnRandomSchemas) {
  std::mt19937_64 random{5};
  int sound = 0, accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    const json schema = random_schema(random, 0);
    const json before = random_value(random, 0);
    json value = before;
    const bool fine = apply_schema(schema, value).empty();
    if (!check_schema(schema).empty()) continue;
    ++sound;
    if (!fine) continue;
    ++accepted;
    // Law: what was accepted once is accepted again, unchanged, because defaults are complete.
    auto again = value;
    EXPECT_TRUE(apply_schema(schema, again).empty()) << schema << " " << before;
    EXPECT_EQ(again, value) << schema << " " << before;
  }
  EXPECT_GT(sound, 1000);
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace nova
