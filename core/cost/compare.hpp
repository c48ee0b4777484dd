// Comparisons: what a mix is worth beside other mixes, beside simpler rules, and what risk costs.
//
// For people who have to choose: `cost optimize`. In: a question, a mix. Out: the same question
// answered under other limits on spot risk, what simple rules would buy for it, and in words what
// speaks for and against a mix. Rules that keep no limits are shown with those they break. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/cost/optimise.hpp"

namespace nova {

// A question without the spot columns that `max_risk`, the chance of losing a machine within a
// month, does not admit.
PartQuestion within_risk(const MixQuestion& question, double max_risk);

// The answer to a part as one to the whole question; moves are counted there.
MixAnswer in_all(const MixQuestion& question, const PartQuestion& part, const MixAnswer& answer);

struct RiskPrice {
  double max_risk = 0;  // 0: nothing that can be interrupted
  std::optional<MixAnswer> answer;
  std::string why;  // there is none
};

// The best mix under each limit, ascending. A wider limit never costs more: what the tighter one
// admits it admits too.
std::vector<RiskPrice> price_of_risk(const MixQuestion& question, std::vector<double> limits,
                                     const MixEffort& effort);

struct Rival {
  std::string name;
  MixAnswer answer;
  std::vector<std::string> breaks;  // limits of the question, as verify_mix says it
};

// What simple rules would buy. None of them knows commitments, caps or budgets:
// - "cheapest type on demand" and "cheapest spot pool": one offer, whose machines cost least;
// - "Karpenter-like": the most of the work one machine still fills, then the cheapest machine that
//   holds as much, spot where there is some, until nothing is left (first-fit-decreasing into the
//   cheapest offering, as COST 8 describes it; work divides freely here);
// - the same within the caps, its on-demand base first.
// A rule that finds nothing is left out.
std::vector<Rival> rivals(const MixQuestion& question);

// What speaks for `other` against `mix` ("loses 40 % less of the demand") and against it ("+0.310
// USD/h (+14 %)").
struct ProsAndCons {
  std::vector<std::string> pros, cons;
};
ProsAndCons weigh(const MixQuestion& question, const MixAnswer& mix, const MixAnswer& other);

}  // namespace nova
