// Replay: the journal's inputs through a fresh engine, its decisions against those on record.
//
// In: entries in order, as they were written. Out: how many decisions came out bit for bit the
// same, and the first that did not. Also how a restarted host catches up with what its snapshot
// lacks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"

namespace nova {

class Replay {
 public:
  explicit Replay(Engine& engine);

  // Offers in force before the first entry, for a replay that starts at a snapshot. Names that the
  // engine does not have are passed over.
  void set_offers(const std::string& group_name, std::vector<PricedOffer> offers);

  // Entries of other groups than the engine's are errors (data_loss); operation, outcome, event
  // and plan entries are passed over.
  Result<void> take(const Entry& entry);
  // The journal ends here: the last tick is decided, too.
  void finish();

  // Offers in force at the end of what was taken.
  const Menu& menu(std::size_t group) const { return menus_[group]; }

  std::uint64_t decisions() const { return decisions_; }  // compared so far
  struct Difference {
    std::string id, recorded, replayed;
  };
  const std::vector<Difference>& differences() const { return differences_; }

 private:
  Result<std::size_t> index_of(const Entry& entry) const;
  void decide_all();

  Engine& engine_;
  std::map<std::string, std::size_t> index_;  // by "tenant/group"
  std::vector<Menu> menus_;
  std::map<std::size_t, Entry> recorded_;  // decisions of the tick in the making
  bool observed_ = false;
  std::uint64_t decisions_ = 0;
  std::vector<Difference> differences_;
};

// Offers of a group that has none configured: one kind of machine at its own price.
std::vector<PricedOffer> default_offers(const GroupSpec& spec);

}  // namespace nova
