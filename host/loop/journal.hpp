// The journal on disk: `<folder>/<first seq>.jsonl`, append-only, gzipped when full, kept a while.
//
// Writer: the loop appends entries and syncs before the door opens. Reader: history, explain,
// replay and restart walk all entries in order. A torn last line (the machine died while writing)
// is cut off when the journal is opened again; nothing before it is lost.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/record/entry.hpp"

namespace nova {

struct JournalOptions {
  std::uint64_t rotate_bytes = 64ull << 20;
  Duration retention = std::chrono::hours(24 * 30);
};

class Journal {
 public:
  // Opens or makes the folder; goes on behind the newest entry. Errors: unavailable (the world),
  // data_loss if an entry of the newest file cannot be read or is out of order.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& folder,
                                               JournalOptions options = {});
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  std::uint64_t next_seq() const { return next_seq_; }

  // Sets the entry's seq and appends it. Returns the seq. Errors: unavailable, e.g. disk full: the
  // caller must not act on what is not written.
  Result<std::uint64_t> append(Entry& entry);
  Result<void> flush();  // what was appended survives this process
  Result<void> sync();   // and the machine

  // Removes closed files whose newest entry is older than `now` - retention.
  void expire(TimePoint now);

 private:
  Journal(std::filesystem::path folder, JournalOptions options);
  Result<void> open_file(const std::filesystem::path& path);
  Result<void> rotate();

  std::filesystem::path folder_, file_;
  JournalOptions options_;
  std::string buffer_;  // appended, not yet handed to the system
  int fd_ = -1;
  std::uint64_t next_seq_ = 1, bytes_ = 0;
};

// Calls `use` for each entry with seq >= from, in order, until it says false. A torn last line is
// left out; any other unreadable line is an Error (data_loss) that names file and line, as is one
// whose seq does not follow: lines or a whole file are lost. Only from = 1 is at ease with a
// journal whose beginning has expired; any other one must be reached.
Result<void> read_journal(const std::filesystem::path& folder, std::uint64_t from,
                          const std::function<bool(const Entry&)>& use);

}  // namespace nova
