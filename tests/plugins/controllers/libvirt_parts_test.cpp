// Goal: what a domain's mark says survives, a template becomes the machine that was meant, and from
// how domains stand follows the one right next step. Method: tables, round trips, and requests
// through the ledger after a restart; no libvirt is asked.
#include <gmock/gmock.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "plugins/controllers/libvirt/domain_xml.hpp"
#include "plugins/controllers/libvirt/mark.hpp"
#include "plugins/controllers/libvirt/roster.hpp"
#include "plugins/libvirt/connection.hpp"

namespace libvirt_parts_test {

using namespace nova::libvirt;  // NOLINT: the parts under test
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr auto kTemplate = R"(<domain type='test' id='7'>
  <name>golden</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
  <metadata><other xmlns="urn:other"/><n:machine xmlns:n="https://novacron.org/xmlns/novascale/machine/1" group="old"/></metadata>
  <memory unit='GiB'>2</memory><currentMemory unit='GiB'>1</currentMemory>
  <vcpu placement='static' current='1'>4</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file'><source file='/images/{name}.qcow2'/></disk>
    <interface type='network'><mac address='aa:bb:cc:dd:ee:ff'/><source network='default'/></interface>
  </devices>
</domain>)";

nova::Token token(std::uint8_t n) {
  nova::Token out{};
  out[0] = 0xC0, out[15] = n;
  return out;
}

TEST(LibvirtMark, SurvivesItsXml) {
  Mark mark;
  mark.group = "a<b>&\"c\"", mark.offer = "m5/large";
  EXPECT_EQ(parse_mark(to_xml(mark)), mark);
  mark.token = token(1), mark.desired = 5;
  mark.created_ns = 1, mark.started_ns = -2, mark.serving_ns = INT64_MAX;
  mark.on = true, mark.left = token(2), mark.remain = 4, mark.left_ns = 9, mark.chosen = true;
  EXPECT_EQ(parse_mark(to_xml(mark)), mark);
}

TEST(LibvirtMark, IsReadWithCare) {
  for (const auto* none : {"", "<machine", "<machine/>", "<other group='web'/>", "plain text"})
    EXPECT_FALSE(parse_mark(none)) << none;
  const auto odd = parse_mark(
      "<x:machine xmlns:x='u' group='web' token='zz' desired='-1' created_ns='1e9' left='c0'/>");
  ASSERT_TRUE(odd);
  Mark plain;
  plain.group = "web";
  EXPECT_EQ(*odd, plain);
}

TEST(LibvirtTemplate, BecomesAMachineOfItsOwn) {
  Mark mark;
  mark.group = "web";
  const auto made = make_domain(kTemplate, "web-3", {2, 512}, mark);
  EXPECT_THAT(made, HasSubstr("<name>web-3</name>"));
  EXPECT_THAT(made, HasSubstr("<vcpu>2</vcpu>"));
  EXPECT_THAT(made, HasSubstr("<memory unit=\"MiB\">512</memory>"));
  EXPECT_THAT(made, HasSubstr("file=\"/images/web-3.qcow2\""));
  EXPECT_THAT(made, HasSubstr("<other xmlns=\"urn:other\"/>")) << "others' metadata stays";
  EXPECT_THAT(made, HasSubstr("group=\"web\""));
  for (const auto* gone : {"uuid", "<mac", "id=\"7\"", "currentMemory", "\"old\"", "{name}"})
    EXPECT_THAT(made, Not(HasSubstr(gone)));
  const auto same = make_domain(kTemplate, "web-4", {}, mark);
  EXPECT_THAT(same, HasSubstr("<currentMemory unit=\"GiB\">1</currentMemory>"));
  EXPECT_THAT(same, HasSubstr("current=\"1\">4</vcpu>"));
  EXPECT_EQ(memory_kib(kTemplate, {}), 1u << 20);
  EXPECT_EQ(memory_kib(kTemplate, {1, 64}), 65536u);
  EXPECT_EQ(memory_kib("<domain><memory>4096</memory></domain>", {}), 4096u) << "KiB by default";
}

TEST(LibvirtTemplate, IsRefusedWithTheReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"<domain>", "the template is not XML"},
      {"<network/>", "must be a <domain>, is a <network>"},
      {"<domain/>", "tells no <memory>"},
      {"<domain><memory unit='furlong'>3</memory></domain>", "tells no <memory>"}};
  for (const auto& [xml, want] : cases) try {
      check_template(xml);
      ADD_FAILURE() << xml;
    } catch (const nova::Error& e) {
      EXPECT_EQ(e.status(), NOVA_INVALID_ARGUMENT);
      EXPECT_THAT(e.what(), HasSubstr(want));
    }
}

TEST(LibvirtTemplate, NamesAreFree) {
  EXPECT_EQ(free_name("web", {}), "web-1");
  EXPECT_EQ(free_name("web", {"web-1", "web-3"}), "web-2");
  EXPECT_EQ(free_name("shop/web ü", {}), "shop-web----1");
}

Member member(const std::string& name, bool active, int state = VIR_DOMAIN_RUNNING) {
  Member m;
  m.uuid = "u-" + name, m.name = name;
  m.active = active, m.state = active ? state : VIR_DOMAIN_SHUTOFF;
  m.mark.group = "web";
  m.mark.created_ns = 100 * kSecond, m.mark.started_ns = 100 * kSecond;
  return m;
}

TEST(LibvirtRoster, StandsAndStepsByTheTable) {
  const Clock clock{200 * kSecond, 60 * kSecond};
  const auto patience = 90 * kSecond;
  auto fresh = member("fresh", true);
  fresh.mark.started_ns = 150 * kSecond;
  auto served = member("served", true);
  served.mark.serving_ns = 160 * kSecond;
  auto paused_new = member("pausedn", true, VIR_DOMAIN_PAUSED);
  auto paused = served;
  paused.state = VIR_DOMAIN_PAUSED;
  auto leaving = served;
  leaving.mark.left = token(3);
  auto left = member("left", false);
  left.mark.left = token(3);
  auto on = member("on", false);
  on.mark.on = true;
  Failures broken = {{"u-broken", {NOVA_CAPACITY, "full", 1}}};
  struct Case {
    const char* name;
    Member m;
    bool tagged;
    std::optional<std::int64_t> waited;
    std::int32_t state, health;
    Step step;
  };
  const Case cases[] = {
      {"new", member("new", false), false, {}, NOVA_MACHINE_BOOTING, 0, Step::start},
      {"failing",
       member("broken", false),
       false,
       {},
       NOVA_MACHINE_FAILED,
       NOVA_UNHEALTHY,
       Step::start},
      {"booting", fresh, false, {}, NOVA_MACHINE_BOOTING, 0, Step::none},
      {"up",
       member("up", true),
       false,
       {},
       NOVA_MACHINE_RUNNING,
       NOVA_HEALTHY,
       Step::stamp_serving},
      {"serving", served, false, {}, NOVA_MACHINE_RUNNING, NOVA_HEALTHY, Step::none},
      {"never up", paused_new, false, {}, NOVA_MACHINE_BOOTING, 0, Step::none},
      {"paused", paused, false, {}, NOVA_MACHINE_RUNNING, NOVA_UNHEALTHY, Step::none},
      {"crashed",
       member("c", true, VIR_DOMAIN_CRASHED),
       false,
       {},
       NOVA_MACHINE_FAILED,
       NOVA_UNHEALTHY,
       Step::none},
      {"leaving", leaving, false, {}, NOVA_MACHINE_STOPPING, 0, Step::shut_down},
      {"asked", leaving, false, patience - 1, NOVA_MACHINE_STOPPING, 0, Step::none},
      {"deaf", leaving, false, patience, NOVA_MACHINE_STOPPING, 0, Step::destroy},
      {"left", left, false, patience, NOVA_MACHINE_STOPPING, 0, Step::undefine},
      {"tagged, off", member("off", false), true, {}, NOVA_MACHINE_GONE, 0, Step::none},
      {"tagged, on", on, true, {}, NOVA_MACHINE_BOOTING, 0, Step::start},
      {"tagged, by hand", served, true, {}, NOVA_MACHINE_RUNNING, NOVA_HEALTHY, Step::none},
      {"tagged, left", left, true, {}, NOVA_MACHINE_STOPPING, 0, Step::rest}};
  for (const auto& c : cases) {
    const auto stands = standing(c.m, c.tagged, broken, clock);
    EXPECT_EQ(stands.state, c.state) << c.name;
    EXPECT_EQ(stands.health, c.health) << c.name;
    EXPECT_EQ(next_step(c.m, c.tagged, broken, clock, c.waited, patience), c.step) << c.name;
  }
  EXPECT_EQ(next_step(leaving, false, {}, clock, {}, 0), Step::destroy) << "no patience at all";
}

TEST(LibvirtRoster, CountsEachOnceAndKnowsWhoIsWanted) {
  const Clock clock{200 * kSecond, 0};
  GroupRules rules;
  rules.domain = kTemplate, rules.max = 9;
  std::vector<Member> members = {member("a", true), member("b", false), member("c", true),
                                 member("d", true), member("z", true)};
  members[3].mark.left = token(1);
  members[4].mark.group = "another";
  const Failures failures = {{"u-b", {NOVA_CAPACITY, "full", 7}}};
  const auto seen = see_group("web", rules, members, failures, clock, "n1");
  ASSERT_EQ(seen.offers.size(), 1u);
  EXPECT_EQ(seen.offers[0].desired, 3u);
  EXPECT_EQ(seen.offers[0].serving, 2u);
  EXPECT_EQ(seen.offers[0].unhealthy, 1u);
  EXPECT_EQ(seen.offers[0].draining, 1u);
  EXPECT_EQ(seen.machines->size(), 4u);
  EXPECT_EQ(seen.machines->at(0).node, "n1");
  EXPECT_EQ(seen.max, 9u);
  ASSERT_TRUE(seen.trouble);
  EXPECT_EQ(seen.trouble->status, NOVA_CAPACITY);
  EXPECT_EQ(seen.trouble->why, "b: full");
  // The generation tells who is wanted, and nothing else.
  const auto generation = [&] {
    return *see_group("web", rules, members, {}, clock, "").generation;
  };
  const auto before = *seen.generation;
  std::reverse(members.begin(), members.end());
  for (auto& m : members) m.active = !m.active;
  EXPECT_EQ(generation(), before);
  members[1].mark.left = {};
  EXPECT_NE(generation(), before);
  members.clear();
  EXPECT_NE(generation(), 0u);
}

TEST(LibvirtRoster, GivesUpWhatServesLeast) {
  const Clock clock{200 * kSecond, 60 * kSecond};
  GroupRules rules;
  rules.domain = kTemplate;
  auto newer = member("newer", true);
  newer.mark.created_ns += 1;
  auto boots = member("boots", true);
  boots.mark.started_ns = 199 * kSecond;
  auto other = member("other", true);
  other.mark.offer = "large";
  const std::vector<Member> members = {
      member("m-2", true), member("m-10", true), newer, boots, member("bad", false), other};
  const Failures failures = {{"u-bad", {NOVA_INTERNAL, "", 0}}};
  std::vector<std::string> order;
  for (const auto* m : victims("web", rules, "", members, failures, clock))
    order.push_back(m->name);
  EXPECT_EQ(order, (std::vector<std::string>{"bad", "boots", "newer", "m-10", "m-2"}));
}

TEST(LibvirtRoster, RequestsAreRememberedByTheirMachines) {
  const Clock clock{200 * kSecond, 0};
  GroupRules rules;
  rules.domain = kTemplate;
  std::vector<Member> members = {member("old", true), member("a", true), member("b", false)};
  for (auto* m : {&members[1], &members[2]})
    m->mark.token = token(7), m->mark.desired = 3, m->mark.created_ns = 190 * kSecond;
  nova::fleet::Ledger ledger(600 * kSecond);  // of a host that has just come up
  ledger.see(see_group("web", rules, members, {}, clock, ""), clock.now_ns);
  auto running = ledger.poll(token(7), clock.now_ns);
  ASSERT_TRUE(running);
  EXPECT_EQ(running->state, NOVA_OP_RUNNING);
  EXPECT_EQ(running->machines, 1u);
  EXPECT_EQ(running->started_ns, 190 * kSecond);
  std::vector<nova::fleet::Row> again = {{"web", "", 3, token(7), {}, {}}};
  EXPECT_EQ(ledger.judge(again)[0].state, NOVA_OP_RUNNING) << "the same token has no second effect";
  members[2] = member("b", true);
  ledger.see(see_group("web", rules, members, {}, clock, ""), clock.now_ns);
  EXPECT_EQ(ledger.poll(token(7), clock.now_ns)->state, NOVA_OP_DONE);
  // One that gives machines up, of which one is gone already.
  members[0].mark.left = token(8), members[0].mark.remain = 2;
  members[0].mark.left_ns = 195 * kSecond;
  nova::fleet::Ledger later(600 * kSecond);
  later.see(see_group("web", rules, members, {}, clock, ""), clock.now_ns);
  EXPECT_EQ(later.poll(token(8), clock.now_ns)->state, NOVA_OP_RUNNING);
  members.erase(members.begin());
  later.see(see_group("web", rules, members, {}, clock, ""), clock.now_ns);
  EXPECT_EQ(later.poll(token(8), clock.now_ns)->state, NOVA_OP_DONE);
}

TEST(LibvirtErrors, HaveAStatusThatPolicyActsOn) {
  const std::tuple<int, int, const char*, nova_status> cases[] = {
      {VIR_ERR_NO_DOMAIN, VIR_FROM_QEMU, "", NOVA_NOT_FOUND},
      {VIR_ERR_SYSTEM_ERROR, VIR_FROM_RPC, "Failed to connect socket", NOVA_UNAVAILABLE},
      {VIR_ERR_INTERNAL_ERROR, VIR_FROM_RPC, "client socket is closed", NOVA_UNAVAILABLE},
      {VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU, "process exited while connecting", NOVA_INTERNAL},
      {VIR_ERR_INTERNAL_ERROR, VIR_FROM_QEMU,
       "qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory", NOVA_CAPACITY},
      {VIR_ERR_INTERNAL_ERROR, VIR_FROM_STORAGE, "Not enough free space in pool for volume 'a'",
       NOVA_CAPACITY},
      {VIR_ERR_SYSTEM_ERROR, VIR_FROM_STORAGE, "cannot write: No space left on device",
       NOVA_CAPACITY},
      {VIR_ERR_NO_STORAGE_POOL, VIR_FROM_STORAGE, "no pool 'fast'", NOVA_FAILED_PRECONDITION},
      {VIR_ERR_NO_STORAGE_VOL, VIR_FROM_STORAGE, "no volume 'a'", NOVA_FAILED_PRECONDITION},
      {VIR_ERR_AUTH_FAILED, VIR_FROM_RPC, "", NOVA_UNAUTHENTICATED},
      {VIR_ERR_ACCESS_DENIED, VIR_FROM_ACCESS, "", NOVA_PERMISSION_DENIED},
      {VIR_ERR_XML_ERROR, VIR_FROM_DOMAIN, "", NOVA_INVALID_ARGUMENT},
      {VIR_ERR_NO_SUPPORT, VIR_FROM_TEST, "", NOVA_UNIMPLEMENTED}};
  for (const auto& [code, domain, text, want] : cases)
    EXPECT_EQ(nova::virt::status_of(code, domain, text), want) << code << ' ' << text;
}

}  // namespace libvirt_parts_test
