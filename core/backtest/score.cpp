#include "core/backtest/score.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/base/number.hpp"
#include "core/plan/need.hpp"

namespace nova {
namespace {

struct Accuracy {
  double theta_u = 0, theta_o = 0, tau_u = 0, tau_o = 0;
};

Accuracy accuracy(std::span<const std::uint32_t> supply, std::span<const std::uint32_t> demand) {
  Accuracy a;
  for (std::size_t i = 0; i < demand.size(); ++i) {
    const double d = demand[i], s = supply[i];
    a.theta_u += std::max(d - s, 0.0) / d;
    a.theta_o += std::max(s - d, 0.0) / d;
    a.tau_u += s < d;
    a.tau_o += s > d;
  }
  const double scale = 100.0 / static_cast<double>(demand.size());
  return {a.theta_u * scale, a.theta_o * scale, a.tau_u * scale, a.tau_o * scale};
}

int sign_of_change(std::span<const std::uint32_t> x, std::size_t i) {
  return (x[i] > x[i - 1]) - (x[i] < x[i - 1]);
}

double instability(std::span<const std::uint32_t> supply, std::span<const std::uint32_t> demand) {
  std::size_t differs = 0;
  for (std::size_t i = 1; i < demand.size(); ++i)
    differs += sign_of_change(supply, i) != sign_of_change(demand, i);
  return 100.0 * static_cast<double>(differs) /
         static_cast<double>(std::max<std::size_t>(1, demand.size() - 1));
}

double speedup(const Accuracy& policy, std::span<const std::uint32_t> demand) {
  const double mean =
      std::accumulate(demand.begin(), demand.end(), 0.0) / static_cast<double>(demand.size());
  const std::vector<std::uint32_t> constant(
      demand.size(), static_cast<std::uint32_t>(std::ceil(mean - kRounding)));
  const auto base = accuracy(constant, demand);
  const auto ratio = [](double a, double b) { return std::max(a, 0.01) / std::max(b, 0.01); };
  return std::pow(ratio(base.theta_u, policy.theta_u) * ratio(base.theta_o, policy.theta_o) *
                      ratio(base.tau_u, policy.tau_u) * ratio(base.tau_o, policy.tau_o),
                  0.25);
}

// Hours when each machine is charged by whole units from its launch; the newest leave first.
double charged_hours(std::span<const std::uint32_t> billed, const ScoreRules& rules) {
  const auto unit = std::max<std::int64_t>(1, rules.charge_unit.count() / rules.slot.count());
  std::vector<std::size_t> launched;  // slot in which each present machine began
  std::int64_t slots = 0;
  const auto charge = [&](std::size_t from, std::size_t to) {
    const auto used = static_cast<std::int64_t>(to - from);
    slots += (used + unit - 1) / unit * unit;
  };
  for (std::size_t i = 0; i < billed.size(); ++i) {
    while (launched.size() < billed[i]) launched.push_back(i);
    while (launched.size() > billed[i]) {
      charge(launched.back(), i);
      launched.pop_back();
    }
  }
  for (const auto from : launched) charge(from, billed.size());
  return static_cast<double>(slots) * hours(rules.slot);
}

}  // namespace

std::uint32_t demand_of(double load, const ScoreRules& rules) {
  return std::clamp(machines_for(load, rules.per_machine, rules.target_utilisation), rules.min,
                    rules.max);
}

bool violates(double load, std::uint32_t serving, const ScoreRules& rules) {
  return load > serving * rules.per_machine * rules.slo_utilisation + kRounding * rules.per_machine;
}

std::uint64_t first_scored(std::size_t slots, const ScoreRules& rules) {
  return slots < rules.score_from + kFewestScored ? 0 : rules.score_from;
}

Scores score(std::span<const double> load, const FleetLog& log, const ScoreRules& rules) {
  const auto from = first_scored(load.size(), rules);
  const auto n = load.size() - from;
  const auto part = [&](const std::vector<std::uint32_t>& x) {
    return std::span(x).subspan(from, n);
  };
  const auto supply = part(log.serving), billed = part(log.billed);
  std::vector<std::uint32_t> demand;
  for (const double x : load.subspan(from)) demand.push_back(demand_of(x, rules));

  Scores s;
  const auto a = accuracy(supply, demand);
  s.theta_u = a.theta_u;
  s.theta_o = a.theta_o;
  s.tau_u = a.tau_u;
  s.tau_o = a.tau_o;
  s.instability = instability(supply, demand);
  s.elastic_speedup = speedup(a, demand);

  double total = 0, unserved = 0, served = 0, capacity = 0;
  std::uint64_t violated = 0, run = 0, longest = 0, machine_slots = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = load[from + i], c = supply[i] * rules.per_machine;
    const bool short_of = violates(x, supply[i], rules);
    violated += short_of;
    run = short_of ? run + 1 : 0;
    longest = std::max(longest, run);
    total += x;
    unserved += std::max(x - c, 0.0);
    served += std::min(x, c);
    capacity += c;
    machine_slots += billed[i];
    // The change into the first scored slot counts: it was decided while scoring.
    const auto before = from + i > 0 ? log.desired[from + i - 1] : log.desired[0];
    s.adaptations += log.desired[from + i] != before;
  }
  s.slo_violation_share = static_cast<double>(violated) / static_cast<double>(n);
  s.unserved_share = unserved / std::max(total, kRounding);
  s.longest_violation_s = static_cast<double>(longest) * seconds(rules.slot);
  s.mean_utilisation = capacity > 0 ? served / capacity : 0;
  s.machine_hours = static_cast<double>(machine_slots) * hours(rules.slot);
  s.charged_hours = rules.charge_unit > rules.slot ? charged_hours(billed, rules) : s.machine_hours;
  s.cost = cost_of(rules.price,
                   Duration{static_cast<std::int64_t>(std::llround(s.charged_hours * 3.6e12))});
  return s;
}

}  // namespace nova
