#include "core/engine/market.hpp"

#include <algorithm>

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

Json nanos_of(const Spend& spend) { return {spend.amortised.nanos, spend.cash.nanos}; }

}  // namespace

Market::Market(MarketSpec spec) : ledger_(spec.budgets, std::move(spec.commitments)) {}

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

Json Market::state() const {
  Json pools = Json::array();
  for (const auto& [key, seen] : seen_)
    pools.push_back({key.first, key.second, seen.machine_hours, seen.interruptions});
  const auto [book, ledger] = ledger_.state();
  Json groups = Json::array(), budgets = Json::array(), accounts = Json::array();
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
  for (const auto& [payer, account] : ledger) {
    Json runs = Json::object();
    for (const auto& [offer, list] : account.runs.table())
      for (const auto& run : list) runs[offer].push_back({unix_ns(run.since), run.machines});
    accounts.push_back({{"of", {payer.tenant, payer.group}},
                        {"seen_ns", unix_ns(account.runs.last().value_or(TimePoint{}))},
                        {"nanos_per_hour", account.rate.nanos},
                        {"spent_nanos", account.spent.nanos},
                        {"runs", runs},
                        {"covered", account.covered}});
  }
  Json refused = Json::array();
  for (const auto& [key, pool] : refusals_.table())
    refused.push_back({key.first, key.second, unix_ns(pool.until), pool.ttl.count(), pool.times,
                       to_string(pool.why)});
  return {{"pools", pools},
          {"refused", refused},
          {"running", groups},
          {"budgets", budgets},
          {"accounts", accounts}};
}

void Market::restore(const Json& state) {
  for (const auto& p : state.at("pools"))
    seen_[{p.at(0), p.at(1)}] = {p.at(2).get<double>(), p.at(3).get<std::uint32_t>()};
  Refusals::Table refused;
  for (const auto& r : state.at("refused"))
    refused[{r.at(0), r.at(1)}] = {r.at(1), from_unix_ns(r.at(2).get<std::int64_t>()),
                                   Duration{r.at(3).get<std::int64_t>()}, r.at(4),
                                   refused_for(r.size() > 5 ? r.at(5).get<std::string>() : "")};
  refusals_.restore(std::move(refused));
  Ledger::State all;
  auto& book = all.book;
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
  for (const auto& a : state.at("accounts")) {
    auto& account = all.accounts[{a.at("of").at(0), a.at("of").at(1)}];
    account.rate = {a.at("nanos_per_hour").get<std::int64_t>()};
    account.spent = {a.at("spent_nanos").get<std::int64_t>()};
    account.covered = a.at("covered").get<Runs::Counts>();
    Runs::Table runs;
    for (const auto& [offer, list] : a.at("runs").items())
      for (const auto& run : list)
        runs[offer].push_back({from_unix_ns(run.at(0).get<std::int64_t>()), run.at(1)});
    account.runs.restore(std::move(runs), from_unix_ns(a.at("seen_ns").get<std::int64_t>()));
  }
  ledger_.restore(std::move(all));
}

}  // namespace nova
