// Goal: run, history, explain and backtest as an operator uses them, with real plugins.
// Method: two days of a made-up load are replayed at full speed; the journal is the witness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <thread>

#include "host/cli/learned.hpp"
#include "host/cli/promise_option.hpp"
#include "host/loop/journal.hpp"
#include "tests/host/cli/recorded.hpp"
#include "tests/host/cli/verbs.hpp"

namespace nova::cli {
namespace run_test {

using ::testing::HasSubstr;
using Config = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kMinutes = 2 * 1440;

class RunVerb : public Recorded {
 protected:
  void SetUp() override {
    record(kMinutes, [](int m) {
      return 500 + 400 * std::sin(2 * std::numbers::pi * m / 1440) + 20 * std::sin(1.3 * m);
    });
  }

  Config config() const {
    auto plugins = trace_and_fleet("180s");
    plugins.push_back({{"name", "naive"}, {"component", "org.novacron.model.seasonal_naive"}});
    plugins.push_back({{"name", "prices"}, {"component", "org.novacron.cost.generic"}});
    plugins.push_back({{"name", "history"},
                       {"component", "org.novacron.sink.sqlite"},
                       {"config", {{"file", "history.db"}}}});
    return {{"host", {{"data_dir", "var"}}},
            {"plugins", plugins},
            {"groups",
             {{{"id", "web"},
               {"controller", "fleet"},
               {"min", 1},
               {"max", 60},
               {"lead_time", "180s"},
               {"machine", {{"vcpus", 2}, {"memory_gib", 8}}},
               {"signals",
                {{{"name", "requests"},
                  {"source", "trace"},
                  {"query", "value"},
                  {"role", "demand"},
                  {"per_machine", 50}}}},
               {"offers", {{"cost", {"prices"}}}},
               {"policies", {{{"type", "predictive"}}, {{"type", "target_tracking"}}}}}}}};
  }
  std::size_t count(EntryType type) const { return entries(type).size(); }
};

TEST_F(RunVerb, FitsNoMoreModelsInATickThanConfigured) {
  auto two = config();
  two["plugins"].push_back({{"name", "last"}, {"component", "org.novacron.model.naive"}});
  two["groups"][0]["policies"][0]["min_data_points"] = 10;
  for (const std::size_t most : {1u, 2u}) {
    two["planning"]["fits_per_tick"] = most;
    fs::remove_all(folder_ / "var");
    const auto ran = run_words(
        {"--config", write(two), "--log-level", "error", "run", "--speed", "max", "--for", "3h"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
    std::map<TimePoint, std::size_t> fits;
    ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                  if (e.type == EntryType::forecast) fits[e.time] += e.body.value("fitted", false);
                  return true;
                }).ok());
    std::size_t largest = 0;
    for (const auto& [time, count] : fits) largest = std::max(largest, count);
    EXPECT_EQ(largest, most);
  }
}

TEST_F(RunVerb, ScalesAFleetAndEveryDecisionReplays) {
  const auto path = write(config());
  const auto ran =
      run_words({"--config", path, "--log-level", "error", "run", "--speed", "max", "--view"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(std::to_string(kMinutes) + " ticks (0 skipped)"));
  EXPECT_THAT(ran.out, HasSubstr("the trace ended"));
  EXPECT_THAT(ran.out, HasSubstr("default/web  load"));
  EXPECT_GT(count(EntryType::operation), 10u);
  EXPECT_GT(count(EntryType::outcome), 5u);
  EXPECT_EQ(count(EntryType::input), static_cast<std::size_t>(kMinutes));

  const auto replayed = run_words({"--config", path, "history", "--replay"});
  EXPECT_EQ(replayed.code, kFine) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr(" 0 differ"));

  const auto summary = run_words({"--config", path, "history", "--summary"});
  EXPECT_EQ(summary.code, kFine);
  EXPECT_THAT(summary.out, HasSubstr("predictive: "));

  const auto explained = run_words({"--config", path, "explain", "web"});
  EXPECT_EQ(explained.code, kFine) << explained.err;
  for (const auto* part :
       {"default/web#", "because ", "policies\n", "alternatives", "mix\n", "generic/"})
    EXPECT_THAT(explained.out, HasSubstr(part));
  EXPECT_TRUE(fs::exists(folder_ / "history.db"));

  const auto again = run_words({"--config", path, "run", "--speed", "max"});
  EXPECT_EQ(again.code, kNo);
  EXPECT_THAT(again.err, HasSubstr("was replayed to its end"));
}

TEST_F(RunVerb, StoppedAndResumedItGoesOnAndStillReplays) {
  const auto path = write(config());
  for (int part = 0; part < 3; ++part) {
    const auto ran = run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "8h"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("481 ticks"));
    EXPECT_THAT(ran.out, HasSubstr("--for has passed"));
  }
  EXPECT_EQ(count(EntryType::start), 3u);
  EXPECT_EQ(count(EntryType::input), 3 * 481u);
  const auto replayed = run_words({"--config", path, "history", "--replay"});
  EXPECT_EQ(replayed.code, kFine) << replayed.err;
}

TEST_F(RunVerb, AnotherConfigurationGoesOnWithWhatWasLearnedAndStillReplays) {
  const auto run = [&](const Config& as) {
    const auto path = write(as);
    const auto ran = run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "8h"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
  };
  auto other = config();
  other["host"]["log"]["level"] = "warn";
  run(config());
  run(other);
  run(config());
  EXPECT_EQ(count(EntryType::start), 3u);
  const auto replayed = run_words({"--config", write(config()), "history", "--replay"});
  EXPECT_EQ(replayed.code, kFine) << replayed.err;
  const auto planned = run_words({"--config", write(config()), "plan"});
  EXPECT_THAT(planned.out, HasSubstr("season")) << "of all three runs";
}

TEST_F(RunVerb, AGroupThatLeftTheConfigurationIsTold) {
  auto other = config();
  other["groups"][0]["id"] = "shop";
  for (const auto& as : {config(), other, other}) {
    const auto path = write(as);
    const auto ran = run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "1h"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
  }
  std::size_t told = 0;
  for (const auto& entry : entries(EntryType::event))
    told += entry.body.value("text", "") ==
            "group default/web is in the configuration no more: nobody scales its machines";
  EXPECT_EQ(told, 1u) << "once, when it had left";
}

TEST_F(RunVerb, AGroupThatChangedItsControllerIsTold) {
  auto other = config();
  other["plugins"].push_back(other["plugins"][1]);
  other["plugins"].back()["name"] = "other";
  other["groups"][0]["controller"] = "other";
  std::vector<std::string> said;
  for (const auto& as : {config(), other, other}) {
    const auto ran = run_words(
        {"--config", write(as), "--log-level", "warn", "run", "--speed", "max", "--for", "1h"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
    said.push_back(ran.err);
  }
  const auto* text =
      "critical: group default/web is scaled by controller other now: nobody scales its machines "
      "of fleet";
  EXPECT_THAT(said[0], testing::Not(HasSubstr("nobody scales")));
  EXPECT_THAT(said[1], HasSubstr(text));
  EXPECT_THAT(said[2], testing::Not(HasSubstr("critical")));
}

// The simulated fleet begins with four machines each time.
TEST_F(RunVerb, MachinesThatWentBetweenTwoRunsAreTold) {
  for (const char* duration : {"6h", "1h"}) {
    const auto ran = run_words({"--config", write(config()), "--log-level", "error", "run",
                                "--speed", "max", "--for", duration});
    EXPECT_EQ(ran.code, kFine) << ran.err;
  }
  std::vector<std::string> told;
  for (const auto& entry : entries(EntryType::event))
    if (entry.body.value("change", "") == "lost") told.push_back(entry.body.value("text", ""));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0],
              testing::MatchesRegex(
                  "[0-9]+ machines have gone while the host was stopped: [0-9]+ then, 4 now"));
}

// As after a crash: the journal goes on behind the newest snapshot, and the operator has changed
// the configuration before the restart.
TEST_F(RunVerb, ACrashBeforeAChangeOfTheConfigurationLosesNothing) {
  const auto snapshot = folder_ / "var" / "state" / "core.json";
  const auto path = write(config());
  const auto run = [&](const char* duration) {
    return run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", duration});
  };
  ASSERT_EQ(run("4h").code, kFine);
  fs::copy_file(snapshot, folder_ / "early.json");
  ASSERT_EQ(run("12h").code, kFine);
  // A run of more than a day makes snapshots on its way: no start entry stands behind them.
  const auto journal = folder_ / "var" / "journal" / "000000000001.jsonl";
  std::string kept, line;
  for (std::ifstream in(journal); std::getline(in, line);) {
    const std::string start = "\"type\":\"start\"";
    if (const auto at = line.find(start); at != std::string::npos && !kept.empty())
      line.replace(at, start.size(), "\"type\":\"event\"");
    kept += line + "\n";
  }
  std::ofstream(journal) << kept;
  ASSERT_EQ(count(EntryType::start), 1u);
  const auto before = entries(EntryType::decision).size();
  for (const char* change : {"group", "signal"}) {
    SCOPED_TRACE(change);
    fs::copy_file(folder_ / "early.json", snapshot, fs::copy_options::overwrite_existing);
    auto other = config();
    if (change == std::string("group")) {
      other["groups"].push_back(other["groups"][0]);
      other["groups"][1]["id"] = "api";
    } else {
      auto second = other["groups"][0]["signals"][0];
      second["name"] = "second";
      other["groups"][0]["signals"].push_back(second);
      other["groups"][0]["policies"][1]["signal"] = "requests";
    }
    write(other);
    const auto ran = run("1h");
    ASSERT_EQ(ran.code, kFine) << ran.err;
    EXPECT_GT(entries(EntryType::decision).size(), before);
    const auto replayed = run_words({"--config", path, "history", "--replay"});
    EXPECT_EQ(replayed.code, kFine) << replayed.err;
  }
}

// As in a run older than `retention`: the first start entry has expired.
TEST_F(RunVerb, ReplaysFromTheSnapshotWhatIsKeptOfALongRun) {
  const auto state = folder_ / "var" / "state";
  const auto path = write(config());
  const auto run = [&] {
    const auto ran = run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "8h"});
    EXPECT_EQ(ran.code, kFine) << ran.err;
  };
  run();
  fs::copy_file(state / "core.json", folder_ / "early.json");
  run();
  const auto replay = [&] { return run_words({"--config", path, "history", "--replay"}); };
  EXPECT_EQ(replay().err, "");
  std::vector<std::string> lines;
  const auto journal = folder_ / "var" / "journal";
  std::string line;
  for (std::ifstream in(journal / "000000000001.jsonl"); std::getline(in, line);)
    lines.push_back(line);
  fs::remove(journal / "000000000001.jsonl");
  std::ofstream kept(journal / "000000000101.jsonl");
  for (std::size_t i = 100; i < lines.size(); ++i) kept << lines[i] << "\n";
  kept.close();

  const auto at_the_end = replay();
  EXPECT_EQ(at_the_end.code, kNo);
  EXPECT_EQ(at_the_end.out, "0 decisions replayed, 0 differ\n");
  EXPECT_THAT(at_the_end.err, ::testing::MatchesRegex(
                                  "novascale: the journal before 2001-[^ ]* has expired; nothing "
                                  "can be replayed, for no decision is on record since the "
                                  "snapshot of 2001-[^ ]*\n"));

  fs::copy_file(folder_ / "early.json", state / "core.json", fs::copy_options::overwrite_existing);
  const auto since = replay();
  EXPECT_EQ(since.code, kFine) << since.err;
  EXPECT_GT(std::stoi(since.out), 10) << since.out;
  EXPECT_THAT(since.out, HasSubstr(" decisions replayed, 0 differ"));
  EXPECT_THAT(since.err, HasSubstr("has expired; replayed from the snapshot of 2001-09-09T09:48"));

  fs::remove(state / "core.json");
  const auto without = replay();
  EXPECT_EQ(without.code, kNo);
  EXPECT_EQ(without.out, "0 decisions replayed, 0 differ\n");
  EXPECT_THAT(without.err, HasSubstr("for there is no snapshot to begin with"));
}

// Without the line nobody knows what the host had decided after it.
TEST_F(RunVerb, ALineCutOutOfTheJournalIsToldByAllWhoReadIt) {
  const auto path = write(config());
  const auto run = [&] {
    return run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "1h"});
  };
  ASSERT_EQ(run().code, kFine);
  const auto journal = folder_ / "var" / "journal" / "000000000001.jsonl";
  std::string kept, line;
  std::ifstream in(journal);
  for (int number = 1; std::getline(in, line); ++number)
    if (number != 7) kept += line + "\n";
  in.close();
  std::ofstream(journal) << kept;
  const auto where = journal.string() + ":7: must be entry 7 of the journal, found entry 8";
  const std::vector<std::string> readers[] = {{"run", "--speed", "max"}, {"history"},
                                              {"history", "--summary"},  {"history", "--replay"},
                                              {"explain", "web"},        {"status"}};
  for (auto words : readers) {
    const auto name = words.back();
    words.insert(words.begin(), {"--config", path});
    const auto ran = run_words(words);
    EXPECT_EQ(ran.code, kFailed) << name;
    EXPECT_THAT(ran.err, HasSubstr(where)) << name;
    EXPECT_THAT(ran.err, HasSubstr("away to begin anew")) << name;
  }
  for (const auto* part : {"journal", "state"}) fs::rename(folder_ / "var" / part, folder_ / part);
  EXPECT_EQ(run().code, kFine);
}

TEST_F(RunVerb, ASignalThatStopsItIsNamed) {
  const auto path = write(config());
  auto running = std::async(std::launch::async, [&] {
    return run_words({"--config", path, "run", "--speed", "600"});
  });
  const auto begun = folder_ / "var" / "journal" / "000000000001.jsonl";
  for (int i = 0; i < 500 && !fs::exists(begun); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::raise(SIGHUP);
  const auto ran = running.get();
  EXPECT_EQ(ran.code, kFine);
  EXPECT_THAT(ran.out, HasSubstr("; stopped by SIGHUP\n"));
  EXPECT_THAT(ran.err, HasSubstr(" info started: groups 1, step 1m, data_dir "));
  EXPECT_THAT(ran.err, HasSubstr(" info stopped by SIGHUP: there is no reload"));
}

TEST_F(RunVerb, DryRunDecidesAndChangesNothing) {
  const auto path = write(config());
  const auto ran = run_words({"--config", path, "--log-level", "error", "run", "--speed", "max",
                              "--dry-run", "--for", "12h"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  EXPECT_EQ(count(EntryType::operation), 0u);
  EXPECT_GT(count(EntryType::decision), 0u);
  EXPECT_THAT(run_words({"--config", path, "history"}).out, HasSubstr(" (dry run)"));
  EXPECT_THAT(run_words({"--config", path, "history", "--format", "json"}).out,
              HasSubstr("\"dry_run\":true"));
  EXPECT_THAT(run_words({"--config", path, "history", "--summary"}).out,
              HasSubstr(" of them in a dry run), "));
  EXPECT_THAT(run_words({"--config", path, "explain", "web"}).out,
              HasSubstr("(dry run: nothing was sent)"));
  EXPECT_THAT(run_words({"--config", path, "status"}).out, HasSubstr("  dry run  "));
  auto grouped = config();
  grouped["groups"][0]["dry_run"] = true;
  fs::remove_all(folder_ / "var");
  const auto by_group = run_words({"--config", write(grouped), "--log-level", "error", "run",
                                   "--speed", "max", "--for", "12h"});
  ASSERT_EQ(by_group.code, kFine) << by_group.err;
  EXPECT_EQ(count(EntryType::operation), 0u);
  EXPECT_THAT(run_words({"--config", path, "history"}).out, HasSubstr("(dry run)"));
}

TEST_F(RunVerb, RefusalsOfTheControllerAreToldAndTriedAgain) {
  auto failing = config();
  failing["plugins"][1]["config"]["failures"] = {{"throttled", 0.5}};
  const auto ran = run_words(
      {"--config", write(failing), "--log-level", "off", "run", "--speed", "max", "--for", "6h"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  std::size_t throttled = 0, done = 0;
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                throttled +=
                    e.type == EntryType::event &&
                    e.body.value("text", "").find("cannot scale: throttled") != std::string::npos;
                if (e.type != EntryType::operation) return true;
                done += e.body.value("state", "") == "done";
                return true;
              }).ok());
  EXPECT_GT(throttled, 0u);
  EXPECT_GT(done, 0u);
  EXPECT_EQ(run_words({"--config", (folder_ / "config.json").string(), "history", "--replay"}).code,
            kFine);
}

TEST_F(RunVerb, BacktestScoresItselfAndItsRivals) {
  const auto path = write(config());
  const auto csv = (folder_ / "load.csv").string(), log = (folder_ / "decisions.csv").string();
  const auto ran = run_words(
      {"--config", path, "--log-level", "error", "backtest", "--trace", csv, "--decisions", log,
       "--compare", "static,hpa,target-tracking,reactive,oracle,oracle-slo", "--format", "json"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto summary = nlohmann::json::parse(ran.out).at("summary");
  EXPECT_EQ(summary.size(), 7u);
  const auto hours = [&](const char* who) {
    return summary.at(who).at("machine_hours").get<double>();
  };
  EXPECT_LT(hours("oracle-slo"), hours("oracle"));
  EXPECT_LT(hours("novascale"), hours("static"));
  EXPECT_EQ(summary.at("oracle").at("tau_u"), 0);
  std::ifstream in(log);
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "timestamp_unix_s,desired");
  std::size_t rows = 0;
  while (std::getline(in, line)) ++rows;
  EXPECT_EQ(rows, static_cast<std::size_t>(kMinutes) - 1);
  const auto failing = [&] {
    return run_words({"--config", path, "--log-level", "error", "backtest", "--trace", csv,
                      "--failures", "--compare", "hpa"});
  };
  const auto failed = failing();
  ASSERT_EQ(failed.code, kFine) << failed.err;
  EXPECT_THAT(failed.out, HasSubstr("machines failed by chance (seed 1)"));
  EXPECT_THAT(failed.out, HasSubstr("priced by generic/"));
  EXPECT_EQ(failing().out, failed.out);
  const auto table =
      run_words({"--config", path, "--log-level", "error", "backtest", "--trace", csv});
  EXPECT_THAT(table.out, ::testing::Not(HasSubstr("failed by chance")));
  EXPECT_THAT(table.out, HasSubstr("novascale"));
  EXPECT_THAT(table.out, HasSubstr("oracle-slo"));
}

TEST_F(RunVerb, KeepsAPromiseWithoutModelsAndReplaysIt) {
  auto c = config();
  c["plugins"].erase(2);  // the model
  c["groups"][0]["policies"] = nlohmann::ordered_json::parse(
      R"([{ "type": "predictive", "promise": { "violations": "2%" } }])");
  const auto path = write(c);
  const auto ran = run_words({"--config", path, "--log-level", "error", "run", "--speed", "max"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const auto replayed = run_words({"--config", path, "history", "--replay"});
  EXPECT_EQ(replayed.code, kFine) << replayed.out << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("0 differ"));
  const auto explained = run_words({"--config", path, "explain", "web"});
  EXPECT_THAT(explained.out, HasSubstr("promised 2 % violated steps"));
}

TEST_F(RunVerb, BacktestAndPlanTellThePriceOfAPromise) {
  const auto path = write(config());
  const auto csv = (folder_ / "load.csv").string();
  const std::vector<std::string> words{"--config", path, "--log-level", "error"};
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), words.begin(), words.end());
    return run_words(more);
  };
  const auto promised = run({"backtest", "--trace", csv, "--promise", "5%", "--score-from", "6h"});
  ASSERT_EQ(promised.code, kFine) << promised.err;
  EXPECT_THAT(promised.out, HasSubstr("promised 5 % violated steps at utilisation 1: kept"));
  const auto bill = run({"backtest", "--trace", csv, "--promise", "hpa"});
  EXPECT_THAT(bill.out, HasSubstr("promised at most 1.05 of hpa's bill"));
  EXPECT_EQ(bill.err, "");
  auto bounded = config();
  bounded["tenants"] = nlohmann::ordered_json::parse(
      R"([ { "id": "default", "budgets": [ { "name": "b", "max_hourly_usd": 1 } ] } ])");
  write(bounded);
  EXPECT_THAT(run({"backtest", "--trace", csv, "--promise", "hpa"}).err,
              HasSubstr("budgets of the configuration have no part in this"));
  write(config());
  std::ofstream(folder_ / "short.csv") << std::ifstream(csv).rdbuf();
  fs::resize_file(folder_ / "short.csv", 5000);
  EXPECT_THAT(
      run({"backtest", "--trace", (folder_ / "short.csv").string()}).err,
      HasSubstr("shorter than the day that is history (--score-from): all of it is scored"));

  const auto plan = run({"plan", "--trace", csv, "--promise", "10%,1%", "--format", "json"});
  ASSERT_EQ(plan.code, kFine) << plan.err;
  const auto rows = nlohmann::json::parse(plan.out).at("promises");
  ASSERT_EQ(rows.size(), 4u);  // and hpa, and the oracle
  EXPECT_LE(rows[0].at("machine_hours").get<double>(), rows[1].at("machine_hours").get<double>());
  EXPECT_LE(rows[3].at("machine_hours").get<double>(), rows[1].at("machine_hours").get<double>());
  EXPECT_EQ(rows[0].at("kept"), true);
  EXPECT_EQ(run({"plan", "--promise", "1%"}).code, kUsage) << "needs --trace";
  EXPECT_EQ(run({"plan", "--trace", csv, "--promise", "1"}).code, kUsage);
  for (const auto* text : {"", "0%", "51%", "1%%", "-1%", "nan%", "hpas"})
    EXPECT_FALSE(parse_promise(text)) << text;
  EXPECT_DOUBLE_EQ(parse_promise("0.1%")->violations, 0.001);
}

// The system's fault, not the configuration's, and one for all plugins.
TEST_F(RunVerb, ADataDirThatCannotBeMadeIsOneError) {
  auto blocked = config();
  blocked["host"]["data_dir"] = "load.csv/var";
  const auto ran = run_words({"--config", write(blocked), "run", "--speed", "max"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_EQ(ran.err, (folder_ / "config.json").string() +
                         ": /host/data_dir: must be a folder that can be made, " + csv() +
                         "/var/plugins cannot: Not a directory\n");
}

TEST_F(RunVerb, WrongWordsAreNamed) {
  const auto path = write(config());
  const auto missing = (folder_ / "missing.csv").string();
  struct Case {
    std::vector<std::string> words;
    int code;
    const char* text;
  };
  const Case cases[] = {
      {{"run"}, kUsage, "needs --config PATH"},
      {{"--config", path, "run", "--speed", "fast"}, kUsage, "--speed: must be"},
      {{"--config", path, "run", "--speed", "0"}, kUsage, "--speed: must be"},
      {{"--config", path, "run", "--for", "soon"}, kUsage, "--for: must be a duration"},
      {{"--config", path, "run", "--what"}, kUsage, "what"},
      {{"--config", path, "--log-level", "loud", "run"}, kUsage, "--log-level: must be trace"},
      {{"--config", path, "--log-format", "xml", "run"}, kUsage, "--log-format: must be text"},
      {{"--config", missing, "run"}, kNo, "missing.csv"},
      {{"--config", path, "backtest"}, kUsage, "--trace"},
      {{"--config", path, "backtest", "--trace", missing}, kNo, "missing.csv"},
      {{"--config", path, "backtest", "--trace", path, "--compare", "magic"}, kUsage, "magic"},
      {{"--config", path, "backtest", "--trace", path, "--interp", "cubic"}, kUsage, "--interp"},
      {{"--config", path, "backtest", "--trace", path, "--group", "nobody"}, kUsage, "nobody"},
      {{"--config", path, "--log-level", "error", "backtest", "--trace", csv(), "--score-from",
        "9d"},
       kUsage,
       "--score-from must leave 10 steps to be scored, got 9d of "},
      {{"--config", path, "history"}, kNo, "no decision on record"},
      {{"--config", path, "history", "--last", "-5"}, kUsage, "--last: must be 1 or more, got -5"},
      {{"--config", path, "history", "--replay", "--group", "nope"},
       kUsage,
       "--group has no effect"},
      {{"--config", path, "explain"}, kUsage, "explain needs"},
      {{"--config", path, "explain", "web"}, kNo, "no decision of \"web\""},
      {{"frobnicate"}, kUsage, "unknown verb \"frobnicate\""},
      {{}, kUsage, "Usage"},
  };
  for (const auto& c : cases) {
    const auto ran = run_words(c.words);
    EXPECT_EQ(ran.code, c.code) << c.text << ": " << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(c.text));
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(RunVerb, HelpIsOnStdout) {
  for (const auto* verb : {"run", "backtest", "history", "explain"}) {
    const auto ran = run_words({verb, "--help"});
    EXPECT_EQ(ran.code, kFine) << verb;
    EXPECT_THAT(ran.out, HasSubstr("Usage: novascale"));
    EXPECT_EQ(ran.err, "");
  }
  EXPECT_THAT(run_words({"--version"}).out, HasSubstr("novascale "));
}

// A policy in the shadow is journalled and scored, decisions are judged, forecasts, too.
TEST_F(RunVerb, TellsWhatDecisionsAndShadowsWereWorth) {
  auto c = config();
  c["groups"][0]["policies"] = nlohmann::ordered_json::parse(R"([
      { "type": "predictive", "slo_penalty_usd_per_machine_hour": 2 }, { "type": "target_tracking" },
      { "type": "threshold", "scale_up_above": 0.5, "scale_down_below": 0.2, "shadow": true } ])");
  const auto path = write(c);
  EXPECT_THAT(run_words({"--config", path, "check"}).out,
              HasSubstr(", predictive + target_tracking; in the shadow threshold\n"));
  for (int part = 0; part < 2; ++part) {  // a stop between them loses no outcome
    const auto ran = run_words(
        {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "12h"});
    ASSERT_EQ(ran.code, kFine) << ran.err;
  }
  std::map<std::string, std::string> carried_out, judged;
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::operation && e.body.value("state", "") == "done")
                  carried_out[e.body.value("decision", "")] = "";
                if (e.type == EntryType::outcome && e.body.contains("success"))
                  judged[e.body.value("decision", "")] = e.body.value("why", "");
                if (e.type == EntryType::decision) {
                  EXPECT_TRUE(e.body.contains("shadows"));
                }
                return true;
              }).ok());
  EXPECT_GT(judged.size(), 5u);
  std::size_t missing = 0;
  for (const auto& [id, why] : carried_out) missing += !judged.count(id);
  EXPECT_LE(missing, 3u) << "only the last ones still wait";
  const auto summary = run_words({"--config", path, "history", "--summary"}).out;
  for (const auto* part : {"decisions that proved right: ", "reactive only", "shadow threshold",
                           "against reactive only: ", " instead of ",
                           "at the price of one reference machine, not what was paid",
                           "forecasts of", "seasonal naive"})
    EXPECT_THAT(summary, HasSubstr(part));
  const auto json =
      Config::parse(run_words({"--config", path, "history", "--summary", "--format", "json"}).out);
  const auto& learned = json["default/web"]["learned"];
  EXPECT_EQ(learned["judged"], judged.size());
  EXPECT_GT(learned["shadows"]["threshold"]["machine_hours"], learned["own"]["machine_hours"]);
  const auto explained = run_words({"--config", path, "explain", judged.begin()->first}).out;
  EXPECT_THAT(explained, HasSubstr("in the shadow, each on the fleet it would have by now\n  thr"));
  EXPECT_THAT(explained, HasSubstr("it proved "));
  std::string held;  // long enough ago that two snapshots are behind it
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::decision && e.body.value("cause", "") == "steady" &&
                    e.seq > 2000)
                  held = e.decision_id();
                return held.empty();
              }).ok());
  ASSERT_NE(held, "");
  const auto why_not = run_words({"--config", path, "explain", held}).out;
  EXPECT_THAT(why_not, HasSubstr("what would have changed it, with what was known at "));
  EXPECT_THAT(why_not, HasSubstr(" within 3m it would have added "));
  EXPECT_THAT(explained, HasSubstr("; reactive only "));
  EXPECT_EQ(run_words({"--config", path, "history", "--replay"}).code, kFine);
}

// The published config as it stands, but for where it writes.
// Half of the pools have no machine, and one price is the operator's.
TEST_F(RunVerb, LeavesSoldOutPoolsAndMarksThePricesTheOperatorSet) {
  auto whole = config();
  whole["plugins"][1]["config"] = {{"boot_time", "180s"},
                                   {"failures", {{"sold_out", {"*/us-east/*"}}}}};
  whole["prices"] = {{{"machine_type", "g2"}, {"region", "us-west"}, {"add_percent", -5}}};
  whole["groups"][0]["policies"] = {{{"type", "target_tracking"}}};
  const auto path = write(whole);
  const auto ran =
      run_words({"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "5h"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  const std::string west = "generic/us-west//g2/linux/on-demand";
  std::size_t machines = 0, refusals = 0, west_at = 0;
  std::string first;  // decision that left a pool
  ASSERT_TRUE(read_journal(folder_ / "var" / "journal", 1, [&](const Entry& e) {
                if (e.type == EntryType::offers)
                  for (const auto& offer : e.body.at("offers"))
                    if (offer.contains("override")) {
                      EXPECT_EQ(offer.at("id"), west);
                      EXPECT_THAT(offer.at("override").get<std::string>(),
                                  HasSubstr("before: 0.1078"));
                      ++west_at;
                    }
                if (e.type == EntryType::decision && e.body.contains("refused") &&
                    e.body.value("action", "") == "scale_out" && first.empty() &&
                    e.body.at("mix").dump().find(west) != std::string::npos)
                  first = e.decision_id();
                if (e.type != EntryType::input) return true;
                const auto& group = e.body.at("groups").at(0);
                refusals += group.value("refused", Json::array()).size();
                for (const auto& row : group.at("fleet").at("rows")) {
                  const auto id = row.at("offer").get<std::string>();
                  if (row.value("desired", 0) > 0) {
                    EXPECT_EQ(id.find("/us-east/"), std::string::npos) << id;
                  }
                  machines = std::max<std::size_t>(machines, row.at("desired"));
                }
                return true;
              }).ok());
  EXPECT_EQ(west_at, 1u);
  EXPECT_GT(machines, 5u) << "the next best is bought";
  EXPECT_GT(refusals, 2u);
  EXPECT_LT(refusals, 100u) << "not asked each minute";
  const auto told = run_words({"--config", path, "explain", first}).out;
  EXPECT_THAT(told, ::testing::ContainsRegex("pools that were not asked\n"
                                             "  generic/us-east/[^ ]*: sold out, until "));
  EXPECT_THAT(told, HasSubstr(west + ", at an override -5 %"));
  EXPECT_THAT(run_words({"--config", path, "history", "--replay"}).out, HasSubstr(", 0 differ"));
}

TEST_F(RunVerb, SpotAndBudgetsOnTheDemoTrace) {
  std::ifstream in(NOVA_SOURCE_DIR "/configs/spot-budgets.json");
  auto whole = Config::parse(in);
  whole["host"]["data_dir"] = (folder_ / "var").string();
  whole["plugins"][0]["config"]["file"] = NOVA_SOURCE_DIR "/configs/traces/worldcup98_week.csv.gz";
  const auto path = write(whole);
  const auto ran = run_words(
      {"--config", path, "--log-level", "error", "run", "--speed", "max", "--for", "12h"});
  ASSERT_EQ(ran.code, kFine) << ran.err;
  bool spot = false, moved = false, roi = false, options = false;
  const auto read = read_journal(folder_ / "var" / "journal", 1, [&](const Entry& entry) {
    if (entry.type != EntryType::decision) return true;
    EXPECT_LE(entry.body.at("mix_usd_per_hour").get<double>(), 1.6);
    for (const auto& row : entry.body.at("mix"))
      spot = spot || row.value("offer", "").ends_with("/spot");
    moved = moved || entry.body.value("action", "") == "move";
    roi = roi || entry.body.contains("roi");
    options = options || entry.body.contains("options");
    return true;
  });
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(spot && moved && roi && options) << spot << moved << roi << options;
  EXPECT_THAT(run_words({"--config", path, "history", "--replay"}).out, HasSubstr(", 0 differ"));
  EXPECT_THAT(run_words({"--config", path, "explain", "web"}).out, HasSubstr("USD/h"));
}

}  // namespace run_test
}  // namespace nova::cli
