// The data folder of one host: locked while it runs, with snapshots of what the engine learned.
//
//   data_dir/lock             held by the running host; a second one is refused
//   data_dir/host_id          32 hex digits that name this host as a writer of events
//   data_dir/state/core.json  newest snapshot: { seq, time_unix_ns, engine }
//   data_dir/journal/         see journal.hpp
//   data_dir/plugins/NAME/    a folder of its own for each plugin instance
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/record/entry.hpp"

namespace nova {

struct Snapshot {
  std::uint64_t seq = 0;  // of the last journal entry it contains
  TimePoint time;         // of the last tick it contains
  Json engine;            // { start, groups, offers, alerts }: start as the entry of that name
};

// The snapshot in a data folder, whoever holds it. Nothing if there is none. Errors: data_loss if
// there is one that cannot be read.
Result<std::optional<Snapshot>> load_snapshot(const std::filesystem::path& data_dir);

class DataDir {
 public:
  // Makes and locks the folder. Errors: unavailable (cannot be made), failed_precondition (another
  // host holds it).
  static Result<std::unique_ptr<DataDir>> open(const std::filesystem::path& path);
  ~DataDir();
  DataDir(const DataDir&) = delete;
  DataDir& operator=(const DataDir&) = delete;

  std::filesystem::path journal() const { return path_ / "journal"; }
  std::filesystem::path plugin(const std::string& name) const { return path_ / "plugins" / name; }

  // Who writes here: made by chance once, the same for ever after. Errors: unavailable.
  Result<std::array<std::uint8_t, 16>> host_id() const;

  // Replaces the snapshot as a whole; the former one stays if anything fails.
  Result<void> save(const Snapshot& snapshot) const;
  Result<std::optional<Snapshot>> load() const { return load_snapshot(path_); }

 private:
  DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

}  // namespace nova
