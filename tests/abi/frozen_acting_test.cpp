// Goal: plugins of ABI 1.0 that keep state (controller, sink) serve callers of every age by the
// rules of acting: one token, one operation; stale writers are refused; a repeated write is
// harmless.
#include "frozen.hpp"

namespace nova::abi_test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

nova_uuid token(std::uint8_t n) { return {{n, 1}}; }

struct Group {
  std::int32_t status;
  std::uint32_t desired, booting, serving;
  std::uint64_t generation;
};

class Controller : public Frozen<nova_controller_ops> {
 public:
  explicit Controller(Age age) : Frozen("controller", age, R"({"boot_s":90})") {}

  Group group(const char* id) {
    Group out{};
    nova_group_sink sink{};
    sink.ctx = &out;
    sink.emit = [](const nova_group_sink* s, const nova_group_batch* b) -> nova_status {
      EXPECT_EQ(b->count, 1u);
      *static_cast<Group*>(s->ctx) = {b->status[0], b->desired[0], b->booting[0], b->serving[0],
                                      b->generation[0]};
      return NOVA_OK;
    };
    Shaped<nova_group_sink> shaped(sink, age(), sizeof sink);
    const nova_str ids[] = {str(id)};
    EXPECT_EQ(ops->list_groups(instance, call(), ids, 1, shaped.get(), &error), NOVA_OK);
    return out;
  }

  struct Asked {
    std::uint32_t desired;
    nova_uuid token;
    std::uint64_t generation = 0, fence = 0;  // 0 = column not given
  };
  struct Answer {
    std::int32_t state, status;
  };

  Answer scale(const Asked& asked, bool only_ask = false) {
    const nova_str id = str("web"), offer = str(""), reason = str("test");
    Answer answer{0, NOVA_OK};
    nova_scale value{};
    value.count = 1;
    value.group_id = &id;
    value.offer_id = &offer;
    value.reason = &reason;
    value.desired = &asked.desired;
    value.expected_generation = asked.generation ? &asked.generation : nullptr;
    value.fence = asked.fence ? &asked.fence : nullptr;
    value.token = &asked.token;
    value.state = &answer.state;
    value.item_status = &answer.status;
    Shaped<nova_scale> io(value, age(), offsetof(nova_scale, item_status));
    EXPECT_EQ((only_ask ? ops->can_scale : ops->scale)(instance, call(), io.get(), &error),
              NOVA_OK);
    return answer;
  }

  Answer poll(const nova_uuid& t) {
    Answer answer{-1, NOVA_OK};
    nova_operations value{};
    value.count = 1;
    value.token = &t;
    value.state = &answer.state;
    value.result = &answer.status;
    Shaped<nova_operations> io(value, age(), offsetof(nova_operations, machines));
    EXPECT_EQ(ops->poll(instance, call(), io.get(), &error), NOVA_OK);
    return answer;
  }
};

TEST(FrozenController, OneTokenIsOneOperation) {
  for (const Age age : kAges) {
    SCOPED_TRACE(name_of(age));
    Controller controller(age);
    ASSERT_EQ(controller.created, NOVA_OK);
    EXPECT_EQ(controller.bind({1}, {"web"})[0], NOVA_OK);
    EXPECT_EQ(controller.group("db").status, NOVA_NOT_FOUND);
    EXPECT_EQ(controller.group("web").desired, 0u);
    EXPECT_EQ(controller.poll(token(1)).status, NOVA_NOT_FOUND) << "it never arrived";

    EXPECT_EQ(controller.scale({5, token(1)}, true).status, NOVA_OK);
    EXPECT_EQ(controller.group("web").desired, 0u) << "can_scale has no effect";
    EXPECT_EQ(controller.scale({5, token(1)}).state, NOVA_OP_RUNNING);
    const auto begun = controller.group("web");
    EXPECT_EQ(begun.desired, 5u);
    EXPECT_EQ(begun.booting, 5u);

    EXPECT_EQ(controller.scale({9, token(1)}).state, NOVA_OP_RUNNING) << "the same operation again";
    EXPECT_EQ(controller.group("web").desired, 5u);
    EXPECT_EQ(controller.group("web").generation, begun.generation);

    controller.world.now += 89 * kSecond;
    EXPECT_EQ(controller.poll(token(1)).state, NOVA_OP_RUNNING);
    controller.world.now += 1 * kSecond;
    EXPECT_EQ(controller.poll(token(1)).state, NOVA_OP_DONE);
    EXPECT_EQ(controller.group("web").serving, 5u);
    EXPECT_EQ(controller.scale({5, token(2)}).state, NOVA_OP_NOTHING);
    EXPECT_EQ(controller.scale({2, token(3)}).state, NOVA_OP_DONE) << "scale-in takes no time here";
    EXPECT_EQ(controller.group("web").serving, 2u);
  }
}

TEST(FrozenController, RefusesStaleWriters) {
  for (const Age age : {Age::today, Age::newer}) {  // an older caller has no column for the refusal
    SCOPED_TRACE(name_of(age));
    Controller controller(age);
    controller.bind({1}, {"web"});
    const auto old = controller.group("web").generation;
    EXPECT_EQ(controller.scale({3, token(1), old, 20}).status, NOVA_OK);
    EXPECT_EQ(controller.scale({4, token(2), old, 20}).status, NOVA_ABORTED) << "generation";
    EXPECT_EQ(controller.scale({4, token(2), 0, 19}).status, NOVA_ABORTED) << "fence";
    EXPECT_EQ(controller.scale({4, token(2), 0, 19}, true).status, NOVA_ABORTED)
        << "can_scale says the same";
    EXPECT_EQ(controller.scale({4, nova_uuid{}}).status, NOVA_INVALID_ARGUMENT) << "no token";
    EXPECT_EQ(controller.scale({3, token(1), old, 20}).status, NOVA_OK)
        << "known token: before generation";
    EXPECT_EQ(controller.group("web").desired, 3u);
    EXPECT_FALSE(controller.notes.empty());
  }
}

class Sink : public Frozen<nova_sink_ops> {
 public:
  explicit Sink(Age age) : Frozen("sink", age, R"({"events":4})") {}

  void write(std::uint64_t sequence, const char* tenant, const char* type) {
    const nova_uuid writer = token(9);
    const auto time = static_cast<std::int64_t>(sequence) * kSecond;
    const nova_str who = str(tenant), what = str(type), about = str("web"), body = str("{}");
    nova_event_batch value{};
    value.count = 1;
    value.writer = &writer;
    value.sequence = &sequence;
    value.time_ns = &time;
    value.tenant = &who;
    value.type = &what;
    value.subject = &about;
    value.event_json = &body;
    Shaped<nova_event_batch> io(value, age(), sizeof value);
    ASSERT_EQ(ops->write(instance, call(), io.get(), &error), NOVA_OK) << error.message;
  }

  // "position:sequence" of each answer.
  std::string query(nova_event_query value, std::size_t older_size = sizeof(nova_event_query)) {
    std::string out;
    nova_event_sink sink{};
    sink.ctx = &out;
    sink.emit = [](const nova_event_sink* s, const nova_event_batch* b) -> nova_status {
      for (std::uint64_t i = 0; i < b->count; ++i)
        *static_cast<std::string*>(s->ctx) +=
            std::to_string(b->position[i]) + ":" + std::to_string(b->sequence[i]) + " ";
      return NOVA_OK;
    };
    Shaped<nova_event_sink> to(sink, age(), sizeof sink);
    Shaped<nova_event_query> io(value, age(), older_size);
    EXPECT_EQ(ops->query(instance, call(), io.get(), to.get(), &error), NOVA_OK);
    return out;
  }
};

TEST(FrozenSink, TakesEachEventOnceAndKeepsTenantsApart) {
  for (const Age age : kAges) {
    SCOPED_TRACE(name_of(age));
    Sink sink(age);
    ASSERT_EQ(sink.created, NOVA_OK);
    for (const std::uint64_t sequence : {1, 2, 3, 2, 3})
      sink.write(sequence, "acme", "decision.made");
    sink.write(4, "other", "operation.done");

    nova_event_query all{};
    all.from_ns = all.to_ns = NOVA_NONE;
    EXPECT_EQ(sink.query(all, offsetof(nova_event_query, after)), "1:1 2:2 3:3 4:4 ");
    auto tenant = all;
    tenant.tenant = str("acme");
    EXPECT_EQ(sink.query(tenant), "1:1 2:2 3:3 ");
    auto type = all;
    type.type = str("operation.");
    EXPECT_EQ(sink.query(type), "4:4 ");
    auto time = all;
    time.from_ns = 2 * kSecond;
    time.to_ns = 4 * kSecond;
    EXPECT_EQ(sink.query(time), "2:2 3:3 ");
    auto page = all;
    page.after = 1;
    page.limit = 2;
    EXPECT_EQ(sink.query(page), "2:2 3:3 ");
    page.flags = NOVA_QUERY_NEWEST_FIRST;
    page.after = 4;
    EXPECT_EQ(sink.query(page), "3:3 2:2 ");

    sink.write(5, "acme", "decision.made");
    EXPECT_EQ(sink.query(all), "2:2 3:3 4:4 5:5 ") << "four are kept";
  }
}

}  // namespace
}  // namespace nova::abi_test
