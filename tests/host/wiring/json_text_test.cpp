// Goal: JSON text is read as written, and every mistake is found with its place.
#include "host/wiring/json_text.hpp"

#include <gtest/gtest.h>

#include <random>

namespace nova {
namespace {

using nlohmann::json;

TEST(JsonText, ReadsWhatTheLibraryReads) {
  const char* texts[] = {"{}",
                         "[]",
                         "null",
                         "-1.5e3",
                         R"("\u00e4\n")",
                         R"({"a":[1,2,{"b":null}],"c":{"d":true},"e":[[],[[]]]})"};
  for (const auto* text : texts) {
    const auto parsed = parse_json(text);
    EXPECT_TRUE(parsed.problems.empty()) << text;
    EXPECT_EQ(parsed.value, json::parse(text)) << text;
  }
}

TEST(JsonText, NamesLineAndColumnOfASyntaxError) {
  const std::tuple<const char*, const char*, std::size_t, std::size_t> cases[] = {
      {"nothing", "", 1, 1},
      {"truncated object", "{\n  \"a\": 1", 2, 8},
      {"missing comma", "{\"a\": 1\n \"b\": 2}", 2, 4},
      {"bare word", "{\n\n  \"a\": yes }", 3, 8},
      {"something behind the end", "{} x", 1, 4},
      {"not UTF-8", "\"\xff\"", 1, 2},
  };
  for (const auto& [name, text, line, column] : cases) {
    const auto parsed = parse_json(text);
    ASSERT_EQ(parsed.problems.size(), 1u) << name;
    EXPECT_EQ(parsed.problems[0].line, line) << name << ": " << parsed.problems[0].message;
    EXPECT_EQ(parsed.problems[0].column, column) << name << ": " << parsed.problems[0].message;
    EXPECT_FALSE(parsed.problems[0].message.empty()) << name;
    EXPECT_TRUE(parsed.value.is_null()) << name;
  }
}

TEST(JsonText, FindsEveryKeyGivenTwice) {
  const auto parsed = parse_json(R"({"a":1,"b":[{"c/d":1,"c/d":2}],"a":3})");
  ASSERT_EQ(parsed.problems.size(), 2u);
  EXPECT_EQ(parsed.problems[0].pointer, "/b/0/c~1d");
  EXPECT_EQ(parsed.problems[1].pointer, "/a");
  EXPECT_EQ(parsed.problems[1].message, "is given twice in one object");
}

TEST(JsonText, RefusesDepthInsteadOfOverflowing) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse_json(nested(kDeepestJson)).problems.empty());
  ASSERT_EQ(parse_json(nested(kDeepestJson + 1)).problems.size(), 1u);
  EXPECT_EQ(parse_json(nested(1000000)).problems[0].message, "is nested deeper than 64 levels");
}

TEST(JsonText, SurvivesDamagedText) {
  const std::string good = R"({"host":{"step":"60s"},"plugins":[{"name":"a","n":[1,2.5,-3]}]})";
  std::mt19937_64 random{20240229};
  for (int round = 0; round < 5000; ++round) {
    auto text = good;
    for (int edit = 0; edit < 3; ++edit) text[random() % text.size()] = static_cast<char>(random());
    text.resize(random() % (text.size() + 1));
    const auto parsed = parse_json(text);
    // Either a value or a reason, as the library's own parser judges.
    const bool syntax = json::accept(text);
    EXPECT_EQ(syntax, parsed.problems.empty() || parsed.problems[0].line == 0) << text;
  }
}

TEST(JsonText, ShowsValuesShort) {
  EXPECT_EQ(shown("a"), "\"a\"");
  EXPECT_EQ(shown(json::parse("[1,2]")), "[1,2]");
  EXPECT_EQ(shown(json::parse(R"({"a":1})")), "an object");
  EXPECT_LE(shown(std::string(1000, 'x')).size(), 90u);
  EXPECT_EQ(shown("\xff"), "\"\xEF\xBF\xBD\"");  // foreign bytes never break a message
}

}  // namespace
}  // namespace nova
