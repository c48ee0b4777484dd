#include "fleet.hpp"

#include <novascale/controller.h>

#include <algorithm>

namespace nova::simulated {

namespace {

constexpr double kHourNs = 3600e9;
constexpr double kMonthHours = 730;
constexpr std::int64_t kNoticeNs = 120'000'000'000;  // announced two minutes before
constexpr double kFarthestNs = 3e18;                 // what waits longer does not happen: 95 years
constexpr double kNormalQuantile95 = 1.6448536269514722;

}  // namespace

std::uint64_t Fleet::Group::size() const {
  std::uint64_t n = 0;
  for (const auto& r : rows) n += r.machines.size();
  return n;
}

void Fleet::add_group(std::string_view name, const GroupRules& rules, std::int64_t now) {
  advance(now);
  if (const auto at = index_.find(std::string(name)); at != index_.end()) {
    groups_[at->second].rules = rules;
    groups_[at->second].aside = false;
    return;
  }
  const std::size_t g = groups_.size();
  index_.emplace(name, g);
  groups_.push_back({std::string(name), rules, 1, 0, now_, {}, false});
  if (rules.initial == 0) return;
  Row& r = row(groups_[g], rules.offer);
  for (std::uint32_t i = 0; i < rules.initial; ++i) {
    r.machines.push_back({++machines_made_, Token{}, now_, now_, NOVA_MACHINE_RUNNING});
    plan_interruption(r.machines.back(), g, 0);
    plan_illness(r.machines.back(), g, 0);
  }
}

const Fleet::Group* Fleet::find(std::string_view name) const {
  const auto at = index_.find(std::string(name));
  return at == index_.end() || groups_[at->second].aside ? nullptr : &groups_[at->second];
}
void Fleet::set_aside(std::string_view name) {
  if (Group* known = group(name)) known->aside = true;
}
Fleet::Group* Fleet::group(std::string_view name) { return const_cast<Group*>(find(name)); }

Fleet::Row& Fleet::row(Group& group, std::string_view offer) {
  for (auto& r : group.rows)
    if (r.offer == offer) return r;
  group.rows.push_back({std::string(offer), {}});
  return group.rows.back();
}

void Fleet::changed(Group& group, std::int64_t now) {
  ++group.generation;
  group.changed_ns = now;
}

// Lognormal through the median and the 95th percentile; constant when they are one.
std::int64_t Fleet::boot_time(std::uint64_t machine) const {
  if (behaviour_.boot_p95_ns == behaviour_.boot_ns || behaviour_.boot_ns == 0)
    return behaviour_.boot_ns;
  const double median = static_cast<double>(behaviour_.boot_ns);
  const double sigma =
      std::log(static_cast<double>(behaviour_.boot_p95_ns) / median) / kNormalQuantile95;
  return static_cast<std::int64_t>(
      std::min(median * std::exp(sigma * chance_.normal(machine)), kFarthestNs));
}

void Fleet::launch(Group& group, Row& row, const Token& token, std::uint32_t part,
                   std::int64_t now) {
  const std::uint64_t number = ++machines_made_;
  row.machines.push_back({number, token, now, kNever, NOVA_MACHINE_BOOTING});
  row.machines.back().part = part;
  const std::size_t g = index_.at(group.name);
  const auto r = static_cast<std::size_t>(&row - group.rows.data());
  const std::int64_t ready = now + boot_time(number);
  const bool fails = chance_.happens(behaviour_.boot_fails, Chance::Of::boot_fails, number);
  due_.push({ready, number, fails ? Due::fail : Due::serve, g, r});
  plan_interruption(row.machines.back(), g, r);
  Part& p = operations_.at(token)[part];
  ++p.booting;
  p.eta_ns = std::max(p.eta_ns, ready);
}

void Fleet::plan_interruption(const Machine& m, std::size_t group, std::size_t row) {
  if (behaviour_.interruptions_month <= 0 || !groups_[group].rows[row].offer.ends_with("/spot"))
    return;
  const double life = chance_.exponential(behaviour_.interruptions_month / kMonthHours,
                                          Chance::Of::interruption, m.number) *
                      kHourNs;
  if (!(life < kFarthestNs)) return;
  const std::int64_t end = m.created_ns + static_cast<std::int64_t>(life);
  due_.push({std::max(m.created_ns, end - kNoticeNs), m.number, Due::notice, group, row});
  due_.push({end, m.number, Due::vanish, group, row});
}

void Fleet::plan_illness(const Machine& m, std::size_t group, std::size_t row) {
  if (behaviour_.illnesses_month <= 0) return;
  const double well =
      chance_.exponential(behaviour_.illnesses_month / kMonthHours, Chance::Of::illness, m.number) *
      kHourNs;
  if (well < kFarthestNs)
    due_.push({m.serving_ns + static_cast<std::int64_t>(well), m.number, Due::sicken, group, row});
}

// ---- time ----

void Fleet::advance(std::int64_t now) {
  now_ = std::max(now_, now);
  while (!due_.empty() && due_.top().time_ns <= now_) {
    const Event event = due_.top();
    due_.pop();
    happen(event);
  }
  forget_old(now_);
}

void Fleet::happen(const Event& event) {
  Group& g = groups_[event.group];
  Row& r = g.rows[event.row];
  const auto at = std::lower_bound(r.machines.begin(), r.machines.end(), event.machine,
                                   [](const Machine& m, std::uint64_t n) { return m.number < n; });
  if (at == r.machines.end() || at->number != event.machine) return;  // gone before its time
  const auto index = static_cast<std::size_t>(at - r.machines.begin());
  switch (event.due) {
    case Due::serve:
      at->state = NOVA_MACHINE_RUNNING;
      at->serving_ns = event.time_ns;
      if (Part* p = part_of(*at)) {
        ++p->done;
        if (--p->booting == 0) p->ended_ns = event.time_ns;
      }
      plan_illness(*at, event.group, event.row);
      break;
    case Due::fail:
      drop(g, r, index, event.time_ns, NOVA_UNAVAILABLE);
      break;
    case Due::notice:
      at->marks |= NOVA_MARK_INTERRUPTED;
      break;
    case Due::vanish:
      drop(g, r, index, event.time_ns, NOVA_CAPACITY);
      break;
    case Due::sicken:
      at->healthy = false;
      break;
  }
}

// `why`: NOVA_CANCELLED = we took it away; else what failed it.
void Fleet::drop(Group& group, Row& row, std::size_t index, std::int64_t now, std::int32_t why) {
  const Machine& m = row.machines[index];
  if (m.state == NOVA_MACHINE_BOOTING) {
    if (Part* p = part_of(m)) {
      ++(why == NOVA_CANCELLED ? p->cancelled : p->failed);
      p->result = why;
      if (--p->booting == 0) p->ended_ns = now;
    }
  }
  row.machines.erase(row.machines.begin() + static_cast<std::ptrdiff_t>(index));
  changed(group, now);
}

void Fleet::remove_victim(Group& group, Row& row, std::int64_t now) {
  const auto rank = [](const Machine& m) {
    if (m.state == NOVA_MACHINE_BOOTING) return 0;
    if (m.state == NOVA_MACHINE_DRAINING) return 1;
    return m.healthy ? 3 : 2;
  };
  std::size_t best = row.machines.size();
  for (std::size_t i = row.machines.size(); i-- > 0;) {  // from the newest
    const Machine& m = row.machines[i];
    if ((m.marks & NOVA_MARK_PROTECTED) != 0) continue;
    if (best == row.machines.size() || rank(m) < rank(row.machines[best])) best = i;
  }
  if (best < row.machines.size()) drop(group, row, best, now, NOVA_CANCELLED);
}

}  // namespace nova::simulated
