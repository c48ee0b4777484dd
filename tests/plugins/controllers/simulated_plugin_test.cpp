// Goal: simulated.so behind the contract: columns in, columns out, and what a bad config is told.
// Method: the built library, called through its tables by the SDK's fake host, on a clock of our
// own.
#include "tests/plugins/plugin_file.hpp"

namespace controllers_simulated_plugin_test {

using nova::FakeComponent;
using nova::FakeHost;
constexpr std::int64_t kSecond = 1'000'000'000;

const nova_component& simulated() {
  static const nova_component& component = nova_test::component_of("simulated");
  return component;
}
nova_uuid token(std::uint8_t n) {
  nova_uuid id{};
  id.b[15] = n;
  return id;
}

struct GroupRow {
  std::string group, offer;
  std::uint64_t generation;
  std::int32_t status;
  std::uint32_t desired, booting, serving;
  bool operator==(const GroupRow&) const = default;
};
std::ostream& operator<<(std::ostream& out, const GroupRow& r) {
  return out << r.group << "/" << r.offer << " g" << r.generation << " s" << r.status << " "
             << r.desired << "=" << r.booting << "+" << r.serving;
}
std::vector<GroupRow> groups(FakeComponent& c, std::vector<std::string> names = {}) {
  std::vector<nova_str> ids;
  for (const auto& n : names) ids.push_back(nova::str(n));
  std::vector<GroupRow> rows;
  const nova_group_sink sink{
      sizeof sink, 0, &rows,
      [](const nova_group_sink* s, const nova_group_batch* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i)
          static_cast<std::vector<GroupRow>*>(s->ctx)->push_back(
              {std::string(nova::view(b->group_id[i])), std::string(nova::view(b->offer_id[i])),
               b->generation[i], b->status[i], b->desired[i], b->booting[i], b->serving[i]});
        return NOVA_OK;
      }};
  c.invoke(c.ops<nova_controller_ops>().list_groups, names.empty() ? nullptr : ids.data(),
           static_cast<std::uint64_t>(ids.size()), &sink);
  return rows;
}

struct Taken {
  std::int32_t state, status;
  bool operator==(const Taken&) const = default;
};
template <class Function>
Taken scale(FakeComponent& c, Function function, const char* group, const char* offer,
            std::uint32_t desired, nova_uuid id, std::uint64_t generation) {
  const nova_str group_id = nova::str(group), offer_id = nova::str(offer);
  Taken t{0, NOVA_OK};
  const nova_scale io{sizeof io, 0,           1,       &group_id, &offer_id, nullptr,
                      &desired,  &generation, nullptr, &id,       &t.state,  &t.status};
  c.invoke(function, &io);
  return t;
}

TEST(SimulatedPlugin, ScalesAGroupFromRequestToServing) {
  FakeHost host;
  FakeComponent c(simulated(), host, R"({"boot_time": "120s"})");
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"web", "db"}, {R"({"initial": 2, "offer": "a"})", "{}"}),
            (std::vector<std::int32_t>{NOVA_OK, NOVA_OK}));
  EXPECT_EQ(groups(c), (std::vector<GroupRow>{{"web", "a", 1, NOVA_OK, 2, 0, 2},
                                              {"db", "", 1, NOVA_OK, 0, 0, 0}}));

  const auto& ops = c.ops<nova_controller_ops>();
  EXPECT_EQ(scale(c, ops.can_scale, "web", "a", 5, token(1), 1).status, NOVA_OK);
  EXPECT_EQ(groups(c, {"web"})[0].desired, 2u) << "can_scale has no effect";
  EXPECT_EQ(scale(c, ops.scale, "web", "a", 5, token(1), 1), (Taken{NOVA_OP_RUNNING, NOVA_OK}));
  EXPECT_EQ(scale(c, ops.scale, "web", "a", 5, token(1), 1), (Taken{NOVA_OP_RUNNING, NOVA_OK}))
      << "the same operation";
  EXPECT_EQ(scale(c, ops.scale, "web", "a", 6, token(2), 1).status, NOVA_ABORTED);
  EXPECT_TRUE(host.noted(0, "the group has changed"));
  EXPECT_EQ(scale(c, ops.scale, "nil", "a", 6, token(3), 1).status, NOVA_NOT_FOUND);
  EXPECT_EQ(groups(c, {"web", "nil"}),
            (std::vector<GroupRow>{{"web", "a", 2, NOVA_OK, 5, 3, 2},
                                   {"nil", "", 0, NOVA_NOT_FOUND, 0, 0, 0}}));
  host.now_ns += 120 * kSecond;
  EXPECT_EQ(groups(c, {"web"})[0].serving, 5u);
}

TEST(SimulatedPlugin, ListsMachinesWithTheRequestThatMadeThem) {
  FakeHost host;
  FakeComponent c(simulated(), host, R"({"initial": 1})");
  c.bind({"web"});
  scale(c, c.ops<nova_controller_ops>().scale, "web", "", 2, token(7), 1);
  struct Row {
    std::string id;
    std::uint8_t made_by;
    std::int32_t state, health;
    std::int64_t created, serving;
  };
  std::vector<Row> rows;
  const nova_machine_sink sink{
      sizeof sink, 0, &rows,
      [](const nova_machine_sink* s, const nova_machine_batch* b) -> nova_status {
        for (std::uint64_t i = 0; i < b->count; ++i)
          static_cast<std::vector<Row>*>(s->ctx)->push_back(
              {std::string(nova::view(b->machine_id[i])), b->token[i].b[15], b->state[i],
               b->health[i], b->created_ns[i], b->serving_ns[i]});
        return NOVA_OK;
      }};
  const auto list = [&] {
    rows.clear();
    c.invoke(c.ops<nova_controller_ops>().list_machines, static_cast<const nova_str*>(nullptr),
             std::uint64_t{0}, &sink);
  };
  const auto start = host.now_ns;
  list();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].made_by, 0);
  EXPECT_EQ(rows[0].serving, start);
  EXPECT_EQ(rows[1].made_by, 7);
  EXPECT_EQ(rows[1].state, NOVA_MACHINE_BOOTING);
  EXPECT_EQ(rows[1].serving, NOVA_NONE);
  host.now_ns += 600 * kSecond;
  list();
  EXPECT_EQ(rows[1].state, NOVA_MACHINE_RUNNING);
  EXPECT_EQ(rows[1].health, NOVA_HEALTHY);
  EXPECT_EQ(rows[1].created, start);
  EXPECT_EQ(rows[1].serving, start + 180 * kSecond) << "when it came up, not when it was looked at";

  const nova_str group = nova::str("web"), machine = nova::str(rows[0].id);
  const std::int32_t action = NOVA_ACT_REMOVE;
  const nova_uuid id = token(8);
  std::int32_t state = 0, status = NOVA_OK;
  const nova_machine_action io{sizeof io, 0,       1,       &action, &group, &machine, nullptr,
                               nullptr,   nullptr, nullptr, &id,     &state, &status};
  c.invoke(c.ops<nova_controller_ops>().act, &io);
  EXPECT_EQ(std::pair(state, status), std::pair(NOVA_OP_DONE, NOVA_OK));
  EXPECT_EQ(groups(c)[0].desired, 1u);
}

TEST(SimulatedPlugin, PollsAndCancelsByToken) {
  FakeHost host;
  FakeComponent c(simulated(), host);
  c.bind({"web"});
  const auto& ops = c.ops<nova_controller_ops>();
  scale(c, ops.scale, "web", "", 4, token(1), 1);
  const nova_uuid tokens[] = {token(1), token(99)};
  std::int32_t state[2] = {}, result[2] = {};
  std::uint32_t machines[2] = {};
  double progress[2] = {};
  std::int64_t started[2] = {}, ended[2] = {}, eta[2] = {};
  const nova_operations io{sizeof io, 0,        2,       tokens, state, result,
                           machines,  progress, started, ended,  eta};
  EXPECT_EQ(c.invoke(ops.poll, &io), NOVA_OK);
  EXPECT_EQ(std::pair(state[0], result[0]), std::pair(NOVA_OP_RUNNING, NOVA_OK));
  EXPECT_EQ(std::tuple(started[0], ended[0], eta[0]),
            std::tuple(host.now_ns, NOVA_NONE, host.now_ns + 180 * kSecond));
  EXPECT_EQ(std::pair(state[1], result[1]), std::pair(0, NOVA_NOT_FOUND)) << "it never arrived";
  EXPECT_EQ(c.invoke(ops.cancel, &io), NOVA_OK);
  EXPECT_EQ(std::pair(state[0], result[0]), std::pair(NOVA_OP_CANCELLED, NOVA_CANCELLED));
  EXPECT_EQ(groups(c)[0].desired, 0u);

  const nova_operations old{24,      0,       2,       tokens,  nullptr, nullptr,
                            nullptr, nullptr, nullptr, nullptr, nullptr};
  EXPECT_EQ(c.invoke(ops.poll, &old), NOVA_OK) << "a caller that knows the tokens only";
}

TEST(SimulatedPlugin, ServesWhatIsBoundOnly) {
  FakeHost host;
  FakeComponent c(simulated(), host, R"({"initial": 3})");
  c.bind({"web", "db"});
  EXPECT_EQ(c.forget({0}), NOVA_OK);
  EXPECT_EQ(groups(c), (std::vector<GroupRow>{{"db", "", 1, NOVA_OK, 3, 0, 3}}));
  EXPECT_EQ(groups(c, {"web"})[0].status, NOVA_NOT_FOUND);
  EXPECT_EQ(scale(c, c.ops<nova_controller_ops>().scale, "web", "", 4, token(1), 1).status,
            NOVA_NOT_FOUND);
  c.bind({"web"});
  EXPECT_EQ(groups(c, {"web"})[0].serving, 3u) << "its machines have outlived it";
  c.bind({"other"});
  EXPECT_EQ(groups(c, {"web"})[0].status, NOVA_NOT_FOUND) << "the key now stands for another group";
}

TEST(SimulatedPlugin, TellsWhatIsWrongWithGroupSettings) {
  FakeHost host;
  FakeComponent c(simulated(), host);
  const std::tuple<const char*, const char*> cases[] = {
      {R"({"initial": -1})", "/initial: must be >= 0, got -1"},
      {R"({"initial": 2.5})", "/initial: must be a whole number, got 2.5"},
      {R"({"min": 5, "max": 2})", "/min: must be <= max, got 5"},
      {R"({"initial": 9, "max": 2})", "/initial: must be <= max, got 9"},
      {R"({"image": "x"})", "/image: is not a known key"},
      {R"([])", "must be an object"},
  };
  for (const auto& [settings, note] : cases) {
    host.notes.clear();
    EXPECT_EQ(c.bind({"web", "db"}, {settings, "{}"}),
              (std::vector<std::int32_t>{NOVA_INVALID_ARGUMENT, NOVA_OK}))
        << settings;
    EXPECT_TRUE(host.noted(0, note))
        << settings << ": " << (host.notes.empty() ? "no note" : host.notes[0].text);
  }
}

TEST(SimulatedPlugin, RefusesABadConfig) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"boot_time": "-1s"})", "/boot_time: must be >= 0s, got -1s"},
      {R"({"boot_time": 180})", "/boot_time: must be a duration"},
      {R"({"boot_time": "180s", "boot_time_p95": "60s"})",
       "/boot_time_p95: must be >= boot_time, got 60s"},
      {R"({"failures": {"capacity": 1.5}})", "/failures/capacity: must be <= 1, got 1.5"},
      {R"({"failures": {"fire": 1}})", "/failures/fire: is not a known key"},
      {R"({"spot_interruptions": -2})", "/spot_interruptions: must be >= 0, got -2"},
      {R"({"seed": -1})", "/seed: must be >= 0, got -1"},
      {"{", "config is not valid JSON"},
  };
  for (const auto& [json, text] : cases) {
    FakeHost host;
    FakeComponent c(simulated(), host, json);
    EXPECT_EQ(c.status, NOVA_INVALID_ARGUMENT) << json;
    EXPECT_NE(c.error().find(text), std::string::npos) << c.error();
  }
}

}  // namespace controllers_simulated_plugin_test
