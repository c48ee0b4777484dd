#include "core/engine/market.hpp"

#include <algorithm>
#include <cassert>

namespace nova {
namespace {

// provider/region/zone/type/os/purchase, as the contract has it.
bool is_spot(const std::string& offer) { return offer.find("/spot") != std::string::npos; }

std::uint32_t desired_of(const FleetView& fleet, const std::string& offer) {
  std::uint32_t sum = 0;
  for (const auto& row : fleet.rows)
    if (row.offer_id == offer) sum += row.desired;
  return sum;
}

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

Json nanos_of(const Spend& spend) { return {spend.amortised.nanos, spend.cash.nanos}; }

}  // namespace

Market::Market(MarketSpec spec)
    : spec_(std::move(spec)), book_(book_of(spec_.budgets)), pool_(covers(spec_.commitments)) {}

void Market::learn(const std::string& tenant, TimePoint then, const FleetView& before,
                   std::span<const MixRow> asked, TimePoint now, const FleetView& after) {
  if (!before.known || !after.known || after.operation_unknown || now <= then) return;
  for (const auto& row : before.rows) {
    if (!is_spot(row.offer_id) || row.desired == 0) continue;
    auto stays = row.desired;
    for (const auto& wanted : asked)
      if (wanted.offer_id == row.offer_id) stays = std::min(stays, wanted.count);
    auto& seen = seen_[{tenant, row.offer_id}];
    seen.machine_hours += row.desired * hours(now - then);
    const auto left = desired_of(after, row.offer_id);
    if (left < stays) seen.interruptions += stays - left;
  }
}

double Market::hazard(const std::string& tenant, const std::string& offer, double prior) const {
  const auto at = seen_.find({tenant, offer});
  if (at == seen_.end() || !(prior > 0)) return prior;
  PoolHazard pool(prior);
  pool.observe(at->second.machine_hours, at->second.interruptions);
  return pool.learned();
}

std::vector<FreeCover> Market::cover(const std::string& group_name, TimePoint now) const {
  std::vector<FreeCover> all;
  const auto own = leases_.find(group_name);
  for (const auto& commitment : pool_.owned()) {
    auto units = pool_.free_units(commitment.id, now);
    if (own != leases_.end())
      for (const auto& lease : own->second)
        if (lease.commitment == commitment.id) units += lease.units;
    if (units > 0) all.push_back({commitment, units});
  }
  return all;
}

UsdPerHour Market::bill(const std::string& group_name, std::span<const MixRow> rows,
                        const Menu& menu, TimePoint now) {
  UsdPerHour sum;
  if (spec_.commitments.empty()) return price_mix(rows, menu).price;
  pool_.release(group_name);
  auto& leases = leases_[group_name];
  leases.clear();
  for (const auto& row : rows) {
    const auto* offer = menu.find(row.offer_id);
    if (!offer) continue;
    std::uint32_t covered = 0;
    if (!offer->spot()) {
      for (auto& lease : pool_.lease({group_name, offer->family, offer->machine_type, offer->region,
                                      offer->zone, offer->os, offer->price, row.count},
                                     now)) {
        covered += lease.machines;
        leases.push_back(std::move(lease));
      }
    }
    sum = sum + offer->price * (row.count - covered);
  }
  return sum;
}

void Market::charge_commitments(TimePoint now) {
  std::map<std::string, UsdPerHour> rates;  // by tenant
  for (const auto& owned : spec_.commitments) {
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

void Market::charge(const GroupSpec& group, UsdPerHour rate, TimePoint now) {
  book_.release(group.name());
  if (const auto since = book_.known_until(group.tenant, group.id); since && *since < now) {
    const auto cost = cost_of(rate, now - *since);
    book_.charge(group.tenant, group.id, *since, now, {cost, cost});
  }
  book_.set_rate(group.tenant, group.id, rate, now);
}

Json Market::state() const {
  Json pools = Json::array();
  for (const auto& [key, seen] : seen_)
    pools.push_back({key.first, key.second, seen.machine_hours, seen.interruptions});
  const auto book = book_.state();
  Json groups = Json::array(), budgets = Json::array();
  for (const auto& g : book.groups) {
    Json held = Json::array();
    for (const auto& h : g.held)
      held.push_back({h.token, unix_ns(h.since), h.rate.nanos, h.once.nanos});
    groups.push_back({g.tenant, g.group, g.rate.nanos, unix_ns(g.until), held});
  }
  for (const auto& b : book.budgets) {
    Json spent = Json::array();
    for (const auto& [month, spend] : b.spent) spent.push_back({unix_ns(month), nanos_of(spend)});
    budgets.push_back({{"name", b.budget},
                       {"spent", spent},
                       {"month_ns", unix_ns(b.month)},
                       {"levels", {static_cast<int>(b.hourly), static_cast<int>(b.monthly)}}});
  }
  return {{"pools", pools}, {"running", groups}, {"budgets", budgets}};
}

void Market::restore(const Json& state) {
  for (const auto& p : state.at("pools"))
    seen_[{p.at(0), p.at(1)}] = {p.at(2).get<double>(), p.at(3).get<std::uint32_t>()};
  BudgetBook::State book;
  for (const auto& g : state.at("running")) {
    BudgetBook::State::Running running{g.at(0),
                                       g.at(1),
                                       {g.at(2).get<std::int64_t>()},
                                       from_unix_ns(g.at(3).get<std::int64_t>()),
                                       {}};
    for (const auto& h : g.at(4))
      running.held.push_back({h.at(0),
                              from_unix_ns(h.at(1).get<std::int64_t>()),
                              {h.at(2).get<std::int64_t>()},
                              {h.at(3).get<std::int64_t>()}});
    book.groups.push_back(std::move(running));
  }
  const auto level = [](const Json& j) {
    return static_cast<BudgetLevel>(std::clamp(j.get<int>(), 0, 3));
  };
  for (const auto& b : state.at("budgets")) {
    BudgetBook::State::Kept kept;
    kept.budget = b.at("name");
    for (const auto& month : b.at("spent"))
      kept.spent[from_unix_ns(month.at(0).get<std::int64_t>())] = {
          {month.at(1).at(0).get<std::int64_t>()}, {month.at(1).at(1).get<std::int64_t>()}};
    kept.month = from_unix_ns(b.at("month_ns").get<std::int64_t>());
    kept.hourly = level(b.at("levels").at(0));
    kept.monthly = level(b.at("levels").at(1));
    book.budgets.push_back(std::move(kept));
  }
  book_.restore(book);
}

}  // namespace nova
