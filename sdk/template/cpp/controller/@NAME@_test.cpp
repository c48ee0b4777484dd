// What @NAME@ promises, checked without a host.
#include <cstdio>
#include <novascale/fake_host.hpp>

static int failures = 0;
#define CHECK(claim)                                                       \
  do {                                                                     \
    if (!(claim)) {                                                        \
      std::fprintf(stderr, "%s:%d: %s\\n", __FILE__, __LINE__, #claim);     \
      ++failures;                                                          \
    }                                                                      \
  } while (0)

struct Answer {
  std::int32_t state = 0, status = NOVA_OK;
};

static Answer scale(nova::FakeComponent& c, bool really, std::uint32_t desired, std::uint8_t token,
                    std::uint64_t generation = 0) {
  const nova_str group = nova::str("web"), offer = nova::str("small"), reason = nova::str("test");
  const nova_uuid id{{token}};
  Answer a;
  nova_scale io{};
  io.struct_size = sizeof io;
  io.count = 1;
  io.group_id = &group, io.offer_id = &offer, io.reason = &reason, io.desired = &desired;
  io.expected_generation = generation == 0 ? nullptr : &generation;
  io.token = &id, io.state = &a.state, io.item_status = &a.status;
  const auto& ops = c.ops<nova_controller_ops>();
  c.invoke(really ? ops.scale : ops.can_scale, &io);
  return a;
}

struct Group {
  std::uint32_t desired = 0, booting = 0, serving = 0;
  std::uint64_t generation = 0;
};

static Group group(nova::FakeComponent& c) {
  Group g;
  const nova_group_sink sink{sizeof sink, 0, &g,
                             [](const nova_group_sink* s, const nova_group_batch* b) -> nova_status {
                               auto& to = *static_cast<Group*>(s->ctx);
                               to = {b->desired[0], b->booting[0], b->serving[0], b->generation[0]};
                               return NOVA_OK;
                             }};
  c.invoke(c.ops<nova_controller_ops>().list_groups, static_cast<const nova_str*>(nullptr),
           std::uint64_t{0}, &sink);
  return g;
}

int main() {
  nova::FakeHost host;
  nova::FakeComponent c(*nova_plugin_entry_v1()->components[0], host, R"({"boot_time": "10s"})");
  CHECK(c.status == NOVA_OK);
  const auto bound = c.bind({"web", "bad"}, {R"({"max": 5})", R"({"max": "many"})"});
  CHECK(bound[0] == NOVA_OK && bound[1] == NOVA_INVALID_ARGUMENT);
  const auto first = group(c).generation;

  CHECK(scale(c, false, 3, 1).status == NOVA_OK && group(c).desired == 0);  // asked, not done
  CHECK(scale(c, true, 3, 1, first).status == NOVA_OK);
  CHECK(group(c).desired == 3 && group(c).booting == 3);
  CHECK(scale(c, true, 3, 1, first).status == NOVA_OK && group(c).desired == 3);  // the same token
  CHECK(scale(c, true, 4, 2, first).status == NOVA_ABORTED);                     // an old generation
  CHECK(scale(c, true, 6, 3).status == NOVA_INVALID_ARGUMENT);                   // over the limit
  CHECK(scale(c, true, 3, 4).state == NOVA_OP_NOTHING);
  host.now_ns += 10'000'000'000;
  CHECK(group(c).serving == 3);
  CHECK(scale(c, true, 1, 5).status == NOVA_OK && group(c).desired == 1);

  const nova_uuid tokens[] = {nova_uuid{{1}}, nova_uuid{{99}}};
  std::int32_t state[2], result[2];
  nova_operations ops{};
  ops.struct_size = sizeof ops;
  ops.count = 2;
  ops.token = tokens, ops.state = state, ops.result = result;
  c.invoke(c.ops<nova_controller_ops>().poll, &ops);
  CHECK(state[0] == NOVA_OP_DONE && result[0] == NOVA_OK);
  CHECK(state[1] == 0 && result[1] == NOVA_NOT_FOUND);
  return failures != 0;
}
