#include "core/cost/budget.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>

#include "core/cost/exact.hpp"

namespace nova {
namespace {

constexpr double kHysteresis = 0.02;
constexpr __int128 kHour = 3'600'000'000'000;

std::int64_t clamp64(__int128 x) {
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::int64_t>(std::clamp<__int128>(x, Limits::min(), Limits::max()));
}

// Nanos-an-hour x nanoseconds into money, rounded once.
Usd money(__int128 rate_time) {
  return {clamp64((rate_time + (rate_time < 0 ? -kHour / 2 : kHour / 2)) / kHour)};
}

double share(std::int64_t part, std::int64_t limit) {
  return static_cast<double>(part) / static_cast<double>(limit);
}

// The level a share is at, coming from `level`: up at once, down with hysteresis.
BudgetLevel next_level(const BudgetSpec& spec, BudgetLevel level, double share) {
  const std::pair<BudgetLevel, double> steps[] = {{BudgetLevel::exceeded, 1.0},
                                                  {BudgetLevel::alert, spec.alert},
                                                  {BudgetLevel::warning, spec.warning}};
  for (const auto& [step, from] : steps) {
    const bool reached = step == BudgetLevel::exceeded ? share > from : share >= from;
    if (reached || (level >= step && share >= from - kHysteresis)) return step;
  }
  return BudgetLevel::ok;
}

std::string over(const BudgetSpec& spec, double dollars, double limit, const char* what) {
  char text[96];
  std::snprintf(text, sizeof text, ": %.6g USD %s, limit %.6g", dollars, what, limit);
  return spec.name + text;
}

}  // namespace

const char* to_string(BudgetLevel level) noexcept {
  static constexpr const char* kNames[] = {"ok", "warning", "alert", "exceeded"};
  return kNames[static_cast<std::size_t>(level)];
}

Result<BudgetBook> BudgetBook::make(std::vector<BudgetSpec> specs) {
  std::set<std::string> names;
  BudgetBook book;
  for (auto& spec : specs) {
    const auto wrong = [&](const char* rule) {
      return Error{ErrorCode::invalid_argument, "budget " + spec.name + ": " + rule};
    };
    if (!names.insert(spec.name).second) return wrong("there are two of this name");
    if ((spec.max_hourly && spec.max_hourly->nanos <= 0) ||
        (spec.max_monthly && spec.max_monthly->nanos <= 0))
      return wrong("a limit must be positive");
    if (!spec.max_hourly && !spec.max_monthly) return wrong("has no limit");
    if (!(spec.warning > 0 && spec.warning <= spec.alert && spec.alert <= 1))
      return wrong("must have 0 < warning <= alert <= 1");
    Budget budget;
    budget.spec = std::move(spec);
    book.budgets_.push_back(std::move(budget));
  }
  return book;
}

std::vector<std::size_t> BudgetBook::budgets_of(const std::string& tenant,
                                                const std::string& group) const {
  std::vector<std::size_t> matching;
  for (std::size_t b = 0; b < budgets_.size(); ++b) {
    const auto& spec = budgets_[b].spec;
    if ((spec.tenant.empty() || spec.tenant == tenant) &&
        (spec.group.empty() || spec.group == group))
      matching.push_back(b);
  }
  return matching;
}

const BudgetBook::Group* BudgetBook::find(const std::string& tenant,
                                          const std::string& group) const {
  const auto at = groups_.find({tenant, group});
  return at == groups_.end() ? nullptr : &at->second;
}

BudgetBook::Group& BudgetBook::group(const std::string& tenant, const std::string& group) {
  const auto [at, fresh] = groups_.try_emplace({tenant, group});
  if (fresh) at->second.budgets = budgets_of(tenant, group);
  return at->second;
}

// Adds a group to the sums of its budgets, or takes it out.
void BudgetBook::count(const Group& group, int sign) {
  for (const auto b : group.budgets) {
    budgets_[b].rate += sign * static_cast<__int128>(group.counted.nanos);
    budgets_[b].rate_until += sign * group.counted_until;
    budgets_[b].once += sign * group.once.nanos;
  }
}

// What runs counts from where charges are known, what is reserved on top of it from when it was.
void BudgetBook::recount(Group& g) {
  count(g, -1);
  g.counted = g.rate;
  g.counted_until = static_cast<__int128>(g.rate.nanos) * unix_ns(g.until);
  g.once = {};
  for (const auto& held : g.held) {
    g.once += held.once;
    if (held.rate <= g.counted) continue;
    g.counted_until +=
        static_cast<__int128>(held.rate.nanos - g.counted.nanos) * unix_ns(held.since);
    g.counted = held.rate;
  }
  count(g, +1);
}

void BudgetBook::set_rate(const std::string& tenant, const std::string& name, UsdPerHour rate,
                          TimePoint settled_until) {
  auto& g = group(tenant, name);
  g.rate = rate;
  g.until = settled_until;
  recount(g);
}

void BudgetBook::charge(const std::string& tenant, const std::string& name, TimePoint from,
                        TimePoint to, Spend spend) {
  for (const auto b : group(tenant, name).budgets) {
    auto& budget = budgets_[b];
    std::vector<TimePoint> months;
    std::vector<std::uint64_t> time;
    auto at = from;
    do {
      const auto month = month_of(budget.spec.zone, at);
      const auto end = std::min(std::max(to, from), month.end);
      months.push_back(month.start);
      time.push_back(static_cast<std::uint64_t>((end - at).count()));
      at = end;
    } while (at < to);
    const auto amortised = split(spend.amortised, time), cash = split(spend.cash, time);
    for (std::size_t m = 0; m < months.size(); ++m) {
      budget.spent[months[m]].amortised += amortised[m];
      budget.spent[months[m]].cash += cash[m];
    }
  }
}

BudgetStatus BudgetBook::status_of(const Budget& budget, TimePoint now) const {
  BudgetStatus s;
  s.budget = budget.spec.name;
  s.rate = {clamp64(budget.rate)};
  const auto month = month_of(budget.spec.zone, now);
  if (const auto at = budget.spent.find(month.start); at != budget.spent.end())
    s.month_to_date = at->second;
  s.projected = s.month_to_date.amortised + Usd{budget.once} +
                money(budget.rate * unix_ns(month.end) - budget.rate_until);
  if (budget.spec.max_hourly) s.hourly_share = share(s.rate.nanos, budget.spec.max_hourly->nanos);
  if (budget.spec.max_monthly)
    s.monthly_share = share(s.projected.nanos, budget.spec.max_monthly->nanos);
  return s;
}

BudgetVerdict BudgetBook::check(const SpendRequest& request) const {
  BudgetVerdict verdict;
  const auto* known = find(request.tenant, request.group);
  Group fresh;
  if (!known) {
    fresh.budgets = budgets_of(request.tenant, request.group);
    known = &fresh;
  }
  const auto more = request.rate.nanos - known->counted.nanos;
  if (more <= 0) return verdict;
  for (const auto b : known->budgets) {
    const auto& budget = budgets_[b];
    const auto& spec = budget.spec;
    const auto fails = [&](std::string text) {
      verdict.violated.push_back(std::move(text));
      if (spec.hard && verdict.allowed) verdict.binding = spec.name;
      verdict.allowed = verdict.allowed && !spec.hard;
    };
    const UsdPerHour rate{clamp64(budget.rate + more)};
    if (spec.max_hourly && rate > *spec.max_hourly)
      fails(over(spec, rate.dollars(), spec.max_hourly->dollars(), "an hour"));
    if (!spec.max_monthly) continue;
    const auto end = month_of(spec.zone, request.now).end;
    const auto rest = static_cast<__int128>(more) * (end - request.now).count();
    const auto projected = status_of(budget, request.now).projected + money(rest) + request.once;
    if (projected > *spec.max_monthly)
      fails(over(spec, projected.dollars(), spec.max_monthly->dollars(), "by the month's end"));
  }
  return verdict;
}

bool BudgetBook::binds(const std::string& tenant, const std::string& name) const {
  const auto matching = budgets_of(tenant, name);
  return std::any_of(matching.begin(), matching.end(),
                     [&](std::size_t b) { return budgets_[b].spec.hard; });
}

std::optional<UsdPerHour> BudgetBook::most_rate(const std::string& tenant, const std::string& name,
                                                TimePoint now) const {
  std::optional<__int128> more;
  for (const auto b : budgets_of(tenant, name)) {
    const auto& budget = budgets_[b];
    if (!budget.spec.hard) continue;
    const auto at_most = [&](__int128 room) {
      room = std::max<__int128>(room, 0);
      more = more ? std::min(*more, room) : room;
    };
    if (budget.spec.max_hourly) at_most(budget.spec.max_hourly->nanos - budget.rate);
    if (!budget.spec.max_monthly) continue;
    const auto rest = (month_of(budget.spec.zone, now).end - now).count();
    const auto room = budget.spec.max_monthly->nanos - status_of(budget, now).projected.nanos;
    at_most(rest > 0 ? room * kHour / rest : 0);
  }
  if (!more) return std::nullopt;
  const auto* known = find(tenant, name);
  return UsdPerHour{clamp64(*more + (known ? known->counted.nanos : 0))};
}

std::optional<TimePoint> BudgetBook::known_until(const std::string& tenant,
                                                 const std::string& name) const {
  const auto* known = find(tenant, name);
  return known ? std::optional(known->until) : std::nullopt;
}

BudgetBook::State BudgetBook::state() const {
  State state;
  for (const auto& [name, g] : groups_)
    state.groups.push_back({name.first, name.second, g.rate, g.until, g.held});
  for (const auto& b : budgets_)
    state.budgets.push_back({b.spec.name, b.spent, b.month.start, b.hourly, b.monthly});
  return state;
}

void BudgetBook::restore(const State& state) {
  for (const auto& running : state.groups) {
    set_rate(running.tenant, running.group, running.rate, running.until);
    auto& g = group(running.tenant, running.group);
    for (const auto& held : running.held) {
      g.held.push_back(held);
      holder_[held.token] = {running.tenant, running.group};
    }
    recount(g);
  }
  for (const auto& kept : state.budgets)
    for (auto& budget : budgets_) {
      if (budget.spec.name != kept.budget) continue;
      budget.spent = kept.spent;
      budget.month = month_of(budget.spec.zone, kept.month);
      budget.hourly = kept.hourly;
      budget.monthly = kept.monthly;
    }
}

BudgetVerdict BudgetBook::reserve(const std::string& token, const SpendRequest& request) {
  if (holder_.contains(token)) return {};
  auto verdict = check(request);
  if (!verdict.allowed) return verdict;
  holder_[token] = {request.tenant, request.group};
  auto& g = group(request.tenant, request.group);
  g.held.push_back({token, request.now, request.rate, request.once});
  recount(g);
  return verdict;
}

// Frees what a token holds.
std::optional<BudgetBook::Held> BudgetBook::take(const std::string& token) {
  const auto at = holder_.find(token);
  if (at == holder_.end()) return std::nullopt;
  auto& g = group(at->second.first, at->second.second);
  const auto held =
      std::find_if(g.held.begin(), g.held.end(), [&](const Held& h) { return h.token == token; });
  const auto taken = *held;
  g.held.erase(held);
  recount(g);
  return taken;
}

void BudgetBook::settle(const std::string& token, UsdPerHour rate, TimePoint now, Spend actual) {
  if (!take(token)) return;
  const auto [tenant, name] = holder_.extract(token).mapped();
  charge(tenant, name, group(tenant, name).until, now, actual);
  set_rate(tenant, name, rate, now);
}

void BudgetBook::release(const std::string& token) {
  if (take(token)) holder_.erase(token);
}

std::uint32_t BudgetBook::affordable(
    SpendRequest request, std::uint32_t present, std::uint32_t wanted,
    const std::function<UsdPerHour(std::uint32_t)>& rate_of) const {
  for (auto n = wanted; n > present; --n) {
    request.rate = rate_of(n);
    if (check(request).allowed) return n;
  }
  return present;
}

std::vector<BudgetEvent> BudgetBook::observe(TimePoint now) {
  std::vector<BudgetEvent> events;
  for (auto& budget : budgets_) {
    const auto s = status_of(budget, now);
    if (!budget.month.contains(now)) {
      budget.month = month_of(budget.spec.zone, now);
      budget.hourly = budget.monthly = BudgetLevel::ok;
      // Last month is kept for late charges, older ones are not.
      while (budget.spent.size() > 2) budget.spent.erase(budget.spent.begin());
    }
    const auto cross = [&](bool monthly, double share, BudgetLevel& level) {
      const auto next = next_level(budget.spec, level, share);
      if (next > level) events.push_back({budget.spec.name, monthly, next, share});
      level = next;
    };
    cross(false, s.hourly_share, budget.hourly);
    cross(true, s.monthly_share, budget.monthly);
  }
  return events;
}

std::vector<BudgetStatus> BudgetBook::status(TimePoint now) const {
  std::vector<BudgetStatus> all;
  for (const auto& budget : budgets_) {
    all.push_back(status_of(budget, now));
    auto& s = all.back();
    s.hourly = budget.hourly;
    s.monthly = budget.monthly;
    s.level = next_level(budget.spec, BudgetLevel::ok, std::max(s.hourly_share, s.monthly_share));
  }
  return all;
}

}  // namespace nova
