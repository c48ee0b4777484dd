#include "database.hpp"

#include <ctime>

namespace nova::sqlite {

namespace {

constexpr int kStepsBetweenChecks =
    20'000;  // of SQLite's virtual machine: well under a millisecond

void sleep_ms(int ms) {
  const timespec t{ms / 1000, ms % 1000 * 1'000'000L};
  nanosleep(&t, nullptr);
}

}  // namespace

Database::Database(std::string path, std::chrono::milliseconds busy)
    : path_(std::move(path)), busy_(busy) {
  sqlite3* handle = nullptr;
  // No mutex: the contract lets one call at a time into an instance that is not CONCURRENT.
  const int code = sqlite3_open_v2(
      path_.c_str(), &handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  handle_.reset(handle);
  if (handle == nullptr) throw Error(NOVA_RESOURCE_EXHAUSTED, path_ + ": out of memory");
  check(code);
  check(sqlite3_busy_handler(handle, &wait, this));
  sqlite3_progress_handler(handle, kStepsBetweenChecks, &stop, this);
}

Database::InCall::InCall(Database& db, const Call& call) : db_(db) { db_.call_ = &call; }
Database::InCall::~InCall() { db_.call_ = nullptr; }

// Asked by SQLite whether to try a lock again; `tries` counts from 0 for each lock.
int Database::wait(void* self, int tries) noexcept {
  auto& db = *static_cast<Database*>(self);
  const std::int64_t now = Call::monotonic_ns();
  if (tries == 0) db.waiting_since_ns_ = now;
  if (stop(self) != 0) return 0;
  if (now - db.waiting_since_ns_ >= std::chrono::nanoseconds(db.busy_).count()) return 0;
  sleep_ms(tries < 10 ? 1 : 5);
  return 1;
}
int Database::stop(void* self) noexcept {
  const Call* call = static_cast<Database*>(self)->call_;
  return call != nullptr && (call->cancelled() || call->late()) ? 1 : 0;
}

void Database::check(int code) const {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  if (call_ != nullptr) call_->check();  // the reason a wait or a statement was given up
  const std::string why =
      path_ + ": " + (handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(NOVA_UNAVAILABLE, path_ + ": is locked by another process").retry_after_ms(100);
    case SQLITE_CORRUPT:
      throw Error(NOVA_FAILED_PRECONDITION, why + " (the file is damaged)");
    case SQLITE_NOTADB:
      throw Error(NOVA_FAILED_PRECONDITION, path_ + ": is not an SQLite database");
    case SQLITE_FULL:
      throw Error(NOVA_RESOURCE_EXHAUSTED, why);
    case SQLITE_NOMEM:
      throw Error(NOVA_RESOURCE_EXHAUSTED, path_ + ": out of memory");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw Error(NOVA_PERMISSION_DENIED, why);
    case SQLITE_CANTOPEN:
      throw Error(NOVA_FAILED_PRECONDITION, why);
    case SQLITE_IOERR:
      throw Error(NOVA_UNAVAILABLE, why).retryable();
    case SQLITE_TOOBIG:
      throw Error(NOVA_INVALID_ARGUMENT, why);
    default:
      throw Error(NOVA_INTERNAL, why + " (SQLite result " + std::to_string(code) + ")");
  }
}

void Database::run(const char* sql) {
  check(sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr));
}

std::int64_t Database::number(const char* sql) {
  Statement s(*this, sql);
  return s.step() ? s.integer(0) : 0;
}
std::string Database::text(const char* sql) {
  Statement s(*this, sql);
  return s.step() ? std::string(s.text(0)) : std::string();
}

Statement::Statement(Database& db, const std::string& sql) : db_(&db) {
  sqlite3_stmt* made = nullptr;
  db.check(sqlite3_prepare_v3(db.handle(), sql.c_str(), static_cast<int>(sql.size()), 0, &made,
                              nullptr));
  it_.reset(made);
}
void Statement::bind(int i, std::int64_t value) {
  db_->check(sqlite3_bind_int64(it_.get(), i, value));
}
void Statement::bind_text(int i, std::string_view text) {
  // A null pointer would bind NULL; an empty text is one.
  db_->check(sqlite3_bind_text64(it_.get(), i, text.data() == nullptr ? "" : text.data(),
                                 text.size(), SQLITE_STATIC, SQLITE_UTF8));
}
void Statement::bind_blob(int i, const void* data, std::size_t size) {
  db_->check(sqlite3_bind_blob64(it_.get(), i, data, size, SQLITE_STATIC));
}
bool Statement::step() {
  const int code = sqlite3_step(it_.get());
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    // Told before reset, which would put its own text in the place of the message.
    try {
      db_->check(code);
    } catch (...) {
      reset();
      throw;
    }
  }
  return code == SQLITE_ROW;
}
void Statement::reset() noexcept {
  sqlite3_reset(it_.get());
  sqlite3_clear_bindings(it_.get());
}
std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(it_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(it_.get(), column));
  return data == nullptr ? std::string_view{}
                         : std::string_view{static_cast<const char*>(data), size};
}

Transaction::~Transaction() {
  if (!db_.in_transaction()) return;
  sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr,
               nullptr);  // on failure SQLite has done it
}

}  // namespace nova::sqlite
