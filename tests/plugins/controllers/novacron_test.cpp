// Goal: groups that NovaCron does not know are kept by name, exactly as many machines as asked for
// are made whatever is lost on the way, and what cannot be had is told with its kind. Method: names
// and lists in tables; the built plugin against the fake of each server (fake_novacron.py).
#include <gmock/gmock.h>

#include "plugins/controllers/novacron/members.hpp"
#include "tests/plugins/controllers/fleet_calls.hpp"
#include "tests/plugins/fake_server.hpp"

namespace novacron_controller_test {

using nova::FakeComponent;
using nova::FakeHost;
using namespace nova::novacron;
using nova_test::FakeServer;
using nova_test::FleetCalls;
using testing::HasSubstr;
using testing::Not;

Vm vm(const std::string& id, const std::string& name, const std::string& state, int age = 0) {
  Vm out;
  out.id = id, out.name = name, out.state = state, out.created_ns = 1'000'000 - age;
  return out;
}

TEST(NovacronMembers, NamesTellGroupAndToken) {
  const nova::Token token{0xC0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
  const auto name = name_of("web-", token, 12);
  EXPECT_EQ(name, "web-c00102030405060708090a0b0c0d0eff-12");
  EXPECT_EQ(token_in("web-", name), token);
  for (const auto* other :
       {"web-", "web-1", "web-c00102030405060708090a0b0c0d0eff",
        "web-c00102030405060708090a0b0c0d0eff-", "db-c00102030405060708090a0b0c0d0eff-1",
        "web-C00102030405060708090a0b0c0d0eff-1", "web-c00102030405060708090a0b0c0d0eff-1x"})
    EXPECT_FALSE(token_in("web-", other)) << other;
}

TEST(NovacronMembers, AreCountedAndOrderedByUse) {
  const std::vector<Vm> all = {vm("a", "web-a", "running", 9),  vm("b", "web-b", "running", 1),
                               vm("c", "web-c", "creating", 5), vm("d", "web-d", "failed", 8),
                               vm("e", "web-e", "deleting", 1), vm("f", "db-f", "running", 1),
                               vm("g", "web-g", "stopped", 3)};
  const auto seen = seen_of(all, "web", "web-");
  ASSERT_EQ(seen.offers.size(), 1u);
  EXPECT_EQ(seen.offers[0].desired, 5u) << "all but who leaves";
  EXPECT_EQ(seen.offers[0].serving, 2u);
  EXPECT_EQ(seen.offers[0].booting, 1u);
  EXPECT_EQ(seen.offers[0].unhealthy, 2u);
  EXPECT_EQ(seen.offers[0].draining, 1u);
  EXPECT_EQ(seen.machines->size(), 6u);
  EXPECT_TRUE(seen.one_kind);
  std::string order;
  for (const auto& victim : victims(all, "web-")) order += victim.id;
  EXPECT_EQ(order, "gdcba") << "useless, booting, running; newest first";
}

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("novacron_controller");
  return component;
}

struct Fleet {  // the plugin, before the fake of a server
  explicit Fleet(
      const std::string& server = "a", const std::string& more = "",
      const std::string& settings = R"({"max":20,"template":{"owner_id":"o","memory_mb":512}})")
      : fake("novacron/fake_novacron.py", {server}),
        c((host.secrets = {{"env:PASSWORD", "pass+word"}}, plugin()), host,
          R"({"timeout":"5s","url":")" + fake.url + '"' +
              (server == "a"
                   ? R"(,"auth":"login","username":"scaler","password":"secret:env:PASSWORD")"
                   : R"(,"auth":"role","api_prefix":"/api/v1/api/v1","tenant":"acme")") +
              more + "}"),
        calls(c) {
    EXPECT_EQ(c.status, NOVA_OK) << c.error();
    EXPECT_EQ(c.bind({"web", "db"}, {settings, settings})[0], NOVA_OK);
  }
  FakeHost host;
  FakeServer fake;
  FakeComponent c;
  FleetCalls calls;
};

TEST(Novacron, ScalesAGroupOfEitherServer) {
  for (const auto* server : {"a", "b"}) {
    Fleet fleet(server);
    EXPECT_EQ(fleet.calls.group("web").desired, 0u) << fleet.c.error();
    EXPECT_EQ(fleet.calls.can_scale("web", 3, 1).status, NOVA_OK);
    EXPECT_EQ(fleet.fake.asked("POST /vms"), 0u);
    EXPECT_EQ(fleet.calls.scale("web", 3, 1).state, NOVA_OP_RUNNING) << fleet.c.error();
    EXPECT_EQ(fleet.calls.poll(1).state, NOVA_OP_DONE) << "started, too";
    EXPECT_EQ(fleet.calls.scale("web", 3, 1).state, NOVA_OP_DONE) << "the same token";
    EXPECT_EQ(fleet.fake.asked("POST /vms"), 3u);
    EXPECT_EQ(fleet.calls.scale("db", 1, 2).state, NOVA_OP_RUNNING);
    const auto web = fleet.calls.group("web");
    EXPECT_EQ(web.serving, 3u) << server;
    EXPECT_EQ(web.max, 20u);
    const auto machines = fleet.calls.machines();
    ASSERT_EQ(machines.size(), 4u);
    EXPECT_EQ(machines[0].group, "db");
    EXPECT_EQ(machines[1].token.b[15], 1) << "of the request that made it";
    EXPECT_EQ(machines[1].health, NOVA_HEALTHY);
    EXPECT_NE(machines[1].created_ns, NOVA_NONE);
    EXPECT_EQ(machines[1].serving_ns, fleet.host.now_ns);
    EXPECT_EQ(fleet.calls.act(NOVA_ACT_REMOVE, "web", machines[2].id, 3).state, NOVA_OP_RUNNING);
    EXPECT_EQ(fleet.calls.poll(3).state, NOVA_OP_DONE);
    EXPECT_EQ(fleet.calls.act(NOVA_ACT_REPLACE, "web", machines[1].id, 4).status, NOVA_OK)
        << fleet.c.error();
    EXPECT_EQ(fleet.calls.group("web").desired, 2u);
    EXPECT_EQ(fleet.calls.scale("web", 1, 5).status, NOVA_OK);
    EXPECT_EQ(fleet.calls.group("web").desired, 1u);
    EXPECT_EQ(fleet.calls.group("db").desired, 1u) << "the other group is not touched";
    EXPECT_EQ(fleet.calls.scale("web", 21, 6).status, NOVA_QUOTA);
    EXPECT_EQ(fleet.calls.group("none").status, NOVA_NOT_FOUND);
    for (const auto& line : fleet.host.logs) EXPECT_THAT(line.text, Not(HasSubstr("pass+word")));
  }
}

// Exactly as many as asked for, whatever was lost.
TEST(Novacron, MakesNoMachineTwice) {
  for (const auto* fault : {"500", "reset", "lost", "half", "garbage"})
    for (const auto* server : {"a", "b"}) {
      Fleet fleet(server);
      fleet.fake.fault(R"({"fault":")" + std::string(fault) + R"(","on":"POST /vms","skip":1})");
      EXPECT_EQ(fleet.calls.scale("web", 4, 1).state, NOVA_OP_RUNNING)
          << fault << ": " << fleet.c.error();
      EXPECT_EQ(fleet.calls.poll(1).state, NOVA_OP_DONE) << fault;
      EXPECT_EQ(fleet.calls.group("web").desired, 4u) << fault;
      std::set<std::string> names;
      for (const auto& asked : fleet.fake.asked())
        if (asked.action == "POST /vms") names.insert(nova::Json::parse(asked.body)["name"]);
      EXPECT_EQ(names.size(), 4u) << fault;
      // Nobody remembers the token after a restart: what is there counts.
      FakeComponent later(
          plugin(), fleet.host,
          std::string(R"({"url":")") + fleet.fake.url + '"' +
              (*server == 'a'
                   ? R"(,"auth":"login","username":"scaler","password":"secret:env:PASSWORD"})"
                   : R"(,"auth":"role","api_prefix":"/api/v1/api/v1"})"));
      later.bind({"web"});
      EXPECT_EQ(FleetCalls(later).poll(1).result, NOVA_NOT_FOUND);
      EXPECT_EQ(FleetCalls(later).scale("web", 4, 1).state, NOVA_OP_NOTHING);
    }
}

TEST(Novacron, TellsWhatCannotBeHad) {
  Fleet fleet("b");
  fleet.fake.fault(R"({"fault":"409","on":"POST /vms","times":9,"code":"INSUFFICIENT_CAPACITY"})");
  EXPECT_EQ(fleet.calls.scale("web", 3, 1).status, NOVA_CAPACITY);
  EXPECT_TRUE(fleet.host.noted(0, "HTTP 409, INSUFFICIENT_CAPACITY: no room"));
  EXPECT_EQ(fleet.calls.poll(1).result, NOVA_NOT_FOUND) << "nothing was begun";
  fleet.fake.fault(
      R"({"fault":"409","on":"POST /vms","skip":2,"times":9,"code":"QUOTA_EXCEEDED"})");
  EXPECT_EQ(fleet.calls.scale("web", 5, 2).state, NOVA_OP_PARTIAL);
  const auto polled = fleet.calls.poll(2);
  EXPECT_EQ(polled.result, NOVA_QUOTA);
  EXPECT_EQ(polled.machines, 2u);
  EXPECT_EQ(fleet.calls.group("web").desired, 2u) << "the host sees what is there";
  // One group's failure is not another's.
  fleet.fake.fault(R"({"fault":"500","on":"DELETE /vms","times":99})");
  EXPECT_EQ(fleet.calls.scale("web", 1, 3).status, NOVA_UNAVAILABLE);
  EXPECT_EQ(fleet.calls.scale("db", 1, 4).state, NOVA_OP_RUNNING);
  fleet.fake.fault(R"({"fault":"garbage","on":"GET /vms","times":9})");
  EXPECT_EQ(fleet.calls.group("web").group, "") << "half a truth would make machines twice";
  EXPECT_EQ(fleet.c.status, NOVA_INTERNAL);
  fleet.fake.fault("{}");
  EXPECT_EQ(fleet.calls.group("web").desired, 2u);
}

TEST(Novacron, AMachineThatDoesNotStartIsTriedAgain) {
  Fleet fleet("a");
  fleet.fake.fault(R"({"fault":"500","on":"POST /vms/start","times":6})");
  EXPECT_EQ(fleet.calls.scale("web", 2, 1).state, NOVA_OP_RUNNING) << fleet.c.error();
  ASSERT_EQ(fleet.host.logs.size(), 1u) << "the same trouble is told once";
  EXPECT_THAT(fleet.host.logs[0].text, HasSubstr("does not start, and is tried again"));
  const auto asked = fleet.fake.asked("POST /vms/start");
  EXPECT_EQ(fleet.calls.can_scale("web", 3, 2).status, NOVA_OK);
  EXPECT_EQ(fleet.fake.asked("POST /vms/start"), asked) << "who only asks starts nothing";
  EXPECT_EQ(fleet.calls.poll(1).state, NOVA_OP_DONE);
  Fleet left("a", R"(,"start":false)");
  left.calls.scale("web", 2, 1);
  EXPECT_EQ(left.calls.group("web").booting, 2u);
  EXPECT_EQ(left.calls.poll(1).state, NOVA_OP_RUNNING);
  left.host.now_ns += 16 * 60 * std::int64_t{1'000'000'000};
  EXPECT_EQ(left.calls.poll(1).state, NOVA_OP_FAILED);
}

TEST(Novacron, EndsWithItsCall) {
  Fleet fleet("a");
  fleet.fake.fault(R"({"fault":"slow","on":"POST /vms","seconds":30})");
  fleet.host.deadline_passed = true;
  fleet.calls.scale("web", 2, 1);
  EXPECT_EQ(fleet.c.status, NOVA_DEADLINE_EXCEEDED);
  fleet.host.deadline_passed = false, fleet.host.cancel_now = true;
  fleet.calls.scale("web", 2, 1);
  EXPECT_EQ(fleet.c.status, NOVA_CANCELLED);
}

TEST(Novacron, RefusesSettingsThatCannotWork) {
  Fleet fleet;
  const std::pair<const char*, const char*> cases[] = {
      {R"({"name_prefix":"web"})", "cannot be told apart: one begins with the other"},
      {R"({"name_prefix":""})", "/name_prefix: must have at least 1"},
      {R"({"min":5,"max":4})", "/min: must not be above max"},
      {R"({"template":{"name":"x"}})", "/template: must be an object without a name"},
      {R"({"template":{"tags":["x"]}})", "/template/tags: must be an object"},
      {R"({"prefix":"x"})", "/prefix: is not a known key"}};
  for (const auto& [settings, text] : cases) {
    fleet.host.notes.clear();
    EXPECT_EQ(fleet.c.bind({"web", "other"}, {"{}", settings})[1], NOVA_INVALID_ARGUMENT)
        << settings;
    EXPECT_TRUE(fleet.host.noted(1, text)) << settings;
  }
}

}  // namespace novacron_controller_test
