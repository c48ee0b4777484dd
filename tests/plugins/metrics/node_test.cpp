// Goal: node.so tells what the kernel and libvirt count, per second and per series, through wraps,
// resets and devices that come and go. Method: texts as /proc has them, a fixture tree below a root
// of our own, the real /proc, and libvirt's test driver; real QEMU figures where it is installed.
#include <gmock/gmock.h>

#include <cmath>

#include "plugins/metrics/node/figure.hpp"
#include "plugins/metrics/node/proc.hpp"
#include "plugins/metrics/node/query.hpp"
#include "tests/plugins/libvirtd.hpp"
#include "tests/plugins/plugin_file.hpp"
#ifdef NOVA_HAVE_LIBVIRT
#include "plugins/metrics/node/domains.hpp"
#endif

namespace metrics_node_test {

using namespace nova::node;  // NOLINT: the parts under test
using nova::FakeComponent;
using nova::FakeHost;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kSecond = 1'000'000'000;

const nova_component& plugin() {
  static const nova_component& component = nova_test::component_of("node");
  return component;
}
double value_of(const Samples& samples, const std::string& figure, const std::string& whose = "") {
  for (const auto& sample : samples)
    if (sample.figure == figure && sample.whose == whose) return sample.value;
  return std::nan("");
}

constexpr auto kStat =
    "cpu  100 10 40 700 50 5 5 40 30 0\ncpu0 50 5 20 350 25 2 3 20 15 0\n"
    "cpu1 50 5 20 350 25 3 2 20 15 0\nintr 5 1\nctxt 7\n";
constexpr auto kNet =
    "Inter-|   Receive                          |  Transmit\n"
    " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo "
    "colls carrier compressed\n"
    "    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
    "  eth0: 1000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n"
    "eth0:1:1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n  bad: 1 2\n";
constexpr auto kDisks =
    "   8       0 sda 100 0 2000 5 50 0 1000 5 0 1500 30 0 0 0 0 0 0\n"
    "   8       1 sda1 100 0 2000 5 50 0 1000 5 0 1500 30\n   7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n"
    "   8 16 sdb 1 2\n";

TEST(NodeProc, IsReadAsTheKernelWritesIt) {
  const auto stat = read_stat(kStat, 100);
  EXPECT_DOUBLE_EQ(value_of(stat, "cpu.utilisation"), 1.0) << "200 ticks of two cores";
  EXPECT_DOUBLE_EQ(value_of(stat, "cpu.iowait"), 0.25);
  EXPECT_DOUBLE_EQ(value_of(stat, "cpu.steal"), 0.2);
  EXPECT_EQ(value_of(stat, "cpu.count"), 2);
  EXPECT_EQ(value_of(read_loadavg("0.50 1.25 2.00 1/234 5678\n"), "load.5m"), 1.25);
  const auto memory = read_meminfo(
      "MemTotal:    1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\nSwapTotal: 20 kB\nSwapFree: 5 "
      "kB\n");
  EXPECT_EQ(value_of(memory, "memory.total"), 1024000);
  EXPECT_DOUBLE_EQ(value_of(memory, "memory.utilisation"), 0.75);
  EXPECT_EQ(value_of(memory, "swap.used"), 15 * 1024);
  const auto net = read_net(kNet);
  EXPECT_EQ(net.size(), 12u) << "not lo, not the broken line";
  EXPECT_EQ(value_of(net, "network.received", "eth0"), 1000);
  EXPECT_EQ(value_of(net, "network.sent", "eth0"), 2000);
  EXPECT_EQ(value_of(net, "network.errors", "eth0"), 4);
  EXPECT_EQ(value_of(net, "network.dropped", "eth0:1"), 2);
  const auto disks = read_disks(kDisks, [](const std::string& name) { return name != "sda1"; });
  EXPECT_EQ(value_of(disks, "disk.read", "sda"), 2000 * 512);
  EXPECT_EQ(value_of(disks, "disk.writes", "sda"), 50);
  EXPECT_EQ(value_of(disks, "disk.busy", "sda"), 1.5);
  EXPECT_TRUE(std::isnan(value_of(disks, "disk.read", "sda1")));
  EXPECT_TRUE(std::isnan(value_of(disks, "disk.read", "sdb"))) << "a line that is too short";
  const auto pressure = read_pressure(
      "some avg10=1.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 "
      "avg300=0.00 total=500000\n",
      "io");
  EXPECT_EQ(value_of(pressure, "pressure.io"), 2.5);
  EXPECT_EQ(value_of(pressure, "pressure.io.full"), 0.5);
}

TEST(NodeProc, OfOtherTextNothingIsTold) {
  for (const auto* text : {"", "\n\n", "cpu\n", "cpu  1 2 3\ncpu0 1\n", "garbage here:\xff\n",
                           "MemTotal: x kB\n", "some avg10=0.00 total=\n"}) {
    EXPECT_TRUE(read_stat(text, 100).empty()) << text;
    EXPECT_TRUE(read_loadavg(text).empty()) << text;
    EXPECT_TRUE(read_meminfo(text).empty()) << text;
    EXPECT_TRUE(read_net(text).empty()) << text;
    EXPECT_TRUE(read_disks(text, [](const std::string&) { return true; }).empty()) << text;
    EXPECT_TRUE(read_pressure(text, "io").empty()) << text;
  }
}

TEST(NodeRate, SurvivesWrapsAndResets) {
  const std::tuple<const char*, double, double, double> cases[] = {
      {"steady", 1000, 1600, 60},
      {"still", 1000, 1000, 0},
      {"reset", 1'000'000, 50, 5},
      {"wrap of 32 bits", 4294967290.0, 94, 10},
      {"reset of a large one", 1e12, 100, 10},
      {"rounding of the kernel's", 1'000'000, 999'999, 0}};
  for (const auto& [name, before, after, want] : cases) {
    Rate rate;
    EXPECT_FALSE(rate.look(before, kSecond)) << name;
    EXPECT_DOUBLE_EQ(*rate.look(after, 11 * kSecond), want) << name;
    EXPECT_DOUBLE_EQ(*rate.look(after + 7, 11 * kSecond), want) << name << ", in the same moment";
  }
}

TEST(NodeQuery, RatesAreOfEachSeriesBeforeTheyAreFolded) {
  Query sum("network.received", nova::Config(R"({"aggregate":"sum"})", ""));
  const auto at = [&](Samples samples, std::int64_t second) {
    return sum.answer(samples, second * kSecond);
  };
  EXPECT_TRUE(std::isnan(at({{"network.received", "eth0", 1e6}}, 0))) << "no rate yet";
  EXPECT_EQ(at({{"network.received", "eth0", 1e6 + 100}, {"network.received", "eth1", 5e9}}, 10),
            10)
      << "one that came is no leap";
  EXPECT_EQ(
      at({{"network.received", "eth0", 1e6 + 200}, {"network.received", "eth1", 5e9 + 200}}, 20),
      30);
  EXPECT_EQ(at({{"network.received", "eth1", 5e9 + 300}}, 30), 10) << "nor is one that went";
  Query glob("domain.memory",
             nova::Config(R"({"labels":{"domain":"web-*"},"aggregate":"max"})", ""));
  EXPECT_EQ(glob.answer({{"domain.memory", "web-1", 5},
                         {"domain.memory", "web-2", 7},
                         {"domain.memory", "db", 99}},
                        0),
            7);
  Query mean("domain.memory", nova::Config(R"({"aggregate":"mean"})", ""));
  EXPECT_EQ(mean.answer({{"domain.memory", "a", 5}, {"domain.memory", "b", 7}}, 0), 6);
}

TEST(NodeQuery, SaysWhatIsWrong) {
  const std::tuple<const char*, const char*, const char*> wrong[] = {
      {"cpu", "{}", "there is no figure \"cpu\"; there are cpu.utilisation, cpu.iowait"},
      {"gpu.load", "{}", "there are cpu.*, load.*, memory.*"},
      {"cpu.utilisation", R"({"within":"last"})", "/within: cpu.utilisation is told as its rate"},
      {"memory.total", R"({"within":"rate"})", "/within: memory.total is told as its last"},
      {"memory.total", R"({"within":"max"})", "/within: must be one of"},
      {"memory.total", R"({"labels":{"device":"x"}})",
       "/labels/device: memory.total has no labels"},
      {"disk.read", R"({"labels":{"disk":"x"}})", "/labels/disk: disk.read has the label device"},
      {"disk.read", R"({"labels":{"device":3}})", "/labels/device: must be a text"},
      {"disk.read", R"({"aggregate":"p99"})", "/aggregate: must be one of"}};
  for (const auto& [name, settings, want] : wrong) try {
      Query(name, nova::Config(settings, ""));
      ADD_FAILURE() << name << settings;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_THAT(e.what(), HasSubstr(want));
    }
  const Samples two = {{"disk.read", "sda", 1}, {"disk.read", "sdb", 2}};
  const std::tuple<const char*, nova_status, const char*> bad[] = {
      {"{}", NOVA_INVALID_ARGUMENT, "2 series of disk.read: sda, sdb; give labels or an aggregate"},
      {R"({"labels":{"device":"nvme0n1"}})", NOVA_NOT_FOUND,
       "disk.read is not told here of a device \"nvme0n1\"; it is of sda, sdb"}};
  for (const auto& [settings, status, want] : bad) try {
      Query("disk.read", nova::Config(settings, "")).answer(two, 0);
      ADD_FAILURE() << settings;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), status);
      EXPECT_THAT(e.what(), HasSubstr(want));
    }
}

struct Answer {
  double value = nova::kNaN;
  std::int64_t time = NOVA_NONE;
  std::int32_t status = NOVA_OK;
};
Answer latest(FakeComponent& c, std::uint64_t key) {
  Answer out;
  const nova_latest io{sizeof io, 0, 1, &key, &out.value, &out.time, &out.status};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  return out;
}

TEST(Node, TellsOfAMachineBelowItsRoot) {
  const nova_test::Folder folder;
  for (const auto* part : {"proc/net", "sys/block/sda"})
    std::filesystem::create_directories(folder.file(part));
  folder.write("proc/stat", kStat);
  folder.write("proc/net/dev", kNet);
  folder.write("proc/diskstats", kDisks);
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"root":")" + folder.file("") + "\"}");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"cpu.utilisation", "network.received", "disk.read", "pressure.io"},
                   {"{}", R"({"labels":{"device":"eth0"}})", "{}", "{}"}),
            std::vector<std::int32_t>(4, NOVA_OK));
  EXPECT_TRUE(std::isnan(latest(c, 0).value));
  EXPECT_EQ(latest(c, 0).status, NOVA_OK);
  latest(c, 1), latest(c, 2);
  // Ten seconds later the two cores were busy for 5 s in all.
  folder.write("proc/stat", "cpu  600 10 40 700 50 5 5 40 30 0\ncpu0 1 1\ncpu1 1 1\n");
  folder.write("proc/net/dev", "  eth0: 6000 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n");
  host.monotonic_ns += 10 * kSecond;
  EXPECT_DOUBLE_EQ(latest(c, 0).value, 0.25);
  EXPECT_EQ(latest(c, 0).time, host.now_ns);
  EXPECT_DOUBLE_EQ(latest(c, 1).value, 500);
  EXPECT_EQ(latest(c, 2).value, 0) << "the whole disk alone";
  EXPECT_EQ(latest(c, 3).status, NOVA_NOT_FOUND);
  EXPECT_TRUE(host.noted(0, "cannot read " + folder.file("") + "proc/pressure/cpu"));
  c.forget({0});
  EXPECT_EQ(latest(c, 0).status, NOVA_NOT_FOUND);
}

TEST(Node, TellsOfThisMachine) {
  FakeHost host;
  FakeComponent c(plugin(), host);
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  c.bind({"cpu.utilisation", "memory.utilisation", "cpu.count", "load.1m"});
  latest(c, 0);
  volatile double work = 0;
  for (int i = 0; i < 100'000'000; ++i) work = work + i;
  host.monotonic_ns += 3600 * kSecond;  // so long it may have taken: the share stays below 1
  const auto cpu = latest(c, 0).value;
  EXPECT_GT(cpu, 0);
  EXPECT_LT(cpu, 1);
  EXPECT_GT(latest(c, 1).value, 0);
  EXPECT_LT(latest(c, 1).value, 1);
  EXPECT_EQ(latest(c, 2).value, static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_GE(latest(c, 3).value, 0);
}

TEST(Node, RefusesABadConfig) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"root":"proc"})", "/root: must be an absolute path, got proc"},
      {R"({"root":""})", "/root: must have at least 1"},
      {R"({"libvirt":""})", "/libvirt: "},
      {R"({"interval":"1s"})", "/interval: is not a known key"}};
  for (const auto& [json, want] : cases) {
    FakeHost host;
    FakeComponent c(plugin(), host, json);
    EXPECT_NE(c.status, NOVA_OK) << json;
    EXPECT_THAT(c.error(), StartsWith(want));
  }
  FakeHost host;
  FakeComponent c(plugin(), host);
  EXPECT_EQ(c.bind({"domain.cpu"})[0], NOVA_INVALID_ARGUMENT);
  EXPECT_TRUE(host.noted(0, "domain.cpu needs \"libvirt\" in the plugin's config"));
}

#ifdef NOVA_HAVE_LIBVIRT
TEST(NodeDomains, SumOverDisksAndInterfaces) {
  ASSERT_EQ(virInitialize(), 0);
  virTypedParameterPtr params = nullptr;
  int count = 0, room = 0;
  const auto ull = [&](const char* name, unsigned long long value) {
    ASSERT_EQ(virTypedParamsAddULLong(&params, &count, &room, name, value), 0);
  };
  virTypedParamsAddInt(&params, &count, &room, "state.state", VIR_DOMAIN_RUNNING);
  virTypedParamsAddUInt(&params, &count, &room, "vcpu.current", 2);
  ull("cpu.time", 6'000'000'000), ull("balloon.current", 1024), ull("balloon.rss", 512);
  ull("block.0.rd.bytes", 10), ull("block.1.rd.bytes", 20), ull("block.1.wr.bytes", 5);
  ull("net.0.rx.bytes", 1), ull("net.12.rx.bytes", 2), ull("net.0.tx.bytes", 4);
  virTypedParamsAddString(&params, &count, &room, "block.0.name", "vda");
  const auto samples = domain_samples("web-1", params, count);
  virTypedParamsFree(params, count);
  const std::pair<const char*, double> want[] = {
      {"domain.running", 1},     {"domain.cpu", 6},          {"domain.vcpus", 2},
      {"domain.utilisation", 3}, {"domain.memory", 1 << 20}, {"domain.memory.resident", 1 << 19},
      {"domain.read", 30},       {"domain.written", 5},      {"domain.received", 3},
      {"domain.sent", 4}};
  for (const auto& [figure, value] : want) EXPECT_EQ(value_of(samples, figure, "web-1"), value);
  EXPECT_EQ(samples.size(), std::size(want)) << "nothing is told that was not";
}

TEST(NodeDomains, TheTestDriverTellsWhoRuns) {
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"libvirt":"test:///default"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  c.bind({"domain.running", "domain.cpu"});
  EXPECT_EQ(latest(c, 0).value, 1) << c.error();
  EXPECT_EQ(latest(c, 1).status, NOVA_NOT_FOUND) << "a driver that does not count it";
  FakeComponent away(plugin(), host, R"({"libvirt":"test+unix:///default?socket=/no/such"})");
  away.bind({"domain.running", "memory.total"});
  EXPECT_EQ(latest(away, 0).status, NOVA_UNAVAILABLE);
  EXPECT_GT(latest(away, 1).value, 0) << "the machine's own figures are told all the same";
}

TEST(NodeDomains, QemuTellsAll) {
  if (!nova_test::Libvirtd::installed() || access("/usr/bin/qemu-system-x86_64", X_OK) != 0)
    GTEST_SKIP() << "libvirtd or qemu-system-x86 is not installed";
  nova_test::Libvirtd daemon;
  nova::virt::Connection client({daemon.uri("qemu")});
  const auto open = client.get();
  const nova::virt::Domain domain(virDomainCreateXML(
      open.get(),
      "<domain type='qemu'><name>web-1</name><memory unit='MiB'>32</memory><vcpu>1</vcpu><os><type "
      "arch='x86_64'>hvm</type></os></domain>",
      VIR_DOMAIN_START_AUTODESTROY));
  ASSERT_TRUE(domain) << nova::virt::failure("qemu").what();
  FakeHost host;
  FakeComponent c(plugin(), host, R"({"libvirt":")" + daemon.uri("qemu") + "\"}");
  c.bind({"domain.cpu", "domain.utilisation", "domain.memory", "domain.vcpus", "domain.running"});
  latest(c, 0);
  host.monotonic_ns += 3600 * kSecond;
  double cpu = 0;
  for (int tried = 0; tried < 200 && !(cpu > 0); ++tried, usleep(50'000)) {
    cpu = latest(c, 0).value;
    host.monotonic_ns += 1;
  }
  EXPECT_GT(cpu, 0) << c.error();
  EXPECT_EQ(latest(c, 2).value, 32 << 20);
  EXPECT_EQ(latest(c, 3).value, 1);
  EXPECT_EQ(latest(c, 4).value, 1);
  virDomainDestroy(domain.get());
}
#endif

}  // namespace metrics_node_test
