#include "host/cli/recorded_engine.hpp"

#include "host/loop/data_dir.hpp"
#include "host/loop/journal.hpp"
#include "host/loop/relived.hpp"

namespace nova::cli {

Result<RecordedEngine> recorded_engine(const std::filesystem::path& data_dir,
                                       std::optional<TimePoint> until) try {
  const auto journal = data_dir / "journal";
  const auto nothing = Error{ErrorCode::not_found, "nothing is on record in " + data_dir.string() +
                                                       ": start `run` first, or give --trace CSV"};
  if (!std::filesystem::exists(journal)) return nothing;
  const auto snapshot = load_snapshot(data_dir);
  if (!snapshot) return snapshot.error();
  Relived relived;
  if (*snapshot && (!until || (*snapshot)->time <= *until))
    if (const auto done = relived.restore(**snapshot); !done) return done.error();
  bool ticked = relived.engine() != nullptr;
  const std::uint64_t from = ticked ? (*snapshot)->seq + 1 : 1;
  Result<void> taken;
  const auto read = read_journal(journal, from, [&](const Entry& entry) {
    if (until && entry.type == EntryType::input && entry.time > *until) return false;
    taken = relived.take(entry);
    ticked = ticked || (relived.engine() && entry.type == EntryType::input);
    return taken.ok();
  });
  if (!read) return read.error();
  if (!taken) return taken.error();
  if (!ticked) return nothing;
  relived.finish();
  return RecordedEngine{std::move(relived.engine()), std::move(relived.replay())};
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("the record in data_dir: ") + e.what()};
}

}  // namespace nova::cli
