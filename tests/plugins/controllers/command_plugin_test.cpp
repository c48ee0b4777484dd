// Goal: command.so makes an operator's executable a controller, and keeps its calm when that does
// not. Method: the published example, and programs of a line, through the contract.
#include <gmock/gmock.h>

#include "tests/plugins/controllers/fleet_calls.hpp"
#include "tests/plugins/plugin_file.hpp"

namespace command_plugin_test {

using nova::FakeComponent;
using nova::FakeHost;
using nova_test::FleetCalls;
using nova_test::Folder;
using testing::HasSubstr;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("command");
  return component;
}
std::string example(const Folder& folder) {
  return R"({"program":")" NOVA_SOURCE_DIR
         R"(/plugins/controllers/command/example.py","arguments":[")" +
         folder.file("fleet.json") + "\"]}";
}
// A shell as the operator's own executable, for a script of a line.
std::string shell(const std::string& script, const std::string& more = "") {
  return R"({"program":"/bin/sh","arguments":["-c",)" + nova::Json(script).dump() + "]" + more +
         "}";
}

TEST(Command, TheExampleIsAController) {
  Folder folder;
  FakeHost host;
  FakeComponent c(plugin(), host, example(folder));
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"web", "db"}, {R"({"max":5})", "{}"}), (std::vector<std::int32_t>{0, 0}));
  FleetCalls fleet(c);
  const auto before = fleet.groups();
  ASSERT_EQ(before.size(), 2u) << c.error();
  EXPECT_EQ(before[1].group, "web");
  EXPECT_EQ(before[1].max, 5u) << "the group's config is passed on";
  EXPECT_EQ(fleet.can_scale("web", 3, 1).status, NOVA_OK);
  EXPECT_EQ(fleet.group("web").desired, 0u);
  EXPECT_EQ(fleet.scale("web", 3, 1, before[1].generation).state, NOVA_OP_RUNNING) << c.error();
  EXPECT_EQ(fleet.poll(1).state, NOVA_OP_DONE);
  EXPECT_EQ(fleet.poll(1).machines, 3u);
  EXPECT_EQ(fleet.group("web").serving, 3u);
  EXPECT_NE(fleet.group("web").generation, before[1].generation);
  EXPECT_EQ(fleet.scale("web", 4, 2, before[1].generation).status, NOVA_ABORTED);
  EXPECT_EQ(fleet.scale("web", 3, 1, before[1].generation).state, NOVA_OP_DONE) << "known token";
  EXPECT_EQ(fleet.scale("web", 3, 3).state, NOVA_OP_NOTHING);
  EXPECT_EQ(fleet.scale("web", 6, 4).status, NOVA_QUOTA);
  EXPECT_EQ(fleet.poll(9).result, NOVA_NOT_FOUND);
  EXPECT_EQ(fleet.group("nobody").status, NOVA_NOT_FOUND);
  fleet.machines();
  EXPECT_EQ(c.status, NOVA_UNIMPLEMENTED) << "the example tells counts only";
  c.forget({1});
  EXPECT_EQ(fleet.groups().size(), 1u);
  // Another host, after a restart: the token is not known, and the same request does no harm.
  FakeComponent later(plugin(), host, example(folder));
  later.bind({"web"});
  EXPECT_EQ(FleetCalls(later).poll(1).result, NOVA_NOT_FOUND);
  EXPECT_EQ(FleetCalls(later).scale("web", 3, 1).state, NOVA_OP_NOTHING);
}

TEST(Command, TellsWhatItsProgramDidWrong) {
  const std::tuple<std::string, nova_status, const char*> cases[] = {
      {"echo no route >&2; exit 7", NOVA_UNAVAILABLE, "/bin/sh: ended with status 7: no route"},
      {"echo", NOVA_INTERNAL, "/bin/sh: the answer is not novascale.command/1"},
      {"echo '{\"error\":{\"code\":\"unauthenticated\",\"message\":\"log in\"}}'",
       NOVA_UNAUTHENTICATED, "/bin/sh: log in"},
      {"sleep 600", NOVA_DEADLINE_EXCEEDED, "has not ended in time"},
      {"yes", NOVA_RESOURCE_EXHAUSTED, "said more than 1024 bytes"}};
  for (const auto& [script, status, text] : cases) {
    FakeHost host;
    FakeComponent c(plugin(), host, shell(script, R"(,"timeout":"400ms","max_output_bytes":1024)"));
    c.bind({"web"});
    FleetCalls(c).groups();
    EXPECT_EQ(c.status, status) << script;
    EXPECT_THAT(c.error(), HasSubstr(text));
  }
}

TEST(Command, RefusedRowsAreNotRemembered) {
  FakeHost host;
  FakeComponent c(plugin(), host, shell(R"sh(case "$(cat)" in *'"list"'*)
      echo '{"groups":[{"id":"web","desired":1,"serving":1,"machines":[
             {"id":"m1","state":"running","healthy":true}]}]}' ;;
      *) echo '{"results":[{"error":{"code":"capacity","message":"none left"}}]}' ;; esac)sh"));
  c.bind({"web"});
  FleetCalls fleet(c);
  EXPECT_EQ(fleet.scale("web", 2, 1).status, NOVA_CAPACITY) << c.error();
  EXPECT_TRUE(host.noted(0, "none left"));
  EXPECT_EQ(fleet.poll(1).result, NOVA_NOT_FOUND);
  const auto machines = fleet.machines();
  ASSERT_EQ(machines.size(), 1u);
  EXPECT_EQ(machines[0].id, "m1");
  EXPECT_EQ(machines[0].health, NOVA_HEALTHY);
}

TEST(Command, AnOperationHasItsTime) {
  FakeHost host;
  Folder folder;
  const auto script = "asked=" + folder.file("asked") + R"sh(; case "$(cat)" in *'"list"'*)
      if [ -e "$asked" ]; then d=2; else d=1; fi
      echo "{\"groups\":[{\"id\":\"web\",\"desired\":$d,\"serving\":1}]}" ;;
      *) : > "$asked"; echo '{"results":[{}]}' ;; esac)sh";
  FakeComponent c(plugin(), host, shell(script, R"(,"operation_timeout":"1m")"));
  c.bind({"web"});
  FleetCalls fleet(c);
  EXPECT_EQ(fleet.scale("web", 2, 1).state, NOVA_OP_RUNNING) << c.error();
  host.now_ns += 60'000'000'000;
  EXPECT_EQ(fleet.poll(1).state, NOVA_OP_RUNNING);
  host.now_ns += 1;
  EXPECT_EQ(fleet.poll(1).state, NOVA_OP_FAILED);
}

TEST(Command, HandsOnASecretAndShowsItToNobody) {
  FakeHost host;
  host.secrets = {{"env:TOKEN", "s3cret\n"}};
  setenv("NOVA_TEST_PASSED", "on", 1);
  setenv("NOVA_TEST_KEPT", "back", 1);
  FakeComponent c(plugin(), host,
                  shell("echo \"$NOVASCALE_SECRET $NOVA_TEST_PASSED/$NOVA_TEST_KEPT\" >&2; exit 1",
                        R"(,"secret":"secret:env:TOKEN","pass_environment":["NOVA_TEST_PASSED"])"));
  c.bind({"web"});
  FleetCalls(c).groups();
  EXPECT_THAT(c.error(), HasSubstr(": *** on/"));
  EXPECT_THAT(c.error(), testing::Not(HasSubstr("back")));
  FakeComponent echo(
      plugin(), host,
      shell(
          R"(echo "{\"error\":{\"code\":\"invalid\",\"message\":\"bad token $NOVASCALE_SECRET\"}}")",
          R"(,"secret":"secret:env:TOKEN")"));
  echo.bind({"web"});
  FleetCalls(echo).groups();
  EXPECT_THAT(echo.error(), HasSubstr("bad token ***"));
  FakeComponent chatty(plugin(), host,
                       shell("echo $NOVASCALE_SECRET >&2; echo '{\"groups\":[]}'",
                             R"(,"secret":"secret:env:TOKEN")"));
  chatty.bind({"web"});
  EXPECT_EQ(FleetCalls(chatty).group("web").status, NOVA_NOT_FOUND);
  ASSERT_EQ(host.logs.size(), 1u);
  EXPECT_EQ(host.logs[0].text, "/bin/sh: ***");
}

TEST(Command, RefusesABadConfig) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "/program: is required"},
      {R"({"program":"/no/such/file"})", "/program: there is no file /no/such/file"},
      {R"({"program":"/bin/sh","timeout":"0s"})", "/timeout: must be at least 1ms"},
      {R"({"program":"/bin/sh","operation_timeout":"-1s"})", "/operation_timeout: must be"},
      {R"({"program":"/bin/sh","max_output_bytes":1})", "/max_output_bytes: must be >= 1024"},
      {R"({"program":"/bin/sh","shell":true})", "/shell: is not a known key"}};
  for (const auto& [json, want] : cases) {
    FakeHost host;
    FakeComponent c(plugin(), host, json);
    EXPECT_NE(c.status, NOVA_OK) << json;
    EXPECT_THAT(c.error(), testing::StartsWith(want));
  }
}

}  // namespace command_plugin_test
