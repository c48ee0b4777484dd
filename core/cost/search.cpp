#include "core/cost/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace nova {
namespace {

// How many of the core's columns are tried in pairs; singles are tried over all of it.
constexpr std::size_t kPaired = 24;

}  // namespace

Search::Search(const Program& program, std::vector<double> price, std::vector<std::uint32_t> core,
               std::int64_t steps, std::uint64_t seed)
    : p_(program),
      price_(std::move(price)),
      core_(std::move(core)),
      steps_(steps),
      random_(seed),
      delta_(program.rhs.size(), 0) {
  toll_.resize(p_.size());
  for (std::size_t j = 0; j < p_.size(); ++j) {
    toll_[j] = static_cast<double>(p_.cost[j]);
    for (auto e = p_.start[j]; e < p_.start[j + 1]; ++e)
      if (p_.packing[p_.entries[e].row])
        toll_[j] -= price_[p_.entries[e].row] * static_cast<double>(p_.entries[e].coef);
  }
  start();
}

void Search::load(const std::vector<std::uint32_t>& counts) {
  while (!used_.empty()) change(used_.back(), -static_cast<std::int64_t>(n_[used_.back()]));
  for (std::size_t j = 0; j < p_.size(); ++j)
    if (counts[j] > 0) change(static_cast<std::uint32_t>(j), counts[j]);
}

// The mix of no machine.
void Search::start() {
  n_.assign(p_.size(), 0);
  pool_count_.assign(p_.pools, 0);
  type_count_.assign(p_.types, 0);
  left_.resize(p_.rhs.size());
  for (std::size_t i = 0; i < left_.size(); ++i) left_[i] = -p_.rhs[i];
  next_.resize(p_.size());
  value_ = {p_.gone, 0, 0};
  for (std::uint32_t j = 0; j < p_.size(); ++j) {
    next_[j] = value_of(j, 1).cost;
    value_.cost += p_.down[j] * p_.held[j];
  }
}

// What `by` more machines of column j add to the value.
MixValue Search::value_of(std::uint32_t j, std::int64_t by) const {
  const std::int64_t before = n_[j], after = before + by, held = p_.held[j];
  const auto moves = [&](std::int64_t n) {
    return n > held ? p_.up[j] * (n - held) : p_.down[j] * (held - n);
  };
  return {p_.cost[j] * by + moves(after) - moves(before), by, p_.risk[j] * by};
}

void Search::change(std::uint32_t j, std::int64_t by) {
  const auto add = value_of(j, by);
  value_ = {value_.cost + add.cost, value_.machines + add.machines, value_.risk + add.risk};
  for (auto e = p_.start[j]; e < p_.start[j + 1]; ++e)
    left_[p_.entries[e].row] += p_.entries[e].coef * by;
  const bool was = n_[j] > 0;
  n_[j] = static_cast<std::uint32_t>(n_[j] + by);
  next_[j] = value_of(j, 1).cost;
  const bool is = n_[j] > 0;
  if (was == is) return;
  const auto count = [&](std::vector<std::uint32_t>& counts, std::uint32_t k, std::uint32_t& used) {
    if (is && counts[k]++ == 0) ++used;
    if (!is && --counts[k] == 0) --used;
  };
  count(pool_count_, p_.pool[j], pools_used_);
  count(type_count_, p_.type[j], types_used_);
  if (is)
    used_.push_back(j);
  else
    used_.erase(std::find(used_.begin(), used_.end(), j));
}

bool Search::feasible() const {
  return std::all_of(left_.begin(), left_.end(), [](auto left) { return left >= 0; }) &&
         side_conditions_hold();
}

// What is lost of each resource with the spot pool that bears most of it.
Amounts Search::worst_pool() const {
  Amounts worst{};
  if (p_.limits.alive <= 0) return worst;
  for (const auto j : used_)
    if (p_.spot[j])
      for (const auto r : p_.resource) worst[r] = std::max(worst[r], p_.amount[j][r] * n_[j]);
  return worst;
}

// How much of the k-th resource is still needed, for the demand and for the loss of a pool.
std::int64_t Search::missing(std::size_t k, const Amounts& worst) const {
  const auto r = p_.resource[k];
  const auto row = p_.demand_row[k];
  const auto lack = -left_[row];
  if (p_.limits.alive <= 0) return lack;
  return std::max(lack, p_.alive[r] + worst[r] - (left_[row] + p_.rhs[row]));
}

bool Search::side_conditions_hold() const {
  if (pools_used_ < p_.limits.min_pools) return false;
  if (p_.limits.max_types > 0 && types_used_ > p_.limits.max_types) return false;
  if (p_.limits.alive <= 0) return true;
  const auto worst = worst_pool();
  for (std::size_t k = 0; k < p_.resource.size(); ++k)
    if (missing(k, worst) > 0) return false;
  return true;
}

// How many more machines of a column its bound and the caps admit.
std::int64_t Search::room(std::uint32_t j) const {
  if (n_[j] == 0 && p_.limits.max_types > 0 && type_count_[p_.type[j]] == 0 &&
      types_used_ >= p_.limits.max_types)
    return 0;
  std::int64_t most = static_cast<std::int64_t>(p_.most[j]) - n_[j];
  for (auto e = p_.start[j]; e < p_.start[j + 1] && most > 0; ++e) {
    const auto& entry = p_.entries[e];
    if (entry.coef < 0) most = std::min(most, left_[entry.row] / -entry.coef);
  }
  return std::max<std::int64_t>(0, most);
}

// Takes machines out of whatever exceeds a cap or the number of types, dearest first.
void Search::trim() {
  while (p_.limits.max_types > 0 && types_used_ > p_.limits.max_types) {
    std::vector<double> share(p_.types, 0);
    for (const auto j : used_)
      for (std::size_t k = 0; k < p_.resource.size(); ++k)
        share[p_.type[j]] += static_cast<double>(p_.amount[j][p_.resource[k]]) * n_[j] /
                             static_cast<double>(p_.rhs[p_.demand_row[k]]);
    std::uint32_t least = p_.type[used_.front()];
    for (const auto j : used_)
      if (share[p_.type[j]] < share[least]) least = p_.type[j];
    const auto used = used_;
    for (const auto j : used)
      if (p_.type[j] == least) change(j, -static_cast<std::int64_t>(n_[j]));
  }
  for (std::size_t i = 0; i < left_.size(); ++i)
    while (p_.packing[i] && left_[i] < 0) {
      std::int64_t dearest = -1;
      for (const auto j : used_)
        for (auto e = p_.start[j]; e < p_.start[j + 1]; ++e)
          if (p_.entries[e].row == i && p_.entries[e].coef < 0 &&
              (dearest < 0 || toll_[j] > toll_[static_cast<std::size_t>(dearest)]))
            dearest = j;
      if (dearest < 0) break;
      change(static_cast<std::uint32_t>(dearest), -1);
    }
}

// Adds what is cheapest for what is missing until every row is satisfied.
bool Search::fill(double noise) {
  blur_.resize(p_.size(), 1.0);
  const auto blur = [&](std::uint32_t j) {
    blur_[j] = 1 + noise * (static_cast<double>(below(2001)) / 1000 - 1);
  };
  if (noise > 0)
    for (const auto j : core_) blur(j);
  std::vector<double> need(left_.size());
  bool all = false;  // whether the core was not enough
  for (;;) {
    const auto worst = worst_pool();
    bool satisfied = true;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      need[i] = p_.packing[i] ? 0 : static_cast<double>(-left_[i]);
      satisfied = satisfied && need[i] <= 0;
    }
    bool lost_pool = satisfied;
    for (std::size_t k = 0; k < p_.resource.size(); ++k) {
      need[p_.demand_row[k]] = static_cast<double>(missing(k, worst));
      satisfied = satisfied && need[p_.demand_row[k]] <= 0;
    }
    if (satisfied) return widen();
    lost_pool = lost_pool && !satisfied;
    double best = std::numeric_limits<double>::infinity();
    std::int64_t chosen = -1, copies = 0;
    const auto consider = [&](std::uint32_t j) {
      double gain = 0, whole = 1e9;
      for (auto e = p_.start[j]; e < p_.start[j + 1]; ++e) {
        const auto& entry = p_.entries[e];
        if (entry.coef <= 0 || need[entry.row] <= 0) continue;
        const double coef = static_cast<double>(entry.coef);
        gain += price_[entry.row] * std::min(coef, need[entry.row]);
        whole = std::min(whole, need[entry.row] / coef);
      }
      if (gain <= 0) return;
      const double rate = std::max(toll_[j], 1.0) * (noise > 0 ? blur_[j] : 1) / gain;
      if (rate >= best) return;
      if (lost_pool && p_.spot[j])
        for (const auto r : p_.resource)
          if (p_.amount[j][r] * (n_[j] + 1) > worst[r]) return;
      const auto most = room(j);
      if (most == 0) return;
      best = rate;
      chosen = j;
      copies = lost_pool ? 1 : std::clamp<std::int64_t>(static_cast<std::int64_t>(whole), 1, most);
    };
    if (all)
      for (std::uint32_t j = 0; j < p_.size(); ++j) consider(j);
    else
      for (const auto j : core_) consider(j);
    if (chosen >= 0) {
      change(static_cast<std::uint32_t>(chosen), copies);
      all = false;
    } else if (all) {
      return false;
    } else {
      all = true;
      if (noise > 0)
        for (std::uint32_t j = 0; j < p_.size(); ++j) blur(j);
    }
  }
}

// Opens further pools, cheapest first, while there must be more.
bool Search::widen() {
  while (pools_used_ < p_.limits.min_pools) {
    std::int64_t chosen = -1;
    for (std::uint32_t j = 0; j < p_.size(); ++j)
      if (pool_count_[p_.pool[j]] == 0 && room(j) > 0 &&
          (chosen < 0 || p_.cost[j] < p_.cost[static_cast<std::size_t>(chosen)]))
        chosen = j;
    if (chosen < 0) return false;
    change(static_cast<std::uint32_t>(chosen), 1);
  }
  return side_conditions_hold();
}

bool Search::try_exchange(std::initializer_list<std::uint32_t> out,
                          std::initializer_list<std::uint32_t> in) {
  // Most exchanges fail by what they give: that is looked at first.
  for (std::size_t k = 0; k < p_.resource.size(); ++k) {
    auto left = left_[p_.demand_row[k]];
    for (const auto j : in) left += p_.amount[j][p_.resource[k]];
    for (const auto j : out) left -= p_.amount[j][p_.resource[k]];
    if (left < 0) return false;
  }
  --steps_;
  touched_.clear();
  const auto apply = [&](std::uint32_t j, std::int64_t sign) {
    for (auto e = p_.start[j]; e < p_.start[j + 1]; ++e) {
      auto& d = delta_[p_.entries[e].row];
      if (d == 0) touched_.push_back(p_.entries[e].row);
      d += sign * p_.entries[e].coef;
    }
  };
  for (const auto j : out) apply(j, -1);
  for (const auto j : in) apply(j, +1);
  bool fits = true;
  for (const auto row : touched_) {
    fits = fits && left_[row] + delta_[row] >= 0;
    delta_[row] = 0;
  }
  if (!fits) return false;
  const auto before = value_;
  for (const auto j : out) change(j, -1);
  for (const auto j : in) change(j, +1);
  bool good = tidying_ ? value_ < before : value_.cost < before.cost;
  for (const auto j : in) good = good && n_[j] <= p_.most[j];
  if (good && side_conditions_hold()) return true;
  for (const auto j : in) change(j, -1);
  for (const auto j : out) change(j, +1);
  return false;
}

// Tries to do without the machines of `out`, or with one or two others in their place.
bool Search::try_all(std::initializer_list<std::uint32_t> out) {
  std::int64_t saved = 0;
  for (const auto j : out) saved -= value_of(j, -1).cost;
  if (!tidying_) --saved;  // it must save something
  if (try_exchange(out, {})) return true;
  for (const auto j : core_) {
    if (--steps_ < 0) return false;
    if (next_[j] <= saved && try_exchange(out, {j})) return true;
  }
  const auto paired = std::min(core_.size(), kPaired);
  for (std::size_t a = 0; a < paired; ++a) {
    const auto first = next_[core_[a]];
    if (first > saved) continue;
    for (std::size_t b = a; b < paired; ++b) {
      if (--steps_ < 0) return false;
      if (first + next_[core_[b]] <= saved && try_exchange(out, {core_[a], core_[b]})) return true;
    }
  }
  return false;
}

bool Search::polish() {
  bool any = false;
  for (bool improved = true; improved && steps_ > 0;) {
    improved = false;
    const auto used = used_;
    for (const auto i : used)
      while (n_[i] > 0 && try_all({i})) improved = true;
    for (std::size_t a = 0; a < used.size() && !improved; ++a)
      for (std::size_t b = a; b < used.size(); ++b)
        while (n_[used[a]] > (a == b ? 1u : 0u) && n_[used[b]] > 0 && try_all({used[a], used[b]}))
          improved = true;
    any = any || improved;
  }
  return any;
}

bool Search::improve(const std::vector<std::uint32_t>& counts, double noise) {
  load(counts);
  trim();
  if (!fill(noise) || !feasible()) return false;
  polish();
  keep();
  return true;
}

bool Search::take(const std::vector<std::uint32_t>& counts) {
  load(counts);
  if (!feasible()) return false;
  keep();
  return true;
}

void Search::keep() {
  if (best_ && best_value_ <= value_) return;
  best_ = n_;
  best_value_ = value_;
}

// Takes away one to a third of the machines, or all of one column.
void Search::take_some() {
  if (used_.empty()) return;
  if (below(3) == 0) {
    const auto j = used_[below(used_.size())];
    change(j, -static_cast<std::int64_t>(n_[j]));
    return;
  }
  auto gone = 1 + below(static_cast<std::uint64_t>(value_.machines) / 3 + 1);
  for (; gone > 0 && !used_.empty(); --gone) {
    const auto j = used_[below(used_.size())];
    const auto by = 1 + below(std::min<std::uint64_t>(n_[j], 1 + n_[j] / 4));
    change(j, -static_cast<std::int64_t>(by));
  }
}

// Puts one large machine in the place of several small ones that together give no more.
bool Search::merge() {
  bool any = false;
  const auto used = used_;
  for (const auto j : used)
    for (std::uint32_t i = 0; i < p_.size(); ++i) {
      std::int64_t k = n_[j];
      if (k < 2) break;
      bool holds_two = true;
      for (const auto r : p_.resource)
        holds_two = holds_two && p_.amount[i][r] >= 2 * p_.amount[j][r];
      if (!holds_two) continue;
      for (const auto r : p_.resource) k = std::min(k, p_.amount[i][r] / p_.amount[j][r]);
      while (k >= 2 && n_[j] >= k && n_[i] < p_.most[i] && --steps_ > 0) {
        const auto before = value_;
        change(j, -k);
        change(i, 1);
        if (value_ < before && feasible()) {
          any = true;
          continue;
        }
        change(i, -1);
        change(j, k);
        break;
      }
    }
  return any;
}

void Search::tidy(std::int64_t steps) {
  if (!best_) return;
  const auto kept = steps_;
  steps_ = steps;
  tidying_ = true;
  while (improve(*best_), merge() && value_ < best_value_) {
    best_ = n_;
    best_value_ = value_;
  }
  tidying_ = false;
  steps_ = kept;
}

void Search::shake(double bound, double gap, int times) {
  if (!best_) return;
  auto current = *best_;
  auto current_value = best_value_;
  for (int k = 0; k < times && goes_on(bound, gap); ++k) {
    load(current);
    take_some();
    spend(100);
    const auto shaken = n_;
    if (!improve(shaken, 0.05 * static_cast<double>(below(9)))) continue;
    // A little worse is taken now and then, so that the search can leave a valley.
    const auto slack =
        static_cast<std::int64_t>(below(1000) * below(1000)) * (current_value.cost / 50'000'000);
    if (value_.cost > current_value.cost + slack) continue;
    current = n_;
    current_value = value_;
  }
}

}  // namespace nova
