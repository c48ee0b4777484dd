// The engine of a host as its data folder has it, without plugins: what was decided can be decided
// again, and what is known can be planned with.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "core/engine/replay.hpp"

namespace nova::cli {

struct RecordedEngine {
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Replay> replay;  // has taken all that is on record
};

// As the newest configuration on record left it, or that in force at the last tick at or before
// `until`; read only, so a host may be running. Errors: not_found where nothing is on record;
// data_loss, unavailable.
Result<RecordedEngine> recorded_engine(const std::filesystem::path& data_dir,
                                       std::optional<TimePoint> until = {});

}  // namespace nova::cli
