// Goal: `plugins` shows what is there, scaffolds without overwriting, and its exit codes tell
// fine (0), no (1), usage (2) and a broken world (3) apart.
// Method: the verbs as from a shell, in this process, on the build's plugins and on hostile ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/loader/verify/check.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace plugins_test {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kSupport = NOVA_BUILD_DIR "/tests/support/";
const std::string kNaive = NOVA_BUILD_DIR "/plugins/seasonal_naive.so";

class PluginsTest : public testing::Test {
 protected:
  PluginsTest() {
    char pattern[] = "/tmp/novascale-plugins-XXXXXX";
    folder_ = mkdtemp(pattern);
    fs::permissions(folder_, fs::perms(0755));
  }
  ~PluginsTest() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(PluginsTest, ListsWhatIsThere) {
  const auto text = run_words({"plugins", "list"});
  EXPECT_EQ(text.code, kFine) << text.err;
  EXPECT_THAT(text.out, HasSubstr("model"));
  EXPECT_THAT(text.out, HasSubstr("org.novacron.model.seasonal_naive"));
  const auto list = json::parse(run_words({"plugins", "list", "--format", "json"}).out);
  ASSERT_TRUE(list.is_array());
  EXPECT_GE(list.size(), 5u);
  // A folder with a broken library: said, and exit code 3.
  fs::copy_file(kSupport + "hostile_wrong_major.so", folder_ / "broken.so");
  const auto broken = run_words({"plugins", "list", "--plugin-dir", folder_.string()});
  EXPECT_EQ(broken.code, kFailed);
  EXPECT_THAT(broken.err, HasSubstr("this host speaks ABI major 1, the plugin 7"));
}

TEST_F(PluginsTest, InspectsALibrary) {
  const auto text = run_words({"plugins", "inspect", kNaive});
  EXPECT_EQ(text.code, kFine) << text.err;
  for (const char* part :
       {"org.novacron.model.seasonal_naive", "nova.model/1", "operations", "settings"})
    EXPECT_THAT(text.out, HasSubstr(part));
  const auto manifest =
      json::parse(run_words({"plugins", "inspect", kNaive, "--format", "json"}).out);
  EXPECT_EQ(manifest["components"][0]["kind"], "model");
  EXPECT_FALSE(fs::exists(kNaive + ".nova.json"));
  fs::copy_file(kNaive, folder_ / "n.so");
  const auto library = (folder_ / "n.so").string();
  const auto written = run_words({"plugins", "inspect", library, "--manifest"});
  EXPECT_EQ(written.code, kFine) << written.err;
  std::ifstream file(library + ".nova.json");
  EXPECT_EQ(json::parse(file), json::parse(written.out));
  EXPECT_THAT(text.out, HasSubstr("not called   save load (not by this host yet)\n"));
  const auto refused = run_words({"plugins", "inspect", kSupport + "hostile_null_id.so"});
  EXPECT_EQ(refused.code, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("component 0.id: is null"));
}

TEST_F(PluginsTest, ScaffoldsAndNeverOverwrites) {
  const auto target = (folder_ / "drift").string();
  const std::vector<std::string> words = {
      "plugins", "new", "--kind", "model", "--id", "com.example.my-drift", target};
  const auto made = run_words(words);
  ASSERT_EQ(made.code, kFine) << made.err;
  std::string all;
  for (const auto& entry : fs::recursive_directory_iterator(target)) {
    EXPECT_EQ(entry.path().string().find('@'), std::string::npos) << entry.path();
    std::ifstream file(entry.path());
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  for (const char* mark : {"@NAME@", "@ID@", "@CLASS@"})
    EXPECT_EQ(all.find(mark), std::string::npos) << mark;
  EXPECT_THAT(all, HasSubstr("com.example.my-drift"));
  EXPECT_THAT(all, HasSubstr("MyDrift"));
  EXPECT_TRUE(fs::exists(fs::path(target) / "my_drift.cpp"));
  const auto again = run_words(words);
  EXPECT_EQ(again.code, kNo);
  EXPECT_THAT(again.err, HasSubstr("is there already, nothing was written"));
}

TEST_F(PluginsTest, NamesWrongWords) {
  const std::tuple<std::vector<std::string>, int, const char*> cases[] = {
      {{"plugins"}, kUsage, "Usage: novascale plugins"},
      {{"plugins", "lits"}, kUsage, "unknown sub-verb \"lits\""},
      {{"plugins", "list", "--format", "xml"}, kUsage, "must be text or json, got xml"},
      {{"plugins", "inspect"}, kUsage, "Usage: novascale plugins inspect"},
      {{"plugins", "inspect", "none.so"}, kFailed, "none.so: no such file"},
      {{"plugins", "new", "--kind", "model"}, kUsage, "Usage: novascale plugins new"},
      {{"plugins", "new", "--kind", "modle", "--id", "a.b"},
       kUsage,
       "--kind: must be one of model, cost, metrics, controller, sink, policy, got \"modle\""},
      {{"plugins", "new", "--kind", "solver", "--id", "a.b"},
       kUsage,
       "--kind: must be one of model, cost, metrics, controller, sink, policy, got \"solver\""},
      {{"plugins", "new", "--kind", "model", "--id", "Drift"},
       kUsage,
       "--id: must look like com.example.drift"},
      {{"plugins", "verify"}, kUsage, "Usage: novascale plugins verify"},
      {{"plugins", "verify", kNaive, "--timeout", "soon"}, kUsage, "--timeout"},
  };
  for (const auto& [words, code, message] : cases) {
    const auto ran = run_words(words);
    EXPECT_EQ(ran.code, code) << words.back();
    EXPECT_THAT(ran.err, HasSubstr(message));
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_THAT(run_words({"plugins", "new", "--help"}).out,
              HasSubstr("one of model, cost, metrics, controller, sink, policy\n"));
  for (const char* verb : {"list", "inspect", "new", "verify"})
    EXPECT_EQ(run_words({"plugins", verb, "--help"}).code, kFine) << verb;
}

// verify starts itself once a check, so here the program itself is asked.
Ran run_program_itself(const std::string& words) {
  Ran ran{};
  FILE* pipe =
      popen((std::string(NOVA_BUILD_DIR "/bin/novascale ") + words + " 2>&1").c_str(), "r");
  char chunk[512];
  while (pipe && std::fgets(chunk, sizeof chunk, pipe)) ran.out += chunk;
  ran.code = WEXITSTATUS(pclose(pipe));
  return ran;
}

TEST_F(PluginsTest, VerifySaysHowItWent) {
  const auto fine = run_program_itself("plugins verify " + kNaive + " --filter plain-forecast");
  EXPECT_EQ(fine.code, kFine) << fine.out;
  EXPECT_THAT(fine.out, HasSubstr("1 ok, 0 failed, 0 skipped"));
  const auto config = (folder_ / "check.json").string();
  std::ofstream(config) << R"({"config":{"fault":"crossed"}})";
  const auto bad =
      run_program_itself("plugins verify " + kSupport +
                         "chaos.so --json --filter quantiles-ascend --config " + config);
  EXPECT_EQ(bad.code, kNo) << bad.out;
  const auto results = json::parse(bad.out);
  EXPECT_EQ(results["failed"], 2);  // both of its models
  EXPECT_THAT(results["libraries"][0]["checks"][0]["reason"].get<std::string>(),
              HasSubstr("lies below"));
  std::ofstream(config) << "{}";
  const auto unbound = run_program_itself(
      "plugins verify " + kSupport +
      "chaos.so --component org.novacron.test.chaos.controller --filter group --config " + config);
  EXPECT_EQ(unbound.code, kFine) << unbound.out;
  EXPECT_THAT(unbound.out,
              HasSubstr("\nNOT VERIFIED: 2 checks of what org.novacron.test.chaos."
                        "controller is for did not run: check.json names no bindings"));
  EXPECT_THAT(fine.out, Not(HasSubstr("NOT VERIFIED")));
  EXPECT_EQ(run_program_itself("plugins verify " + kNaive + " --filter no-such-check").code,
            kUsage);
  const auto none = run_program_itself("plugins verify none.so");
  EXPECT_EQ(none.code, kFailed);
  EXPECT_THAT(none.out, HasSubstr("none.so: no such file"));
}

TEST_F(PluginsTest, ACrashNamesTheLibrary) {
  if (verify::kSanitized) GTEST_SKIP() << "a sanitizer tells of crashes itself";
  const std::string place = kSupport + "crashing", library = place + "/crashing.so";
  const auto csv = (folder_ / "a.csv").string();
  std::ofstream(csv) << "timestamp,value\n1,1\n2,2\n";
  for (const auto& words : {"plugins list --plugin-dir " + place, "plugins inspect " + library,
                            "--plugin-dir " + place + " forecast --models x --input " + csv,
                            "--plugin-dir " + place + " cost offers"})
    EXPECT_THAT(run_program_itself(words).out,
                HasSubstr("novascale: crashed by SIGSEGV in the plugin " + library))
        << words;
  const auto verified = run_program_itself("plugins verify " + library);
  EXPECT_EQ(verified.code, kFailed);
  EXPECT_THAT(verified.out, HasSubstr("crashing.so: loading it: crashed by SIGSEGV"));
}

TEST_F(PluginsTest, OneThatEndsTheProcessIsNoGoodEnd) {
  const auto ran =
      run_program_itself("plugins list --plugin-dir " + std::string(kSupport) + "leaving");
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.out, HasSubstr("novascale: a plugin ended the process"));
}

}  // namespace plugins_test
}  // namespace nova::cli
