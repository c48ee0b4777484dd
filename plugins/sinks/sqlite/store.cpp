#include "store.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace nova::sqlite {

namespace {

constexpr std::int64_t kApplicationId = 0x4E4F5641;  // "NOVA", in the file's header
constexpr std::int64_t kSweepEveryNs = 60'000'000'000;
constexpr auto kSweepRows =
    "10000";  // deleted at a time, so that a first sweep does not hold the lock for long

// STRICT: a column holds its type or the row is refused. AUTOINCREMENT: a position is never used
// again.
constexpr auto kSchema = R"(
  CREATE TABLE event (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    writer     BLOB    NOT NULL,
    sequence   INTEGER NOT NULL,
    time_ns    INTEGER NOT NULL,
    tenant     TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    event_json TEXT    NOT NULL,
    UNIQUE (writer, sequence)
  ) STRICT;
  CREATE INDEX event_by_subject ON event (subject, position);
  CREATE INDEX event_by_time ON event (time_ns);
  CREATE TABLE flushed (id INTEGER PRIMARY KEY CHECK (id = 1), times INTEGER NOT NULL) STRICT;
  INSERT INTO flushed VALUES (1, 0);
)";

// The smallest text above all that begin with `prefix`, in byte order; empty = there is none.
std::string above(std::string_view prefix) {
  std::string text(prefix);
  while (!text.empty() && static_cast<unsigned char>(text.back()) == 0xFF) text.pop_back();
  if (!text.empty()) ++text.back();
  return text;
}

std::int64_t clamped(std::uint64_t n) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(n, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

Store::Store(const std::string& path, StoreOptions options, const Call& call)
    : options_(std::move(options)), db_(path, options_.busy) {
  const Database::InCall in_call(db_, call);
  prepare_schema();
  insert_ =
      Statement(db_,
                "INSERT INTO event (writer, sequence, time_ns, tenant, type, subject, event_json) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (writer, sequence) DO NOTHING");
}

void Store::prepare_schema() {
  // Looked at before anything is changed: a foreign file must stay as it is.
  const auto version = db_.number("PRAGMA user_version");
  const auto application = db_.number("PRAGMA application_id");
  const auto tables = db_.number("SELECT count(*) FROM sqlite_schema");
  if (application != kApplicationId && tables > 0)
    throw Error(NOVA_FAILED_PRECONDITION, db_.path() + ": is the database of another program");
  if (version > kSchemaVersion)
    throw Error(NOVA_FAILED_PRECONDITION,
                db_.path() + ": has schema version " + std::to_string(version) +
                    ", this plugin knows up to " + std::to_string(kSchemaVersion));
  db_.run("PRAGMA synchronous = NORMAL");
  if (db_.text("PRAGMA journal_mode = WAL") != "wal")
    throw Error(NOVA_FAILED_PRECONDITION,
                db_.path() + ": cannot be put in WAL mode (network file system?)");
  Transaction t(db_);
  if (db_.number("PRAGMA user_version") == 0) {  // once more, now that nobody else can make it
    db_.run(kSchema);
    db_.run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    db_.run(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
  }
  t.commit();
}

void Store::write(const Call& call, const Events& events) {
  const Database::InCall in_call(db_, call);
  for (std::size_t i = 0; i < events.count(); ++i)
    if (!options_.tenant.empty() && events.tenant(i) != options_.tenant)
      throw Error(NOVA_PERMISSION_DENIED, "event " + std::to_string(i) + " is of tenant \"" +
                                              std::string(events.tenant(i)) +
                                              "\", this sink serves \"" + options_.tenant + '"');
  if (events.count() == 0) return;
  Transaction t(db_);
  for (std::size_t i = 0; i < events.count(); ++i) {
    if (i % 1024 == 0) call.check();
    const nova_uuid writer = events.writer(i);
    insert_.bind_blob(1, writer.b, sizeof writer.b);
    insert_.bind(2, static_cast<std::int64_t>(events.sequence(i)));
    insert_.bind(3, events.time_ns(i));
    insert_.bind_text(4, events.tenant(i));
    insert_.bind_text(5, events.type(i));
    insert_.bind_text(6, events.subject(i));
    insert_.bind_text(7, events.json(i));
    insert_.step();
    insert_.reset();
  }
  t.commit();
  unsynced_ = true;
}

void Store::flush(const Call& call, std::int64_t now_ns) {
  const Database::InCall in_call(db_, call);
  if (options_.retention_ns > 0) forget_old(now_ns);
  if (!unsynced_) return;
  struct Full {  // only for this one transaction
    Database& db;
    explicit Full(Database& d) : db(d) { db.run("PRAGMA synchronous = FULL"); }
    ~Full() { sqlite3_exec(db.handle(), "PRAGMA synchronous = NORMAL", nullptr, nullptr, nullptr); }
  } full(db_);
  Transaction t(db_);
  db_.run("UPDATE flushed SET times = times + 1");
  t.commit();
  unsynced_ = false;
}

void Store::forget_old(std::int64_t now_ns) {
  if (swept_ns_ && now_ns - *swept_ns_ < kSweepEveryNs) return;
  Statement sweep(db_, std::string("DELETE FROM event WHERE position IN (SELECT position FROM "
                                   "event WHERE time_ns < ? LIMIT ") +
                           kSweepRows + ")");
  do {
    Transaction t(db_);
    sweep.bind(1, now_ns - options_.retention_ns);
    sweep.step();
    sweep.reset();
    t.commit();
  } while (sqlite3_changes(db_.handle()) > 0);
  swept_ns_ = now_ns;
  unsynced_ = true;
}

void Store::query(const Call& call, const EventQuery& q, EventOut& out) {
  const Database::InCall in_call(db_, call);
  if (!options_.tenant.empty() && q.tenant && *q.tenant != options_.tenant) return;
  std::string sql =
      "SELECT position, writer, sequence, time_ns, tenant, type, subject, event_json FROM event "
      "WHERE 1";
  const bool one_tenant = q.tenant || !options_.tenant.empty();
  const std::string type_end = q.type ? above(*q.type) : std::string();
  if (one_tenant) sql += " AND tenant = ?";
  if (q.type && !q.type->empty()) sql += " AND type >= ?";
  if (!type_end.empty()) sql += " AND type < ?";
  if (q.subject) sql += " AND subject = ?";
  if (q.from_ns != NOVA_NONE) sql += " AND time_ns >= ?";
  if (q.to_ns != NOVA_NONE) sql += " AND time_ns < ?";
  if (q.after != 0) sql += q.newest_first ? " AND position < ?" : " AND position > ?";
  sql += q.newest_first ? " ORDER BY position DESC" : " ORDER BY position";
  if (q.limit != 0) sql += " LIMIT ?";

  Statement s(db_, sql);
  int next = 1;  // in the order of the text above
  if (one_tenant) s.bind_text(next++, q.tenant ? *q.tenant : std::string_view(options_.tenant));
  if (q.type && !q.type->empty()) s.bind_text(next++, *q.type);
  if (!type_end.empty()) s.bind_text(next++, type_end);
  if (q.subject) s.bind_text(next++, *q.subject);
  if (q.from_ns != NOVA_NONE) s.bind(next++, q.from_ns);
  if (q.to_ns != NOVA_NONE) s.bind(next++, q.to_ns);
  if (q.after != 0) s.bind(next++, clamped(q.after));
  if (q.limit != 0) s.bind(next++, clamped(q.limit));

  for (std::size_t rows = 0; s.step(); ++rows) {
    if (rows % 1024 == 0) call.check();
    Event e;
    e.position = static_cast<std::uint64_t>(s.integer(0));
    const auto writer = s.text(1);
    if (writer.size() == sizeof e.writer.b)
      std::memcpy(e.writer.b, writer.data(), sizeof e.writer.b);
    e.sequence = static_cast<std::uint64_t>(s.integer(2));
    e.time_ns = s.integer(3);
    e.tenant = s.text(4);
    e.type = s.text(5);
    e.subject = s.text(6);
    e.json = s.text(7);
    out.add(std::move(e));
  }
}

}  // namespace nova::sqlite
