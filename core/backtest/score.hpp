// Scores of a fleet against a load: elasticity, violations, bill.
//
// theta, tau and instability as defined by the SPEC RG cloud group (Herbst et al., "Ready for Rain?
// A View from SPEC Research on the Future of Cloud Metrics", SPEC-RG-2016-01); accuracy is divided
// by demand. Serving machines only; billed ones make the bill.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/backtest/fleet.hpp"
#include "core/base/money.hpp"
#include "core/base/time.hpp"

namespace nova {

inline constexpr std::uint64_t kFewestScored = 10;  // slots; of a shorter trace all count

struct ScoreRules {
  double per_machine = 1;  // load one machine serves at 100 %
  double target_utilisation = 0.7;
  double slo_utilisation = 1.0;  // load above this share of serving capacity is a violation
  std::uint32_t min = 1, max = 200;
  Duration slot = std::chrono::seconds(60);
  std::uint64_t score_from = 0;  // first slot that counts
  UsdPerHour price = UsdPerHour::from_dollars(0.10);
  Duration charge_unit{0};  // 0 = per slot; else every machine is charged by whole units
};

struct Scores {
  double theta_u = 0, theta_o = 0;  // % of demand, mean over slots
  double tau_u = 0, tau_o = 0;      // % of time
  double instability = 0;           // % of slots
  std::uint64_t adaptations = 0;
  double machine_hours = 0, charged_hours = 0;
  Usd cost;
  double slo_violation_share = 0;  // slots with load above slo_utilisation, 0..1
  double unserved_share = 0;       // load above capacity / load
  double longest_violation_s = 0;
  double mean_utilisation = 0;  // served load / serving capacity
  double elastic_speedup = 0;   // against the constant mean demand
};

// Machines each slot's load asks for: clamp(ceil(load / (per_machine * target)), min, max).
std::uint32_t demand_of(double load, const ScoreRules& rules);

// Load above what so many serving machines may bear.
bool violates(double load, std::uint32_t serving, const ScoreRules& rules);

// The first slot that counts: where fewer than ten would, all do.
std::uint64_t first_scored(std::size_t slots, const ScoreRules& rules);

// `log` has one row a slot of `load`.
Scores score(std::span<const double> load, const FleetLog& log, const ScoreRules& rules);

}  // namespace nova
