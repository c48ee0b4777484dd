#include "core/cost/optimise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

#include "core/cost/branch.hpp"
#include "core/cost/dive.hpp"
#include "core/cost/program.hpp"
#include "core/cost/relaxation.hpp"
#include "core/cost/search.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace {

constexpr std::size_t kCore = 128;          // columns the search looks at first
constexpr std::size_t kLooked = 1024;       // columns of which they are chosen
constexpr int kSteadyFirst = 8;             // of them, machines nobody takes away that come first
constexpr std::int64_t kDiveSteps = 3'000;  // what a dive takes, in exchanges weighed
constexpr std::int64_t kTidySteps = 20'000;
// By so much of its price a machine as large as the demand looks dearer to a dive: sizes of a
// family cost the same for the same, and a count of many small ones loses less when it is rounded.
constexpr double kPreferSmall = 2e-3;
constexpr int kShakes = 4;               // shakes after each dive
constexpr std::size_t kSmall = 64;       // columns of which the best mix may be proven
constexpr std::int64_t kPartSteps = 20;  // what a part of them takes, in exchanges weighed
constexpr std::int64_t kMostParts = 2'000;

struct Found {
  std::optional<std::vector<std::uint32_t>> counts;
  double bound = 0;
  bool infeasible = false;  // proven
};

// What the relaxation of all columns says.
struct Guide {
  std::vector<double> counts, price, reduced;
  double bound = 0;
};

Guide guide_of(const Relaxation& relaxed) {
  Guide guide{relaxed.counts(), relaxed.prices(), {}, 0};
  guide.reduced = relaxed.reduced(guide.price);
  guide.bound = relaxed.bound(guide.price);
  return guide;
}

// Columns by reduced cost, those first that the relaxation uses; what is held is always among them.
// The same steady machine in several zones is looked at once: the zones differ in nothing but name.
std::vector<std::uint32_t> core_of(const Program& p, const Guide& guide) {
  std::vector<std::uint32_t> order(p.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](std::uint32_t j) {
    return std::tuple(p.held[j] > 0 || guide.counts[j] > 1e-7 ? 0 : 1, guide.reduced[j], p.risk[j],
                      j);
  };
  const auto first = std::min(order.size(), kLooked);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(first), order.end(),
                    [&](auto a, auto b) { return key(a) < key(b); });
  std::set<std::tuple<std::uint32_t, std::int64_t, std::uint32_t>> seen;
  std::vector<std::uint32_t> core;
  for (const auto j : order) {
    const bool held = p.held[j] > 0;
    if (!held && core.size() >= kCore) continue;
    if (!held && !p.spot[j] && !seen.insert({p.type[j], p.cost[j], p.most[j]}).second) continue;
    core.push_back(j);
  }
  // The first are tried in pairs: where spot is capped, what fills the rest must be among them.
  if (!p.spot_row.empty()) {
    std::stable_partition(core.begin(), core.end(), [&, left = kSteadyFirst](auto j) mutable {
      return !p.spot[j] && left > 0 && left-- > 0;
    });
  }
  return core;
}

// Dual prices of the rows to be filled; a row the relaxation thinks free is worth a little, or
// nothing would be added for it when the integers leave it short.
std::vector<double> prices_of(const Program& p, const Guide& guide) {
  auto price = guide.price;
  // A cap of all spot says the same as a floor under the rest where no more than the demand is
  // bought. Its price goes there: a floor is reached once, and what is then bought is spot again.
  for (std::size_t k = 0; k < p.spot_row.size(); ++k) {
    auto& demand = price[p.demand_row[k]];
    const auto shift = std::min(demand, price[p.spot_row[k]]);
    demand -= shift;
    price[p.spot_row[k]] -= shift;
    price[p.base_row[k]] += shift;
  }
  double worth = 0;
  for (std::size_t i = 0; i < price.size(); ++i)
    if (!p.packing[i]) worth += price[i] * static_cast<double>(p.rhs[i]);
  worth = std::max({worth, std::fabs(guide.bound), 1.0});
  for (std::size_t i = 0; i < price.size(); ++i)
    if (!p.packing[i] && p.rhs[i] > 0)
      price[i] = std::max(price[i], 0.02 * worth / static_cast<double>(p.rhs[i]));
  return price;
}

// Where dives start: from the relaxation of the core. It does not know that a pool may be lost, so
// there is one for each share that is bought beyond the demand, in which no pool is larger than
// what may be lost with it.
std::vector<Relaxation> dive_roots(const Program& p, const std::vector<std::uint32_t>& core) {
  std::vector<Relaxation> roots;
  Relaxation few(p, core, kPreferSmall);
  if (!few.solve()) return roots;
  for (const double beyond : {0.0, 0.04, 0.10, 0.20}) {
    auto root = few;
    for (std::size_t k = 0; p.limits.alive > 0 && k < p.resource.size(); ++k) {
      const auto r = p.resource[k];
      const auto demand = static_cast<double>(p.rhs[p.demand_row[k]]);
      root.raise(p.demand_row[k], beyond * demand);
      const double spare = demand * (1 + beyond) - static_cast<double>(p.alive[r]);
      for (std::size_t v = 0; v < root.size(); ++v) {
        const auto j = root.column(v);
        if (!p.spot[j]) continue;
        const double most = std::floor(spare / static_cast<double>(p.amount[j][r]));
        root.tighten(v, 0, std::min(root.high(v), most));
      }
    }
    if (root.solve()) roots.push_back(std::move(root));
    if (p.limits.alive <= 0) break;
  }
  if (roots.empty()) roots.push_back(std::move(few));
  return roots;
}

// A machine in each of so many pools as there must be, by lot: pools that are opened last may cost
// more than the budget has left.
std::vector<std::uint32_t> opened(const Program& p, const std::vector<std::uint32_t>& core,
                                  std::mt19937_64& random) {
  std::vector<std::uint32_t> counts(p.size(), 0);
  for (std::uint32_t k = 0; k < p.limits.min_pools && !core.empty(); ++k)
    counts[core[random() % core.size()]] = 1;
  return counts;
}

Found solve_tier(const MixQuestion& question, const MixEffort& effort, std::size_t tier) {
  const auto program = make_program(question, tier);
  if (program.size() == 0) {
    Found none;
    none.infeasible =
        std::any_of(program.rhs.begin(), program.rhs.end(), [](auto rhs) { return rhs > 0; });
    if (!none.infeasible && question.limits.min_pools == 0)
      none.counts.emplace(question.columns.size(), 0u);
    return none;
  }
  Relaxation all(program);
  if (!all.solve()) return {std::nullopt, 0, true};
  auto guide = guide_of(all);
  const auto tight = tightened(program);
  std::optional<Relaxation> sharper;
  if (tight && sharper.emplace(*tight).solve())
    guide.bound = std::max(guide.bound, sharper->bound(sharper->prices()));
  const auto core = core_of(program, guide);
  Search search(program, prices_of(program, guide), core, effort.steps, effort.seed);
  const auto roots = dive_roots(program, core);
  search.improve(program.held);
  Found found{std::nullopt, guide.bound, false};
  if (program.size() <= kSmall && effort.steps > 0) {
    search.improve(std::vector<std::uint32_t>(program.size(), 0));
    const auto parts = std::min(kMostParts, effort.steps / kPartSteps);
    // What is left of a lost pool is counted in whole machines, which the sharper rows do not know.
    const auto& root = sharper && program.limits.alive <= 0 ? *sharper : all;
    found.bound = std::max(found.bound, branch(program, root, search, effort.gap, parts));
    if (std::isinf(found.bound)) return {std::nullopt, 0, true};
  }
  std::mt19937_64 random{effort.seed};
  for (std::size_t k = 0; search.goes_on(found.bound, effort.gap); ++k) {
    if (!roots.empty())
      search.improve(dive(program, roots[k % roots.size()], k < roots.size(), random));
    // From nothing there is much to exchange: dives come first, lest it take all the steps.
    if (k + 1 == std::max<std::size_t>(1, roots.size()))
      search.improve(std::vector<std::uint32_t>(program.size(), 0));
    if (!search.found()) search.improve(opened(program, core, random), 0.9);
    search.spend(kDiveSteps);
    search.shake(found.bound, effort.gap, kShakes);
  }
  search.tidy(kTidySteps);
  if (!search.found()) return found;
  found.counts.emplace(question.columns.size(), 0u);
  for (std::size_t j = 0; j < program.size(); ++j)
    (*found.counts)[program.column[j]] = search.best()[j];
  return found;
}

// Least total, then fewest machines, over the tiers of the volume discount and the present mix.
Found solve(const MixQuestion& question, const MixEffort& effort) {
  Found best;
  best.infeasible = true;
  std::pair<UsdPerHour, std::uint64_t> least;
  const auto offer = [&](std::vector<std::uint32_t> counts) {
    const std::pair value{price_of(question, counts).total,
                          std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})};
    if (best.counts && value >= least) return;
    if (!violations(question, counts).empty()) return;
    least = value;
    best.counts = std::move(counts);
  };
  // Who is in a tier pays at least its discounted price, so the least bound of all tiers holds.
  double bound = std::numeric_limits<double>::infinity();
  for (std::size_t tier = 0; tier <= question.volume.tiers().size(); ++tier) {
    auto found = solve_tier(question, effort, tier);
    if (!found.infeasible) bound = std::min(bound, found.bound);
    best.infeasible = best.infeasible && found.infeasible;
    if (found.counts) offer(std::move(*found.counts));
  }
  best.bound = std::isfinite(bound) ? bound : 0;
  std::vector<std::uint32_t> held;
  for (const auto& column : question.columns) held.push_back(column.held);
  offer(std::move(held));
  return best;
}

std::string limit_text(const char* name, double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%s %.6g", name, value);
  return text;
}

// The constraint without which there is a mix.
std::string binding(const MixQuestion& question, const MixEffort& effort) {
  MixEffort brief = effort;
  brief.steps = std::min<std::int64_t>(effort.steps, 20'000);
  const auto& l = question.limits;
  const std::tuple<bool, std::string, void (*)(MixQuestion&)> relaxations[] = {
      {l.budget.has_value(), limit_text("budget", l.budget ? l.budget->dollars() : 0) + " USD/h",
       [](MixQuestion& q) { q.limits.budget.reset(); }},
      {l.min_pools > 0, limit_text("min_pools", l.min_pools),
       [](MixQuestion& q) { q.limits.min_pools = 0; }},
      {l.max_types > 0, limit_text("max_types", l.max_types),
       [](MixQuestion& q) { q.limits.max_types = 0; }},
      {l.alive > 0, limit_text("alive", l.alive), [](MixQuestion& q) { q.limits.alive = 0; }},
      {l.base_on_demand > 0, limit_text("base_on_demand", l.base_on_demand),
       [](MixQuestion& q) { q.limits.base_on_demand = 0; }},
      {l.spot < 1, limit_text("spot", l.spot), [](MixQuestion& q) { q.limits.spot = 1; }},
      {l.zone < 1, limit_text("zone", l.zone), [](MixQuestion& q) { q.limits.zone = 1; }},
      {l.family < 1, limit_text("family", l.family), [](MixQuestion& q) { q.limits.family = 1; }},
      {l.pool < 1, limit_text("pool", l.pool), [](MixQuestion& q) { q.limits.pool = 1; }},
      {true, "available",
       [](MixQuestion& q) {
         for (auto& column : q.columns) column.available.reset();
       }},
  };
  std::string names;
  for (const auto& [set, name, lift] : relaxations) {
    if (!set) continue;
    auto without = question;
    lift(without);
    if (solve(without, brief).counts) names += (names.empty() ? "" : ", or ") + name;
  }
  if (!names.empty()) return names;
  std::string demand = "demand";
  for (std::size_t r = 0; r < kResources; ++r)
    if (question.demand[r] > 0) demand += std::string(" ") + resource_name(r);
  return demand + ": " + std::to_string(question.columns.size()) + " offers cannot meet it";
}

MixAnswer answer_of(const MixQuestion& question, Found found) {
  auto answer = describe(question, std::move(*found.counts));
  const auto bound = static_cast<std::int64_t>(std::ceil(std::clamp(found.bound, 0.0, 9e18)));
  answer.bound = {std::min(bound, answer.cost.total.nanos)};
  if (answer.cost.total.nanos > 0)
    answer.gap = static_cast<double>(answer.cost.total.nanos - answer.bound.nanos) /
                 static_cast<double>(answer.cost.total.nanos);
  return answer;
}

}  // namespace

Result<MixAnswer> optimise(const MixQuestion& question, const MixEffort& effort) {
  if (auto fine = check(question); !fine.ok()) return fine.error();
  auto found = solve(question, effort);
  if (!found.counts)
    return Error{ErrorCode::failed_precondition,
                 "no feasible mix" + std::string(found.infeasible ? "" : " found") +
                     (effort.explain ? ": " + binding(question, effort) : "")};
  return answer_of(question, std::move(found));
}

PartQuestion without_replaced(const MixQuestion& question) {
  std::vector<bool> useful(question.columns.size(), false);
  for (std::size_t tier = 0; tier <= question.volume.tiers().size(); ++tier)
    for (const auto j : make_program(question, tier).column) useful[j] = true;
  return part_of(question, [&](const MixColumn& column, std::size_t j) {
    return useful[j] || column.held > 0;
  });
}

Result<std::vector<MixAlternative>> alternatives(const MixQuestion& question,
                                                 const MixEffort& effort) {
  auto cheapest = optimise(question, effort);
  if (!cheapest.ok()) return cheapest.error();
  std::vector<MixAlternative> all;
  const auto add = [&](MixAnswer answer, std::string name) {
    const double risk = lost_per_hour(question, answer.counts);
    answer.cost = price_of(question, answer.counts);
    all.push_back({std::move(answer), risk, std::move(name)});
  };
  const auto useful = without_replaced(question);
  const auto add_best_of = [&](const MixQuestion& other, const char* name) {
    auto found = solve(other, effort);
    if (!found.counts) return;
    found.counts = useful.whole(*found.counts, question.columns.size());
    add(answer_of(question, std::move(found)), name);
  };
  const double scale = cheapest->cost.expected.dollars();
  const double risk = lost_per_hour(question, cheapest->counts);
  add(std::move(*cheapest), "as asked");
  // Prices of risk at which all of it costs a hundredth, a tenth and all of the bill.
  for (const auto& [part, name] :
       {std::pair{0.01, "a little safer"}, {0.1, "safer"}, {1.0, "much safer"}}) {
    if (!(risk > 0)) break;
    auto other = useful.question;
    other.loss_of_all =
        question.loss_of_all + Usd::from_dollars(std::min(1e6, part * scale / risk));
    add_best_of(other, name);
  }
  for (const auto& [share, name] : {std::pair{0.5, "half on demand"}, {1.0, "no spot"}}) {
    auto other = useful.question;
    other.limits.base_on_demand = std::max(share, question.limits.base_on_demand);
    if (share >= 1)
      for (auto& column : other.columns)
        if (column.pay == PayAs::spot) column.available = 0;
    add_best_of(other, name);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::pair(a.answer.cost.expected, a.risk) < std::pair(b.answer.cost.expected, b.risk);
  });
  std::vector<MixAlternative> front;
  for (auto& one : all)
    if (front.empty() || one.risk < front.back().risk) front.push_back(std::move(one));
  return front;
}

}  // namespace nova
