// Market: what the groups of an engine share: how risky spot pools have proved, which pools are
// not to be had, and the ledger of what commitments cover and budgets allow.
//
// Fed with every fleet that is seen, in the order of the groups; read while groups decide; settled
// after all have, group by group in (tenant, group) order, so that no two spend the last dollar or
// use the same commitment. All of it follows from the journal. What a pool does to one tenant is
// not told to another.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/cost/ledger.hpp"
#include "core/cost/refusals.hpp"
#include "core/engine/tick.hpp"
#include "core/record/entry.hpp"

namespace nova {

struct MarketSpec {
  std::vector<BudgetSpec> budgets;  // named in full; must be valid (BudgetBook::make)
  std::vector<OwnedCommitment> commitments;
};

class Market {
 public:
  explicit Market(MarketSpec spec);

  // Two looks at a fleet: machines of a spot offer that went without being asked to were
  // interrupted. `asked`: what the controller accepted in between, empty = nothing.
  void learn(const std::string& tenant, TimePoint then, const FleetView& before,
             std::span<const MixRow> asked, TimePoint now, const FleetView& after);

  // Hazard per hour of an offer's pool, from its prior and what was seen; prior > 0.
  double hazard(const std::string& tenant, const std::string& offer, double prior) const;

  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  Refusals& refusals() { return refusals_; }
  const Refusals& refusals() const { return refusals_; }

  Json state() const;
  // Errors: Json::exception for what is no such state.
  void restore(const Json& state);

 private:
  struct Seen {
    double machine_hours = 0;
    std::uint32_t interruptions = 0;
  };

  Ledger ledger_;
  Refusals refusals_;
  std::map<std::pair<std::string, std::string>, Seen> seen_;  // by tenant and offer
};

}  // namespace nova
