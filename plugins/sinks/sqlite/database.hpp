// SQLite, as much of it as the store needs: a connection, prepared statements, a transaction.
//
// Owns what SQLite hands out and turns its result codes into nova::Error. While a Call is at work a
// lock held by somebody else is waited for only as long as that call's deadline and cancel word
// allow, and a running statement stops when they say so. Called by Store, one call at a time.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <novascale/call.hpp>
#include <string>
#include <string_view>

namespace nova::sqlite {

class Database {
 public:
  // Creates the file when there is none. `busy` bounds the wait for a lock where the call sets no
  // bound.
  Database(std::string path, std::chrono::milliseconds busy);
  Database(const Database&) = delete;  // SQLite's callbacks keep its address
  Database& operator=(const Database&) = delete;

  // Puts one call in charge of waiting and stopping, until it is destroyed.
  class InCall {
   public:
    InCall(Database& db, const Call& call);
    ~InCall();
    InCall(const InCall&) = delete;
    InCall& operator=(const InCall&) = delete;

   private:
    Database& db_;
  };

  void run(const char* sql);             // one or several statements without results
  std::int64_t number(const char* sql);  // first column of the first row
  std::string text(const char* sql);
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

  const std::string& path() const noexcept { return path_; }
  sqlite3* handle() const noexcept { return handle_.get(); }
  // Throws what a result code other than OK, ROW and DONE means.
  void check(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
  };
  static int wait(void* self, int tries) noexcept;
  static int stop(void* self) noexcept;

  std::string path_;
  std::chrono::milliseconds busy_;
  const Call* call_ = nullptr;
  std::int64_t waiting_since_ns_ = 0;
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement() = default;
  Statement(Database& db, const std::string& sql);

  // Parameters count from 1, columns from 0.
  void bind(int i, std::int64_t value);
  void bind_text(int i, std::string_view text);  // borrowed until reset
  void bind_blob(int i, const void* data, std::size_t size);
  bool step();  // true = a row
  void reset() noexcept;

  std::int64_t integer(int column) const { return sqlite3_column_int64(it_.get(), column); }
  std::string_view text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
  };
  Database* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> it_;
};

// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db) { db_.run("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { db_.run("COMMIT"); }

 private:
  Database& db_;
};

}  // namespace nova::sqlite
