// Goal: a program is run without a shell and never outlives its time; what it answers is read
// strictly; tokens, generations, fences and operations are kept as the contract wants them.
// Method: small programs of this system, tables of answers, and a ledger shown what was seen.
#include <signal.h>

#include <thread>

#include "plugins/controllers/command/ledger.hpp"
#include "plugins/controllers/command/process.hpp"
#include "plugins/controllers/command/protocol.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace command_parts_test {

using namespace std::chrono_literals;
using namespace nova::command;
using testing::HasSubstr;

nova::Error failing(const Program& program, const ProcessLimits& limits, const nova_call& call) {
  try {
    run(program, "", limits, call);
  } catch (const nova::Error& e) {
    return e;
  }
  ADD_FAILURE() << "it did not fail";
  return {NOVA_OK, ""};
}
nova::Error failing(const std::string& script, const ProcessLimits& limits) {
  nova::FakeHost host;
  return failing({"/bin/sh", {"-c", script}, {}}, limits, host.call());
}

TEST(CommandProcess, GivesInputArgumentsAndAnEnvironmentOfItsOwn) {
  nova::FakeHost host;
  const nova_call call = host.call();
  setenv("NOVA_TEST_OF_THE_HOST", "seen", 1);
  const std::string input(300'000, 'i');  // more than a pipe holds
  const auto got = run({"/bin/sh",
                        {"-c",
                         "wc -c; cat /dev/stdin | wc -c; echo \"$1|$A|$NOVA_TEST_OF_THE_HOST|\"; "
                         "echo no >&2; exit 3",
                         "name", "a b;$(c)"},
                        {"A=x y", "PATH=/usr/bin:/bin"}},
                       input, {}, call);
  EXPECT_EQ(got.status, 3);
  EXPECT_THAT(got.output, testing::StartsWith("300000\n"));
  EXPECT_THAT(got.output, testing::EndsWith("\na b;$(c)|x y||\n"));
  EXPECT_EQ(got.errors, "no\n");
  EXPECT_EQ(run({"/bin/sh", {"-c", "exit 0"}, {}}, input, {}, call).status, 0) << "unread input";
  EXPECT_EQ(run({"/bin/sh", {"-c", "kill -9 $$"}, {}}, "", {}, call).status, 137);
}

TEST(CommandProcess, EndsWithAllItStarted) {
  nova_test::Folder folder;
  const auto pid = folder.file("pid");
  const auto gone = [&] {  // the grandchild, which would have slept on
    std::ifstream file(pid);
    pid_t id = 0;
    file >> id;
    for (int i = 0; i < 500 && id > 0 && kill(id, 0) == 0; ++i) {
      std::ifstream stat("/proc/" + std::to_string(id) + "/stat");
      std::string text((std::istreambuf_iterator<char>(stat)), {});
      if (text.find(") Z ") != text.npos) return true;  // nobody's child any more, not yet reaped
      std::this_thread::sleep_for(10ms);
    }
    return id > 0;
  };
  const auto script = "sleep 600 & echo $! > " + pid + "; wait";
  const auto late = failing(script, {200ms, 1000});
  EXPECT_EQ(late.status(), NOVA_DEADLINE_EXCEEDED);
  EXPECT_THAT(late.what(), HasSubstr("/bin/sh: has not ended in time"));
  EXPECT_TRUE(gone());
  // One that ends by itself leaves nothing behind that would hold its output open.
  nova::FakeHost host;
  EXPECT_EQ(
      run({"/bin/sh", {"-c", "sleep 600 & echo $! > " + pid}, {}}, "", {}, host.call()).status, 0);
  EXPECT_TRUE(gone());
  EXPECT_EQ(failing("yes", {60s, 1000}).status(), NOVA_RESOURCE_EXHAUSTED);
  nova_call cancelled = host.call();
  const std::int32_t set = 1;
  cancelled.cancel = &set;
  EXPECT_EQ(failing({"/bin/sh", {}, {}}, {}, cancelled).status(), NOVA_CANCELLED);
  nova_call soon = host.call();
  soon.deadline_ns = nova::Call::monotonic_ns() + 100'000'000;
  EXPECT_EQ(failing({"/bin/sleep", {"600"}, {}}, {}, soon).status(), NOVA_DEADLINE_EXCEEDED);
  const auto none = failing({"/nonexistent", {}, {}}, {}, host.call());
  EXPECT_EQ(none.status(), NOVA_FAILED_PRECONDITION);
  EXPECT_THAT(none.what(), HasSubstr("/nonexistent: cannot be started: No such file"));
}

TEST(CommandProtocol, AsksInJson) {
  const GroupConfigs configs = {{"web", {{"image", "a"}}}};
  EXPECT_EQ(nova::Json::parse(list_request({"web", "db"}, configs)),
            nova::Json::parse(R"({"protocol":"novascale.command/1","op":"list","groups":
              [{"id":"web","config":{"image":"a"}},{"id":"db","config":{}}]})"));
  EXPECT_EQ(
      nova::Json::parse(scale_request({{"web", "o", 3, {0xC0, 15}, 7, 9}}, {"because"}, configs)),
      nova::Json::parse(R"({"protocol":"novascale.command/1","op":"scale","requests":
              [{"group":{"id":"web","config":{"image":"a"}},"offer":"o","desired":3,"fence":9,
                "token":"c00f0000-0000-0000-0000-000000000000","reason":"because"}]})"));
}

TEST(CommandProtocol, ReadsAnswersStrictly) {
  const auto seen = parse_list(R"({"groups":[
      {"id":"b","offers":[{"offer":"x","desired":2,"serving":1,"draining":1},{"offer":"y","desired":1}],
       "generation":4,"min":1,"max":9,
       "machines":[{"id":"m","state":"failed","healthy":false,"created_unix_s":1.5,"offer":"x","node":"n"}]},
      {"id":"c","error":{"code":"throttled","message":"slowly"}}]})",
                               {"a", "b", "c"});
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].status, NOVA_NOT_FOUND);
  EXPECT_EQ(seen[1].generation, 4u);
  EXPECT_EQ(seen[1].min, 1u);
  EXPECT_EQ(seen[1].max, 9u);
  EXPECT_EQ(seen[1].offers[0].draining, 1u);
  EXPECT_EQ(seen[1].offers[1].offer, "y");
  const auto& machine = seen[1].machines->at(0);
  EXPECT_EQ(machine.state, NOVA_MACHINE_FAILED);
  EXPECT_EQ(machine.health, NOVA_UNHEALTHY);
  EXPECT_EQ(machine.created_ns, 1'500'000'000);
  EXPECT_EQ(machine.serving_ns, NOVA_NONE);
  EXPECT_EQ(machine.node + machine.offer_id + machine.group_id, "nxb");
  EXPECT_EQ(seen[2].status, NOVA_THROTTLED);
  EXPECT_EQ(seen[2].why, "slowly");
  const std::tuple<const char*, nova_status, const char*> bad[] = {
      {"", NOVA_INTERNAL, "nothing at all"},
      {"<html>", NOVA_INTERNAL, "not valid JSON"},
      {"{}", NOVA_INTERNAL, "/groups: is required"},
      {R"({"group":[]})", NOVA_INTERNAL, "/group: is not a known key"},
      {R"({"groups":[{"id":"a"}]})", NOVA_INTERNAL, "/groups/0/desired: is required"},
      {R"({"groups":[{"id":"a","desired":-1}]})", NOVA_INTERNAL, "/groups/0/desired: must be >= 0"},
      {R"({"groups":[{"id":"a","desired":"3"}]})", NOVA_INTERNAL,
       "/groups/0/desired: must be a whole number"},
      {R"({"groups":[{"id":"a","desired":1,"offers":[]}]})", NOVA_INTERNAL,
       "/groups/0/desired: has no place"},
      {R"({"groups":[{"id":"a","desired":1},{"id":"a","desired":1}]})", NOVA_INTERNAL,
       "comes twice"},
      {R"({"groups":[{"id":"a","desired":1,"machines":[{"id":"m","state":"up"}]}]})", NOVA_INTERNAL,
       "/groups/0/machines/0/state: must be one of"},
      {R"({"error":{"code":"nope"}})", NOVA_INTERNAL, "/error/code: is no code"},
      {R"({"error":{"code":"permission_denied","message":"who?"}})", NOVA_PERMISSION_DENIED,
       "who?"}};
  for (const auto& [answer, status, text] : bad) try {
      parse_list(answer, {"a"});
      ADD_FAILURE() << answer;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), status) << answer;
      EXPECT_THAT(e.what(), HasSubstr(text));
    }
  const std::pair<const char*, nova_status> codes[] = {
      {"capacity", NOVA_CAPACITY},        {"quota", NOVA_QUOTA},
      {"unavailable", NOVA_UNAVAILABLE},  {"unauthenticated", NOVA_UNAUTHENTICATED},
      {"invalid", NOVA_INVALID_ARGUMENT}, {"not_found", NOVA_NOT_FOUND},
      {"aborted", NOVA_ABORTED},          {"failed_precondition", NOVA_FAILED_PRECONDITION}};
  for (const auto& [code, status] : codes) {
    const auto got =
        parse_scale(R"({"results":[{},{"error":{"code":")" + std::string(code) + "\"}}]}", 2);
    EXPECT_EQ(got[0].status, NOVA_OK);
    EXPECT_EQ(got[1].status, status) << code;
  }
  EXPECT_THROW(parse_scale(R"({"results":[{}]})", 2), nova::Error);
}

Seen web(std::uint32_t desired, std::uint32_t serving, std::uint32_t booting = 0) {
  Seen seen;
  seen.id = "web", seen.min = 1, seen.max = 10;
  seen.offers = {{"", desired, booting, serving, 0, 0}};
  return seen;
}
Row to(std::uint32_t desired, std::uint8_t token) { return {"web", "", desired, {token}, {}, {}}; }

TEST(CommandLedger, CountsGenerationsByWhatIsWished) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 1);
  const auto first = ledger.generation("web");
  ledger.see(web(2, 1, 1), 2);
  EXPECT_EQ(ledger.generation("web"), first) << "machines come and go";
  ledger.see(web(3, 1), 3);
  EXPECT_EQ(ledger.generation("web"), first + 1);
  EXPECT_EQ(ledger.changed_ns("web"), 3);
  auto told = web(3, 1);
  told.generation = 77;
  ledger.see(told, 4);
  EXPECT_EQ(ledger.generation("web"), 77u) << "the backend's own";
}

TEST(CommandLedger, JudgesRows) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 1);
  auto stale = to(3, 1), old_host = to(3, 1);
  stale.generation = ledger.generation("web") + 1;
  const std::tuple<Row, std::int32_t, std::int32_t, const char*> cases[] = {
      {to(3, 1), NOVA_OK, 0, ""},
      {to(2, 1), NOVA_OK, NOVA_OP_NOTHING, ""},
      {to(3, 0), NOVA_INVALID_ARGUMENT, 0, "token"},
      {to(11, 1), NOVA_QUOTA, 0, "may hold 10 machines, asked were 11"},
      {to(0, 1), NOVA_INVALID_ARGUMENT, 0, "must hold 1"},
      {stale, NOVA_ABORTED, 0, "generation is 1"},
      {{"nobody", "", 1, {1}, {}, {}}, NOVA_NOT_FOUND, 0, "no group \"nobody\""}};
  for (const auto& [row, status, state, note] : cases) {
    const auto got = ledger.judge({row})[0];
    EXPECT_EQ(got.status, status) << note;
    EXPECT_EQ(got.state, state) << note;
    EXPECT_THAT(got.note, HasSubstr(note));
  }
  auto fenced = to(3, 1);
  fenced.fence = 5, old_host.fence = 4;
  ledger.fence({fenced}, ledger.judge({fenced}));
  EXPECT_EQ(ledger.judge({old_host})[0].status, NOVA_ABORTED);
  EXPECT_EQ(ledger.judge({fenced})[0].status, NOVA_OK);
  // Two offers of one group share its limit.
  const Row more{"web", "other", 8, {2}, {}, {}};
  const auto both = ledger.judge({more, to(3, 2)});
  EXPECT_EQ(both[0].status, NOVA_OK);
  EXPECT_EQ(both[1].status, NOVA_QUOTA);
  auto closed = web(2, 2);
  closed.status = NOVA_UNAUTHENTICATED, closed.why = "who?";
  ledger.see(closed, 2);
  EXPECT_EQ(ledger.judge({to(3, 9)})[0].note, "who?");
}

TEST(CommandLedger, FollowsAnOperationToItsEnd) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 0);
  EXPECT_FALSE(ledger.poll({1}, 0));
  EXPECT_EQ(ledger.take(to(4, 1), false, 0), NOVA_OP_RUNNING);
  EXPECT_EQ(ledger.take(to(4, 1), false, 5), NOVA_OP_RUNNING) << "once";
  EXPECT_EQ(ledger.waiting({{1}, {7}}), std::vector<std::string>{"web"});
  ledger.see(web(4, 3, 1), 10);
  auto op = *ledger.poll({1}, 10);
  EXPECT_EQ(op.state, NOVA_OP_RUNNING);
  EXPECT_EQ(op.machines, 1u);
  EXPECT_EQ(op.progress, 0.5);
  EXPECT_EQ(op.ended_ns, NOVA_NONE);
  ledger.see(web(4, 4), 20);
  op = *ledger.poll({1}, 20);
  EXPECT_EQ(op.state, NOVA_OP_DONE);
  EXPECT_EQ(op.machines, 2u);
  EXPECT_EQ(op.ended_ns, 20);
  EXPECT_TRUE(ledger.waiting({{1}}).empty());
  EXPECT_EQ(ledger.judge({to(4, 1)})[0].state, NOVA_OP_DONE) << "the same token again";
  ledger.take(to(3, 2), false, 30);
  ledger.see(web(3, 4), 31);
  EXPECT_EQ(ledger.poll({2}, 31)->state, NOVA_OP_RUNNING);
  ledger.see(web(3, 3), 32);
  EXPECT_EQ(ledger.poll({2}, 32)->state, NOVA_OP_DONE) << "scale-in";
  // One that comes to nothing, one that comes halfway, one that another request overtakes.
  ledger.take(to(5, 3), false, 40);
  ledger.see(web(5, 3), 41);
  EXPECT_EQ(ledger.poll({3}, 1040)->state, NOVA_OP_RUNNING);
  EXPECT_EQ(ledger.poll({3}, 1041)->state, NOVA_OP_FAILED);
  EXPECT_EQ(ledger.poll({3}, 1041)->result, NOVA_DEADLINE_EXCEEDED);
  ledger.see(web(3, 3), 1042);
  ledger.take(to(5, 4), false, 1050);
  ledger.see(web(5, 4), 1051);
  EXPECT_EQ(ledger.poll({4}, 2051)->state, NOVA_OP_PARTIAL);
  ledger.take(to(6, 5), false, 2060);
  ledger.see(web(7, 4), 2061);
  EXPECT_EQ(ledger.poll({5}, 2061)->state, NOVA_OP_CANCELLED);
  EXPECT_EQ(ledger.poll({5}, 2061)->result, NOVA_ABORTED);
  EXPECT_EQ(ledger.take(to(7, 6), true, 2062), NOVA_OP_NOTHING);
  EXPECT_EQ(ledger.poll({6}, 2062)->progress, 1);
  // Ended ones are remembered for a day.
  EXPECT_TRUE(ledger.poll({1}, 20 + 3600 * std::int64_t{1'000'000'000}));
  ledger.poll({6}, 90'000 * std::int64_t{1'000'000'000});
  EXPECT_FALSE(ledger.poll({1}, 90'000 * std::int64_t{1'000'000'000}));
}

}  // namespace command_parts_test
