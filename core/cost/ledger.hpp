// Ledger: what machines cost. The one rule by which decisions say it, budgets reserve and settle
// it, and reports sum it.
//
// In: fleets, look by look, each with the menu it is bought from; what is committed; what may be
// spent. Out: the price of what runs or would run, what each group was charged, the state of
// budgets. The rule: what a group is seen to run it has run since it was seen last, at the prices
// of its menu. Machines that a commitment covers cost nothing more; the commitment itself is
// charged by the hour to whom it belongs, used or not. A machine that goes before the unit it is
// charged by is over is charged to the unit's end, so that its charges add up to
// charge(rule, price, time it ran). What is on no menu costs nothing that is known. Where a
// provider has volume tiers, the machines of all groups count together, and each group pays its
// part of what they cost.
//
// It follows from fleets and menus alone, so the engine and whoever reads the journal afterwards
// come to the same sums. Not safe from several threads.
#pragma once

#include <compare>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/cost/ask.hpp"
#include "core/cost/budget.hpp"
#include "core/cost/buying.hpp"
#include "core/cost/coverage.hpp"
#include "core/cost/menu.hpp"
#include "core/cost/mix.hpp"
#include "core/cost/runs.hpp"

namespace nova {

// Who is charged.
struct Payer {
  std::string tenant, group;

  std::string name() const { return tenant + "/" + group; }
  auto operator<=>(const Payer&) const = default;
};

// A fleet as it is seen, or was last.
struct Look {
  const Payer* payer = nullptr;
  std::vector<MixRow> rows;
  const Menu* menu = nullptr;
  bool fresh = true;  // seen now; else only what covers it is found anew
};

class Ledger {
 public:
  // The budgets must be valid (BudgetBook::make).
  Ledger(const std::vector<BudgetSpec>& budgets, std::vector<OwnedCommitment> commitments);

  // Everything that is known to run at `now`, in the order in which commitments cover it: charges
  // what it cost since it was last seen; what was reserved for the last decision of a group that is
  // seen is free.
  void look(TimePoint now, std::span<const Look> looks);

  // What machines cost an hour beside the commitments that cover them, which are lent to the group
  // until it is asked again.
  UsdPerHour rate(const Payer& payer, std::span<const MixRow> rows, const Menu& menu,
                  TimePoint now);
  // What is paid and not used of the machines that `rows` do not have any more.
  Usd forfeit(const Payer& payer, std::span<const MixRow> rows, const Menu& menu,
              TimePoint now) const;

  // Commitments with the units that a group may use: what is free, and what it was lent.
  std::vector<FreeCover> cover(const Payer& payer, TimePoint now) const;

  // Machines of other groups in the menu's volume account, as last seen or asked for.
  std::uint32_t others(const Payer& payer, const Menu& menu) const;

  UsdPerHour running(const Payer& payer) const;  // as it was last seen
  Usd spent(const Payer& payer) const;           // since it was first seen
  const Runs* runs(const Payer& payer) const;    // null = never seen

  BudgetBook& book() { return book_; }
  const BudgetBook& book() const { return book_; }
  // Nothing is shared: no budget, no commitment, no volume tier.
  bool idle() const { return book_.empty() && owned_.empty() && tiered_.empty(); }

  struct Account {
    UsdPerHour rate;  // of what was last seen
    Usd spent;
    Runs runs;
    Runs::Counts covered;  // of what was last seen, by offer
  };
  struct State {
    BudgetBook::State book;
    std::map<Payer, Account> accounts;
  };
  State state() const { return {book_.state(), accounts_}; }
  void restore(State state);

 private:
  UsdPerHour lease(const Payer& payer, std::span<const MixRow> rows, const Menu& menu,
                   TimePoint now, Runs::Counts* covered);
  Usd forfeited(const Account& account, const Runs::Counts& counts, const Menu& menu,
                TimePoint now) const;
  void count(const Payer& payer, std::span<const MixRow> rows, const Menu& menu);
  void charge_commitments(TimePoint now);
  void settle(const Look& look, UsdPerHour rate, Runs::Counts covered, TimePoint now);

  std::vector<OwnedCommitment> owned_;
  BudgetBook book_;
  CoveragePool pool_;
  std::map<Payer, Account> accounts_;
  std::map<std::string, std::vector<Lease>> leases_;              // by group
  std::map<std::string, std::map<Payer, std::uint32_t>> tiered_;  // machines by volume account
};

// Machines by offer.
Runs::Counts counts_of(std::span<const MixRow> rows);

}  // namespace nova
