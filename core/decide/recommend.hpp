// Recommendations: what to do about a capacity plan, by when, what it costs and what else there is.
//
// In: a plan with the outlooks it rests on, what a fleet of any size costs, and a cheaper mix if
// one was found. Out: one recommendation on the size, then what else is worth doing, the most
// urgent first; and the fleet sizes of which none is better in cost, shortfall, disruption and risk
// at once (the Pareto front), each with what speaks for and against it. They advise; decisions are
// made by policies and the arbiter. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/cost/roi.hpp"
#include "core/plan/capacity_plan.hpp"
#include "core/plan/risk.hpp"

namespace nova {

enum class Remedy { scale_out, scale_in, hold, resize, change_mix, commit, migrate };
const char* to_string(Remedy remedy) noexcept;

// The same size from other machines, as the shop found it.
struct MixChange {
  std::string text;  // "6 x a instead of 6 x b"
  UsdPerHour from, to;
  Roi worth;
  bool other_region = false;
};

struct RecommendQuestion {
  const CapacityPlan* plan = nullptr;
  std::span<const ResourceView> views;
  std::span<const std::optional<Forecast>> outlooks;  // by view
  Prices prices;                                      // of a machine-hour over and short, in USD
  std::function<UsdPerHour(std::uint32_t)> price_of;  // of so many reference machines
  std::optional<MixChange> cheaper;
  bool owns_commitments = false;                      // then no advice to commit is given from here
  double vcpus = 0, memory_gib = 0, storage_gib = 0;  // of the reference machine; 0 = not stated
};

struct CostImpact {
  UsdPerHour from, to;
  double share() const;  // of `from`: 0.25 = a quarter more; 0 where `from` is 0
};

struct SizeOption {
  std::uint32_t machines = 0;
  UsdPerHour price;
  double short_hours = 0;           // machine-hours expected to be short over the medium horizon
  std::uint32_t moves = 0;          // machines that come or go
  double overload_probability = 0;  // in some step of the medium horizon
  double score_usd = 0;             // price over that horizon + penalty of the shortfall
  std::vector<std::string> pros, cons;  // against what is recommended; empty for itself
};

struct Recommendation {
  Remedy remedy = Remedy::hold;
  Urgency priority = Urgency::none;
  std::uint32_t machines = 0;             // to be
  std::optional<TimePoint> implement_by;  // overload less the lead time; none = no hurry
  std::string reason;                     // a sentence
  std::optional<CostImpact> cost;         // none = not known
  std::optional<Roi> roi;                 // against doing nothing over its horizon
};

struct Recommendations {
  std::vector<Recommendation> all;  // never empty; the first is on the size
  std::vector<SizeOption> options;  // the Pareto front, best score first; holds what is
                                    // recommended and the present size
};

Recommendations recommend(const RecommendQuestion& question);

// All that is made of one group every planning interval.
struct GroupPlan {
  CapacityPlan plan;
  RiskAssessment risk;
  Recommendations advice;
};

}  // namespace nova
