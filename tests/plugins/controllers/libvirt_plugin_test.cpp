// Goal: libvirt.so makes, keeps and gives up machines as it is asked, and touches nobody else's.
// Method: libvirt's own test driver within this process, and a client of our own beside it.
#include <gmock/gmock.h>

#include <atomic>
#include <mutex>

#include "plugins/controllers/libvirt/keeper.hpp"
#include "plugins/controllers/libvirt/node.hpp"
#include "tests/plugins/controllers/libvirt_client.hpp"

namespace libvirt_plugin_test {

using libvirt_test::Client;
using libvirt_test::eventually;
using libvirt_test::of_template;
using libvirt_test::plugin;
using libvirt_test::RealTimeHost;
using libvirt_test::small_domain;
using nova::FakeComponent;
using nova_test::FleetCalls;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kUri = "test:///default";  // it has a domain "test" that runs, and 3 GiB of memory
std::string config(const std::string& more = "") {
  return R"({"uri":"test:///default")" + more + "}";
}

TEST(Libvirt, MakesMachinesOfATemplateAndGivesThemUp) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"web"}, {of_template(small_domain(), R"(,"max":5)")}),
            std::vector<std::int32_t>{NOVA_OK});
  FleetCalls fleet(c);
  const auto empty = fleet.group("web");
  EXPECT_EQ(empty.status, NOVA_OK) << c.error();
  EXPECT_EQ(empty.desired, 0u);
  EXPECT_EQ(empty.max, 5u);
  EXPECT_EQ(fleet.can_scale("web", 3, 1).status, NOVA_OK);
  EXPECT_THAT(client.names(), ElementsAre("test"));
  EXPECT_EQ(fleet.scale("web", 3, 1, empty.generation).state, NOVA_OP_RUNNING) << c.error();
  EXPECT_EQ(fleet.group("web").desired, 3u) << "at once";
  EXPECT_TRUE(eventually([&] { return fleet.poll(1).state == NOVA_OP_DONE; }));
  EXPECT_EQ(fleet.poll(1).machines, 3u);
  EXPECT_EQ(fleet.group("web").serving, 3u);
  EXPECT_THAT(client.names(), ElementsAre("test", "web-1", "web-2", "web-3"));
  EXPECT_THAT(client.xml("web-2"), HasSubstr("group=\"web\""));
  EXPECT_EQ(client.state("web-2"), VIR_DOMAIN_RUNNING);
  ASSERT_TRUE(eventually([&] { return fleet.machines().at(2).serving_ns != NOVA_NONE; }));
  const auto machine = fleet.machines().at(2);
  EXPECT_EQ(machine.health, NOVA_HEALTHY);
  EXPECT_EQ(nova::token(machine.token), nova::token(nova_test::token(1)));
  EXPECT_GE(machine.serving_ns, machine.created_ns);
  EXPECT_FALSE(machine.node.empty());

  EXPECT_EQ(fleet.scale("web", 4, 2, empty.generation).status, NOVA_ABORTED);
  EXPECT_EQ(fleet.scale("web", 3, 1, empty.generation).state, NOVA_OP_DONE) << "known token";
  EXPECT_EQ(fleet.scale("web", 3, 3).state, NOVA_OP_NOTHING);
  EXPECT_EQ(fleet.scale("web", 6, 4).status, NOVA_QUOTA);
  EXPECT_EQ(fleet.scale("nobody", 1, 5).status, NOVA_NOT_FOUND);

  EXPECT_EQ(fleet.scale("web", 1, 6).state, NOVA_OP_RUNNING);
  EXPECT_EQ(fleet.group("web").desired, 1u);
  EXPECT_TRUE(eventually([&] { return fleet.poll(6).state == NOVA_OP_DONE; }));
  EXPECT_THAT(client.names(), ElementsAre("test", "web-1")) << "shut down and undefined";
  c.forget({0});
  EXPECT_TRUE(fleet.groups().empty());
  EXPECT_EQ(client.state("web-1"), VIR_DOMAIN_RUNNING) << "machines outlive the binding";
}

TEST(Libvirt, ARestartForgetsNothing) {
  const Client client(kUri);
  RealTimeHost host;
  std::uint64_t generation = 0;
  {
    FakeComponent c(plugin(), host, config());
    c.bind({"web"}, {of_template(small_domain())});
    EXPECT_EQ(FleetCalls(c).scale("web", 2, 1).state, NOVA_OP_RUNNING) << c.error();
    generation = FleetCalls(c).group("web").generation;
  }  // gone before the machines were up, perhaps
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  EXPECT_TRUE(eventually([&] { return fleet.poll(1).state == NOVA_OP_DONE; })) << c.error();
  EXPECT_EQ(fleet.group("web").generation, generation);
  EXPECT_EQ(fleet.scale("web", 2, 1, 12345).state, NOVA_OP_DONE) << "the same token";
  EXPECT_EQ(client.names().size(), 3u);
  EXPECT_EQ(fleet.poll(9).result, NOVA_NOT_FOUND);
}

TEST(Libvirt, WhatIsBrokenIsStartedAgain) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  fleet.scale("web", 1, 1);
  ASSERT_TRUE(eventually([&] { return fleet.group("web").serving == 1; }));
  const auto generation = fleet.group("web").generation;
  virDomainDestroy(client.domain("web-1").get());  // the guest crashed, or its node came up again
  EXPECT_TRUE(eventually([&] { return client.state("web-1") == VIR_DOMAIN_RUNNING; }));
  EXPECT_EQ(fleet.group("web").generation, generation);
  // Somebody takes it away altogether: the group is smaller, and says so.
  const auto gone = client.domain("web-1");
  virDomainUndefine(gone.get());  // while it runs, or it would be started again in between
  virDomainDestroy(gone.get());
  EXPECT_TRUE(eventually([&] { return fleet.group("web").desired == 0; }));
  EXPECT_NE(fleet.group("web").generation, generation);
}

TEST(Libvirt, AMachineThatNeverServesFailsItsOperation) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config(R"(,"boot_time":"2s","operation_timeout":"3s")"));
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  fleet.scale("web", 1, 1);
  ASSERT_TRUE(eventually([&] { return client.state("web-1") == VIR_DOMAIN_RUNNING; }));
  EXPECT_EQ(fleet.group("web").booting, 1u) << "for its boot_time";
  ASSERT_EQ(virDomainSuspend(client.domain("web-1").get()), 0);
  EXPECT_TRUE(eventually([&] { return fleet.poll(1).state == NOVA_OP_FAILED; }));
  EXPECT_EQ(fleet.poll(1).result, NOVA_DEADLINE_EXCEEDED);
  EXPECT_EQ(fleet.group("web").serving, 0u);
  ASSERT_EQ(virDomainResume(client.domain("web-1").get()), 0);
  EXPECT_TRUE(eventually([&] { return fleet.group("web").serving == 1; })) << "later after all";
  ASSERT_TRUE(eventually([&] { return fleet.machines().at(0).serving_ns != NOVA_NONE; }));
  ASSERT_EQ(virDomainSuspend(client.domain("web-1").get()), 0);
  EXPECT_EQ(fleet.group("web").unhealthy, 1u) << "it served once";
}

TEST(Libvirt, ANameThatIsTakenIsNotTouched) {
  const Client client(kUri);
  ASSERT_TRUE(client.define(small_domain("web-2")));
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  fleet.scale("web", 2, 1);
  EXPECT_TRUE(eventually([&] { return fleet.poll(1).state == NOVA_OP_DONE; }));
  EXPECT_THAT(client.names(), ElementsAre("test", "web-1", "web-2", "web-3"));
  EXPECT_EQ(client.state("web-2"), VIR_DOMAIN_SHUTOFF);
  fleet.scale("web", 0, 2);
  EXPECT_TRUE(eventually([&] { return fleet.poll(2).state == NOVA_OP_DONE; }));
  EXPECT_THAT(client.names(), ElementsAre("test", "web-2"));
  // Whoever takes the name between our look and our request wins, too: libvirt refuses a second.
  nova::libvirt::Node node({kUri});
  nova::libvirt::Mark mark;
  mark.group = "web";
  try {
    node.define(nova::libvirt::make_domain(small_domain(), "web-2", {}, mark));
    ADD_FAILURE() << "defined over another's domain";
  } catch (const nova::Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("domain 'web-2' already exists"));
  }
}

TEST(Libvirt, RefusalsAreTypedAndLeaveNothingBehind) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  const auto large = [](const char* mib) {
    return of_template(small_domain(),
                       std::string(R"(,"offers":[{"id":"large","memory_mib":)") + mib + "}]");
  };
  c.bind({"web", "broken", "sized"},
         {of_template(std::string("<domain type='test'><memory unit='MiB'>600</memory><os><type>"
                                  "hvm</type></os></domain>")),
          of_template("<domain type='test'><memory>1024</memory></domain>"), large("64")});
  FleetCalls fleet(c);
  EXPECT_EQ(fleet.scale("web", 2, 1).status, NOVA_CAPACITY) << "2 of 3 GiB are taken";
  EXPECT_TRUE(host.noted(0, "has 1.00 GiB of 3.00 GiB memory left, asked were 1.17 GiB"));
  EXPECT_EQ(fleet.scale("broken", 1, 2).status, NOVA_INVALID_ARGUMENT);
  EXPECT_TRUE(host.noted(0, "an os <type> must be specified"));
  EXPECT_EQ(fleet.scale("sized", 1, 3).status, NOVA_INVALID_ARGUMENT);
  EXPECT_TRUE(host.noted(0, "the group has no offer \"\""));
  EXPECT_THAT(client.names(), ElementsAre("test"));
  EXPECT_EQ(fleet.poll(1).result, NOVA_NOT_FOUND) << "may be asked again";
  EXPECT_EQ(fleet.scale("web", 1, 1).state, NOVA_OP_RUNNING);
  EXPECT_EQ(fleet.scale("sized", 1, 3).status, NOVA_INVALID_ARGUMENT);
}

// The test driver's pool holds 100 GiB; each copy takes 30.
TEST(Libvirt, VolumesAreCopiedAndGoWithTheirMachines) {
  const Client client(kUri);
  ASSERT_TRUE(client.make_volume("default-pool",
                                 "<volume><name>golden</name><capacity unit='GiB'>30</capacity>"
                                 "<allocation unit='GiB'>30</allocation></volume>"));
  RealTimeHost host;
  FakeComponent c(plugin(), host, config(R"(,"shutdown_timeout":"0s","memory_overcommit":0)"));
  const auto with = [](const std::string& pool, const std::string& from) {
    return of_template(small_domain(), R"(,"volumes":[{"pool":")" + pool + R"(","from":")" + from +
                                           R"(","name":"{name}.img"}])");
  };
  EXPECT_EQ(c.bind({"web", "nowhere", "nothing"},
                   {with("default-pool", "golden"), with("no-pool", "golden"),
                    with("default-pool", "no-volume")}),
            std::vector<std::int32_t>(3, NOVA_OK));
  FleetCalls fleet(c);
  EXPECT_EQ(fleet.scale("web", 3, 1).status, NOVA_OK);
  ASSERT_TRUE(eventually([&] { return fleet.poll(1).state == NOVA_OP_PARTIAL; }));
  EXPECT_EQ(fleet.poll(1).result, NOVA_CAPACITY) << "there is room for two";
  EXPECT_TRUE(host.noted(0, "copy of volume golden in pool default-pool: "));
  EXPECT_THAT(client.volumes("default-pool"), testing::SizeIs(3));
  EXPECT_EQ(fleet.scale("web", 1, 2).status, NOVA_OK);
  ASSERT_TRUE(eventually([&] { return fleet.poll(2).state == NOVA_OP_DONE; }));
  const auto left = client.names().back();  // "web-1": the newest went
  EXPECT_THAT(client.volumes("default-pool"), ElementsAre("golden", left + ".img"));
  const std::pair<const char*, const char*> missing[] = {
      {"nowhere", "pool no-pool: "}, {"nothing", "volume no-volume of pool default-pool: "}};
  for (const auto& [group, text] : missing) {
    const auto number = static_cast<std::uint8_t>(group[2]);
    EXPECT_EQ(fleet.scale(group, 1, number).status, NOVA_OK);
    ASSERT_TRUE(eventually([&] { return fleet.poll(number).state == NOVA_OP_FAILED; }));
    EXPECT_EQ(fleet.poll(number).result, NOVA_FAILED_PRECONDITION);
    EXPECT_TRUE(host.noted(0, text));
    fleet.scale(group, 0, static_cast<std::uint8_t>(number + 1));
  }
}

TEST(Libvirt, ActsOnChosenMachines) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  fleet.scale("web", 3, 1);
  ASSERT_TRUE(eventually([&] { return fleet.group("web").serving == 3; }));
  EXPECT_EQ(fleet.act(NOVA_ACT_REMOVE, "web", "web-2", 2).status, NOVA_OK);
  EXPECT_TRUE(eventually([&] { return fleet.poll(2).state == NOVA_OP_DONE; }));
  EXPECT_THAT(client.names(), ElementsAre("test", "web-1", "web-3"));
  EXPECT_EQ(fleet.act(NOVA_ACT_REPLACE, "web", "web-3", 3).status, NOVA_OK);
  EXPECT_EQ(fleet.group("web").desired, 2u);
  EXPECT_TRUE(eventually([&] { return fleet.poll(3).state == NOVA_OP_DONE; }));
  EXPECT_TRUE(eventually([&] { return fleet.group("web").serving == 2; }));
  EXPECT_THAT(client.names(), ElementsAre("test", "web-1", "web-2"));
  EXPECT_EQ(fleet.act(NOVA_ACT_REMOVE, "web", "test", 4).status, NOVA_NOT_FOUND);
}

TEST(Libvirt, TaggedDomainsAreStartedAndStoppedOnly) {
  const nova_test::Folder folder;
  const auto tagged = [](const std::string& name, int state) {
    return "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>" +
           name + "</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><metadata>" +
           "<n:machine xmlns:n='https://novacron.org/xmlns/novascale/machine/1' group='db'/>" +
           "</metadata><test:runstate>" + std::to_string(state) + "</test:runstate></domain>";
  };
  const auto file =
      folder.write("node.xml",
                   "<node><cpu><mhz>1</mhz><model>m</model><active>4</active><nodes>1</nodes>"
                   "<sockets>1</sockets><cores>4</cores><threads>1</threads></cpu>"
                   "<memory>1048576</memory>" +
                       tagged("db-a", VIR_DOMAIN_RUNNING) + tagged("db-b", VIR_DOMAIN_SHUTOFF) +
                       tagged("db-c", VIR_DOMAIN_SHUTOFF) + "</node>");
  RealTimeHost host;  // this driver's domains are this connection's
  FakeComponent c(plugin(), host, R"({"uri":"test://)" + file + "\"}");
  EXPECT_EQ(c.bind({"db"}, {R"({"tagged":true})"}), std::vector<std::int32_t>{NOVA_OK});
  FleetCalls fleet(c);
  EXPECT_EQ(fleet.group("db").serving, 1u) << c.error();
  EXPECT_EQ(fleet.scale("db", 4, 1).status, NOVA_CAPACITY);
  EXPECT_TRUE(host.noted(0, "only 2 are off, asked were 3 more"));
  EXPECT_EQ(fleet.scale("db", 3, 2).state, NOVA_OP_RUNNING);
  EXPECT_EQ(fleet.group("db").desired, 3u);
  EXPECT_TRUE(eventually([&] { return fleet.poll(2).state == NOVA_OP_DONE; }));
  EXPECT_EQ(fleet.group("db").serving, 3u);
  EXPECT_EQ(fleet.scale("db", 1, 3).state, NOVA_OP_RUNNING);
  EXPECT_TRUE(eventually([&] { return fleet.poll(3).state == NOVA_OP_DONE; }));
  EXPECT_EQ(fleet.machines().size(), 1u);
  EXPECT_EQ(fleet.scale("db", 2, 4).state, NOVA_OP_RUNNING) << "what rests can be had again";
  EXPECT_TRUE(eventually([&] { return fleet.poll(4).state == NOVA_OP_DONE; }));
}

struct Heard {
  std::mutex mutex;
  std::vector<std::string> lines;
  int ends = 0;
  bool has(const std::string& part) {
    const std::lock_guard lock(mutex);
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(part) != line.npos; });
  }
};

TEST(Libvirt, TellsWatchersWhatHappens) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {of_template(small_domain())});
  Heard heard;
  const nova_watcher watcher{
      sizeof watcher, 0, &heard,
      [](const nova_watcher* w, const nova_event_batch* b) {
        auto& to = *static_cast<Heard*>(w->ctx);
        const std::lock_guard lock(to.mutex);
        for (std::uint64_t i = 0; i < b->count; ++i)
          to.lines.push_back(nova_test::text(b->type, i) + ' ' + nova_test::text(b->subject, i) +
                             ' ' + nova_test::text(b->event_json, i));
      },
      [](const nova_watcher* w, const nova_error*) { ++static_cast<Heard*>(w->ctx)->ends; }};
  std::uint64_t id = 0;
  const auto& ops = c.ops<nova_controller_ops>();
  c.invoke(ops.watch, &watcher, &id);
  ASSERT_EQ(c.status, NOVA_OK);
  FleetCalls(c).scale("web", 1, 1);
  EXPECT_TRUE(eventually([&] { return heard.has(R"("state":"running")"); }));
  EXPECT_TRUE(eventually([&] { return heard.has("machine.health web-1"); }));
  EXPECT_TRUE(heard.has("c0000000-0000-0000-0000-000000000001")) << "the token";
  const auto gone = client.domain("web-1");
  virDomainUndefine(gone.get());
  virDomainDestroy(gone.get());
  EXPECT_TRUE(eventually([&] { return heard.has("machine.lost web-1"); }));
  EXPECT_TRUE(heard.has("group.changed web"));
  ops.unwatch(c.instance(), id);
  EXPECT_EQ(heard.ends, 1);
}

TEST(Libvirt, AnEventSparesTheWait) {
  const Client client(kUri);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  fleet.scale("web", 1, 1);
  ASSERT_TRUE(eventually([&] { return fleet.machines().at(0).serving_ns != NOVA_NONE; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));  // now it sweeps every 5 s
  const auto before = std::chrono::steady_clock::now();
  virDomainDestroy(client.domain("web-1").get());
  EXPECT_TRUE(eventually([&] { return client.state("web-1") == VIR_DOMAIN_RUNNING; }));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(3));
}

TEST(Libvirt, RefusesABadConfig) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"uri":""})", "/uri: must have at least 1"},
      {R"({"keepalive":"1500ms"})", "/keepalive: must be whole seconds up to an hour"},
      {R"({"keepalive":"-1s"})", "/keepalive: must be >= 0s"},
      {R"({"boot_time":"-1s"})", "/boot_time: must be >= 0s"},
      {R"({"shutdown_timeout":"soon"})", "/shutdown_timeout: must be a duration"},
      {R"({"memory_overcommit":-1})", "/memory_overcommit: must be >= 0"},
      {R"({"operation_timeout":"0s"})", "/operation_timeout: must be at least 1ms"},
      {R"({"pool":"x"})", "/pool: is not a known key"}};
  for (const auto& [json, want] : cases) {
    nova::FakeHost host;
    FakeComponent c(plugin(), host, json);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << json;
    EXPECT_THAT(c.error(), testing::StartsWith(want));
  }
}

TEST(Libvirt, RefusesABadGroup) {
  const nova_test::Folder folder;
  const auto network = folder.write("net.xml", "<network/>");
  folder.write("web.xml", small_domain());
  const std::pair<std::string, const char*> cases[] = {
      {"{}", "/template: a group needs either a template or \"tagged\": true"},
      {R"({"template":"<domain/>","tagged":true})", "/template: a group needs either"},
      {R"({"template":"<domain/>"})", "/template: the template's <domain> tells no <memory>"},
      {R"({"template":"net.xml"})", "net.xml: the template must be a <domain>, is a <network>"},
      {R"({"template":"none.xml"})", "none.xml that can be read"},
      {R"({"template":"web.xml","min":3,"max":2})", "/min: must be <= max, got 3"},
      {R"({"template":"web.xml","offers":[{"vcpus":1}]})", "/offers/0/id: is required"},
      {R"({"template":"web.xml","offers":[{"id":"a"},{"id":"a"}]})", "/offers/1/id: a comes twice"},
      {R"({"template":"web.xml","offers":[{"id":"a","vcpus":0}]})",
       "/offers/0/vcpus: must be >= 1"},
      {R"({"template":"web.xml","volumes":[{"pool":"p","from":"v","name":"x"}]})",
       "/volumes/0/name: must hold {name}"},
      {R"({"tagged":true,"volumes":[{"pool":"p","from":"v"}]})",
       "/volumes: tagged domains have their disks"},
      {R"({"template":"web.xml","size":1})", "/size: is not a known key"}};
  for (const auto& [settings, want] : cases) {
    RealTimeHost host;
    FakeComponent c(plugin(), host, config(R"(,"templates":")" + folder.file("") + "\""));
    EXPECT_NE(c.bind({"web"}, {settings})[0], NOVA_OK) << settings;
    EXPECT_TRUE(host.noted(0, want)) << settings;
    EXPECT_EQ(c.bind({"web"}, {R"({"template":"web.xml"})"})[0], NOVA_OK);
  }
  RealTimeHost host;
  FakeComponent c(plugin(), host, config());
  c.bind({"web"}, {R"({"template":"web.xml"})"});
  EXPECT_TRUE(host.noted(0, "is relative: set \"templates\""));
}

}  // namespace libvirt_plugin_test
