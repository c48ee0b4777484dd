#include "core/cost/ledger.hpp"

#include <cassert>

namespace nova {
namespace {

std::vector<Commitment> covers(const std::vector<OwnedCommitment>& owned) {
  std::vector<Commitment> all;
  for (const auto& one : owned) all.push_back(one.cover);
  return all;
}

BudgetBook book_of(const std::vector<BudgetSpec>& budgets) {
  auto book = BudgetBook::make(budgets);
  assert(book.ok());
  return book.ok() ? std::move(book).value() : BudgetBook();
}

std::uint32_t count_in(const Runs::Counts& counts, const std::string& offer) {
  const auto at = counts.find(offer);
  return at == counts.end() ? 0 : at->second;
}

}  // namespace

Runs::Counts counts_of(std::span<const MixRow> rows) {
  Runs::Counts counts;
  for (const auto& row : rows) counts[row.offer_id] += row.count;
  return counts;
}

Ledger::Ledger(const std::vector<BudgetSpec>& budgets, std::vector<OwnedCommitment> commitments)
    : owned_(std::move(commitments)), book_(book_of(budgets)), pool_(covers(owned_)) {}

UsdPerHour Ledger::lease(const Payer& payer, std::span<const MixRow> rows, const Menu& menu,
                         TimePoint now, Runs::Counts* covered) {
  if (owned_.empty()) return price_mix(rows, menu, others(payer, menu)).price;
  const auto name = payer.name();
  pool_.release(name);
  auto& leases = leases_[name];
  leases.clear();
  UsdPerHour sum, list;  // list: before the volume discount
  for (const auto& row : rows) {
    const auto* offer = menu.find(row.offer_id);
    if (!offer) continue;
    std::uint32_t paid_ahead = 0;
    if (!offer->spot())
      for (auto& lease : pool_.lease({name, offer->family, offer->machine_type, offer->region,
                                      offer->zone, offer->os, offer->price, row.count},
                                     now)) {
        paid_ahead += lease.machines;
        leases.push_back(std::move(lease));
      }
    if (covered && paid_ahead > 0) (*covered)[row.offer_id] += paid_ahead;
    auto& to = menu.tiered(*offer) ? list : sum;
    to = to + offer->price * (row.count - paid_ahead);
  }
  if (!menu.volume()) return sum;
  const auto machines = tiered_machines(rows, menu) + others(payer, menu);
  return sum + menu.volume()->discount.discounted(list, machines);
}

void Ledger::count(const Payer& payer, std::span<const MixRow> rows, const Menu& menu) {
  if (menu.volume()) tiered_[menu.volume()->name][payer] = tiered_machines(rows, menu);
}

std::uint32_t Ledger::others(const Payer& payer, const Menu& menu) const {
  if (!menu.volume()) return 0;
  const auto account = tiered_.find(menu.volume()->name);
  if (account == tiered_.end()) return 0;
  std::uint32_t sum = 0;
  for (const auto& [who, machines] : account->second)
    if (who != payer) sum += machines;
  return sum;
}

UsdPerHour Ledger::rate(const Payer& payer, std::span<const MixRow> rows, const Menu& menu,
                        TimePoint now) {
  count(payer, rows, menu);
  return lease(payer, rows, menu, now, nullptr);
}

// Machines that a commitment covers go last.
Usd Ledger::forfeited(const Account& account, const Runs::Counts& counts, const Menu& menu,
                      TimePoint now) const {
  Usd sum;
  for (const auto& [id, runs] : account.runs.table()) {
    const auto known = account.runs.known(id), left = count_in(counts, id);
    const auto* offer = menu.find(id);
    if (left >= known || !offer) continue;
    const auto paid = known - std::min(known, count_in(account.covered, id));
    sum += account.runs.rest(id, std::min(known - left, paid), offer->charge, offer->price, now);
  }
  return sum;
}

Usd Ledger::forfeit(const Payer& payer, std::span<const MixRow> rows, const Menu& menu,
                    TimePoint now) const {
  const auto at = accounts_.find(payer);
  return at == accounts_.end() ? Usd{} : forfeited(at->second, counts_of(rows), menu, now);
}

std::vector<FreeCover> Ledger::cover(const Payer& payer, TimePoint now) const {
  std::vector<FreeCover> all;
  const auto own = leases_.find(payer.name());
  for (const auto& commitment : pool_.owned()) {
    auto units = pool_.free_units(commitment.id, now);
    if (own != leases_.end())
      for (const auto& lease : own->second)
        if (lease.commitment == commitment.id) units += lease.units;
    if (units > 0) all.push_back({commitment, units});
  }
  return all;
}

void Ledger::charge_commitments(TimePoint now) {
  std::map<std::string, UsdPerHour> rates;  // by tenant
  for (const auto& owned : owned_) {
    auto& rate = rates[owned.tenant];
    if (now >= owned.cover.start && now < owned.cover.end) rate = rate + owned.price;
  }
  for (const auto& [tenant, rate] : rates) {
    if (const auto since = book_.known_until(tenant, ""); since && *since < now) {
      const auto cost = cost_of(rate, now - *since);
      book_.charge(tenant, "", *since, now, {cost, cost});
    }
    book_.set_rate(tenant, "", rate, now);
  }
}

void Ledger::settle(const Look& look, UsdPerHour rate, Runs::Counts covered, TimePoint now) {
  const auto& [tenant, group] = *look.payer;
  auto& account = accounts_[*look.payer];
  const auto counts = counts_of(look.rows);
  book_.release(look.payer->name());
  if (const auto since = book_.known_until(tenant, group); since && *since < now) {
    const auto cost = cost_of(rate, now - *since) + forfeited(account, counts, *look.menu, *since);
    book_.charge(tenant, group, *since, now, {cost, cost});
    account.spent += cost;
  }
  book_.set_rate(tenant, group, rate, now);
  account.runs.see(counts, now);
  account.rate = rate;
  account.covered = std::move(covered);
}

void Ledger::look(TimePoint now, std::span<const Look> looks) {
  charge_commitments(now);
  // What was lent for decisions is free: cover follows from what runs.
  for (const auto& [name, leases] : leases_) pool_.release(name);
  leases_.clear();
  tiered_.clear();
  for (const auto& one : looks) count(*one.payer, one.rows, *one.menu);
  for (const auto& one : looks) {
    Runs::Counts covered;
    const auto rate = lease(*one.payer, one.rows, *one.menu, now, &covered);
    if (one.fresh) settle(one, rate, std::move(covered), now);
  }
}

UsdPerHour Ledger::running(const Payer& payer) const {
  const auto at = accounts_.find(payer);
  return at == accounts_.end() ? UsdPerHour{} : at->second.rate;
}

Usd Ledger::spent(const Payer& payer) const {
  const auto at = accounts_.find(payer);
  return at == accounts_.end() ? Usd{} : at->second.spent;
}

const Runs* Ledger::runs(const Payer& payer) const {
  const auto at = accounts_.find(payer);
  return at == accounts_.end() ? nullptr : &at->second.runs;
}

void Ledger::restore(State state) {
  book_.restore(state.book);
  accounts_ = std::move(state.accounts);
}

}  // namespace nova
