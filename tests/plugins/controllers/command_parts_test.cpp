// Goal: a program is run without a shell and never outlives its time; what it answers is read
// strictly. Method: small programs of this system, and tables of answers.
#include <signal.h>

#include <thread>

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
      nova::Json::parse(scale_request({{"web", "o", 3, {0xC0, 15}, 7, 9, "because"}}, configs)),
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

}  // namespace command_parts_test
