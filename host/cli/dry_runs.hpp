// Dry runs on record: of a whole run its start entry says it, of a group each of its decisions.
#pragma once

#include "core/record/entry.hpp"

namespace nova::cli {

class DryRuns {
 public:
  // Every entry of the journal, in order.
  void take(const Entry& entry) {
    if (entry.type == EntryType::start) run_ = entry.body.value("dry_run", false);
  }
  // A decision that was taken last, and whether nothing of it was sent.
  bool is_dry(const Entry& decision) const { return run_ || decision.body.value("dry_run", false); }
  Entry marked(Entry decision) const {
    decision.body["dry_run"] = is_dry(decision);
    return decision;
  }

 private:
  bool run_ = false;
};

}  // namespace nova::cli
