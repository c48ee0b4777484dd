// Goal: the host's validator, which knows only the documented subset, judges the published schemas
// and their examples as an independent implementation does (schema_test.py, same examples).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "host/wiring/json_schema.hpp"

namespace nova {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST(PublishedSchemas, AreInTheSubsetAndJudgeTheirExamples) {
  int judged = 0;
  for (const auto& entry : fs::directory_iterator(NOVA_SOURCE_DIR "/plugin-api/schema")) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream schema_file(entry.path());
    const json schema = json::parse(schema_file);
    for (const auto& finding : check_schema(schema))
      ADD_FAILURE() << entry.path() << finding.pointer << ": " << finding.message;

    std::ifstream cases(fs::path(NOVA_SOURCE_DIR "/tests/plugin-api/schema") /
                            entry.path().stem() += ".jsonl");
    for (std::string line; std::getline(cases, line); ++judged) {
      const json example = json::parse(line);
      const bool good = example.contains("good");
      json value = example.at(good ? "good" : "bad");
      EXPECT_EQ(apply_schema(schema, value).empty(), good) << entry.path() << ": " << line;
    }
  }
  EXPECT_GE(judged, 40);
}

}  // namespace
}  // namespace nova
