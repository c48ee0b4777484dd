// Goal: machines outlive the host; a libvirt that goes is told as unavailable and found again when
// it comes; QEMU's domains are started, shut down and destroyed as they must be. Method: Debian's
// libvirtd as nobody's own (skipped where it is not installed), killed and started again.
#include <gmock/gmock.h>

#include "tests/plugins/controllers/libvirt_client.hpp"
#include "tests/plugins/libvirtd.hpp"

namespace libvirt_daemon_test {

using libvirt_test::Client;
using libvirt_test::eventually;
using libvirt_test::of_template;
using libvirt_test::plugin;
using libvirt_test::RealTimeHost;
using libvirt_test::small_domain;
using nova::FakeComponent;
using nova_test::FleetCalls;
using nova_test::Libvirtd;
using testing::ElementsAre;
using testing::HasSubstr;

std::string config(const std::string& uri, const std::string& more = "") {
  return R"({"uri":")" + uri + "\"" + more + "}";
}

TEST(LibvirtDaemon, MachinesOutliveTheHost) {
  if (!Libvirtd::installed()) GTEST_SKIP() << "libvirtd is not installed";
  Libvirtd daemon;
  const Client client(daemon.uri("test"));
  {
    RealTimeHost host;
    FakeComponent c(plugin(), host, config(daemon.uri("test")));
    c.bind({"web"}, {of_template(small_domain())});
    EXPECT_EQ(FleetCalls(c).scale("web", 2, 1).state, NOVA_OP_RUNNING) << c.error();
    EXPECT_TRUE(eventually([&] { return FleetCalls(c).poll(1).state == NOVA_OP_DONE; }));
  }
  EXPECT_THAT(client.names(), ElementsAre("test", "web-1", "web-2"));
  EXPECT_EQ(client.state("web-2"), VIR_DOMAIN_RUNNING);
  RealTimeHost host;
  FakeComponent c(plugin(), host, config(daemon.uri("test")));
  c.bind({"web"}, {of_template(small_domain())});
  EXPECT_EQ(FleetCalls(c).group("web").serving, 2u) << c.error();
  EXPECT_EQ(FleetCalls(c).poll(1).state, NOVA_OP_DONE);
}

TEST(LibvirtDaemon, ALostNodeIsFoundAgain) {
  if (!Libvirtd::installed()) GTEST_SKIP() << "libvirtd is not installed";
  Libvirtd daemon;
  RealTimeHost host;
  FakeComponent c(plugin(), host, config(daemon.uri("test")));
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  fleet.scale("web", 2, 1);
  ASSERT_TRUE(eventually([&] { return fleet.group("web").serving == 2; })) << c.error();
  const auto generation = fleet.group("web").generation;
  daemon.kill();
  fleet.groups();
  EXPECT_EQ(c.status, NOVA_UNAVAILABLE) << c.error();
  EXPECT_THAT(c.error(), HasSubstr("libvirt"));
  fleet.scale("web", 3, 2);
  EXPECT_EQ(c.status, NOVA_UNAVAILABLE);
  ASSERT_TRUE(daemon.start());
  ASSERT_TRUE(eventually([&] {
    fleet.groups();
    return c.status == NOVA_OK;
  })) << c.error();
  const auto after = fleet.group("web");
  EXPECT_EQ(after.desired, 0u) << "the test driver's machines died with their node";
  EXPECT_NE(after.generation, generation);
  EXPECT_EQ(fleet.scale("web", 3, 3, generation).status, NOVA_ABORTED) << "they are known as lost";
  EXPECT_EQ(fleet.scale("web", 3, 4, after.generation).state, NOVA_OP_RUNNING);
  EXPECT_TRUE(eventually([&] { return fleet.poll(4).state == NOVA_OP_DONE; })) << c.error();
}

TEST(LibvirtDaemon, ASilentNodeIsLostByKeepalive) {
  if (!Libvirtd::installed()) GTEST_SKIP() << "libvirtd is not installed";
  Libvirtd daemon;
  RealTimeHost host;
  FakeComponent c(plugin(), host, config(daemon.uri("test"), R"(,"keepalive":"1s")"));
  c.bind({"web"}, {of_template(small_domain())});
  FleetCalls fleet(c);
  ASSERT_EQ(fleet.group("web").status, NOVA_OK) << c.error();
  daemon.pause();
  for (int tried = 0; tried < 2; ++tried) {  // lost, and then not to be opened
    fleet.groups();
    EXPECT_EQ(c.status, NOVA_UNAVAILABLE) << c.error();
  }
  daemon.kill();  // or the opening waits for ever, and its thread with it
}

TEST(LibvirtDaemon, StartsWithoutANode) {
  RealTimeHost host;
  FakeComponent c(plugin(), host, config("test+unix:///default?socket=/no/such/socket"));
  EXPECT_EQ(c.status, NOVA_OK);
  EXPECT_EQ(c.bind({"web"}, {of_template(small_domain())})[0], NOVA_OK);
  FleetCalls(c).groups();
  EXPECT_EQ(c.status, NOVA_UNAVAILABLE);
  EXPECT_THAT(c.error(), HasSubstr("/no/such/socket"));
}

// QEMU without KVM: a firmware that finds nothing to boot, and so hears no request to shut down.
std::string qemu_domain(const std::string& devices) {
  return "<domain type='qemu'><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type "
         "arch='x86_64'>hvm</type></os><devices>" +
         devices + "</devices></domain>";
}

TEST(LibvirtDaemon, QemuGuestsHaveTheirTimeAndGo) {
  if (!Libvirtd::installed() || access("/usr/bin/qemu-system-x86_64", X_OK) != 0)
    GTEST_SKIP() << "libvirtd or qemu-system-x86 is not installed";
  Libvirtd daemon;
  const Client client(daemon.uri("qemu"));
  RealTimeHost host;
  FakeComponent c(plugin(), host, config(daemon.uri("qemu"), R"(,"shutdown_timeout":"2s")"));
  c.bind(
      {"web", "bare"},
      {of_template(qemu_domain("")),
       of_template(qemu_domain("<disk type='file' device='disk'><source file='/none/{name}.img'/>"
                               "<target dev='vda' bus='virtio'/></disk>"))});
  FleetCalls fleet(c);
  EXPECT_EQ(fleet.scale("web", 1, 1).state, NOVA_OP_RUNNING) << c.error();
  EXPECT_TRUE(eventually([&] { return fleet.poll(1).state == NOVA_OP_DONE; }, 90));
  EXPECT_EQ(client.state("web-1"), VIR_DOMAIN_RUNNING);
  // An image that is not there: its machine never starts, and the operation says why.
  EXPECT_EQ(fleet.scale("bare", 1, 2).state, NOVA_OP_RUNNING);
  EXPECT_TRUE(eventually([&] { return fleet.poll(2).state == NOVA_OP_FAILED; }, 90));
  EXPECT_EQ(fleet.poll(2).result, NOVA_FAILED_PRECONDITION);
  EXPECT_TRUE(
      host.noted(0, "bare-1: does not start: Cannot access storage file '/none/bare-1.img'"));
  EXPECT_EQ(fleet.group("bare").unhealthy, 1u);
  // The guest does not hear the request to shut down, so it is destroyed when its time is over.
  const auto asked = std::chrono::steady_clock::now();
  EXPECT_EQ(fleet.scale("web", 0, 3).state, NOVA_OP_RUNNING);
  EXPECT_EQ(fleet.group("web").draining, 1u);
  EXPECT_TRUE(eventually([&] { return fleet.poll(3).state == NOVA_OP_DONE; }, 90));
  EXPECT_GE(std::chrono::steady_clock::now() - asked, std::chrono::seconds(2));
  fleet.scale("bare", 0, 4);
  EXPECT_TRUE(eventually([&] { return client.names().empty(); }, 90));
}

}  // namespace libvirt_daemon_test
