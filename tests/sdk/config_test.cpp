// Goal: an author reads typed values with the schema's defaults, and every mistake names its place,
// the rule and what was found. Method: tables of good and bad texts.
#include <gtest/gtest.h>

#include <novascale/config.hpp>

namespace {

using namespace std::chrono_literals;

constexpr auto kSchema = R"({ "type": "object", "additionalProperties": false, "properties": {
  "damping": { "type": "number", "minimum": 0, "maximum": 1, "default": 0.5 },
  "count":   { "type": "integer", "default": 3 },
  "name":    { "type": "string", "minLength": 2 },
  "mode":    { "type": "string", "enum": ["a", "b"], "default": "a" },
  "on":      { "type": "boolean", "default": true },
  "wait":    { "type": "string", "default": "90s" },
  "seasons": { "type": ["integer", "array"], "default": [] },
  "token":   { "type": "string", "x-secret": true },
  "inner":   { "type": "object", "properties": { "depth": { "type": "number", "default": 7 } } },
  "rows":    { "type": "array", "items": { "type": "object", "additionalProperties": false,
               "properties": { "price": { "type": "number", "default": 1 } } } } } })";

TEST(Duration, ReadsWhatTheConfigWrites) {
  const std::pair<const char*, std::chrono::nanoseconds> good[] = {
      {"90s", 90s},     {"4h", 4h},       {"7d", 168h},   {"500ms", 500ms},
      {"1h30m", 90min}, {"0", 0s},        {"-30s", -30s}, {"1.5m", 90s},
      {"2w", 336h},     {"0.25s", 250ms}, {"10us", 10us}, {"3ns", std::chrono::nanoseconds(3)}};
  for (const auto& [text, value] : good) EXPECT_EQ(nova::parse_duration(text), value) << text;
  for (const auto* text :
       {"", "s", "90", "90 s", "90x", "1h30", "-", "1..5s", "nan", "900000000000d"})
    EXPECT_FALSE(nova::parse_duration(text).has_value()) << text;
}

TEST(Config, AnswersTheSchemasDefaultForAnAbsentKey) {
  const nova::Config c("{}", kSchema);
  EXPECT_EQ(c.number("damping"), 0.5);
  EXPECT_EQ(c.integer("count"), 3);
  EXPECT_EQ(c.text("mode"), "a");
  EXPECT_TRUE(c.boolean("on"));
  EXPECT_EQ(c.duration("wait"), 90s);
  EXPECT_TRUE(c.numbers("seasons").empty());
  EXPECT_EQ(c.object("inner").number("depth"), 7);
  EXPECT_FALSE(c.has("name"));
  EXPECT_TRUE(c.has("mode"));
  EXPECT_EQ(nova::Config("", kSchema).number("damping"), 0.5);
}

TEST(Config, ReadsWhatIsGiven) {
  const nova::Config c(
      R"({"damping": 1, "count": 4.0, "name": "ab", "seasons": [24, 168], "wait": "4h",
          "inner": {"depth": 2}, "rows": [{}, {"price": 9}]})",
      kSchema);
  EXPECT_EQ(c.number("damping"), 1);
  EXPECT_EQ(c.integer("count"), 4);
  EXPECT_EQ(c.numbers("seasons"), (std::vector<double>{24, 168}));
  EXPECT_EQ(c.object("inner").number("depth"), 2);
  const auto rows = c.objects("rows");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].number("price"), 1);
  EXPECT_EQ(rows[1].number("price"), 9);
  EXPECT_EQ(nova::Config(R"({"seasons": 24})", kSchema).numbers("seasons").at(0), 24);
}

TEST(Config, NamesPlaceRuleAndFinding) {
  using Read = void (*)(const nova::Config&);
  const std::tuple<const char*, Read, const char*> cases[] = {
      {R"({"damping": "x"})", [](const nova::Config& c) { c.number("damping"); },
       "/damping: must be a number, got \"x\""},
      {R"({"damping": 2})", [](const nova::Config& c) { c.number("damping"); },
       "/damping: must be <= 1, got 2"},
      {R"({"damping": -1})", [](const nova::Config& c) { c.number("damping"); },
       "/damping: must be >= 0, got -1"},
      {R"({"count": 1.5})", [](const nova::Config& c) { c.integer("count"); },
       "/count: must be a whole number, got 1.5"},
      {"{}", [](const nova::Config& c) { c.text("name"); }, "/name: is required"},
      {R"({"name": "a"})", [](const nova::Config& c) { c.text("name"); },
       "/name: must have at least 2 characters, got \"a\""},
      {R"({"mode": "c"})", [](const nova::Config& c) { c.text("mode"); },
       "/mode: must be one of [\"a\",\"b\"], got \"c\""},
      {R"({"on": 1})", [](const nova::Config& c) { c.boolean("on"); },
       "/on: must be true or false, got 1"},
      {R"({"wait": "soon"})", [](const nova::Config& c) { c.duration("wait"); },
       "/wait: must be a duration such as \"90s\" or \"4h\", got \"soon\""},
      {R"({"seasons": [1, "x"]})", [](const nova::Config& c) { c.numbers("seasons"); },
       "/seasons: must be an array of numbers, got [1,\"x\"]"},
      {R"({"inner": 3})", [](const nova::Config& c) { c.object("inner"); },
       "/inner: must be an object, got 3"},
      {R"({"inner": {"depth": null}})",
       [](const nova::Config& c) { c.object("inner").number("depth"); },
       "/inner/depth: must be a number, got null"},
      {R"({"rows": [{}, {"prize": 1}]})", [](const nova::Config& c) { c.objects("rows"); },
       "/rows/1/prize: is not a known key"},
      {R"({"damp": 1})", [](const nova::Config&) {}, "/damp: is not a known key"},
      {"[]", [](const nova::Config&) {}, "config: must be an object, got []"},
      {"{\"a\":", [](const nova::Config&) {}, "config is not valid JSON"},
  };
  for (const auto& [json, read, message] : cases) try {
      read(nova::Config(json, kSchema));
      ADD_FAILURE() << json << ": no error";
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT) << json;
      EXPECT_STREQ(e.what(), message) << json;
    }
}

TEST(Config, EffectiveFillsDefaultsAndHidesSecrets) {
  const auto e = nova::Config(R"({"token": "secret:env:T", "rows": [{}]})", kSchema).effective();
  EXPECT_EQ(e["damping"], 0.5);
  EXPECT_EQ(e["token"], "***");
  EXPECT_EQ(e["rows"][0]["price"], 1);
}

TEST(Config, OutlivesTheTextItWasReadFrom) {
  std::unique_ptr<nova::Config> inner;
  {
    const std::string text = R"({"inner": {"depth": 5}})";
    inner = std::make_unique<nova::Config>(nova::Config(text, kSchema).object("inner"));
  }
  EXPECT_EQ(inner->number("depth"), 5);
}

}  // namespace
