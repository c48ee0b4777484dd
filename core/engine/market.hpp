// Market: what the groups of an engine share: how risky spot pools have proved, what commitments
// cover, what budgets allow.
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

#include "core/cost/budget.hpp"
#include "core/cost/buying.hpp"
#include "core/cost/coverage.hpp"
#include "core/cost/shop.hpp"
#include "core/engine/group.hpp"
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

  // Commitments with the units that a group may use: what is free, and what it was lent.
  std::vector<FreeCover> cover(const std::string& group_name, TimePoint now) const;

  // What machines cost an hour beside the commitments that cover them, which are lent to the group
  // until it is asked again.
  UsdPerHour bill(const std::string& group_name, std::span<const MixRow> rows, const Menu& menu,
                  TimePoint now);

  // Commitments are paid, used or not: their price counts in the budgets of whom they belong to.
  void charge_commitments(TimePoint now);
  // A group runs at `rate`: what it cost since it was last known is charged, what was reserved for
  // its last decision is free.
  void charge(const GroupSpec& group, UsdPerHour rate, TimePoint now);

  BudgetBook& book() { return book_; }
  const BudgetBook& book() const { return book_; }
  bool idle() const { return book_.empty() && spec_.commitments.empty(); }

  Json state() const;
  // Errors: Json::exception for what is no such state.
  void restore(const Json& state);

 private:
  struct Seen {
    double machine_hours = 0;
    std::uint32_t interruptions = 0;
  };

  MarketSpec spec_;
  BudgetBook book_;
  CoveragePool pool_;
  std::map<std::pair<std::string, std::string>, Seen> seen_;  // by tenant and offer
  std::map<std::string, std::vector<Lease>> leases_;          // by group
};

}  // namespace nova
