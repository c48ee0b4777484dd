// Goal: every mistake an operator can make is answered with the sentence that helps, and every
// config that is shown to people works.
// Method: `check` runs as from a shell, with the real plugins, on each file here and in configs/.
// x.bad.json stands beside x.expect.txt; NOVA_UPDATE=1 rewrites the expectations for review.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "host/cli/command.hpp"
#include "host/wiring/config.hpp"
#include "host/wiring/json_schema.hpp"

namespace nova {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kHere = NOVA_SOURCE_DIR "/tests/configs";

std::vector<fs::path> files_ending(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.size() > ending.size() && name.ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

struct Ran {
  int code;
  std::string out, err;
};

Ran check(const fs::path& config, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"novascale",
                                    "--plugin-dir",
                                    NOVA_BUILD_DIR "/plugins",
                                    "--plugin-dir",
                                    NOVA_BUILD_DIR "/test-plugins/configs",
                                    "check",
                                    config.string()};
  words.insert(words.end(), more.begin(), more.end());
  std::vector<const char*> argv;
  for (const auto& word : words) argv.push_back(word.c_str());
  std::ostringstream out, err;
  const int code = cli::run_program(static_cast<int>(argv.size()), argv.data(), out, err);
  Ran ran{code, out.str(), err.str()};
  for (auto* text : {&ran.out, &ran.err}) {  // wherever the tree lies
    replace_all(*text, kHere.string() + "/", "");
    replace_all(*text, NOVA_BUILD_DIR, "<build>");
  }
  return ran;
}

TEST(BadConfigs, AreAnsweredWithTheExpectedSentences) {
  const bool update = std::getenv("NOVA_UPDATE") != nullptr;
  auto configs = files_ending(kHere, ".bad.json");
  for (const auto& folder : files_ending(kHere, ".bad")) configs.push_back(folder);
  EXPECT_GE(configs.size(), 30u);
  for (const auto& config : configs) {
    auto name = config.filename().string();
    name.resize(name.find(".bad"));
    const auto expect_file = kHere / (name + ".expect.txt");
    const auto ran = check(config);
    EXPECT_EQ(ran.code, cli::kNo) << name << ran.out;
    EXPECT_EQ(ran.out, "") << name;
    if (update) std::ofstream(expect_file, std::ios::binary) << ran.err;
    EXPECT_EQ(ran.err, text_of(expect_file)) << name;
  }
}

TEST(GoodConfigs, AreFine) {
  for (const auto& config : files_ending(kHere, ".good.json")) {
    const auto ran = check(config);
    EXPECT_EQ(ran.code, cli::kFine) << config << ran.err;
    EXPECT_EQ(ran.err, "") << config;
    EXPECT_NE(ran.out.find("configuration is fine"), std::string::npos) << config;
  }
}

TEST(GoodConfigs, ThoseShownToPeopleRunAsTheyStand) {
  const auto configs = files_ending(NOVA_SOURCE_DIR "/configs", ".json");
  int checked = 0;
  for (const auto& config : configs) {
    if (config.filename() == "novascale.schema.json") continue;
    // Built only where libvirt's headers are.
    if (text_of(config).find("org.novacron.controller.libvirt") != std::string::npos &&
        !fs::exists(NOVA_BUILD_DIR "/plugins/libvirt.so"))
      continue;
    const auto ran = check(config);
    EXPECT_EQ(ran.code, cli::kFine) << config << ran.err;
    ++checked;
  }
  EXPECT_GE(checked, 2);
}

TEST(GoodConfigs, PoliciesAreCalledByTheirType) {
  EXPECT_NE(check(NOVA_SOURCE_DIR "/configs/rules.json").out.find("threshold + schedule"),
            std::string::npos);
}

TEST(GoodConfigs, WhatIsSeldomMeantIsNoted) {
  auto config = json::parse(text_of(kHere / "controller_config.bad.json"));
  config["plugins"][0]["config"]["file"] = (kHere / "load.csv").string();
  auto& group = config["groups"][0];
  group["controller_config"] = {{"max", 3}};
  group["min"] = 5;
  group["pause"] = {{"until", "2001-09-09T01:46:40Z"}};
  config["groups"].push_back(group);
  auto& other = config["groups"][1];
  other.erase("pause");
  other["id"] = "none";
  other["min"] = other["max"] = 0;
  const auto path = fs::path(testing::TempDir()) / "seldom_meant.json";
  std::ofstream(path) << config;
  const auto ran = check(path);
  EXPECT_EQ(ran.code, cli::kFine) << ran.err;
  for (const auto* part : {"note: group default/web: its pause ended at 2001-09-09T01:46:40Z\n",
                           "note: group default/web: controller_config allows at most 3 machines, "
                           "and min is 5\n",
                           "note: group default/none: max is 0, so it never has a machine\n"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << ran.out;
  fs::remove(path);
}

TEST(GoodConfigs, EffectiveIsCompleteAndKeepsSecrets) {
  const auto ran = check(kHere / "everything.good.json", {"--effective"});
  ASSERT_EQ(ran.code, cli::kFine) << ran.err;
  const auto shown = json::parse(ran.out);
  EXPECT_EQ(shown["plugins"][5]["config"], json::parse(R"({"token":"***","more":{"key":"***"}})"));
  EXPECT_EQ(shown["plugins"][1]["config"]["boot_time"], "180s");  // the plugin's own default
  EXPECT_EQ(shown["plugins"][0]["call_timeout"], "5s");           // the host's
  EXPECT_EQ(shown["groups"][0]["signals"][1]["target_utilisation"], 0.7);  // from planning
  EXPECT_EQ(ran.out.find("NOVA_TOKEN"), std::string::npos);
}

TEST(CheckVerb, AnswersInJsonAndRefusesBadWords) {
  const auto ran = check(kHere / "min_above_max.bad.json", {"--format", "json"});
  EXPECT_EQ(ran.code, cli::kNo);
  EXPECT_EQ(ran.err, "");
  const auto answer = json::parse(ran.out);
  EXPECT_EQ(answer["ok"], false);
  EXPECT_EQ(answer["errors"][0]["pointer"], "/groups/0/min");
  EXPECT_EQ(json::parse(check(kHere / "minimal.good.json", {"--format", "json"}).out)["ok"], true);
  EXPECT_EQ(check(kHere / "minimal.good.json", {"--format", "xml"}).code, cli::kUsage);
  EXPECT_EQ(check(kHere / "minimal.good.json", {"--config", "b.json"}).code, cli::kUsage);
  EXPECT_EQ(check(kHere / "no_such_file.json").err,
            "no_such_file.json: cannot be read: no such file\n1 error in the configuration\n");
}

// The published schema is a second, independent reader: it must find exactly those mistakes that a
// schema can express.
TEST(PublishedSchema, AgreesWithTheParserOnEveryFile) {
  const auto schema = json::parse(text_of(NOVA_SOURCE_DIR "/configs/novascale.schema.json"));
  auto configs = files_ending(kHere, ".bad.json");
  for (const auto* folder : {"tests/configs", "configs"})
    for (const auto& config : files_ending(fs::path(NOVA_SOURCE_DIR) / folder, ".json"))
      if (config.filename() != "novascale.schema.json") configs.push_back(config);
  int compared = 0;
  for (const auto& config : configs) {
    auto document = json::parse(text_of(config), nullptr, false);
    if (document.is_discarded()) continue;
    std::set<std::string> by_parser, by_schema;
    bool readable = true;
    for (const auto& error : load_config(config).errors) {
      if (error.by_schema) by_parser.insert(error.pointer);
      readable &= error.message.find("nested deeper") == std::string::npos;
    }
    for (const auto& finding : apply_schema(schema, document)) by_schema.insert(finding.pointer);
    if (!readable) continue;
    EXPECT_EQ(by_parser, by_schema) << config;
    ++compared;
  }
  EXPECT_GE(compared, 50);
}

}  // namespace
}  // namespace nova
