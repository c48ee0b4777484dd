// A plan of machines with what one must know to believe it. Made for `cost optimize`; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/cost/ask.hpp"
#include "core/cost/compare.hpp"
#include "core/cost/solver.hpp"

namespace nova::cli {

struct PlanReport {
  double vcpus = 0, memory_gib = 0;  // wanted in all
  std::string kinds;                 // what was asked for alone, such as "x86_64, linux"
  Asked asked;                       // columns of every risk
  MixAnswer plan;
  struct Other {
    MixAlternative mix;
    ProsAndCons said;
  };
  std::vector<Other> alternatives;  // from cheapest to safest, the plan not among them
  double max_risk = 0;
  std::vector<RiskPrice> risk;
  std::vector<Rival> rivals;
  std::optional<Rival> present;       // what runs, where it is known
  std::optional<std::string> solver;  // what it did; none: it was not asked
  std::vector<std::string> given_up;  // "3 x aws/...: spot too dear": runs and cannot be kept
};

// Errors: as ask() and optimise(); not_found for an offer that runs and is not among `offers`.
// `solver`: may make the plan cheaper; its word is checked.
Result<PlanReport> make_plan(const std::vector<Offer>& offers, MixWish wish,
                             const Solver& solver = {});

}  // namespace nova::cli
