// Goal: each check of `plugins verify` can fail, and fails for the fault it is there for; and a
// plugin that keeps the contract passes them all.
// Method: the chaos plugin (tests/support/chaos), which breaks one named rule at a time, is put
// through the very checks a user runs, in processes of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "host/loader/verify/check.hpp"
#include "host/loader/verify/runner.hpp"

namespace nova::verify {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kBuild = NOVA_BUILD_DIR;
const fs::path kChaos = kBuild / "tests/support/chaos.so";

struct Case {
  const char* component;  // last part of its id
  const char* fault;
  const char* check;
  const char* reason;  // part of what the check says
};

// A leak checker speaks first where there is one.
constexpr const char* kLeak = kSanitized ? "exit code" : "KiB of memory";

constexpr Case kCases[] = {
    // lifecycle
    {"stateless", "throws_in_create", "create",
     "threw an exception through the C ABI: thrown in create"},
    {"stateless", "crashes_in_create", "create", "crashed by SIG"},
    {"stateless", "no_instance", "create", "said OK but gave no instance"},
    {"stateless", "throws_in_destroy", "create", "crashed by SIGABRT"},
    {"stateless", "takes_anything", "bad-config", "took a config that is no JSON"},
    {"cost", "silent_refusal", "wrong-types", "refused without a message"},
    {"cost", "refuses_and_gives", "wrong-types", "gave an instance nonetheless"},
    {"model", "describe_not_json", "describe", "no JSON object"},
    {"model", "describe_without_config", "describe", "has no \"config\""},
    {"model", "shows_secret", "describe", "shows a secret"},
    {"sink", "ignores_writer", "writer-refusal", "describe made of it NOVA_OK"},
    {"metrics", "bind_once", "bind-again", "NOVA_INVALID_ARGUMENT"},
    {"metrics", "binds_nothing", "bind-again", "there is only"},
    {"sink", "answers_any_extension", "extension", "cannot know"},
    {"stateless", "shared_state", "instances-apart", "a second instance changes"},
    {"stateless", "leaks_memory", "no-growth", kLeak},
    {"cost", "leaks_file", "no-growth", "files open"},
    {"sink", "makes_a_thread", "no-growth", "threads running"},
    {"sink", "chdir", "process", "changed the working folder"},
    {"model", "setenv", "process", "changed the environment"},
    {"cost", "setlocale", "process", "changed the locale"},
    {"controller", "signal_handler", "process", "changed a signal handler"},
    {"metrics", "prints", "quiet", "wrote to stdout: \"hello from a plugin"},
    {"stateless", "aborts", "quiet", "crashed by SIGABRT"},
    {"stateless", "exits", "quiet", "ended the process with exit code"},
    // growth
    {"stateless", "wants_exact_size", "newer-caller", "for a newer caller"},
    {"stateless", "silent_error", "older-caller",
     "whose nova_forecast ends before item_status, answered NOVA_INTERNAL without a word why"},
    {"stateless", "reads_past_struct", "older-caller", "at column nova_forecast"},
    {"cost", "refuses_low_flags", "low-flags", "with an unknown low flag"},
    {"sink", "ignores_high_flags", "high-flags", "must be NOVA_UNIMPLEMENTED"},
    {"controller", "reads_past_call", "call-sizes", "at column nova_call"},
    {"metrics", "reads_past_host", "host-sizes", "at column nova_host"},
    // threads and time
    {"stateless", "ignores_cancel", "cancel", "went on for"},
    {"controller", "ignores_cancel", "cancelled-before", "went on for"},
    {"sink", "ignores_cancel", "deadline", "went on for"},
    {"stateless", "racy", "concurrent", "answered otherwise than alone"},
    {"stateless", "shared_scratch", "concurrent", "answered otherwise than alone"},
    {"cost", "open_to_signals", "own-threads", "does not block signals"},
    {"cost", "makes_a_thread", "own-threads", "outlives destroy"},
    {"model", "shared_state", "any-thread", "another thread gets another answer"},
    // models
    {"stateless", "nan", "plain-forecast", "NaN or infinite"},
    {"stateless", "infinite", "plain-forecast", "NaN or infinite"},
    {"stateless", "throws_int", "plain-forecast", "threw an exception through the C ABI"},
    {"stateless", "long_message", "plain-forecast", "does not end (no NUL)"},
    {"stateless", "empty_fails", "empty-batch", "NOVA_INVALID_ARGUMENT"},
    {"stateless", "past_many", "many-series", "otherwise than alone"},
    {"stateless", "crossed", "quantiles-ascend", "lies below"},
    {"stateless", "lead_dependent", "leads", "depends on which leads"},
    {"stateless", "writes_null_mean", "null-outputs", "crashed by SIGSEGV"},
    {"stateless", "quantile_needs_mean", "null-outputs", "quantiles change"},
    {"stateless", "ignores_strides", "strides", "gaps between them"},
    {"stateless", "ignores_output_stride", "strides", "between the rows of its output"},
    {"stateless", "ignores_lengths", "lengths", "before the last `lengths` ones"},
    {"stateless", "answers_nan_series", "odd-numbers", "said OK and answered"},
    {"stateless", "bad_series_fails_call", "odd-numbers", "the whole call failed"},
    {"stateless", "bad_series_fails_call", "bad-series-alone", "made the whole call fail"},
    {"stateless", "bad_series_spreads", "bad-series-alone", "changes the forecast of another"},
    {"stateless", "random", "deterministic", "other bits"},
    {"stateless", "stateful", "stateless", "what was forecast before"},
    {"model", "counts_twice", "observe", "count twice"},
    // memory
    {"stateless", "writes_past_end", "memory-end", "at column forecast.mean"},
    {"stateless", "reads_past_end", "memory-end", "at column history.values"},
    {"stateless", "writes_input", "memory-end", "at column history.values"},
    {"stateless", "writes_before_start", "memory-start", "at column forecast.mean"},
    {"model", "keeps_pointer", "borrowed", "crashed by SIGSEGV"},
    {"stateless", "keeps_history", "borrowed", "crashed by SIGSEGV"},
    // state
    {"model", "load_forgets", "state-round-trip", "another forecast"},
    {"model", "saves_nothing_by_key", "state-by-keys", "another forecast"},
    {"model", "takes_truncated", "state-truncated", "for a whole state"},
    {"model", "takes_damaged", "state-damaged", "was changed"},
    {"model", "load_internal", "state-foreign", "must be NOVA_FAILED_PRECONDITION"},
    // metrics
    {"metrics", "infinite", "latest", "infinity"},
    {"metrics", "future", "not-later-than-now", "later than the host's clock"},
    {"metrics", "zero_for_missing", "missing-is-nan", "missing is NaN, never 0"},
    {"metrics", "answers_any_key", "unknown-key", "never bound"},
    {"metrics", "unknown_key_fails_call", "unknown-key", "NOVA_NOT_FOUND"},
    {"metrics", "ignores_output_stride", "range-layout", "wrote between the rows"},
    {"metrics", "depends_on_range", "range-layout", "another value than in a range"},
    {"metrics", "another_latest", "latest-agrees", "for the step that ends at the same sample"},
    {"metrics", "nameless", "list-series", "without a query"},
    {"metrics", "ignores_sink", "list-series", "not passed on"},
    {"metrics", "span_backwards", "span", "no range of time"},
    // cost
    {"cost", "id_disagrees", "offer-ids", "its column region says"},
    {"cost", "same_id", "offer-ids", "listed twice"},
    {"cost", "lists_nothing", "offer-ids", "lists no offers"},
    {"cost", "negative_price", "prices", "a negative price"},
    {"cost", "no_currency", "prices", "without its currency"},
    {"cost", "negative_size", "prices", "vcpus must be > 0"},
    {"cost", "longer_is_cheaper", "quotes", "cost less than one"},
    {"cost", "negative_quote", "quotes", "negative price"},
    {"cost", "unknown_offer_fails_call", "unknown-offer", "NOVA_NOT_FOUND"},
    {"cost", "prices_unknown_offers", "unknown-offer", "must be NOVA_NOT_FOUND"},
    {"cost", "ignores_sink", "listing", "not passed on"},
    // controllers
    {"controller", "torn_group", "groups", "not adjacent"},
    {"controller", "lists_twice", "groups", "listed twice"},
    {"controller", "silly_count", "groups", "counts 4000000000 machines"},
    {"controller", "same_machine", "machines", "listed twice"},
    {"controller", "miscounts", "machines", "counts 3 machines, list_machines lists 2"},
    {"controller", "unknown_group_fails_call", "unknown-group", "NOVA_NOT_FOUND"},
    {"controller", "scales_any_group", "unknown-group", "nobody made said OK"},
    {"controller", "invents_groups", "unknown-group", "nobody made"},
    {"controller", "relative", "scale-absolute", "desired is"},
    {"controller", "keeps_generation", "scale-absolute", "generation stays"},
    {"controller", "forgets_tokens", "scale-absolute", "poll does not know"},
    {"controller", "always_works", "scale-nothing", "NOVA_OP_NOTHING"},
    {"controller", "ignores_token", "token-twice", "token"},
    {"controller", "generation_before_token", "token-twice", "before its generation"},
    {"controller", "ignores_generation", "stale-generation", "must be NOVA_ABORTED"},
    {"controller", "ignores_fence", "old-fence", "must be NOVA_ABORTED"},
    {"controller", "can_scale_acts", "can-scale", "can_scale changed the group"},
    {"controller", "poll_invents", "unknown-token", "never arrived"},
    {"controller", "ignores_limits", "limits", "beyond the group's own max"},
    // sinks
    {"sink", "changes_json", "events", "comes back otherwise"},
    {"sink", "stores_twice", "written-twice", "stored once"},
    {"sink", "one_writer", "written-twice", "another writer"},
    {"sink", "page_skips", "pages", "of 53 events"},
    {"sink", "ignores_limit", "pages", "a page of 10 holds"},
    {"sink", "mixes_tenants", "tenants", "got an event of"},
    {"sink", "type_exact", "filters", "type is a prefix"},
    {"sink", "closed_range", "filters", "must hold 4 events"},
    {"sink", "ignores_sink", "query-refusal", "not passed on"},
    {"sink", "loses_some", "many-events", "not all are found"},
    // policies
    {"policy", "ignores_high_flags", "high-flags", "must be NOVA_UNIMPLEMENTED"},
    {"policy", "negative", "counts", "is to have -3 machines"},
    {"policy", "absurd", "counts", "0 to a million can be"},
    {"policy", "too_sure", "counts", "a confidence of 3"},
    {"policy", "by_chance", "same-again", "propose otherwise"},
    {"policy", "forgets", "saved-state", "proposes otherwise than it"},
    {"policy", "cannot_save", "saved-state", "no room to write"},
    {"policy", "remembers_others", "many-groups", "than one group alone"},
};

// Checks whose fault lies in the library as a whole: see the hostile libraries below.
const std::set<std::string> kOfLibraries = {"exports", "quiet-scan", "schema", "identity"};

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() {
    char pattern[] = "/tmp/novascale-verify-test-XXXXXX";
    folder_ = mkdtemp(pattern);
    options_.program = kBuild / "bin/novascale";
    options_.timeout = std::chrono::minutes(2);
  }
  ~VerifyTest() override { fs::remove_all(folder_); }

  // Sets chaos to a fault and gives its metric source and controller something to serve.
  void set_fault(const std::string& fault) {
    options_.config = folder_ / "check.json";
    setenv("CHAOS_FAULT", fault.c_str(), 1);  // where a check makes up a config of its own
    std::ofstream(options_.config) << R"({"config":{"fault":")" << fault
                                   << R"("},"bindings":[{"name":"minute"},{"name":"minute"}]})";
  }

  fs::path folder_;
  RunOptions options_;
};

TEST_F(VerifyTest, AGoodCitizenPassesEveryCheck) {
  set_fault("none");
  const auto results = verify_library(kChaos, options_, {});
  ASSERT_TRUE(results.ok()) << results.error().message;
  std::set<std::string> passed;
  for (const auto& result : *results) {
    // Exports: chaos is not linked with the SDK's version script, so other names may show.
    EXPECT_NE(result.verdict, Verdict::failed)
        << result.component << " " << result.check << ": " << result.reason;
    if (result.verdict == Verdict::ok) passed.insert(result.check);
  }
  // No check is passed by nobody: it would not be known to be passable.
  for (const auto& result : *results) EXPECT_TRUE(passed.contains(result.check)) << result.check;
}

TEST_F(VerifyTest, EachCheckNoticesItsFault) {
  for (const auto& [component, fault, check, reason] : kCases) {
#if defined(__SANITIZE_THREAD__)
    if (std::string(fault) == "leaks_memory")
      continue;  // its allocator hides it, and counts no leaks
#endif
    set_fault(fault);
    options_.component = std::string("org.novacron.test.chaos.") + component;
    options_.filter = check;
    const auto results = verify_library(kChaos, options_, {});
    ASSERT_TRUE(results.ok()) << fault << ": " << results.error().message;
    bool seen = false;
    for (const auto& result : *results) {
      if (result.check != check) continue;
      seen = true;
      EXPECT_EQ(result.verdict, Verdict::failed) << fault << " against " << check;
      EXPECT_THAT(result.reason, HasSubstr(reason)) << fault << " against " << check;
    }
    EXPECT_TRUE(seen) << component << " has no check " << check;
  }
}

TEST(VerifyTable, HasAFaultForEachCheck) {
  std::set<std::string> covered = kOfLibraries, names;
  for (const auto& test : kCases) covered.insert(test.check);
  for (const auto kind : {loader::Kind::model, loader::Kind::metrics, loader::Kind::cost,
                          loader::Kind::controller, loader::Kind::sink, loader::Kind::policy})
    for_each_check(kind, [&](const Check& check) {
      names.insert(check.name);
      EXPECT_TRUE(covered.contains(check.name))
          << check.name << ": no fault shows that it can fail";
    });
  for (const auto& name : covered) EXPECT_TRUE(names.contains(name)) << name << ": is no check";
}

TEST_F(VerifyTest, NoticesFaultsOfTheLibrary) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"rude_exports", "exports", "exports \"helper\" too"},
      {"rude_prints", "quiet-scan", "wrote to stdout: hello"},
      {"rude_thread", "quiet-scan", "started a thread"},
      {"rude_waits", "quiet-scan", "do nothing before create"},
      {"rude_chdir", "quiet-scan", "changed the working folder"},
      {"rude_schema", "schema", "patternProperties"},
      {"rude_default", "schema", "default"},
      {"rude_version", "identity", "has no digit"},
  };
  for (const auto& [library, check, reason] : cases) {
    options_.filter = check;
    const auto results =
        verify_library(kBuild / "tests/support" / (std::string(library) + ".so"), options_, {});
    ASSERT_TRUE(results.ok()) << library << ": " << results.error().message;
    ASSERT_EQ(results->size(), 1u) << library;
    EXPECT_EQ(results->front().verdict, Verdict::failed) << library;
    EXPECT_THAT(results->front().reason, HasSubstr(reason)) << library;
  }
}

TEST_F(VerifyTest, ALibraryThatCannotBeLoadedIsAnError) {
  for (const auto& [library, message] :
       {std::pair<const char*, const char*>{"hostile_wrong_major.so", "ABI major"},
        {"hostile_missing_symbol.so", "undefined symbol"},
        {"none.so", "no such file"}}) {
    const auto results = verify_library(kBuild / "tests/support" / library, options_, {});
    ASSERT_FALSE(results.ok()) << library;
    EXPECT_THAT(results.error().message, HasSubstr(message));
  }
}

TEST_F(VerifyTest, AHangIsAFailure) {
  set_fault("hangs");
  options_.component = "org.novacron.test.chaos.stateless";
  options_.filter = "plain-forecast";
  options_.timeout = std::chrono::seconds(1);
  const auto results = verify_library(kChaos, options_, {});
  ASSERT_TRUE(results.ok());
  ASSERT_EQ(results->size(), 1u);
  EXPECT_EQ(results->front().reason, "did not end within 1s");
}

TEST_F(VerifyTest, SkipsWhatTheAuthorSays) {
  options_.config = folder_ / "check.json";
  std::ofstream(options_.config) << R"({"skip":{"extension":"knows them all"},"components":{
      "org.novacron.test.chaos.sink":{"config":{"fault":"answers_any_extension"}}}})";
  options_.filter = "extension";
  options_.component = "org.novacron.test.chaos.sink";
  const auto results = verify_library(kChaos, options_, {});
  ASSERT_TRUE(results.ok());
  ASSERT_EQ(results->size(), 1u);
  EXPECT_EQ(results->front().verdict, Verdict::skipped);
  EXPECT_EQ(results->front().reason, "knows them all");
}

TEST_F(VerifyTest, NamesMistakesInCheckJson) {
  options_.config = folder_ / "check.json";
  options_.filter = "identity";
  options_.component = "org.novacron.test.chaos.sink";
  for (const auto& [text, message] :
       {std::pair<const char*, const char*>{"{", "must be a JSON object"},
        {R"({"binding":[]})", "/binding: is not a key of check.json"},
        {R"({"skip":{"strides":""}})", "/skip: must be an object of reasons"},
        {R"({"now":"yesterday"})", "/now: must look like"},
        {R"({"config":{"falt":1}})", "check.json: /config/falt"}}) {
    std::ofstream(options_.config) << text;
    const auto results = verify_library(kChaos, options_, {});
    ASSERT_TRUE(results.ok());
    ASSERT_EQ(results->size(), 1u);
    EXPECT_EQ(results->front().verdict, Verdict::failed) << text;
    EXPECT_EQ(results->front().check, "config");
    EXPECT_THAT(results->front().reason, HasSubstr(message));
  }
}

}  // namespace
}  // namespace nova::verify
