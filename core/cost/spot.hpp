// Spot: what an interruptible machine really costs, and which pools are worth asking.
//
// In: prices, a share of machines interrupted in a month, what interruptions were seen. Out: hazard
// per hour, expected cost of a useful hour, the hazard at which spot stops being worth it, the
// pools to offer to the optimiser. A pool is a machine type in a zone.
//
// Rework hardly ever makes spot lose; what does is the money an interruption costs, the loss of a
// whole pool, no capacity, and a price above the *effective* on-demand price, after discounts and
// commitments: that price, never the list price, is what every function here compares with.
// A constant hazard (exponential lifetimes) is assumed, with a Gamma prior that observation updates
// (Gelman et al., "Bayesian Data Analysis", 3rd ed. 2013, section 2.6: Poisson rate with exposure).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova {

inline constexpr double kHoursPerMonth = 730.0;

// Share of machines interrupted in a month that stands for a band of the AWS Spot Advisor: 0 <5 %,
// 1 5-10 %, 2 10-15 %, 3 15-20 %, 4 >20 %. Any other number, and "not known", is band 4.
double month_share_of_band(int band);

// Hazard per hour, -ln(1 - share) / 730. Unknown (NaN) counts as band 4. Errors: invalid_argument
// unless 0 <= share < 1.
Result<double> hazard_of_month_share(double share);

// Chance that one machine is interrupted within `hours`: 1 - exp(-hazard * hours).
double interruption_probability(double hazard, double hours);

// Whether a pool is admitted by `max_risk`, the chance of losing a machine within a month.
bool admits(double max_risk, double hazard);

// Learns the hazard of one pool: (a + interruptions) / (a / prior + machine-hours).
class PoolHazard {
 public:
  // `prior` > 0 per hour; `strength` a: how many interruptions' worth the prior weighs.
  explicit PoolHazard(double prior, double strength = 2.0) : prior_(prior), strength_(strength) {}

  void observe(double machine_hours, std::uint32_t interruptions);
  // The provider warns of this pool: its hazard is `kRebalanceFactor` times as high, and falls back
  // with a time constant of an hour. Another warning starts over.
  void rebalance(TimePoint now) { warned_ = now; }

  double learned() const;          // without warnings
  double at(TimePoint now) const;  // with them

  static constexpr double kRebalanceFactor = 50.0;

 private:
  double prior_, strength_;
  double machine_hours_ = 0, interruptions_ = 0;
  std::optional<TimePoint> warned_;
};

// What an interruption costs the workload.
struct InterruptionCost {
  double lost_hours = 0.25;       // R: work done again, half a checkpoint interval or half a job
  double boot_hours = 0.1;        // B: paid while a replacement boots and warms up
  double on_demand_hours = 0.05;  // Delta: bridged on demand
  Usd money;                      // K: an SLO penalty
};

// E = p_s (1 + h (R + B)) + h (Delta p_od + K), per useful hour, rounded to the nano. Inputs must
// be finite, hazard >= 0. `on_demand` is the effective price.
UsdPerHour expected_cost(UsdPerHour spot, UsdPerHour on_demand, double hazard,
                         const InterruptionCost& cost);

// The same for columns of equal length.
void expected_costs(std::span<const UsdPerHour> spot, std::span<const UsdPerHour> on_demand,
                    std::span<const double> hazard, const InterruptionCost& cost,
                    std::span<UsdPerHour> out);

// The hazard at which E equals the on-demand price; 0 when spot is no cheaper to begin with,
// infinite when interruptions cost nothing.
double break_even_hazard(UsdPerHour spot, UsdPerHour on_demand, const InterruptionCost& cost);

struct SpotPool {
  std::string id;
  UsdPerHour price, on_demand;             // on_demand: effective, of the same machine
  double hazard = 0;                       // per hour
  double capacity_score = 0;               // [0, 1]; placement score / 10, or 1 - band / 5
  std::optional<TimePoint> blocked_until;  // after the provider had no capacity
};

struct SpotRules {
  double max_risk = 0.2;    // chance of losing a machine within a month
  double min_saving = 0.2;  // share that E must lie below the effective on-demand price
  InterruptionCost cost;
};

// Why a pool is left out, or `fine`.
enum class SpotVerdict { fine, blocked, too_risky, too_dear };
SpotVerdict judge(const SpotPool& pool, const SpotRules& rules, TimePoint now);

// Pools to buy `machines` from, cheapest expected cost first: those judged fine, of which the
// deepest (best capacity score) are kept, at least max(5, machines / 4) and a quarter of them. The
// public stand-in for "price-capacity-optimized", whose depths AWS keeps secret.
std::vector<std::size_t> shortlist(std::span<const SpotPool> pools, const SpotRules& rules,
                                   std::uint32_t machines, TimePoint now);

}  // namespace nova
