#include "core/backtest/rivals.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/base/number.hpp"
#include "core/decide/promise/hpa.hpp"
#include "core/plan/need.hpp"

namespace nova {
namespace {

// What a rival may look at when it decides at the start of a slot.
struct Look {
  std::uint64_t slot;
  double load;                     // of the slot before
  std::uint32_t serving, booting;  // now
  std::uint32_t serving_before;    // in the slot before
  std::uint32_t committed() const { return serving + booting; }
};
using Rule = std::function<std::uint32_t(const Look&)>;

FleetLog run(std::span<const double> load, const ScoreRules& rules, std::uint32_t boot_slots,
             const std::optional<MisfortuneRules>& misfortune, const Rule& rule) {
  SlotFleet fleet(demand_of(load[0], rules), boot_slots);
  FleetLog log;
  Misfortune chance(misfortune, rules.slot);
  for (std::size_t k = 0; k < load.size(); ++k) {
    chance.begin(fleet, k);
    if (k > 0) {
      const auto wanted =
          rule({k, load[k - 1], fleet.serving(), fleet.booting(), log.serving[k - 1]});
      fleet.scale(k, std::clamp(wanted, rules.min, rules.max));
    }
    log.append(fleet);
  }
  return log;
}

FleetLog run_schedule(std::span<const double> load, const ScoreRules& rules,
                      std::uint32_t boot_slots, const std::optional<MisfortuneRules>& misfortune,
                      const std::vector<std::uint32_t>& desired) {
  SlotFleet fleet(demand_of(load[0], rules), boot_slots);
  FleetLog log;
  Misfortune chance(misfortune, rules.slot);
  for (std::size_t k = 0; k < load.size(); ++k) {
    chance.begin(fleet, k);
    fleet.scale(k, std::clamp(desired[k], rules.min, rules.max));
    log.append(fleet);
  }
  return log;
}

Rule hpa(const ScoreRules& rules) {
  promise::HpaRule rule({rules.target_utilisation, rules.min, rules.max, seconds(rules.slot)});
  return [rules, rule](const Look& now) mutable {
    return rule.decide(
        {now.load / rules.per_machine, now.serving_before, now.serving, now.booting});
  };
}

// AWS target tracking: 3 of 3 points above target add, 15 of 15 below 0.9 x target remove, when
// nothing is warming up and 300 s have passed since the last change.
Rule target_tracking(const ScoreRules& rules) {
  constexpr int kHighPoints = 3, kLowPoints = 15;
  constexpr double kLowRatio = 0.9, kCooldown_s = 300;
  struct Alarms {
    int high = 0, low = 0;
    double last_s = -1e18;
  };
  return [rules, alarms = Alarms()](const Look& now) mutable {
    const double time_s = static_cast<double>(now.slot) * seconds(rules.slot);
    const double u = now.load / (rules.per_machine * std::max(1u, now.serving_before));
    const double target = rules.target_utilisation;
    alarms.high = u > target * (1 + kRounding) ? alarms.high + 1 : 0;
    alarms.low = u < kLowRatio * target ? alarms.low + 1 : 0;
    const auto need = demand_of(now.load, rules), current = now.committed();
    const bool grow = alarms.high >= kHighPoints && need > current;
    const bool shrink = alarms.low >= kLowPoints && now.booting == 0 &&
                        time_s - alarms.last_s >= kCooldown_s && need < current;
    if (!grow && !shrink) return current;
    alarms.last_s = time_s;
    return need;
  };
}

// React: jump to what is needed; give back one machine whenever one fewer would run below 0.9
// target.
Rule reactive(const ScoreRules& rules) {
  constexpr double kLower = 0.9;
  return [rules](const Look& now) {
    const auto need = demand_of(now.load, rules), current = now.committed();
    if (need > current) return need;
    const double fewer = rules.per_machine * (current - 1.0);
    const bool spare = current > 1 && now.load / fewer < rules.target_utilisation * kLower;
    return spare ? current - 1 : current;
  };
}

// Highest demand of the slots a decision now is the last to prepare for: never short, and no bill
// with that property is smaller (a gap shorter than the boot is cheaper to bridge than to
// relaunch).
std::vector<std::uint32_t> oracle(std::span<const double> load, const ScoreRules& rules,
                                  std::uint32_t boot_slots, double utilisation) {
  std::vector<std::uint32_t> demand, desired;
  for (const double x : load)
    demand.push_back(
        std::clamp(machines_for(x, rules.per_machine, utilisation), rules.min, rules.max));
  for (std::size_t k = 0; k < demand.size(); ++k) {
    const auto end = std::min(demand.size(), k + boot_slots + 1);
    desired.push_back(*std::max_element(demand.begin() + static_cast<std::ptrdiff_t>(k),
                                        demand.begin() + static_cast<std::ptrdiff_t>(end)));
  }
  return desired;
}

std::vector<std::uint32_t> constant_peak(std::span<const double> load, const ScoreRules& rules) {
  const auto from = first_scored(load.size(), rules);
  std::uint32_t peak = rules.min;
  for (std::size_t k = from; k < load.size(); ++k) peak = std::max(peak, demand_of(load[k], rules));
  return std::vector<std::uint32_t>(load.size(), peak);
}

}  // namespace

std::vector<std::string> rival_names() {
  return {"static", "hpa", "target-tracking", "reactive", "oracle", "oracle-slo"};
}

std::optional<FleetLog> run_rival(std::string_view name, std::span<const double> load,
                                  const ScoreRules& rules, std::uint32_t boot_slots,
                                  const std::optional<MisfortuneRules>& misfortune) {
  const auto schedule = [&](const std::vector<std::uint32_t>& desired) {
    return run_schedule(load, rules, boot_slots, misfortune, desired);
  };
  if (name == "static") return schedule(constant_peak(load, rules));
  if (name == "hpa") return run(load, rules, boot_slots, misfortune, hpa(rules));
  if (name == "target-tracking")
    return run(load, rules, boot_slots, misfortune, target_tracking(rules));
  if (name == "reactive") return run(load, rules, boot_slots, misfortune, reactive(rules));
  if (name == "oracle") return schedule(oracle(load, rules, boot_slots, rules.target_utilisation));
  if (name == "oracle-slo") return schedule(oracle(load, rules, boot_slots, rules.slo_utilisation));
  return std::nullopt;
}

}  // namespace nova
