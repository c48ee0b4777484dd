// Goal: what the store has taken is found again, once, by whom it belongs to, and after flush
// whatever happens. Method: queries against a plain filter; a child process killed in the act;
// damaged and foreign files.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>

#include "plugins/sinks/sqlite/store.hpp"

// Stand in for libc's, so that the test sees what is synced.
static std::atomic<int> synced_logs{0};
static void count_sync(int fd) {
  char path[512] = {};
  const auto link = "/proc/self/fd/" + std::to_string(fd);
  if (readlink(link.c_str(), path, sizeof path - 1) > 0 && std::string_view(path).ends_with("-wal"))
    ++synced_logs;
}
extern "C" int fdatasync(int fd) {
  count_sync(fd);
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}
extern "C" int fsync(int fd) {
  count_sync(fd);
  return static_cast<int>(syscall(SYS_fsync, fd));
}

namespace {

using namespace nova;
using namespace nova::sqlite;

nova_call plain_call() {
  nova_call c{};
  c.struct_size = sizeof c;
  return c;
}
nova_uuid writer(std::uint8_t n) {
  nova_uuid id{};
  id.b[0] = n;
  return id;
}
Event event(std::uint8_t host, std::uint64_t sequence, std::int64_t time,
            const char* tenant = "acme", const char* type = "decision",
            const char* subject = "web") {
  Event e;
  e.writer = writer(host);
  e.sequence = sequence;
  e.time_ns = time;
  e.tenant = tenant;
  e.type = type;
  e.subject = subject;
  e.json = "{\"n\":" + std::to_string(sequence) + "}";
  return e;
}

class SqliteStore : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("nova_sqlite_" + std::to_string(getpid()) + "_" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    file_ = (folder_ / "history.db").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Store open(StoreOptions options = {}) const { return Store(file_, options, Call(call_)); }
  void write(Store& store, const std::vector<Event>& events) const {
    as_batch(events, [&](const nova_event_batch& b) { store.write(Call(call_), Events(b)); });
  }
  std::vector<Event> query(Store& store, const EventQuery& q = {}) const {
    std::vector<Event> found;
    nova_event_sink sink{sizeof sink, 0, &found,
                         [](const nova_event_sink* s, const nova_event_batch* b) -> nova_status {
                           auto& out = *static_cast<std::vector<Event>*>(s->ctx);
                           const Events events(*b);
                           for (std::size_t i = 0; i < events.count(); ++i) {
                             Event e;
                             e.writer = events.writer(i);
                             e.sequence = events.sequence(i);
                             e.position = b->position[i];
                             e.time_ns = events.time_ns(i);
                             e.tenant = events.tenant(i);
                             e.type = events.type(i);
                             e.subject = events.subject(i);
                             e.json = events.json(i);
                             out.push_back(e);
                           }
                           return NOVA_OK;
                         }};
    EventOut out(&sink);
    store.query(Call(call_), q, out);
    out.flush();
    return found;
  }
  void sql(const std::string& text) const {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
    char* why = nullptr;
    ASSERT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
    sqlite3_close(db);
  }
  // Status and text of what opening and querying the file throws.
  std::pair<nova_status, std::string> refused() const {
    try {
      auto store = open();
      query(store);
      write(store, {event(1, 1, 1)});
    } catch (const Error& e) {
      std::string text = e.what();
      const auto at = text.find(file_);
      if (at != std::string::npos) text.replace(at, file_.size(), "FILE");
      return {e.status(), text};
    }
    return {NOVA_OK, ""};
  }

  std::filesystem::path folder_;
  std::string file_;
  nova_call call_ = plain_call();
};

TEST_F(SqliteStore, GivesBackWhatItTookInOrderFromOne) {
  auto store = open();
  std::vector<Event> events = {event(1, 1, 100), event(1, 2, 50, "", "", ""), event(2, 1, 75)};
  events[0].json = std::string("{\"text\":\"\xC3\xA4 'quoted' ; \0 end\"}", 27);
  events[2].sequence = UINT64_MAX;
  events[2].time_ns = NOVA_NONE;
  write(store, events);
  const auto found = query(store);
  ASSERT_EQ(found.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found[i].position, i + 1);
    EXPECT_EQ(found[i].writer.b[0], events[i].writer.b[0]);
    EXPECT_EQ(found[i].sequence, events[i].sequence);
    EXPECT_EQ(found[i].time_ns, events[i].time_ns);
    EXPECT_EQ(found[i].tenant, events[i].tenant);
    EXPECT_EQ(found[i].json, events[i].json);
  }
}

TEST_F(SqliteStore, StoresAnEventOnceHoweverOftenItIsWritten) {
  {
    auto store = open();
    write(store, {event(1, 1, 1), event(1, 2, 2), event(1, 2, 2)});
    write(store, {event(1, 1, 1), event(1, 2, 2), event(2, 1, 3)});
  }
  auto store = open();  // also after a restart
  write(store, {event(1, 2, 2), event(2, 2, 4)});
  const auto found = query(store);
  ASSERT_EQ(found.size(), 4u);
  for (std::size_t i = 1; i < found.size(); ++i)
    EXPECT_GT(found[i].position, found[i - 1].position);
}

TEST_F(SqliteStore, AnswersLikeAPlainFilter) {
  auto store = open();
  std::mt19937_64 random{20240229};
  const char* tenants[] = {"acme", "acm", "b"};
  const char* types[] = {"decision", "decision.hold", "decisions", "op", "op\xFF", "op\xFFx"};
  const char* subjects[] = {"web", "db"};
  std::vector<Event> all;
  for (std::uint64_t i = 1; i <= 3000; ++i)
    all.push_back(event(1, i, static_cast<std::int64_t>(random() % 1000), tenants[random() % 3],
                        types[random() % 6], subjects[random() % 2]));
  write(store, all);
  for (int round = 0; round < 400; ++round) {
    EventQuery q;
    const char* prefixes[] = {"", "dec", "decision", "decision.", "op", "op\xFF", "x"};
    if (random() % 2) q.tenant = tenants[random() % 3];
    if (random() % 2) q.type = prefixes[random() % 7];
    if (random() % 2) q.subject = subjects[random() % 2];
    if (random() % 2) q.from_ns = static_cast<std::int64_t>(random() % 1000);
    if (random() % 2) q.to_ns = static_cast<std::int64_t>(random() % 1000);
    if (random() % 2) q.after = random() % 3000;
    if (random() % 2) q.limit = 1 + random() % 50;
    q.newest_first = random() % 2;
    std::vector<std::uint64_t> want;
    for (std::size_t k = 0; k < all.size(); ++k) {
      const std::size_t i = q.newest_first ? all.size() - 1 - k : k;
      const std::uint64_t position = i + 1;
      if (!q.matches(all[i]) || (q.limit != 0 && want.size() == q.limit)) continue;
      if (q.after != 0 && (q.newest_first ? position >= q.after : position <= q.after)) continue;
      want.push_back(position);
    }
    std::vector<std::uint64_t> got;
    for (const auto& e : query(store, q)) got.push_back(e.position);
    ASSERT_EQ(got, want) << "round " << round;
  }
}

TEST_F(SqliteStore, PagesAreCompleteInBothOrders) {
  auto store = open();
  std::vector<Event> all;
  for (std::uint64_t i = 1; i <= 2500; ++i) all.push_back(event(1, i, 0));
  write(store, all);
  for (const bool newest_first : {false, true}) {
    EventQuery q;
    q.limit = 700;
    q.newest_first = newest_first;
    std::size_t seen = 0;
    for (;;) {
      const auto page = query(store, q);
      if (page.empty()) break;
      seen += page.size();
      q.after = page.back().position;
    }
    EXPECT_EQ(seen, 2500u);
  }
}

TEST_F(SqliteStore, NeverMixesTenants) {
  auto store = open();
  write(store, {event(1, 1, 1, "acme"), event(1, 2, 1, "rival"), event(1, 3, 1, "")});
  EventQuery q;
  for (const char* tenant : {"acme", "rival", ""}) {
    q.tenant = tenant;
    const auto found = query(store, q);
    ASSERT_EQ(found.size(), 1u) << tenant;
    EXPECT_EQ(found[0].tenant, tenant);
  }
  q.tenant = "acme' OR 1=1 --";
  EXPECT_TRUE(query(store, q).empty());

  StoreOptions one;
  one.tenant = "acme";
  auto bound = open(one);
  EXPECT_EQ(query(bound).size(), 1u) << "a sink of one tenant answers any with its own";
  q.tenant = "rival";
  EXPECT_TRUE(query(bound, q).empty());
  try {
    write(bound, {event(1, 9, 1, "acme"), event(1, 10, 1, "rival")});
    FAIL() << "took an event of another tenant";
  } catch (const Error& e) {
    EXPECT_EQ(e.status(), NOVA_PERMISSION_DENIED);
  }
  EXPECT_EQ(query(bound).size(), 1u) << "and nothing of that batch";
}

TEST_F(SqliteStore, FlushSyncsTheLog) {
  auto store = open();
  const int before = synced_logs;
  for (std::uint64_t i = 1; i <= 20; ++i) write(store, {event(1, i, 0)});
  const int written = synced_logs - before;
  store.flush(Call(call_), 0);
  EXPECT_GT(synced_logs - before, written) << "flush must sync the log after the last write";
  EXPECT_EQ(written, 0) << "a write alone must not wait for the disk";
  const int after = synced_logs;
  store.flush(Call(call_), 0);
  EXPECT_EQ(synced_logs, after) << "nothing new, nothing to sync";
}

TEST_F(SqliteStore, AKilledProcessLosesNothingThatWasFlushed) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      auto store = open();
      for (std::uint64_t i = 1;; ++i) {
        write(store, {event(1, i, 0)});
        if (i % 50 != 0) continue;
        store.flush(Call(call_), 0);
        if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) _exit(2);
      }
    } catch (...) {
    }
    _exit(1);
  }
  std::uint64_t flushed = 0;
  while (flushed < 500)
    ASSERT_EQ(read(pipe_ends[0], &flushed, sizeof flushed), static_cast<ssize_t>(sizeof flushed));
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int how = 0;
  ASSERT_EQ(waitpid(child, &how, 0), child);
  ASSERT_TRUE(WIFSIGNALED(how)) << "the child must still have been writing";
  close(pipe_ends[1]);
  for (std::uint64_t i = 0; read(pipe_ends[0], &i, sizeof i) == static_cast<ssize_t>(sizeof i);)
    flushed = i;
  close(pipe_ends[0]);
  auto store = open();
  const auto found = query(store);
  ASSERT_GE(found.size(), flushed);
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i].sequence, i + 1);
  write(store, {event(1, found.size() + 1, 0)});
}

TEST_F(SqliteStore, DeletesWhatIsOlderThanTheRetention) {
  StoreOptions options;
  options.retention_ns = 1000;
  auto store = open(options);
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= 25000; ++i)
    events.push_back(event(1, i, static_cast<std::int64_t>(i)));
  write(store, events);
  store.flush(Call(call_), 25000);
  auto found = query(store);
  ASSERT_EQ(found.size(), 1001u);
  EXPECT_EQ(found[0].time_ns, 24000);
  store.flush(Call(call_), 25000 + 600'000'000'000);
  EXPECT_TRUE(query(store).empty());
  write(store, {event(1, 30000, 1)});
  found = query(store);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].position, 25001u) << "positions are never used again";
}

TEST_F(SqliteStore, RefusesFilesThatAreNotItsOwn) {
  std::ofstream(file_)
      << "this is a text file, and a rather long one, longer than the header of a database is, "
         "which is a hundred bytes";
  EXPECT_EQ(refused(),
            std::pair(NOVA_FAILED_PRECONDITION, std::string("FILE: is not an SQLite database")));
  std::filesystem::remove(file_);

  sql("CREATE TABLE other (x)");
  EXPECT_EQ(refused(), std::pair(NOVA_FAILED_PRECONDITION,
                                 std::string("FILE: is the database of another program")));
  std::filesystem::remove(file_);

  { auto store = open(); }
  sql("PRAGMA user_version = 2");
  EXPECT_EQ(refused(),
            std::pair(NOVA_FAILED_PRECONDITION,
                      std::string("FILE: has schema version 2, this plugin knows up to 1")));
  sql("PRAGMA user_version = 1");
  EXPECT_EQ(refused().first, NOVA_OK);
}

TEST_F(SqliteStore, TellsADamagedFile) {
  {
    auto store = open();
    std::vector<Event> events;
    for (std::uint64_t i = 1; i <= 2000; ++i) events.push_back(event(1, i, 0));
    write(store, events);
  }
  const auto size = std::filesystem::file_size(file_);
  {
    std::fstream f(file_, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(4096);
    for (std::uint64_t i = 4096; i < size; ++i) f.put('\x5A');
  }
  const auto [status, text] = refused();
  EXPECT_EQ(status, NOVA_FAILED_PRECONDITION);
  EXPECT_NE(text.find("the file is damaged"), std::string::npos) << text;
}

TEST_F(SqliteStore, TellsAFolderThatIsMissing) {
  file_ = (folder_ / "none" / "history.db").string();
  EXPECT_EQ(refused(),
            std::pair(NOVA_FAILED_PRECONDITION, std::string("FILE: unable to open database file")));
}

TEST_F(SqliteStore, WaitsForALockNoLongerThanTheCallAllows) {
  StoreOptions options;
  options.busy = std::chrono::milliseconds(30);
  auto store = open(options);
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto status_of = [&] {
    try {
      write(store, {event(1, 1, 1)});
    } catch (const Error& e) {
      EXPECT_FALSE(e.status() == NOVA_UNAVAILABLE && e.retry_after_ms() == 0);
      return e.status();
    }
    return NOVA_OK;
  };
  EXPECT_EQ(status_of(), NOVA_UNAVAILABLE);
  call_.deadline_ns = Call::monotonic_ns() + 5'000'000;
  EXPECT_EQ(status_of(), NOVA_DEADLINE_EXCEEDED);
  call_ = plain_call();
  const std::int32_t cancel = 1;
  call_.cancel = &cancel;
  EXPECT_EQ(status_of(), NOVA_CANCELLED);
  call_ = plain_call();
  ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(status_of(), NOVA_OK) << "no lock and no half transaction stayed behind";
  EXPECT_EQ(query(store).size(), 1u);
  sqlite3_close(other);
}

TEST_F(SqliteStore, ALongQueryStopsWhenItIsCancelled) {
  auto store = open();
  std::vector<Event> events;
  for (std::uint64_t i = 1; i <= 50000; ++i) events.push_back(event(1, i, 0));
  write(store, events);
  std::int32_t cancel = 1;
  call_.cancel = &cancel;
  EXPECT_THROW(query(store), Error);
  cancel = 0;
  EXPECT_EQ(query(store).size(), 50000u);
}

TEST_F(SqliteStore, ReadersOfTheFileDoNotHoldUpWritingAndFlushing) {
  auto store = open();
  write(store, {event(1, 1, 1)});
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM event", nullptr, nullptr, nullptr),
            SQLITE_OK);
  write(store, {event(1, 2, 1)});
  store.flush(Call(call_), 0);
  EXPECT_EQ(query(store).size(), 2u);
  sqlite3_close(reader);
}

}  // namespace
