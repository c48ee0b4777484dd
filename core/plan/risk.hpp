// Risk: what may go wrong with a fleet as it is, each as a chance or a share, with what helps.
//
// In: a capacity plan and what the cost room knows of the machines. Out: five risks from 0 to 1,
// the worst first. Each says how it was reckoned: none is a guess by formula. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/plan/capacity_plan.hpp"

namespace nova {

// What is known of the machines that are held, from the cost room.
struct FleetRisk {
  double lost_per_hour = 0;     // share of the capacity that interruptions take in an hour
  double worst_pool_share = 0;  // of the capacity, lost at once with the largest spot pool
  double usd_per_hour = 0;      // of one reference machine
  double budget_share = 0;      // used of the tightest budget, 0..1 and above; 0 = no budget
  std::size_t unhealthy = 0;    // machines
};

struct Risk {
  std::string kind;  // "performance", "cost", "availability", "interruption", "forecast"
  double score = 0;  // 0..1
  Urgency level = Urgency::none;
  std::string finding;     // the figure and where it comes from
  std::string mitigation;  // what helps; "" where nothing needs to
};

struct RiskAssessment {
  std::vector<Risk> risks;  // all five, highest score first
  double overall = 0;       // of the highest: risks are not independent, so they are not multiplied
};

RiskAssessment assess_risk(const CapacityPlan& plan,
                           std::span<const std::optional<Forecast>> outlooks,
                           std::span<const ResourceView> views, const FleetRisk& fleet);

}  // namespace nova
