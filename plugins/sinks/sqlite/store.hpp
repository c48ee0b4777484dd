// The events of an installation in one SQLite file.
//
// Input: batches of events, queries. Output: pages of events in order of position. Called by
// plugin.cpp.
//
// Durability. The file is in WAL mode. write() is one transaction whose frames may still lie in the
// operating system's cache: it survives the death of the process, not of the machine. flush()
// commits one more small transaction with synchronous=FULL, which syncs the whole log; when it
// returns, everything written before survives a power cut. No checkpoint is waited for, so readers
// never delay it. Schema: `user_version` numbers it; a file with a newer one, or of another
// program, is refused.
#pragma once

#include <novascale/sink.hpp>
#include <optional>
#include <string>

#include "database.hpp"

namespace nova::sqlite {

struct StoreOptions {
  std::chrono::milliseconds busy{5000};  // longest wait for a lock held by another process
  std::int64_t retention_ns = 0;         // events older than this are deleted; 0 = kept for ever
  std::string tenant;                    // the only one served; "" = all
};

class Store {
 public:
  static constexpr int kSchemaVersion = 1;

  Store(const std::string& path, StoreOptions options, const Call& call);
  Store(const Store&) = delete;  // its statements keep its address
  Store& operator=(const Store&) = delete;

  void write(const Call& call, const Events& events);
  // now_ns: the host's clock, by which age is told.
  void flush(const Call& call, std::int64_t now_ns);
  void query(const Call& call, const EventQuery& q, EventOut& out);

 private:
  void prepare_schema();
  void forget_old(std::int64_t now_ns);

  StoreOptions options_;
  Database db_;
  Statement insert_;
  bool unsynced_ = false;
  std::optional<std::int64_t> swept_ns_;
};

}  // namespace nova::sqlite
