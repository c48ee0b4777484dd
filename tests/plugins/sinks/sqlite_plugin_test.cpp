// Goal: sqlite.so behind the contract: events in, pages out, and files it must not touch.
// Method: the built library, called through its tables by the SDK's fake host.
#include "tests/plugins/plugin_file.hpp"

namespace {

using nova::FakeComponent;
using nova::FakeHost;

const nova_component& sqlite() {
  static const nova_component& component = nova_test::component_of("sqlite");
  return component;
}
std::string config(const std::string& file) { return nova::Json{{"file", file}}.dump(); }

void write(FakeComponent& c, std::uint64_t from, std::uint64_t to, const char* tenant) {
  std::vector<nova::Event> events;
  for (std::uint64_t i = from; i <= to; ++i) {
    nova::Event e;
    e.writer.b[0] = 1;
    e.sequence = i;
    e.time_ns = static_cast<std::int64_t>(i);
    e.tenant = tenant;
    e.type = "decision";
    e.subject = "web";
    e.json = "{}";
    events.push_back(std::move(e));
  }
  nova::as_batch(events,
                 [&](const nova_event_batch& b) { c.invoke(c.ops<nova_sink_ops>().write, &b); });
}

struct Page {
  std::vector<std::uint64_t> positions;
  int batches = 0;
  int refuse_after = 1'000'000;
};
Page query(FakeComponent& c, nova_event_query q, int refuse_after = 1'000'000) {
  Page page;
  page.refuse_after = refuse_after;
  const nova_event_sink sink{
      sizeof sink, 0, &page,
      [](const nova_event_sink* s, const nova_event_batch* b) -> nova_status {
        auto& p = *static_cast<Page*>(s->ctx);
        if (++p.batches > p.refuse_after) return NOVA_RESOURCE_EXHAUSTED;
        p.positions.insert(p.positions.end(), b->position, b->position + b->count);
        return NOVA_OK;
      }};
  q.struct_size = sizeof q;
  c.invoke(c.ops<nova_sink_ops>().query, &q, &sink);
  return page;
}
nova_event_query any() {
  nova_event_query q{};
  q.from_ns = q.to_ns = NOVA_NONE;
  return q;
}

TEST(SqlitePlugin, WritesFlushesAndAnswersPages) {
  const nova_test::Folder folder;
  FakeHost host("history", "");
  FakeComponent c(sqlite(), host, config(folder.file("h.db")));
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_FALSE(std::filesystem::exists(folder.file("h.db")))
      << "a check of the config leaves nothing behind";
  write(c, 1, 3000, "acme");
  write(c, 2999, 3001, "acme");
  EXPECT_EQ(c.invoke(c.ops<nova_sink_ops>().flush), NOVA_OK);
  EXPECT_EQ(query(c, any()).positions.size(), 3001u);
  auto q = any();
  q.flags = NOVA_QUERY_NEWEST_FIRST;
  q.limit = 2;
  EXPECT_EQ(query(c, q).positions.size(), 2u);
  EXPECT_GT(query(c, q).positions[0], query(c, q).positions[1]);
  q.tenant = nova::str("rival");
  EXPECT_TRUE(query(c, q).positions.empty());

  FakeComponent again(sqlite(), host, config(folder.file("h.db")));
  EXPECT_EQ(query(again, any()).positions.size(), 3001u) << "found by the next instance";
}

TEST(SqlitePlugin, StopsWhenTheReaderHasEnough) {
  const nova_test::Folder folder;
  FakeHost host("history", "");
  FakeComponent c(sqlite(), host, config(folder.file("h.db")));
  write(c, 1, 4000, "acme");
  const auto page = query(c, any(), 1);
  EXPECT_EQ(c.status, NOVA_RESOURCE_EXHAUSTED);
  EXPECT_EQ(page.batches, 2);
  write(c, 4001, 4001, "acme");
  EXPECT_EQ(c.status, NOVA_OK) << "no read transaction stays open";
}

TEST(SqlitePlugin, ServesTheTenantOfItsInstanceOnly) {
  const nova_test::Folder folder;
  FakeHost shared("history", ""), own("history", "acme");
  FakeComponent all(sqlite(), shared, config(folder.file("h.db")));
  write(all, 1, 5, "acme");
  write(all, 6, 9, "rival");
  FakeComponent c(sqlite(), own, config(folder.file("h.db")));
  EXPECT_EQ(query(c, any()).positions.size(), 5u);
  write(c, 10, 11, "rival");
  EXPECT_EQ(c.status, NOVA_PERMISSION_DENIED);
  EXPECT_EQ(query(all, any()).positions.size(), 9u);
}

TEST(SqlitePlugin, ForgetsWhatIsOlderThanItsRetention) {
  const nova_test::Folder folder;
  FakeHost host("history", "");
  FakeComponent c(sqlite(), host,
                  nova::Json{{"file", folder.file("h.db")}, {"retention", "1h"}}.dump());
  write(c, 1, 10, "acme");
  host.now_ns = 3'600'000'000'000 + 6;
  EXPECT_EQ(c.invoke(c.ops<nova_sink_ops>().flush), NOVA_OK);
  EXPECT_EQ(query(c, any()).positions.size(), 5u);
}

TEST(SqlitePlugin, MakesItsFolderWhenFirstUsed) {
  const nova_test::Folder folder;
  FakeHost host("history", "");
  FakeComponent c(sqlite(), host, config(folder.file("var/run/h.db")));
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_FALSE(std::filesystem::exists(folder.file("var")));
  write(c, 1, 1, "acme");
  EXPECT_TRUE(std::filesystem::exists(folder.file("var/run/h.db")));
}

TEST(SqlitePlugin, RefusesABadConfigOrFile) {
  const nova_test::Folder folder;
  const auto text = folder.write("text.db", std::string(200, 'x'));
  const auto file = folder.file("h.db");
  const std::tuple<std::string, std::int32_t, std::string> cases[] = {
      {"{}", NOVA_INVALID_ARGUMENT, "/file: is required"},
      {config(text + "/below/h.db"), NOVA_NOT_FOUND, "text.db is no folder"},
      {config(text), NOVA_FAILED_PRECONDITION, "text.db: is not an SQLite database"},
      {nova::Json{{"file", file}, {"retention", "-1d"}}.dump(), NOVA_INVALID_ARGUMENT,
       "/retention: must be > 0s, got -1d"},
      {nova::Json{{"file", file}, {"busy_timeout", "-1s"}}.dump(), NOVA_INVALID_ARGUMENT,
       "/busy_timeout: must be >= 0s, got -1s"},
      {nova::Json{{"file", file}, {"wal", true}}.dump(), NOVA_INVALID_ARGUMENT,
       "/wal: is not a known key"},
  };
  for (const auto& [json, status, part] : cases) {
    FakeHost host;
    FakeComponent c(sqlite(), host, json);
    EXPECT_EQ(c.status, status) << json;
    EXPECT_NE(c.error().find(part), std::string::npos) << c.error();
  }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(SqlitePlugin, KeepsToTheCallsCancelWordAndDeadline) {
  const nova_test::Folder folder;
  FakeHost host("history", "");
  FakeComponent c(sqlite(), host, config(folder.file("h.db")));
  write(c, 1, 10, "acme");
  host.cancel_now = true;
  write(c, 11, 12, "acme");
  EXPECT_EQ(c.status, NOVA_CANCELLED);
  host.cancel_now = false;
  host.deadline_passed = true;
  query(c, any());
  EXPECT_EQ(c.status, NOVA_DEADLINE_EXCEEDED);
  host.deadline_passed = false;
  EXPECT_EQ(query(c, any()).positions.size(), 10u);
}

}  // namespace
