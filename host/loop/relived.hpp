// Relived: the engine that a record leads to, through all the configurations it was written under.
//
// In: a snapshot, or none, then the entries of a journal in order. Out: the engine after the last
// of them. A start entry with another configuration makes an engine of that one, which goes on with
// what the former had learned, as a restarted host does: so a record is made again bit for bit over
// changes of the configuration, too. Callers: Loop::resume and the verbs that read a record.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/replay.hpp"
#include "host/loop/data_dir.hpp"

namespace nova {

class Relived {
 public:
  using Closed = std::function<void(const Replay&)>;
  // `closed` is told of each replay that another configuration, or finish(), ends.
  explicit Relived(Closed closed = {}) : closed_(std::move(closed)) {}

  // The configuration a snapshot was made under; null where it does not say (of older hosts).
  static Json config_of(const Snapshot& snapshot);

  // To begin with; one of an unknown configuration is passed over. Errors: data_loss.
  Result<void> restore(const Snapshot& snapshot);
  // Entries before the first start entry, or snapshot, are passed over. Errors: data_loss.
  Result<void> take(const Entry& entry);
  // The record ends here: the last tick is decided, too.
  void finish();

  // Null where nothing was taken. The replay refers to the engine.
  std::unique_ptr<Engine>& engine() { return engine_; }
  std::unique_ptr<Replay>& replay() { return replay_; }

 private:
  Result<void> go_on_as(const Json& start);

  Closed closed_;
  Json config_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Replay> replay_;
};

}  // namespace nova
