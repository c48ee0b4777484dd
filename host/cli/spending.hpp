// Spending: what was spent, from the journal: every fleet on record at the prices on record,
// charged by the ledger that decides and settles in a running host, so both come to the same sums.
//
// What has expired from the journal is not counted.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "core/base/result.hpp"
#include "core/cost/ledger.hpp"
#include "core/engine/tick.hpp"
#include "core/record/entry.hpp"
#include "host/wiring/config.hpp"

namespace nova::cli {

class Spending {
 public:
  // By the budgets and commitments of `config`, or those that held when it was spent.
  explicit Spending(const Config& config);
  Spending();

  // All of a journal. Errors: of the journal; not_found when nothing is on record; data_loss for
  // entries that do not fit together.
  Result<void> read(const std::filesystem::path& journal);

  // Entries in order, then finish(). Errors: data_loss.
  Result<void> take(const Entry& entry);
  void finish();

  const BudgetBook& book() const { return ledger_.book(); }
  const std::map<Payer, Usd>& spent() const { return spent_; }
  const std::vector<GroupSpec>& groups() const { return groups_; }  // of the last start
  TimePoint last() const { return last_; }                          // tick on record

 private:
  Result<void> start(const Entry& entry);
  Result<void> input(const Entry& entry);
  void look();

  bool as_it_was_;
  Ledger ledger_;
  Json commitments_;  // of the last start
  std::vector<GroupSpec> groups_;
  std::vector<Payer> payers_;       // of groups_
  std::vector<std::size_t> order_;  // (tenant, group)
  std::map<Payer, Menu> menus_;
  std::map<Payer, std::vector<MixRow>> held_;  // as last known
  std::vector<bool> fresh_;
  std::optional<TimePoint> pending_;     // a tick whose prices may still come
  std::map<Payer, Usd> spent_, banked_;  // banked: under earlier commitments
  TimePoint last_{};
};

}  // namespace nova::cli
